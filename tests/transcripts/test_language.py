"""Languages: what the mapped model says is what py3langid says, and codes however they are written."""

from __future__ import annotations

import pytest
from py3langid import langid

from connector.transcripts.language import alike, identify
from indexer.languages import NAMES, code_of, name_of

SENTENCES = {
    "en": "The water runs under the old bridge and nobody looks at it for years.",
    "de": "Das Wasser läuft unter der alten Brücke durch, und niemand sieht hin.",
    "fr": "L'eau passe sous le vieux pont et personne ne la regarde pendant des années.",
    "es": "El agua pasa por debajo del viejo puente y nadie la mira durante años.",
    "pt": "A água passa por baixo da velha ponte e ninguém olha para ela durante anos.",
    "it": "L'acqua scorre sotto il vecchio ponte e nessuno la guarda per anni.",
    "ru": "Вода течёт под старым мостом, и никто годами на неё не смотрит.",
    "ja": "古い橋の下を水が流れていて、何年も誰も見ていません。",
    "zh": "水从旧桥下流过，多年来没有人去看它。",
    "ko": "오래된 다리 아래로 물이 흐르고 몇 년 동안 아무도 보지 않는다.",
}


@pytest.mark.parametrize("code", SENTENCES)
def test_names_the_language(code: str) -> None:
    guess = identify(SENTENCES[code])
    assert guess.code == code
    assert 0.9 < guess.probability <= 1


def test_says_what_the_whole_model_says() -> None:
    whole = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    whole.set_languages(set(NAMES))
    for text in [*SENTENCES.values(), "okay", "", "12:30", "\ud800", "ALL CAPS HERE"]:
        code, probability = whole.classify(text)
        guess = identify(text)
        assert guess.code == code
        assert guess.probability == pytest.approx(float(probability), abs=0.01)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("en", "en"),
        ("en-US", "en"),
        ("EN_gb", "en"),
        ("eng", "en"),
        ("English", "en"),
        ("german (Germany)", "de"),
        ("zh-Hans", "zh"),
        ("nb", "no"),
        ("Klingon", None),
        ("", None),
        ("-", None),
    ],
)
def test_codes(written: str, code: str | None) -> None:
    assert code_of(written) == code


def test_names() -> None:
    assert name_of("de") == "German"
    assert name_of("tlh") == "tlh"
    assert all(code_of(name) == code for code, name in NAMES.items())


def test_near_languages_are_alike() -> None:
    assert alike("no", "da") and alike("da", "no") and alike("en", "en")
    assert not alike("en", "de") and not alike("pt", "es")

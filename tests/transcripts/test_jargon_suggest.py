"""Proposed terms: unknown words and phrases with their mis-hearings, and what is proposed of real archives."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.jargon import Glossary, Term
from connector.transcripts.jargon.sounds import code_of, joined_code
from connector.transcripts.jargon.suggest import Suggestion, suggest
from connector.transcripts.jargon.suggest_phrases import Cues
from connector.transcripts.jargon.suggest_words import GeneralEnglish, general_english, parts_of_names

WORDS = """the a we our of in on is it and to with this that has have make makes run runs start starts read
reads bake baked bread oven dough flour water bridge stone arch cooper never mind push back house light big small very
new old good time day year team talk about how what when again today
first last every people work build built ask asked think"""
ENGLISH = GeneralEnglish(
    {word: 1e-3 if number < 16 else 1e-5 for number, word in enumerate(WORDS.split())},
    lambda first, second: (first, second) in {("never", "mind"), ("push", "back")},
)
ARCHIVE: list[tuple[str, Cues]] = [
    (
        f"t{number}",
        [
            (0.0, "Today we run Kubernetes again, and the Kubernetes team is here."),
            (4.0, "Kubernetes is what we run. Anna talks about the levain and the wet levain."),
            (9.0, ["We ask the cooper netties team", "We ask the cuber nettis team", "We ask how"][number % 3]),
            (12.0, "a pre levain, the Levain. Never mind the levain, and push back the Grafyl"),
            (15.0, "our Graphana board is Grafana's" if number in (2, 5) else "the new Grafana board"),
            (20.0, "the arch voussoir is an arch voussoir and " + ("the arch vosoir" if number == 5 else "good")),
        ],
    )
    for number in range(12)
]


def proposed(**more: object) -> dict[str, Suggestion]:
    found = suggest(lambda: iter(ARCHIVE), english=ENGLISH, **more)  # type: ignore[arg-type]
    return {one.name: one for one in found}


def heard(one: Suggestion) -> dict[str, int]:
    return {variant.form: variant.count for variant in one.misheard}


def test_a_term_comes_with_what_sounds_like_it() -> None:
    kubernetes = proposed()["Kubernetes"]
    assert (kubernetes.count, kubernetes.transcripts) == (36, 12)
    assert heard(kubernetes) == {"cooper netties": 4, "cuber nettis": 4}


def test_and_with_what_is_spelled_like_it() -> None:
    assert heard(proposed()["Grafana"]) == {"Graphana": 2}


def test_the_form_is_the_one_inside_of_sentences() -> None:
    levain = proposed()["levain"]
    assert levain.count == 60
    assert not levain.misheard


def test_a_phrase_of_known_and_unknown_words() -> None:
    found = proposed()
    assert found["arch voussoir"].count == 24
    assert "voussoir" in found


def test_english_names_and_the_everyday_are_no_terms() -> None:
    names = {name.lower() for name in proposed(names=["Anna Levain (Grafana)"])}
    assert names & {"never mind", "push back", "pre", "today", "cooper", "anna", "levain"} == set()
    assert "grafana" in names  # the house of a person is no name of a person
    assert "Kubernetes" in proposed(names=["Anna Maier"])


def test_what_the_glossary_has_is_left_out() -> None:
    glossary = Glossary((Term("kubernetes", (), ("cooper netties",)), Term("Prometheus", ("Levain",), ("graphana",))))
    found = proposed(glossary=glossary)
    assert "Kubernetes" not in found and "levain" not in found
    assert heard(found["Grafana"]) == {}


def test_each_has_an_example_and_its_moment() -> None:
    kubernetes = proposed()["Kubernetes"]
    assert kubernetes.example is not None
    assert kubernetes.example.transcript_id == "t0" and kubernetes.example.start == 0.0
    assert kubernetes.example.text.startswith("Today we run Kubernetes again, and")
    spoken = {variant.form: variant.example for variant in kubernetes.misheard}
    example = spoken["cuber nettis"]
    assert example is not None
    assert (example.transcript_id, example.start) == ("t1", 9.0)
    assert "ask the cuber nettis team" in example.text


def test_misheard_terms_come_first_and_the_limit_holds() -> None:
    found = list(proposed().values())
    assert found[0].name == "Kubernetes"
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    assert len(proposed(limit=2)) == 2


def test_an_empty_archive_proposes_nothing() -> None:
    assert suggest(lambda: [], english=ENGLISH) == []
    assert suggest(lambda: [("t", [])], english=ENGLISH) == []


def test_a_suggestion_can_be_taken_over_as_it_is() -> None:
    terms = [Term(one.name, misheard=tuple(variant.form for variant in one.misheard)) for one in proposed().values()]
    corrected, _ = Glossary(tuple(terms)).correct("We ask the cooper netties team about Graphana")
    assert corrected == "We ask the Kubernetes team about Grafana"


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("cooper netties", "kubernetes"),
        ("cuber nettis", "kubernetes"),
        ("tap root", "taproot"),
        ("bacon chain", "beacon chain"),
    ],
)
def test_what_sounds_alike_has_one_code(said: str, meant: str) -> None:
    first, second = (joined_code(*map(code_of, text.split())) for text in (said, meant))
    assert first == second != ""


def test_general_english_knows_words_and_pairs() -> None:
    english = general_english()
    assert english.shares["the"] > english.shares["bread"] > 0
    assert "kubernetes" not in english.shares
    assert english.is_pair("new", "york") and not english.is_pair("york", "new")
    assert not english.is_pair("kubernetes", "york")


def test_names_are_taken_apart() -> None:
    assert parts_of_names(["Ann Lee (Bakery)", "Bo | House", "Żak - Co"]) == {"ann", "lee", "bo", "żak"}


def test_real_archives_are_full_of_terms(shared_data: Path) -> None:
    talks = []
    names = set()
    for file in sorted((shared_data / "corpus" / "ethereum-pm").glob("*.vtt"))[:40]:
        cues = clean_cues(read(file.read_bytes(), file.name).cues)
        names.update(cue.speaker for cue in cues if cue.speaker)
        talks.append((file.name, [(cue.start, cue.text) for cue in cues]))
    found = suggest(lambda: iter(talks), names=names)
    forms = {one.name.lower(): {variant.form.lower() for variant in one.misheard} for one in found}
    assert len(found) == 60
    assert {"devnet", "glamsterdam", "mempool", "ethereum", "eip", "evm"} <= set(forms)
    assert {"glamstadam", "klamsterdam"} & forms["glamsterdam"]
    assert "defnet" in forms["devnet"]

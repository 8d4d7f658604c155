"""The quality gate: its verdicts, languages, and what it does not judge."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.quality import FEWEST_WORDS, HELD, Doubt, Thresholds, assess
from connector.transcripts.transcript import Cue
from tests.transcripts.spoken import GERMAN, JAPANESE, SPANISH, TALK, cues, judge

NOT_JUDGED = "its words were not judged: the word list is English only"


class TestVerdict:
    def test_a_good_talk_is_accepted_without_a_word(self) -> None:
        found = judge(TALK, expected=["en"], language="en-GB")
        assert (found.verdict, found.grade, found.reasons, found.doubts) == ("accepted", "high", (), ())
        assert found.language == "en"
        assert found.scores["suspicion"] < 0.05
        assert found.scores["words"] > 200

    def test_scores_are_json(self) -> None:
        found = judge(TALK)
        assert json.loads(json.dumps(found.scores)) == found.scores
        assert all(round(score, 4) == score for score in found.scores.values())

    @pytest.mark.parametrize("lines", [["Okay."], ["Thank you."], ["12:30"], ["Ja."], ["はい。"]])
    def test_next_to_nothing_is_nothing_to_blame(self, lines: list[str]) -> None:
        found = judge(lines, expected=["en"], language="en")
        assert (found.verdict, found.grade) == ("accepted", "medium" if lines in (["Ja."], ["はい。"]) else "high")
        assert found.language is None

    def test_the_first_example_is_accepted(self, shared_data: Path) -> None:
        source = shared_data / "premiere_example.txt"
        found = assess(clean_cues(read(source.read_bytes(), source.name).cues), expected=["en"])
        assert (found.verdict, found.reasons) == ("accepted", ())

    def test_small_signs_add_up(self) -> None:
        rng = random.Random(5)
        lines = [line if n % 8 else " ".join(["the cold water"] * 6) for n, line in enumerate(TALK * 4)]
        lines = [
            " ".join(_shuffled(word, rng) if rng.random() < 0.08 else word for word in line.split()) for line in lines
        ]
        both = judge(lines)
        loops_only = judge(lines, thresholds=Thresholds(unknown_words=None))
        assert both.scores["suspicion"] > loops_only.scores["suspicion"]

    def test_a_sign_can_be_left_out(self) -> None:
        off = Thresholds(
            unknown_words=None,
            word_order=None,
            repetition=None,
            invented=None,
            foreign=None,
            characters_a_second=None,
            words_a_second=None,
            coverage=None,
            out_of_order=None,
            confidence=None,
        )
        found = judge(GERMAN, expected=["en"], thresholds=off)
        assert found.verdict == "accepted"
        assert set(found.scores) == {"suspicion", "words"}


class TestLanguage:
    @pytest.mark.parametrize(
        ("lines", "code", "name"), [(GERMAN, "de", "German"), (SPANISH, "es", "Spanish"), (JAPANESE, "ja", "Japanese")]
    )
    def test_another_language_is_held(self, lines: list[str], code: str, name: str) -> None:
        found = judge(lines, expected=["en"])
        assert (found.verdict, found.grade, found.language) == ("held", "low", code)
        assert found.reasons == (f"this looks {name}, not English",)
        assert {doubt.reason for doubt in found.doubts} == {f"this looks {name}, not English"}

    @pytest.mark.parametrize("lines", [GERMAN, SPANISH, JAPANESE, TALK])
    def test_any_language_is_fine_where_none_is_expected(self, lines: list[str]) -> None:
        found = judge(lines)
        assert (found.verdict, found.scores["suspicion"] < 0.05) == ("accepted", True)

    def test_english_is_held_where_german_is_spoken(self) -> None:
        assert judge(TALK, expected=["German"]).reasons[0] == "this looks English, not German"

    def test_several_may_be_expected(self) -> None:
        assert judge([*TALK, *GERMAN], expected=["en", "de"]).verdict == "accepted"
        assert judge([*TALK, *SPANISH], expected=["en", "de"]).reasons[0].endswith("not English or German")

    def test_a_wrong_declaration_is_held(self) -> None:
        found = judge(TALK, language="de-DE")
        assert found.verdict == "held"
        assert found.reasons[0] == "this looks English, not the German it is said to be in"
        assert judge(GERMAN, language="ger").verdict == "accepted"

    def test_what_is_no_language_is_ignored(self) -> None:
        assert judge(TALK, language="unknown", expected=["Klingon", ""]).verdict == "accepted"

    def test_near_languages_are_not_told_apart(self) -> None:
        norwegian = ["Vi skal se på hvordan vannet renner under den gamle broen og ut i elva."] * 2
        assert judge(norwegian, expected=["da"]).verdict == "accepted"

    def test_a_stretch_in_another_language_is_doubted_alone(self) -> None:
        lines = [*TALK * 3, *SPANISH[:2], *TALK * 3]
        found = judge(lines, expected=["en"])
        assert found.verdict == "accepted"
        assert {doubt.reason for doubt in found.doubts} == {"this looks Spanish, not English"}
        assert all(doubt.start >= 48 * 6 - 12 and doubt.end <= 51 * 6 + 6 for doubt in found.doubts)


class TestNotJudged:
    """What no sign has looked at is not called good, and not held for it either."""

    @pytest.mark.parametrize("lines", [GERMAN, SPANISH, JAPANESE])
    def test_words_in_another_language(self, lines: list[str]) -> None:
        found = judge(lines)
        assert (found.verdict, found.grade, found.reasons) == ("accepted", "medium", (NOT_JUDGED,))
        assert found.doubts == (Doubt(0.0, 3 * 6 + 5.5, "medium", NOT_JUDGED),)

    def test_nonsense_in_another_language(self) -> None:
        rng = random.Random(4)
        lines = [" ".join(_shuffled(word, rng) for word in line.split()) for line in SPANISH * 6]
        found = judge(lines)
        assert (found.verdict, found.grade) == ("accepted", "medium")
        assert NOT_JUDGED in found.reasons

    def test_a_little_english_tells_nothing_of_the_rest(self) -> None:
        code = "So we call the distilberta tokenizero with the uncasedi modelina and get the logitsia of it."
        lines = [Cue(n * 20.0, n * 20.0 + 5.5, None, line) for n, line in enumerate([*JAPANESE * 3, code])]
        found = assess(lines, thresholds=Thresholds(repetition=None))
        assert (found.verdict, found.grade, found.reasons) == ("accepted", "medium", (NOT_JUDGED,))
        assert found.scores["unknown_words"] > 0.2
        assert found.doubts[-1].start == 240 and "distilberta" in found.doubts[-1].reason

    def test_a_stretch_of_it(self) -> None:
        found = judge([*TALK * 3, *SPANISH[:2], *TALK * 3])
        assert (found.verdict, found.grade, found.reasons) == ("accepted", "high", ())
        assert [(doubt.grade, doubt.reason) for doubt in found.doubts] == [("medium", NOT_JUDGED)]

    def test_every_segment_is_in_its_stretch_where_times_stand_still(self) -> None:
        lines = [Cue(n * 10.0, n * 10.0, None, line) for n, line in enumerate(GERMAN)]
        assert [doubt[:2] for doubt in assess(lines).doubts] == [(cue.start, cue.end) for cue in lines]

    def test_what_is_held_is_told_why_and_no_more(self) -> None:
        found = judge([*JAPANESE, "橋を渡る" * 60])
        assert found.verdict == "held"
        assert NOT_JUDGED not in {*found.reasons, *(doubt.reason for doubt in found.doubts)}

    def test_nobody_asked_for_words_to_be_judged(self) -> None:
        assert judge(GERMAN, thresholds=Thresholds(unknown_words=None, word_order=None)).grade == "high"

    def test_music_without_speech(self) -> None:
        music = cues(["[Music]", "♪ ♪", "(applause)"] * 20)
        for heard in (music, clean_cues(music)):  # where marks of sounds are kept, and where they are taken out
            found = assess(heard, expected=["en"], language="en")
            assert (found.verdict, found.grade, found.language) == ("accepted", "medium", None)
            assert found.reasons[0].startswith("nothing is said in it")
            assert found.scores == {"suspicion": 0, "words": 0}
        assert {doubt.grade for doubt in assess(music).doubts} == {"medium"}

    @pytest.mark.parametrize("lines", [[], [""], ["..."], ["♪"]])
    def test_no_speech_at_all(self, lines: list[str]) -> None:
        found = judge(lines, expected=["en"], language="en")
        assert (found.verdict, found.grade, len(found.reasons)) == ("accepted", "medium", 1)


_TEXTS = st.one_of(
    st.text(max_size=80),
    st.sampled_from([*TALK, *GERMAN, *JAPANESE, "Thank you.", "na " * 30, "\n\n", "\ud800 <s>", "é\x01橋"]),
)
# As readers give them, from nought and with ends after starts, but in any order, which the gate judges too.
_CUES = st.lists(
    st.builds(
        lambda start, length, speaker, text, confidence: Cue(start, start + length, speaker, text, confidence),
        st.floats(0, 1e9),
        st.floats(0, 1e6),
        st.none() | st.text(max_size=8),
        _TEXTS,
        st.none() | st.floats(),
    ),
    max_size=25,
)


unhurried = settings(deadline=None)  # the first call loads the lists of words


@unhurried
@example([Cue(-1.0, -1.0, None, "0", 0.0)], None, [])
@given(_CUES, st.none() | st.text(max_size=6), st.lists(st.sampled_from(["en", "de", "ja", "?"]), max_size=2))
def test_any_cues_are_judged(given_cues: list[Cue], language: str | None, expected: list[str]) -> None:
    found = assess(given_cues, language=language, expected=expected, archive_knows=lambda words: words)
    assert 0 <= found.scores["suspicion"] <= 1
    assert (found.verdict == "held") == (found.grade == "low")
    suspected = found.scores["suspicion"] >= HELD
    assert suspected or found.verdict == "accepted"
    if found.scores["words"] >= FEWEST_WORDS:
        assert suspected == (found.verdict == "held")
    assert bool(found.reasons) or found.verdict == "accepted"
    for name in set(found.scores) - {"word_order", "words"}:
        assert 0 <= found.scores[name] <= 1
    if given_cues:
        first = min(min(cue.start, cue.end) for cue in given_cues)
        last = max(max(cue.start, cue.end) for cue in given_cues)
        for doubt in found.doubts:
            assert isinstance(doubt, Doubt)
            assert first <= doubt.start and doubt.end <= last


@unhurried
@given(_CUES)
def test_judging_twice_is_judging_once(given_cues: list[Cue]) -> None:
    assert assess(given_cues, expected=["en"]) == assess(given_cues, expected=["en"])


def _shuffled(word: str, rng: random.Random) -> str:
    return "".join(rng.sample(word, len(word)))

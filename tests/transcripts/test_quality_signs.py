"""The quality gate, sign by sign: texts that have it, and texts that must not be blamed for it."""

from __future__ import annotations

import random

import pytest

from connector.transcripts.formats import read
from connector.transcripts.quality import Thresholds, assess
from connector.transcripts.transcript import Cue
from tests.support import srt
from tests.transcripts.spoken import GERMAN, JAPANESE, TALK, cues, judge


class TestRepetition:
    def test_a_loop_is_held(self) -> None:
        found = judge([*TALK, *["thank you " * 40] * 3])
        assert found.verdict == "held"
        assert "says the same words over and over (“thank you thank …”), from 1:3" in found.reasons[0]
        assert found.doubts[-1].grade == "low"

    def test_a_short_loop_is_held_too(self) -> None:
        assert judge(["thank you " * 20]).verdict == "held"
        assert judge(["thank you " * 8]).verdict == "accepted"  # too little to say

    def test_the_same_line_over_many_cues_is_held(self) -> None:
        found = judge([*TALK, *["And then we look at the drains again."] * 12])
        assert (found.verdict, found.reasons[0][:4]) == ("held", "25 %")

    def test_scripts_without_spaces_loop_too(self) -> None:
        assert judge([*JAPANESE, "橋を渡る" * 60]).verdict == "held"
        assert judge(JAPANESE).scores["repetition"] == 0

    @pytest.mark.parametrize(
        "line",
        [
            "No, no, no, no, that is not what I meant.",
            "Yeah, yeah, yeah. Row, row, row your boat.",
            "It is very, very, very old, and very, very heavy.",
            "The bridge, the old bridge, I mean the bridge by the mill, that bridge.",
        ],
    )
    def test_speech_repeats_itself(self, line: str) -> None:
        assert judge([*TALK, line]).scores["repetition"] == 0


class TestInvented:
    def test_stock_lines_over_silence_are_held(self) -> None:
        lines = [Cue(n * 30.0, n * 30.0 + 29, None, "Thank you for watching!") for n in range(6)]
        found = assess([*cues(TALK[:4]), *[Cue(c.start + 60, c.end + 60, None, c.text) for c in lines]])
        assert found.verdict == "held"
        assert any("what recognisers invent over silence" in reason for reason in found.reasons)

    @pytest.mark.parametrize(
        "line",
        [
            "Subtitles by the Amara.org community",
            "Untertitel der Amara.org-Community",
            "Untertitel im Auftrag des ZDF, 2020",
            "Sous-titres réalisés par la communauté d'Amara.org",
            "Legendas pela comunidade Amara.org",
            "ご視聴ありがとうございました",
            "Продолжение следует...",
            "시청해주셔서 감사합니다.",
            "Please subscribe.",
            "Thank you. Thank you.",
        ],
    )
    def test_a_stock_line_alone_in_silence_is_doubted(self, line: str) -> None:
        alone = Cue(200.0, 203.0, None, line)
        later = [Cue(each.start + 300, each.end + 300, None, each.text) for each in cues(TALK)]
        found = assess([*cues(TALK), alone, *later])
        assert [doubt.start for doubt in found.doubts] == [200.0]
        assert found.scores["invented"] == round(1 / 33, 4)
        assert found.verdict == "accepted"

    def test_people_thank_each_other(self) -> None:
        found = judge([*TALK, "Thank you.", "Thanks for watching.", "Bye."])
        assert (found.scores["invented"], found.doubts) == (0, ())


class TestWords:
    def test_shuffled_letters_are_held(self) -> None:
        rng = random.Random(3)
        lines = [
            " ".join(_shuffled(word, rng) if rng.random() < 0.5 else word for word in line.split()) for line in TALK
        ]
        found = judge(lines, expected=["en"])
        assert found.verdict == "held"
        assert any(
            "of its words are neither English nor known in this archive, e.g. " in each for each in found.reasons
        )

    def test_the_archive_knows_its_terms(self) -> None:
        terms = ["kubernetes", "terraform", "grafana", "istio", "containerd", "etcd", "helmfile", "kustomize"]
        lines = [f"{line} {' '.join(terms[n % 8 : n % 8 + 2])}." for n, line in enumerate(TALK)]
        asked: list[set[str]] = []

        def knows(words: set[str]) -> set[str]:
            asked.append(words)
            return words & set(terms)

        empty, full = judge(lines, thresholds=Thresholds(word_order=None)), judge(lines, archive_knows=knows)
        assert full.scores["unknown_words"] == 0
        assert full.verdict == "accepted"
        assert len(asked) == 1 and not asked[0] & {"bridges", "the", ""}
        assert empty.scores["unknown_words"] >= full.scores["unknown_words"]

    def test_what_is_said_again_and_again_is_a_term_of_its_own(self) -> None:
        found = judge([f"{line} Then the voussoirex is set." for line in TALK])
        assert found.scores["unknown_words"] == 0

    def test_names_of_speakers_are_known(self) -> None:
        lines = [Cue(0, 5, "Ágnes Szabóczky", "My name is Szabóczky, Ágnes Szabóczky."), *cues(TALK)]
        assert assess(lines).scores["unknown_words"] == 0

    def test_other_languages_are_not_measured_by_an_english_list(self) -> None:
        assert not {"unknown_words", "word_order"} & set(judge(GERMAN).scores)
        mixed = judge([*TALK, *GERMAN], expected=["en", "de"])
        assert mixed.scores["unknown_words"] == 0

    def test_words_in_place_of_others_are_held(self) -> None:
        rng = random.Random(11)
        own = [word for line in TALK for word in line.split()]
        lines = [" ".join(rng.choice(own) if rng.random() < 0.5 else word for word in line.split()) for line in TALK]
        found = judge(lines, expected=["en"])
        assert found.verdict == "held"
        assert found.reasons[0].startswith("its words do not follow each other as English words do, e.g. “")
        assert found.scores["word_order"] < 0.7 < 1.3 < judge(TALK).scores["word_order"]


class TestTimes:
    def test_faster_than_speech_is_held(self) -> None:
        found = assess(cues(TALK, every=1.0, length=0.9))
        assert found.verdict == "held"
        assert "comes faster than anybody speaks" in found.reasons[0]

    @pytest.mark.parametrize(
        ("every", "length"), [(6.0, 0.0), (6.0, 6.0), (6.0, 0.01), (0.0, 0.0), (3.5, 60.0)], ids=str
    )
    def test_made_up_ends_are_no_fault(self, every: float, length: float) -> None:
        found = assess(cues(TALK[:9], every=every, length=length))
        assert (found.verdict, found.reasons) == ("accepted", ())

    def test_minutes_are_times_enough(self) -> None:
        lines = [Cue(n // 8 * 60.0, n // 8 * 60.0, None, line) for n, line in enumerate(TALK * 3)]
        assert assess(lines).verdict == "accepted"

    def test_words_that_come_too_fast_are_held_though_they_are_short(self) -> None:
        lines = [Cue(n * 1.0, n * 1.0 + 1, None, "is it as I am to be as we go on up") for n in range(60)]
        found = assess(lines, thresholds=Thresholds(repetition=None, word_order=None))
        assert found.verdict == "held"
        assert "comes faster than anybody speaks, up to 12 words a second" in found.reasons[0]

    @pytest.mark.parametrize("length", [0.0, 3.0, 300.0])
    def test_much_time_and_little_said_is_held(self, length: float) -> None:
        found = assess(cues(TALK[:9], every=400.0, length=length))
        assert found.verdict == "held"
        assert found.reasons[0].startswith("something is said in only")

    @pytest.mark.parametrize(
        "wrong", [Cue(7200.0, 7205.0, None, "Subtitles by nobody"), Cue(280.0, 7200.0, None, "Bye")]
    )
    def test_one_wrong_time_tells_nothing_of_the_whole(self, wrong: Cue) -> None:
        found = assess([*cues(TALK), wrong])
        assert (found.verdict, found.reasons) == ("accepted", ())
        assert assess([*cues(TALK), wrong]).scores["coverage"] > 0.5

    def test_times_that_run_back_are_held(self) -> None:
        shuffled = srt(TALK).split("\n\n")
        random.Random(2).shuffle(shuffled)
        reading = read("\n\n".join(shuffled).encode(), "a.srt")
        assert "lines run back in time" in reading.notes[0]
        found = assess(reading.cues, run_back=reading.run_back)
        assert found.verdict == "held"
        assert any("of its lines run back in time" in reason for reason in found.reasons)

    def test_everything_at_once_is_held(self) -> None:
        found = assess([Cue(n * 0.6, n * 0.6 + 80, None, line) for n, line in enumerate(TALK)])
        assert any("its lines overlap" in reason for reason in found.reasons)

    def test_talking_across_is_no_fault(self) -> None:
        two = [Cue(each.start, each.end, name, each.text) for each in cues(TALK) for name in ("Ada", "Ben")]
        assert assess(two).scores["out_of_order"] == 0
        assert assess(two).verdict == "accepted"


class TestConfidence:
    def test_an_unsure_recogniser_is_held(self) -> None:
        found = assess([Cue(each.start, each.end, None, each.text, 0.4) for each in cues(TALK)])
        assert found.verdict == "held"
        assert found.reasons == ("its recogniser was sure of only 40 % of it",)

    def test_unsure_stretches_are_doubted(self) -> None:
        sure = [Cue(c.start, c.end, None, c.text, 0.3 if 18 <= c.start < 42 else 0.95) for c in cues(TALK * 2)]
        found = assess(sure)
        assert found.verdict == "accepted"
        assert found.doubts and all(12 <= doubt.start <= 42 for doubt in found.doubts)

    def test_what_is_not_told_is_not_held_against_it(self) -> None:
        assert "confidence" not in judge(TALK).scores
        odd = [
            Cue(c.start, c.end, None, c.text, value)
            for c, value in zip(cues(TALK), [float("nan"), None] * 8, strict=True)
        ]
        assert "confidence" not in assess(odd).scores


def _shuffled(word: str, rng: random.Random) -> str:
    return "".join(rng.sample(word, len(word)))

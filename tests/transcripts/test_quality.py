"""The quality gate: each sign with texts that have it and texts that must not be blamed for it, and the verdict."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from connector.transcripts.clean import clean_cues
from connector.transcripts.formats import read
from connector.transcripts.quality import FEWEST_WORDS, HELD, Doubt, Judgement, Thresholds, assess
from connector.transcripts.transcript import Cue
from tests.support import srt

TALK = """
Good morning, everybody, and thank you for coming out so early.
Today I want to show you how we look after the old stone bridges in the valley.
There are eleven of them, and most of them are more than two hundred years old.
The first thing we do every spring is walk across each one and write down what we see.
Sometimes there is a crack that was not there in the autumn, and then we take a photograph.
Water is the enemy here, because it gets into the joints and freezes in the winter.
When it freezes it pushes the stones apart, a little bit more every year.
So we clean the drains, and we make sure that the rain can run off on both sides.
People often ask me why we do not just use concrete, and that is a fair question.
The answer is that the arch has to move a little, and concrete does not like to move.
We use a soft mortar made of lime and sand, the way they did when these were built.
It takes a long time to get hard, so you need some patience and some good weather.
Last year we did two arches in one summer, which is the most we have ever done.
The baker in the village brought us fresh bread every morning, so nobody complained.
If you want to help us, come to the mill on Saturday and bring a pair of boots.
I think that is all I have, and now I am happy to take your questions.
""".strip().splitlines()
GERMAN = [
    "Guten Morgen zusammen, und vielen Dank, dass ihr so früh gekommen seid.",
    "Heute möchte ich euch zeigen, wie wir uns um die alten Brücken im Tal kümmern.",
    "Es sind elf Stück, und die meisten davon sind über zweihundert Jahre alt.",
    "Jedes Frühjahr gehen wir über jede einzelne und schreiben auf, was wir sehen.",
]
SPANISH = [
    "Buenos días a todos, y muchas gracias por venir tan temprano esta mañana.",
    "Hoy quiero enseñarles cómo cuidamos los viejos puentes de piedra del valle.",
    "Son once en total, y la mayoría de ellos tienen más de doscientos años.",
    "Cada primavera caminamos por cada uno y apuntamos todo lo que vemos.",
]
NOT_JUDGED = "its words were not judged: the word list is English only"
JAPANESE = [
    "皆さん、おはようございます。朝早くからお集まりいただきありがとうございます。",
    "今日は、谷にある古い石の橋をどのように手入れしているかをお見せしたいと思います。",
    "全部で十一あり、そのほとんどが二百年以上前に造られたものです。",
    "毎年春になると、一つ一つの橋を歩いて渡り、見たことを書き留めます。",
]


def cues(lines: Sequence[str], *, every: float = 6.0, length: float = 5.5, speaker: str | None = None) -> list[Cue]:
    return [Cue(n * every, n * every + length, speaker, line) for n, line in enumerate(lines)]


def judge(lines: Sequence[str], **how: object) -> Judgement:
    return assess(cues(lines), **how)  # type: ignore[arg-type]


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
        found = assess(cues(TALK[:9], every=300.0, length=length))
        assert found.verdict == "held"
        assert found.reasons[0].startswith("something is said in only")

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

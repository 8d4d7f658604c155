"""Two exports of one recording are told from two recordings, by words and times."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts.formats import read
from connector.transcripts.likeness import SKETCH_SHARED, SKETCH_SIZE, same_recording, share_words, sketch
from connector.transcripts.transcript import Cue
from tests.support import talk


def cues_of(name: str, count: int = 40) -> tuple[Cue, ...]:
    return read(talk(name, count).encode(), "talk.srt").cues


def corrected(cues: tuple[Cue, ...], share: float) -> list[Cue]:
    """``cues`` with a share of the words replaced."""
    draw = random.Random(7)

    def mend(text: str) -> str:
        return " ".join("mended" if draw.random() < share else word for word in text.split())

    return [Cue(cue.start, cue.end, cue.speaker, mend(cue.text)) for cue in cues]


def paragraphs(cues: tuple[Cue, ...], size: int = 8) -> list[Cue]:
    """The same words in paragraphs, as another program exports them."""
    groups = [cues[begin : begin + size] for begin in range(0, len(cues), size)]
    return [Cue(g[0].start, g[-1].end, "Speaker 1", " ".join(cue.text for cue in g)) for g in groups]


def shifted(cues: tuple[Cue, ...], seconds: float) -> list[Cue]:
    return [Cue(cue.start + seconds, cue.end + seconds, cue.speaker, cue.text) for cue in cues]


class TestSameRecording:
    def test_the_same_words_in_other_lines(self) -> None:
        assert same_recording(cues_of("bread"), paragraphs(cues_of("bread")))

    def test_a_corrected_export(self) -> None:
        assert same_recording(cues_of("bread"), corrected(cues_of("bread"), 0.2))

    def test_most_words_corrected_is_another(self) -> None:
        assert not same_recording(cues_of("bread"), corrected(cues_of("bread"), 0.6))

    def test_another_talk(self) -> None:
        assert not same_recording(cues_of("bread"), cues_of("bridges"))

    def test_an_intro_of_some_seconds(self) -> None:
        assert same_recording(cues_of("bread"), shifted(cues_of("bread"), 12.0))

    def test_the_same_talk_held_at_other_times(self) -> None:
        slower = [Cue(cue.start * 1.7, cue.end * 1.7, None, cue.text) for cue in cues_of("bread")]
        assert not same_recording(cues_of("bread"), slower)
        assert not same_recording(cues_of("bread"), shifted(cues_of("bread"), 600.0))

    def test_an_excerpt_is_a_recording_of_its_own(self) -> None:
        assert not same_recording(cues_of("bread")[:10], cues_of("bread"))

    def test_a_shared_beginning_makes_no_recording_of_two(self) -> None:
        mine, theirs = cues_of("bread", 80), cues_of("bridges", 80)
        assert not same_recording(mine, [*mine[:40], *theirs[40:]])

    def test_a_part_does_not_take_the_place_of_the_whole(self) -> None:
        assert not same_recording(cues_of("bread", 80)[:50], cues_of("bread", 80))

    def test_a_few_words_are_never_alike(self) -> None:
        assert not same_recording([Cue(0, 1, None, "Good morning everybody.")] * 2, [Cue(0, 1, None, "Good morning.")])

    def test_japanese_in_other_lines(self) -> None:
        said = "橋は自分の重さを支えていますそれから川を渡る人々の重さも支えます"
        one = [Cue(n * 4.0, n * 4 + 4.0, None, said[n * 8 : n * 8 + 8]) for n in range(4)]
        assert same_recording(one, [Cue(0.0, 16.0, None, said)])


class TestSketch:
    def test_versions_share_numbers_and_others_do_not(self) -> None:
        own = set(sketch(cues_of("bread")))
        assert len(own) == SKETCH_SIZE and all(0 <= number < 1 << 63 for number in own)
        assert len(own & set(sketch(corrected(cues_of("bread"), 0.2)))) >= SKETCH_SHARED
        others = [Cue(cue.start, cue.end, None, cue.text[::-1]) for cue in cues_of("bread")]
        assert len(own & set(sketch(others))) < SKETCH_SHARED

    def test_none_of_a_short_one(self) -> None:
        assert sketch([Cue(0, 1, None, "Good morning.")]) == ()


CUES = st.lists(
    st.builds(lambda start, length, text: Cue(start, start + length, None, text), st.floats(0, 1e6), st.floats(0, 100),
              st.text(max_size=30)),
    max_size=20,
)  # fmt: skip


@given(CUES, CUES)
def test_any_two_can_be_compared(some: list[Cue], others: list[Cue]) -> None:
    assert same_recording(some, others) == same_recording(others, some) or some != others
    assert share_words(some, some)
    assert sketch(some) == tuple(sorted(sketch(some)))

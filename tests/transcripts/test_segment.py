"""Cues to segments."""

from __future__ import annotations

from connector.transcripts.segment import MAX_CHARACTERS, segment
from connector.transcripts.transcript import Cue, Segment

SENTENCE = "An arch carries its load down into the ground on both sides of the river."  # 74 characters


def line(start: float, text: str = SENTENCE, *, seconds: float = 2.0, speaker: str | None = None) -> Cue:
    return Cue(start, start + seconds, speaker, text)


def test_no_cues() -> None:
    assert segment([]) == ()


def test_cues_are_joined_with_their_offsets() -> None:
    assert segment([line(1.0, "Bake it."), line(4.0, "Now.")]) == (
        Segment(1.0, 6.0, None, "Bake it. Now.", ((0, 1.0), (9, 4.0))),
    )


def test_a_speaker_has_their_own_segment_however_short() -> None:
    cues = [line(0, speaker="Mira"), line(2, "Yeah.", speaker="Zed"), line(3, speaker="Mira"), line(5)]
    assert [found.speaker for found in segment(cues)] == ["Mira", "Zed", "Mira", None]


def test_a_long_pause_ends_a_segment() -> None:
    assert len(segment([line(0), line(2 + 4.0)])) == 2
    assert len(segment([line(0), line(2 + 3.9)])) == 1


def test_a_sentence_ends_a_segment_that_is_long_enough() -> None:
    found = segment([line(2.0 * n) for n in range(9)])
    assert [len(each.offsets) for each in found] == [3, 3, 3]
    assert all(each.text.endswith(".") for each in found)


def test_without_sentences_the_length_ends_it() -> None:
    found = segment([line(2.0 * n, "and then we fold it again and again " * 2) for n in range(40)])
    assert all(300 < len(each.text) <= MAX_CHARACTERS for each in found[:-1])


def test_a_short_pause_ends_it_where_no_sentence_does() -> None:
    words = "and then we fold it and let it rest for one more hour or two until it has risen well"
    starts = [0.0, 2.0, 4.0, 7.5, 9.5]
    assert [each.start for each in segment([line(start, words) for start in starts])] == [0.0, 7.5]


def test_a_long_cue_is_split_at_sentences_with_times_between() -> None:
    long = " ".join([SENTENCE] * 20)
    found = segment([Cue(100.0, 200.0, "Mira", long)])
    assert len(found) == 3
    assert all(each.text.endswith(".") and 200 <= len(each.text) <= MAX_CHARACTERS for each in found)
    assert [each.start for each in found] == [100.0 + 100.0 * long.index(SENTENCE, at) / len(long) for at in
                                              _starts(long, [each.text for each in found])]  # fmt: skip
    assert found[-1].end == 200.0


def _starts(long: str, texts: list[str]) -> list[int]:
    starts, position = [], 0
    for text in texts:
        position = long.index(text, position)
        starts.append(position)
        position += len(text)
    return starts


def test_a_long_cue_without_sentences_is_split_at_words_or_anywhere() -> None:
    words = segment([line(0, "bread " * 300)])
    assert all(set(each.text.split()) == {"bread"} for each in words)
    unbroken = segment([line(0, "麺" * 1500)])
    assert "".join(each.text for each in unbroken) == "麺" * 1500
    assert all(len(each.text) <= MAX_CHARACTERS for each in words + unbroken)


def test_parts_of_a_long_cue_do_not_pass_the_next_cue() -> None:
    found = segment([Cue(0.0, 500.0, None, " ".join([SENTENCE] * 20)), line(10.0, "Quite.")])
    starts = [start for each in found for _, start in each.offsets]
    assert starts == sorted(starts)


def test_a_segment_ends_with_its_last_cue_wherever_time_begins() -> None:
    assert [(each.start, each.end) for each in segment([line(-9.0), line(-7.0), line(0.0)])] == [(-9, -5), (0, 2)]

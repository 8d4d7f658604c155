"""Programmes that begin at a whole hour of timecode."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts.formats import read
from connector.transcripts.programme import TIMECODE_FORMATS, from_its_start, programme_start
from connector.transcripts.timecode_text import frame_clock
from connector.transcripts.transcript import Cue


def cues(*starts: float) -> list[Cue]:
    return [Cue(start, start + 2, None, "The oven is warm.") for start in starts]


def test_times_after_the_start_are_as_round_as_before() -> None:
    text = "Start Time,End Time,Text\n01:00:00:00,01:00:05:12,One.\n01:00:05:12,01:00:09:24,Two.\n"
    result = from_its_start(read(text.encode(), "talk.csv"), None)
    assert [(cue.start, cue.end) for cue in result.cues] == [(0.0, 5.48), (5.48, 9.96)]


@pytest.mark.parametrize(
    ("starts", "begins"),
    [
        ((3600.0, 3605.0, 8000.0), 3600.0),
        ((3612.5,), 3600.0),
        ((36000.0, 36010.0), 36000.0),
        ((7260.0,), 7200.0),
        ((3599.9964,), 3600.0),  # 01:00:00;00, drop-frame
        ((35999.964,), 36000.0),
        ((12.0, 3605.0), None),  # something lies before
        ((3590.0, 3605.0), None),
        ((3600.0 + 301,), None),  # the first words of a long quiet start
        ((0.0,), None),
        ((24 * 3600.0 + 5,), None),
        ((), None),
    ],
)
def test_where_it_begins(starts: tuple[float, ...], begins: float | None) -> None:
    found = programme_start("premiere_text", cues(*starts))
    assert (found.seconds if found else None) == begins


def test_only_timecodes_with_frames_are_believed() -> None:
    assert programme_start("srt", cues(3612.0)) is None
    assert programme_start("webvtt", cues(36000.0)) is None


@pytest.mark.parametrize(("fps", "first"), [(23.976, "01:00:02:00"), (29.97, "01:00:02:00"), (25, "01:00:02:00")])
def test_an_hour_of_timecode_may_be_longer_than_an_hour(fps: float, first: str) -> None:
    clock = frame_clock([first], fps)
    start = clock.seconds(first)
    assert start is not None
    found = programme_start("premiere_text", cues(start), hour=clock.hour)
    assert found is not None and start - found.seconds == pytest.approx(2.0, abs=0.01)
    assert found.note.startswith("the programme starts at 01:00:00:00")


@given(
    st.sampled_from(sorted(TIMECODE_FORMATS)),
    st.lists(st.floats(0, 1e5), max_size=6),
    st.sampled_from([3600.0, 3603.6, 3599.9964]),
)
def test_what_is_subtracted_leaves_the_programme_at_its_start(name: str, starts: list[float], hour: float) -> None:
    found = programme_start(name, cues(*sorted(starts)), hour=hour)
    if found:
        assert found.seconds >= hour
        assert -0.1 < min(starts) - found.seconds <= 300
        again = [start - found.seconds for start in starts]
        assert programme_start(name, cues(*sorted(max(0.0, start) for start in again)), hour=hour) is None


@pytest.mark.parametrize(("fps", "hour"), [("25", 3600.0), ("29.97", 3603.6), ("23.976", 3603.6)])
def test_an_hour_of_a_files_timecode_is_as_long_as_its_frames_make_it(fps: str, hour: float) -> None:
    text = "01:00:10:00 - 01:00:12:00\nUnknown\nGood morning.\n\n01:00:13:00 - 01:00:15:00\nUnknown\nGood evening.\n"
    reading = read(text.encode(), "talk.txt", fps=fps)
    assert reading.hour == pytest.approx(hour)
    assert from_its_start(reading, None).cues[0].start == pytest.approx(10, abs=0.02)

"""Clock times and frame timecodes to seconds, checked against the definition and the timecode library."""

from __future__ import annotations

from fractions import Fraction

import pytest
from timecode import Timecode

from connector.errors import TranscriptError
from connector.transcripts.timecode_text import FrameClock, clock_seconds, frame_clock, frame_rate

NTSC = Fraction(30000, 1001)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("00:00:12,345", 12.345),
        ("0:00:12.345", 12.345),
        ("00:12,6", 12.6),
        ("1:02:03", 3723.0),
        ("75:00", 4500.0),
        ("0:0:0.0", 0.0),
        ("00:00:01.123456", 1.123),
        (" [0:07] ", 7.0),
        ("1000:00:00", 3_600_000.0),
    ],
)
def test_clock_times(text: str, seconds: float) -> None:
    assert clock_seconds(text) == seconds


@pytest.mark.parametrize("text", ["", "12", "1001:00:00", "0:00:1d", "12:5x", "9" * 5000 + ":00", "1:2:3:4"])
def test_no_clock_times(text: str) -> None:
    assert clock_seconds(text) is None


@pytest.mark.parametrize(
    ("timecode", "frames"),
    [
        ("00;00;59;29", 1799),
        ("00;01;00;02", 1800),  # numbers 00 and 01 are left out
        ("00;09;59;29", 17981),
        ("00;10;00;00", 17982),  # but not in every tenth minute
        ("01;00;00;00", 107892),
    ],
)
def test_drop_frame_to_the_frame(timecode: str, frames: int) -> None:
    clock = frame_clock([timecode])
    assert clock == FrameClock(NTSC, drop=True, inferred=True)
    assert clock.seconds(timecode) == float(frames / NTSC)


@pytest.mark.parametrize("fps", ["24", "25", "30", "29.97", "59.94", "23.976"])
@pytest.mark.parametrize("timecode", ["00:00:00:00", "00:00:42:22", "01:09:59:23", "10:00:00:01", "23:59:59:23"])
def test_equals_the_library(fps: str, timecode: str) -> None:
    clock = frame_clock([timecode], fps)
    counted = Timecode(fps, timecode, force_non_drop_frame=True).frames - 1
    assert clock.seconds(timecode) == pytest.approx(counted / float(frame_rate(fps)), abs=1e-9)


@pytest.mark.parametrize(
    ("timecodes", "rate", "drop"),
    [
        (["00:00:00:23"], Fraction(24), False),
        (["00:00:00:10", "00:00:00:24"], Fraction(25), False),
        (["00:00:00:29"], Fraction(30), False),
        (["00:00:00:30"], Fraction(50), False),
        (["00:00:00:59"], Fraction(60), False),
        (["00;00;00;29"], NTSC, True),
        (["00;00;00;30"], 2 * NTSC, True),
        ([], Fraction(24), False),
    ],
)
def test_the_rate_is_inferred(timecodes: list[str], rate: Fraction, drop: bool) -> None:
    assert frame_clock(timecodes) == FrameClock(rate, drop, inferred=True)


def test_a_given_rate_is_taken_unless_the_frames_contradict_it() -> None:
    assert frame_clock(["00:00:00:10"], 25) == FrameClock(Fraction(25), drop=False)
    assert frame_clock(["00:00:00:10"], "29.97") == FrameClock(NTSC, drop=False)
    assert frame_clock(["00;00;00;10"], 30) == FrameClock(NTSC, drop=True)
    told = "fps 25 cannot be: frame 29 occurs"
    assert frame_clock(["00:00:00:29"], 25) == FrameClock(Fraction(30), drop=False, inferred=True, contradicted=told)


@pytest.mark.parametrize(
    ("fps", "rate"),
    [
        (25, Fraction(25)),
        ("29.97", NTSC),
        ("30000/1001", NTSC),
        (23.976, Fraction(24000, 1001)),
        ("23.98", Fraction(24000, 1001)),
        (24, Fraction(24)),
        (59.94, 2 * NTSC),
    ],
)
def test_frame_rates(fps: float | str, rate: Fraction) -> None:
    assert frame_rate(fps) == rate


@pytest.mark.parametrize("fps", ["", "fast", 0, -25, "1/0", "nan", "inf", 1e9])
def test_no_frame_rates(fps: float | str) -> None:
    with pytest.raises(TranscriptError, match="is no frame rate"):
        frame_rate(fps)


def test_timecodes_beyond_reason_are_none() -> None:
    clock = FrameClock(Fraction(25), drop=False)
    assert clock.seconds("1001:00:00:00") is None
    assert clock.seconds("00:00:00") is None
    assert clock.seconds("soon") is None

"""Times as people and programs write them, to seconds: clock times, and timecodes that count frames.

Knows nothing of cues or files. A time is refused (None) rather than guessed where it makes no sense.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from connector.errors import TranscriptError

MAX_SECONDS = 1000 * 3600.0  # no recording is longer; above it a number is no time

# Bounded digit counts throughout: neither int() nor the search can be made to work hard.
TIMECODE = re.compile(r"(\d{1,4})([:;])(\d{2})[:;](\d{2})[:;.](\d{2,3})")
_CLOCK = re.compile(r"(?:(\d{1,6}):)?(\d{1,4}):(\d{1,2})(?:[.,](\d{1,9}))?")
_PLAIN = re.compile(r"(\d{1,7})(?:[.,](\d{1,9}))?")

_USUAL_RATES = (24, 25, 30, 50, 60, 100, 120)
_NTSC_NOMINALS = (24, 30, 48, 60, 120)


def clock_seconds(text: str) -> float | None:
    """Seconds of ``h:mm:ss,fff``, ``mm:ss.f`` and the like, also in square or round brackets; None for no
    time.
    """
    match = _CLOCK.fullmatch(text.strip().strip("[]()").strip())
    if match is None:
        return None
    return parts_seconds(*match.groups())


def clock_text(seconds: float) -> str:
    """``m:ss``, or ``h:mm:ss`` from an hour on; a time that is none counts as 0."""
    whole = int(max(0.0, seconds)) if math.isfinite(seconds) else 0
    hours, minutes = divmod(whole // 60, 60)
    return f"{hours}:{minutes:02d}:{whole % 60:02d}" if hours else f"{minutes}:{whole % 60:02d}"


def parts_seconds(hours: str | None, minutes: str, seconds: str, fraction: str | None) -> float | None:
    """Seconds of a clock time already taken apart; None above 1000 hours.

    Counted in whole milliseconds and divided once, so that 12.345 is the same float everywhere.
    """
    milliseconds = ((int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)) * 1000
    if fraction:
        milliseconds += int(fraction if len(fraction) == 3 else fraction[:3].ljust(3, "0"))
    result = milliseconds / 1000
    return result if result <= MAX_SECONDS else None


@dataclass(frozen=True, slots=True)
class FrameClock:
    """Turns timecodes ``HH:MM:SS:FF`` into seconds at one frame rate (SMPTE ST 12-1).

    ``rate`` is exact (30000/1001, not 29.97); ``drop`` says that frame *numbers* are left out each minute
    but every tenth, so that the timecode keeps up with the clock. ``inferred`` is true where nobody named
    the rate, or the one that was named cannot be, for what ``contradicted`` says.
    """

    rate: Fraction
    drop: bool
    inferred: bool = False
    contradicted: str = ""

    def seconds(self, timecode: str) -> float | None:
        """Seconds from 00:00:00:00 to the start of that frame; None for no timecode or above 1000 hours."""
        match = TIMECODE.fullmatch(timecode.strip())
        if match is None:
            return None
        hours, _, minutes, seconds, frames = match.groups()
        whole_minutes = int(hours) * 60 + int(minutes)
        numerator, denominator = self.rate.as_integer_ratio()
        nominal = (numerator + denominator // 2) // denominator
        count = (whole_minutes * 60 + int(seconds)) * nominal + int(frames)
        if self.drop:
            count -= nominal // 15 * (whole_minutes - whole_minutes // 10)
        result = count * denominator / numerator
        return max(0.0, result) if result <= MAX_SECONDS else None

    @property
    def hour(self) -> float:
        """How many seconds an hour of this timecode lasts: 3603.6 where 30 frames are counted in 1.001 seconds."""
        return self.seconds("01:00:00:00") or 0.0

    @property
    def note(self) -> str:
        """What to say of a rate that was inferred: what it is, and why; "" for one that a person named."""
        if self.contradicted:
            return f"{self.contradicted}; read at {self}"
        return f"the frame rate is not in the file; read at {self}" if self.inferred else ""

    def __str__(self) -> str:
        return f"{float(self.rate):.5g} fps{', drop-frame' if self.drop else ''}"


def frame_clock(timecodes: Iterable[str], fps: float | str | None = None) -> FrameClock:
    """The clock for a file that holds ``timecodes``: at ``fps`` where given, else the rate they betray.

    The largest frame number is a lower bound of the rate. ``;`` means drop-frame: 29.97, or 59.94 where a
    frame number is above 29. Without it the smallest usual rate above the largest frame number is taken. A
    given rate that the frame numbers contradict is not believed. Raises ``TranscriptError`` where ``fps``
    is no frame rate.
    """
    largest, drop = 0, False
    for timecode in timecodes:
        match = TIMECODE.fullmatch(timecode.strip())
        if match is not None:
            largest = max(largest, int(match[5]))
            drop = drop or match[2] == ";"
    rate = None if fps is None else frame_rate(fps)
    if rate is not None and largest < round(rate):
        if drop and round(rate) % 30 == 0:  # ";" is written at 29.97 and 59.94 alone: 30 and 60 mean these
            return FrameClock(Fraction(round(rate) * 1000, 1001), drop=True)
        return FrameClock(rate, drop=False)
    named = f"{fps:g}" if isinstance(fps, int | float) else fps
    told = "" if fps is None else f"fps {named} cannot be: frame {largest} occurs"
    if drop:
        fast = largest > 29
        return FrameClock(Fraction(60000 if fast else 30000, 1001), drop=True, inferred=True, contradicted=told)
    nominal = next((usual for usual in _USUAL_RATES if usual > largest), largest + 1)
    return FrameClock(Fraction(nominal), drop=False, inferred=True, contradicted=told)


@dataclass(frozen=True, slots=True)
class MixedClock:
    """Seconds of whatever times a file holds: decimals after a dot or comma, frames after ``:`` or ``;``.

    ``inferred`` is true where frames are counted at a rate that nobody named.
    """

    frames: FrameClock
    inferred: bool

    @property
    def note(self) -> str:
        """What to say of a rate that was inferred; "" where nothing counts frames, or a person named it."""
        if not self.inferred:
            return ""
        return self.frames.note + ("" if self.frames.contradicted else ", from its largest frame number")

    def seconds(self, text: str) -> float | None:
        """None for no time, or one above 1000 hours."""
        read = (
            (clock_seconds, self.frames.seconds) if "." in text or "," in text else (self.frames.seconds, clock_seconds)
        )
        result = read[0](text)
        if result is None:
            result = read[1](text)
        return plain_seconds(text) if result is None else result


def mixed_clock(times: Iterable[str], fps: float | str | None = None) -> MixedClock:
    """The clock for a file that holds ``times`` of any kind. Raises ``TranscriptError`` where ``fps`` is no frame
    rate.
    """
    timecodes = [text for text in times if "." not in text and "," not in text and TIMECODE.fullmatch(text.strip())]
    frames = frame_clock(timecodes, fps)
    return MixedClock(frames, bool(timecodes) and frames.inferred)


def plain_seconds(text: str) -> float | None:
    """Seconds of a number of them (``12.5``, ``4``); None for anything else."""
    match = _PLAIN.fullmatch(text.strip())
    return None if match is None else parts_seconds(None, "0", match[1], match[2])


def frame_rate(fps: float | str) -> Fraction:
    """The exact rate meant by ``25``, ``"29.97"``, ``23.98`` or ``"30000/1001"``, in frames a second."""
    try:
        rate = Fraction(str(fps).strip())
    except (ValueError, ZeroDivisionError):
        rate = Fraction(0)
    if not 1 <= rate <= 1000:
        raise TranscriptError(f"{fps!r} is no frame rate", hint="for example 25, 29.97 or 30000/1001")
    for nominal in _NTSC_NOMINALS:
        exact = Fraction(nominal * 1000, 1001)
        if abs(rate - exact) < Fraction(1, 50):
            return exact
    return rate

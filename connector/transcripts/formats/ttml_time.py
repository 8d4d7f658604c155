"""TTML's time expressions, to seconds: clocks, frames, ticks and offsets, at the rates the root element names.

Knows nothing of paragraphs. https://www.w3.org/TR/ttml1/#timing-time-value-expressions and #parameter-attributes
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from connector.transcripts.timecode_text import MAX_SECONDS, FrameClock, frame_rate

_CLOCK = re.compile(r"(\d{1,6}):(\d{2}):(\d{2})(?:[.,](\d{1,15})|([:;])(\d{2,3})(?:\.\d{1,3})?)?")
_OFFSET = re.compile(r"(\d{1,15}(?:\.\d{1,15})?)(h|ms|m|s|f|t)")
_UNITLESS = re.compile(r"(?:(\d{1,6}):)?(\d{1,10})\.(\d{1,15})")  # Apple Podcasts: 0.120, 1:02.340
_WHOLE = re.compile(r"\d{1,10}")
_UNITS = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}


@dataclass(frozen=True, slots=True)
class TimeBase:
    """How a document counts: frames and ticks a second, whether its timecodes drop numbers, and whether its clocks are
    SMPTE timecodes, of which an hour is as long as its frames are (8.2, ``ttp:timeBase``): Apple's iTT always is so.
    """

    frames: Fraction
    ticks: Fraction
    drop: bool = False
    smpte: bool = False

    @property
    def hour(self) -> float:
        """How many seconds an hour of the document's clock lasts."""
        return self.seconds("01:00:00") or 3600.0

    @classmethod
    def of(cls, written: dict[str, str], fps: float | str | None = None) -> TimeBase:
        """From the root element's attributes; ``fps`` is what a person says where the file names no rate.

        Raises ``TranscriptError`` where ``fps`` is no frame rate.
        """
        named = _number(written.get("frameRate"))
        rate = frame_rate(fps) if fps is not None and named is None else Fraction(named or 30)
        parts = re.split(r"[\s:]+", written.get("frameRateMultiplier", "").strip())
        numbers = [number for number in map(_number, parts) if number]
        if len(numbers) == 2:
            rate *= Fraction(numbers[0], numbers[1])
        if not 1 <= rate <= 1000:
            rate = Fraction(30)
        below = _number(written.get("subFrameRate")) or 1
        ticks = Fraction(_number(written.get("tickRate")) or (rate * below if named is not None else 1))
        drop = written.get("dropMode", "").startswith("drop")
        smpte = written.get("timeBase", "").strip() == "smpte"
        return cls(frame_rate(str(rate)) if smpte else rate, ticks, drop, smpte)

    def seconds(self, text: str | None) -> float | None:
        """Seconds of a time expression; None where it is none, or above 1000 hours."""
        if not text:
            return None
        text = text.strip()
        if match := _CLOCK.fullmatch(text):
            hours, minutes, seconds, fraction, mark, frames = match.groups()
            drop = (self.drop or mark == ";") and round(self.frames) % 30 == 0
            if (frames and drop) or (self.smpte and not fraction):
                clock = FrameClock(Fraction(round(self.frames) * 1000, 1001) if drop else self.frames, drop)
                return clock.seconds(f"{hours[-4:]}:{minutes}:{seconds}:{frames or '00'}")
            whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
            if frames:
                time = whole + int(frames) * self.frames.denominator / self.frames.numerator
            else:
                time = (whole * 1_000_000 + int((fraction or "0")[:6].ljust(6, "0"))) / 1_000_000
        elif match := _OFFSET.fullmatch(text):
            unit = _UNITS.get(match[2]) or 1 / (self.frames if match[2] == "f" else self.ticks)
            time = float(Fraction(match[1]) * unit)
        elif match := _UNITLESS.fullmatch(text):
            minutes, seconds, fraction = match.groups()
            time = int(minutes or 0) * 60 + float(f"{seconds}.{fraction}")
        else:
            return None
        return round(time, 6) if time <= MAX_SECONDS else None


def _number(text: str | None) -> int | None:
    """A whole number above 0."""
    match = _WHOLE.fullmatch((text or "").strip())
    return int(match[0]) or None if match else None

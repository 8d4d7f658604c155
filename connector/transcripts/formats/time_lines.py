"""How formats write lines of times, ``00:00:01,000 --> 00:00:02,500`` and the like, and what such a line says.

Knows nothing of the words below one.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from connector.transcripts.formats.source import Notes
from connector.transcripts.timecode_text import parts_seconds

Times = tuple[float, float]  # start and end, seconds

# The milliseconds of a time's parts as they are usually written.
_FRACTIONS: dict[str | None, int] = {None: 0} | {f"{number:03}": number for number in range(1000)}
_SECONDS = {f"{number:02}": number * 1000 for number in range(60)}
_MINUTES = {f"{number:02}": number * 60_000 for number in range(60)}
_HOURS: dict[str | None, int] = {None: 0, "0": 0, "1": 3_600_000}
_HOURS |= {f"{number:02}": number * 3_600_000 for number in range(24)}


@dataclass(frozen=True, slots=True)
class TimeLine:
    """How a format writes its lines of times.

    ``pattern`` matches the line end before such a line and the whole line; its groups are hours, minutes, seconds
    and fraction of the start, then of the end. Only minutes and seconds of the start are in all of them. ``mark``
    is a piece of text every such line has, and ``is_broken`` tells, of a line that has the mark but does not match,
    whether it was meant as one.
    """

    mark: str
    pattern: re.Pattern[str]
    is_broken: Callable[[str], bool]

    def within(self, text: str) -> bool:
        """Whether there is such a line in ``text``."""
        return self.mark in text and self.pattern.search("\n" + text) is not None


# An arrow between two times as a word processor corrects it: `→`, `–>`, `—>`. Without fractions it may be a schedule.
_CORRECTED = re.compile(
    r"^([ \t]{0,9}(?:\d{1,3}:)?\d{1,3}:\d{2}[.,]\d{1,3})[ \t]{0,9}(?:→|[–—]>)"
    r"[ \t]{0,9}(?=(?:\d{1,3}:)?\d{1,3}:\d{2}[.,]\d{1,3}[ \t]{0,9}$)",
    re.MULTILINE,
)


def with_plain_arrows(text: str) -> str:
    """``text`` with ``-->`` in lines of two times where a word processor made another arrow of it; the lines stay as
    many.
    """
    # One sign is sought quicker than two.
    if "→" in text or ("–" in text and "–>" in text) or ("—" in text and "—>" in text):
        return _CORRECTED.sub(r"\1 --> ", text)
    return text


def is_arrow_broken(line: str) -> bool:
    """Whether a line with an arrow in it was meant to tell times: ``1 --> 2`` may be spoken."""
    return "-->" in line and line.lstrip(" \t-+")[:1].isdigit() and ":" in line


# 00:00:12,6  --> 00:00:16,6 X1:40 …; dot or comma, hours optional, one to three digits of fraction, spaces
# anywhere. Nothing that was matched is ever given back (+), which halves the time.
_ARROW = (
    r"[ \t]*+(?:(\d{1,6}+):)?(\d{1,3}+):(\d{1,2}+)(?:[.,](\d{1,3}+))?+\d{0,9}+[ \t]*+-{1,3}+>"
    r"[ \t]*+(?:(?:(\d{1,6}+):)?(\d{1,3}+):(\d{1,2}+)(?:[.,](\d{1,3}+))?+\d{0,9}+(?![\w:]))?[^\n]*+"
)
ARROW_LINE = TimeLine("->", re.compile(rf"\n{_ARROW}"), is_arrow_broken)


def usual_times(
    h1: str | None, m1: str, s1: str, f1: str | None, h2: str | None, m2: str, s2: str, f2: str | None
) -> Times | None:
    """The times of a line's groups as they are usually written, looked up: int() would be a third of the reading."""
    try:
        return (
            (_HOURS[h1] + _MINUTES[m1] + _SECONDS[s1] + _FRACTIONS[f1]) / 1000,
            (_HOURS[h2] + _MINUTES[m2] + _SECONDS[s2] + _FRACTIONS[f2]) / 1000,
        )
    except KeyError:
        return None


def unusual_times(parts: Sequence[Any], notes: Notes, position: int) -> tuple[float | None, float | None]:
    """Start and end of a time line not written in the usual way; no start where it makes no sense."""
    h1, m1, s1, f1, h2, m2, s2, f2 = parts
    start = parts_seconds(h1, m1, s1, f1)
    if start is None:
        notes.add("a time above 1000 hours; its words stay with the cue before", position=position)
        return None, None
    if m2 is None:
        notes.add("the end of this cue cannot be read; taken as the next start", position=position)
        return start, None
    return start, parts_seconds(h2, m2, s2, f2)

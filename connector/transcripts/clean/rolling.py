"""Captions that scroll: each cue repeats the line before and adds one, as YouTube writes them.

Works on the lines of all cues of a transcript. Knows nothing of what is in a line.
"""

from __future__ import annotations

from collections.abc import Sequence

ECHO_SECONDS = 0.05  # a cue this short that says the line before again is how a scroll ends, not speech
_ROLLING_SHARE = 0.25
_ROLLING_LINES = 4  # no more lines than that are on screen


def said_once(cues: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The lines of each cue without those that only scrolled on; all of them where the captions do not roll."""
    if not _is_rolling(cues):
        return list(cues)
    new: list[Sequence[str]] = []
    before: Sequence[str] = ()
    for lines in cues:
        new.append(lines[_overlap(before, lines) :])
        before = lines or before
    return new


def _overlap(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many first lines repeat the last lines of the cue before."""
    if not lines or lines[0] not in before:
        return 0
    for size in range(min(len(before), len(lines), _ROLLING_LINES), 0, -1):
        if before[-size:] == lines[:size]:
            return size
    return 0


def _is_rolling(cues: Sequence[Sequence[str]]) -> bool:
    """Whether these captions scroll: of the cues with two lines or more, many open with the last line
    before them.

    Asked of lines, which cleaning joins: so cleaned captions never look like rolling ones.
    """
    scrolled = several = 0
    before: Sequence[str] = ()
    for lines in cues:
        if len(lines) > 1:
            several += 1
            scrolled += bool(0 < _overlap(before, lines) < len(lines))
        if lines:
            before = lines
    return scrolled > 0 and scrolled >= _ROLLING_SHARE * several

"""Captions that scroll: each cue repeats the line before and adds one, as YouTube writes them; or that grow, each
saying what the one before said and a word more, as live captions are written.

Works on the lines of all cues of a transcript. Knows nothing of what is in a line.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

ECHO_SECONDS = 0.05  # a cue this short that says the line before again is how a scroll ends, not speech
_ROLLING_SHARE = 0.25
_ROLLING_LINES = 4  # no more lines than that are on screen
_LEAST_GROWN = 3


def said_once(cues: Sequence[Sequence[str]]) -> list[Sequence[str]]:
    """The lines of each cue without those that only scrolled on, and the words that the cue before had said; all of
    them where the captions neither roll nor grow.
    """
    new = list(cues)
    while _scrolls(new) or grows([lines[0] if len(lines) == 1 else " ".join(lines) for lines in new]):
        before: Sequence[str] = ()
        for number, lines in enumerate(new):
            left = _added(before, lines)
            new[number] = [" ".join(left)] if left else []
            before = lines or before
    return new


def grows(texts: Sequence[str]) -> bool:
    """Whether these captions grow: many of them are the one before and more words."""
    enough = max(_LEAST_GROWN, _ROLLING_SHARE * len(texts))
    if sum(map(str.startswith, texts[1:], texts)) < enough:  # nearly always, and soon found out
        return False
    pairs = pairwise(filter(None, texts))
    return sum(text.startswith(before) and text[len(before) :][:1].isspace() for before, text in pairs) >= enough


def _added(before: Sequence[str], lines: Sequence[str]) -> Sequence[str]:
    """``lines`` without the first ones that repeat the last of the cue before, and of the next one what is new."""
    size = _overlap(before, lines)
    if size:
        return lines[size:]
    size = _grown(before, lines)
    return [lines[size - 1][len(before[-1]) :].lstrip(), *lines[size:]] if size else lines


def _overlap(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many first lines repeat the last lines of the cue before."""
    if not lines or lines[0] not in before:
        return 0
    for size in range(min(len(before), len(lines), _ROLLING_LINES), 0, -1):
        if before[-size:] == lines[:size]:
            return size
    return 0


def _grown(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many first lines repeat the last lines of the cue before where the last of them goes on; 0 for none."""
    if not before or not lines:
        return 0
    last = before[-1] + " "
    for size in range(min(len(before), len(lines), _ROLLING_LINES), 0, -1):
        if lines[size - 1].startswith(last) and before[-size:-1] == lines[: size - 1]:
            return size
    return 0


def _scrolls(cues: Sequence[Sequence[str]]) -> bool:
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

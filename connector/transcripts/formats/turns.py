"""What readers of written-out talks share: turns that begin at a position with a time, and the rows between them.

Knows no layout. A turn's words go on to the next turn's beginning; headings among them are not spoken.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from connector.transcripts.formats.source import Notes, Row

_HEADING = re.compile(r"^[ \t]{0,8}#{1,6}[ \t].*$", re.MULTILINE)
_PARAGRAPH = re.compile(r"\n[ \t\xa0]*\n\s*")
_FIRST_LINE = re.compile(r"\s{0,9}([^\s][^\n]{0,79})\n(?=\s{0,99}\S)")
_LONGEST_NAME = 80
ABBREVIATION = re.compile(r"(?:\b[A-Z]|\b(?:[JS]r|Dr|M\.?D|Ph\.?D|Esq|Inc|Ltd))\.$")  # "Vald, Mira A."
_MOST = 4  # times as many lines as look like no name
_CHARACTERS_A_SECOND = 15.0
_MORNING = 5 * 3600.0  # hardly a recording is so long before its first word; a meeting by the clock starts later


class Turn(NamedTuple):
    """Where a turn's first line starts, when in seconds, who speaks, and where the words begin."""

    position: int
    start: float
    end: float | None
    speaker: str | None
    words: int


def turn_rows(text: str, turns: Sequence[Turn], *, unspoken: Callable[[str], bool] | None = None) -> list[Row]:
    """The rows of ``turns``, which are in order of position.

    Lines wrapped by hand are joined, paragraphs stay apart; lines that ``unspoken`` knows are left out.
    """
    borders = [*(turn.position for turn in turns), len(text)]
    rows = []
    for turn, border in zip(turns, borders[1:], strict=bool(turns)):
        rows.append(Row(turn.start, turn.end, turn.speaker, _words(text[turn.words : border], unspoken)))
    return rows


def _words(text: str, unspoken: Callable[[str], bool] | None) -> str:
    if "#" in text:
        text = _HEADING.sub("", text)
    text = text.strip()
    if "\n" not in text:
        return "" if unspoken and unspoken(text) else text
    paragraphs = []
    for paragraph in _PARAGRAPH.split(text):
        lines = [line.strip() for line in paragraph.split("\n")]
        if unspoken:
            lines = [line for line in lines if not unspoken(line)]
        if any(lines):
            paragraphs.append(" ".join(lines))
    return "\n".join(paragraphs)


def with_named_lines(text: str, turns: Sequence[Turn], start: int = 0) -> list[Turn]:
    """The turns with their speakers, where each one's first line is only a name and the words stand below it, or the
    line above each one's time, from ``start`` on, is.
    """
    turns = list(turns)
    if any(turn.speaker for turn in turns):
        return turns
    for found in (_named_below(text, turns), _named_above(text, turns, start)):
        if found and are_names(Counter(turn.speaker or "" for turn in found)):
            return found
    return turns


def _named_below(text: str, turns: Sequence[Turn]) -> list[Turn]:
    named = []
    for turn, border in zip(turns, [*(turn.position for turn in turns[1:]), len(text)], strict=bool(turns)):
        match = _FIRST_LINE.match(text, turn.words, border)
        if match is None:
            return []
        named.append(turn._replace(speaker=match[1].strip(), words=match.end()))
    return named


def _named_above(text: str, turns: Sequence[Turn], start: int) -> list[Turn]:
    named: list[Turn] = []
    for turn in turns:
        position = text.rfind("\n", start, max(start, turn.position - 1)) + 1 or start
        name = text[position : turn.position].strip()
        if not name or (named and not text[named[-1].words : position].strip()):
            return []
        named.append(turn._replace(position=position, speaker=name))
    return named


def are_names(first_lines: Mapping[str, int]) -> bool:
    """Whether lines, each with how often it stands over words, are names: short, hardly one like a sentence, some of
    them twice.
    """
    turns = sum(first_lines.values())
    if turns < 2 or any(len(line) > _LONGEST_NAME for line in first_lines):
        return False
    odd = sum(
        (line[:1].islower() and count < 3) or (line[-1:] in ".!?,;:…" and not ABBREVIATION.search(line))
        for line, count in first_lines.items()
    )
    return _MOST * odd <= len(first_lines) <= max(1, 2 * turns // 3)


def note_wall_clock(rows: Sequence[Row], notes: Notes) -> None:
    """Notes where times begin so late that a clock on the wall may have told them; what they are is not guessed."""
    first = min((row.start for row in rows if row.text), default=0.0)
    if first >= _MORNING:
        minutes, second = divmod(int(first), 60)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
        notes.add(
            f"the times begin at {clock}, as if told by a clock on the wall;"
            f" `offset: {clock}` in a sidecar makes them count from there"
        )


def spread(start: float, end: float | None, lengths: Sequence[int]) -> list[float]:
    """When pieces of ``lengths`` characters begin that are said one after the other from ``start`` to ``end``.

    In proportion to the characters, never outside the two times; where no end is known, at the pace of ordinary speech.
    """
    whole = sum(lengths)
    if end is None:
        end = start + whole / _CHARACTERS_A_SECOND
    span = max(0.0, end - start)
    starts, said = [], 0
    for length in lengths:
        starts.append(min(max(start, round(start + span * said / whole, 3) if whole else start), start + span))
        said += length
    return starts

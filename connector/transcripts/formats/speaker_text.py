"""Meetings and interviews as text: a name and a time on a line, the words below it.

Otter (``Name  0:05``, ``Name  1:02:03``), Microsoft Teams' Word documents (``Last, First   0:15``), Rev
(``Speaker 1 (00:01):``) and Zoom's saved captions (``[Name] 10:22:01``, a clock on the wall). None of them is
documented; the layouts are taken from files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from connector.transcripts.formats.document_head import head_metadata
from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.source import Notes, Reader, Source, finish
from connector.transcripts.formats.turns import Turn, note_wall_clock, turn_rows
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

# The time at a line's end: "  0:05", " (00:01):", " [0:05]", and a single space before hours. Its own end is looked for
# first: a search that may stop at colons alone is quick.
_TIME_END = re.compile(r":\d{2}(?:[.,]\d{1,3})?[\])]?:?[ \t\xa0*]{0,8}$", re.MULTILINE)
_LONGEST_TIME = 20  # characters before that end: the gap, a bracket, hours, minutes
_TIME = re.compile(
    r"([ \t\xa0]{1,12}|(?<=\])[ \t]?)([\[(])?((\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?)([\])])?:?[ \t\xa0*]{0,8}$",
    re.MULTILINE,
)
_NAME = re.compile(r"[^\W_](?:(?!\d:\d\d)[^\n\t<>{}=;•]){0,69}")
_MARKS = re.compile(r"[*_]{1,3}|:$")
_UNSPOKEN = re.compile(
    r"Transcribed by https?://otter\.ai\S*|This transcript was (?:generated|exported|edited) .{0,80}"
    r"|[^\Wa-z][^\n.!?]{0,60} (?:started|stopped) transcription"
)
_WALL_CLOCK = re.compile(r"\[([^\[\]\n]{1,80})\]")
_LONGEST_NAME = 90  # with its marks
_DAY = 24 * 3600.0


class _Found(NamedTuple):
    turn: Turn
    hours: bool
    shape: tuple[str, bool]  # the bracket and whether the time stands apart: a program writes all its lines alike


def _turns(text: str, start: int = 0) -> list[Turn]:
    """The turns from ``start`` on, as most of them are written: another line that ends with a time is a sentence."""
    found = list(_candidates(text, start))
    shapes = Counter(each.shape for each in found)
    usual = max(shapes.values(), default=0)
    found = [each for each in found if 2 * shapes[each.shape] > usual]
    with_hours = [each.turn for each in found if each.hours]
    return with_hours if 2 * len(with_hours) > len(found) > 20 else [each.turn for each in found]


def _candidates(text: str, start: int) -> Iterator[_Found]:
    for end in _TIME_END.finditer(text, start):
        position = text.rfind("\n", start, end.start()) + 1 or start
        if end.start() - position > _LONGEST_NAME + _LONGEST_TIME or "-->" in text[position : end.start()]:
            continue
        match = _TIME.search(text, max(position, end.start() - _LONGEST_TIME), end.end())
        if match is None:
            continue
        begin, words = match.span()
        gap, opened, time, hours, closed = match.groups()
        if bool(opened) != bool(closed) or begin - position > _LONGEST_NAME:
            continue
        if gap == " " and not opened and not hours:  # a sentence may write it so
            continue
        line = text[position:begin].strip()
        name = _name(line)
        seconds = clock_seconds(time) if name else None
        if seconds is not None:
            shape = (opened or line[:1] * (line[:1] in "[*"), len(gap) > 1)
            yield _Found(Turn(position, seconds, None, name, words), bool(hours), shape)


def _name(line: str) -> str:
    """The speaker a line names, "" where it names none: a sentence, a list item, a table row."""
    if wall := _WALL_CLOCK.fullmatch(line):
        return wall[1].strip()
    name = _MARKS.sub("", line).strip()
    if not _NAME.fullmatch(name) or name[-1] in ".!?,…" or name.isdigit() or name.count(" ") > 7 or "://" in name:
        return ""
    return "" if line.endswith(":") and not line.startswith("*") else name  # `Name: 00:01` is speaker_markdown's


def _unspoken(line: str) -> bool:
    return _UNSPOKEN.fullmatch(line) is not None


def _sniff(source: Source) -> float:
    text = source.head
    turns = _turns(text, front_matter(text)[1])
    if not turns:
        return 0.0
    rows = turn_rows(text, turns, unspoken=_unspoken)
    spoken = sum(1 for row in rows if row.text)
    if spoken < 0.6 * len(rows):  # a list of things with times at the end of its lines
        return 0.0
    if len(turns) > 1:
        return 0.75
    return 0.4 if text[: turns[0].position].count("\n") < 12 else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    turns = _turns(source.text, body)
    metadata = head_metadata(source.text[body : turns[0].position]) if turns else {}
    if turns and all(source.text.startswith("[", turn.position) for turn in turns):
        turns = _from_the_first(turns)
        notes.add("the times are those of the clock on the wall; counted from the first")
    rows = turn_rows(source.text, turns, unspoken=_unspoken)
    note_wall_clock(rows, notes)
    metadata |= front_metadata(front, {row.speaker or "" for row in rows}, notes)
    return finish("speaker_text", rows, notes, metadata)


def _from_the_first(turns: list[Turn]) -> list[Turn]:
    """Times of day as seconds since the first; past midnight they go on."""
    first, before, days = turns[0].start, turns[0].start, 0
    counted = []
    for turn in turns:
        if turn.start < before - _DAY / 2:
            days += 1
        before = turn.start
        counted.append(turn._replace(start=max(0.0, round(turn.start + days * _DAY - first, 3))))
    return counted


READER = Reader(
    "speaker_text",
    "Otter, Teams (Word), Rev and Zoom caption text (.txt, .docx)",
    (".txt", ".docx"),
    "lines of a name and a time, `Mira Vald  0:15`, with the words below",
    _sniff,
    _read,
)

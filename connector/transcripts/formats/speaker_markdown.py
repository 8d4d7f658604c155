"""Markdown talks: ``Name: 00:00:07`` on a line, then what was said until the next such line; YAML front
matter.

The layout of bitcointranscripts and of edited Rev exports. Headings and front matter are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

# Found from its colon on, the name is looked up before it: a search that may stop at colons alone is quick.
_TURN_TIME = re.compile(
    r":(?P<gap>[ \t*]*)[\[(]?(?P<time>(?P<hours>\d{1,4}:)?\d{1,3}:\d{2})[\])]?[ \t:]*$", re.MULTILINE
)
_LONGEST_NAME = 80
_DIGITS_FIRST = re.compile(r"\d+(?:$|:\d\d)")  # a number, or a time line of another format
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t].*$", re.MULTILINE)


class _Turn(NamedTuple):
    """Where a turn's line starts, who speaks, when, and where the words begin."""

    position: int
    speaker: str
    time: str
    words: int


def _turns(text: str, start: int = 0) -> list[_Turn]:
    """The lines ``Name: 00:00:07`` from ``start`` on.

    Where most times have hours, one without ends a sentence ("the ratio is: 10:30") and begins no turn.
    """
    turns = list(_candidates(text, start))
    with_hours = [turn for turn in turns if turn.time.count(":") == 2]
    return with_hours if 2 * len(with_hours) > len(turns) else turns


def _candidates(text: str, start: int) -> Iterator[_Turn]:
    for match in _TURN_TIME.finditer(text, start):
        if not match["gap"] and not match["hours"]:  # "at 10:30"
            continue
        position = text.rfind("\n", start, match.start()) + 1 or start
        name = text[position : match.start()].strip(" \t*")
        if name and len(name) <= _LONGEST_NAME and name[0] not in "#-[" and not _DIGITS_FIRST.match(name):
            yield _Turn(position, name, match["time"], match.end())


def _sniff(source: Source) -> float:
    turns = len(_turns(source.head))
    return 0.8 if turns > 1 else 0.4 if turns else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    turns = _turns(source.text, body)
    borders = [*(turn.position for turn in turns), len(source.text)]
    rows: list[Row] = []
    for turn, end in zip(turns, borders[1:], strict=bool(turns)):
        start = clock_seconds(turn.time)
        if start is None:
            notes.add("a time above 1000 hours; its words are left out", position=turn.position)
            continue
        text = source.text[turn.words : end]
        rows.append(Row(start, None, turn.speaker, (_HEADING.sub("", text) if "#" in text else text).strip()))
    metadata = front_metadata(front, {row.speaker or "" for row in rows}, notes)
    return finish("speaker_markdown", rows, notes, metadata)


READER = Reader(
    "speaker_markdown",
    "Markdown with `Name: 00:00:00` lines (.md)",
    (".md", ".txt"),
    "lines `Name: 00:00:07`",
    _sniff,
    _read,
)

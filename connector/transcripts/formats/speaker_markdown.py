"""Markdown talks: ``Name: 00:00:07`` on a line, then what was said until the next such line; YAML front
matter.

The layout of bitcointranscripts and of edited Rev exports. Headings and front matter are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import partial
from itertools import pairwise
from typing import NamedTuple

from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish, row_of
from connector.transcripts.timecode_text import parts_seconds
from connector.transcripts.transcript import Reading

# Found from its colon on, the name is looked up before it: a search that may stop at colons alone is quick.
_TURN_TIME = re.compile(
    r":([ \t*]*)[\[(]?(?:(?:(\d{1,4}):)?(\d{1,3}):(\d{2})"
    r"|(\d[\da-z]{0,3}:[\da-z]{2}:[\da-z]{2}|\d{5,20}:\d{2}:\d{2}))[\])]?[ \t:]*$",  # a time that cannot be read
    re.MULTILINE,
)
_TIMECODE = re.compile(r"\d\d[:;]\d\d[:;]\d\d")
_LONGEST_NAME = 80
_SEVERAL = 3  # turns
_DIGITS_FIRST = re.compile(r"\d{1,6}$|\d+:\d\d")  # a number, or a time line of another format; no telephone's
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t].*$", re.MULTILINE)


class _Turn(NamedTuple):
    """Where a turn's line starts, who speaks, when in seconds (None for no time), whether the time has hours, and
    where the words begin.
    """

    position: int
    speaker: str
    start: float | None
    hours: bool
    words: int


_turn_of: Callable[[tuple[int, str, float | None, bool, int]], _Turn] = partial(
    tuple.__new__, _Turn
)  # in half the time


def _turns(text: str, start: int = 0) -> list[_Turn]:
    """The lines ``Name: 00:00:07`` from ``start`` on, and ``Name: 00:0x:07``.

    Where most times have hours, one without ends a sentence ("the ratio is: 10:30") and begins no turn; but the first
    hour of a talk may be written without.
    """
    turns = list(_candidates(text, start))
    with_hours = [turn for turn in turns if turn.hours]
    if 2 * len(with_hours) <= len(turns):
        return turns
    first = next((turn.start for turn in with_hours if turn.start is not None), 0.0)
    position = with_hours[0].position
    return [turn for turn in turns if turn.hours or (turn.position < position and (turn.start or 0.0) < first)]


def _candidates(text: str, start: int) -> Iterator[_Turn]:
    for match in _TURN_TIME.finditer(text, start):
        gap, hours, minutes, seconds, broken = match.groups()
        if not gap and not hours:  # "at 10:30"
            continue
        colon, words = match.span()
        position = text.rfind("\n", start, colon) + 1 or start
        name = text[position:colon].strip(" \t*")
        if not name or len(name) > _LONGEST_NAME or name[0] in "#-[":
            continue
        if (":" in name or ";" in name) and _TIMECODE.search(name):
            continue
        if name[0].isdigit() and _DIGITS_FIRST.match(name):
            continue
        time = None if broken else parts_seconds(hours, minutes, seconds, None)
        yield _turn_of((position, name, time, bool(broken or hours), words))


def _sniff(source: Source) -> float:
    turns = _turns(source.head)
    if len(turns) < 2:
        return 0.4 if turns else 0.0
    return 1.0 if _is_unmistakable(source.head, turns) else 0.8


def _is_unmistakable(text: str, turns: list[_Turn]) -> bool:
    """Whether these are a talk's turns beyond doubt: several, with hours, in order of time, with words below, and
    nothing but headings before the first.
    """
    if len(turns) < _SEVERAL or "-->" in text:
        return False
    for turn, following in pairwise(turns):
        if not turn.hours or turn.start is None or following.start is None or turn.start > following.start:
            return False
        if text[turn.words : following.position].isspace():
            return False
    return not _HEADING.sub("", text[front_matter(text)[1] : turns[0].position]).strip()


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    turns = _turns(source.text, body)
    borders = [*(turn.position for turn in turns), len(source.text)]
    timeline = Timeline(notes)
    rows: list[Row] = []  # with a time, since the last without
    known = {name: known_speaker(name) for name in {turn.speaker for turn in turns}}
    for (position, name, start, _, words), end in zip(turns, borders[1:], strict=bool(turns)):
        text, speaker = source.text[words:end], known[name]
        text = (_HEADING.sub("", text) if "#" in text else text).strip()
        if start is None:
            timeline.add(rows)
            rows.clear()
            timeline.add_untimed("a time that cannot be read", text, speaker, position=position)
        else:
            rows.append(row_of((start, None, speaker, text, None)))
    timeline.add(rows)
    metadata = front_metadata(front, {row.speaker or "" for row in timeline.rows}, notes)
    return finish("speaker_markdown", timeline.rows, notes, metadata)


READER = Reader(
    "speaker_markdown",
    "Markdown with `Name: 00:00:00` lines (.md)",
    (".md", ".txt"),
    "lines `Name: 00:00:07`",
    _sniff,
    _read,
)

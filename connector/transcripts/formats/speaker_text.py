"""Meetings and interviews as text: a name and a time on a line, the words below it.

Otter (``Name  0:05``, ``Name  1:02:03``), Microsoft Teams' Word documents (``Last, First   0:15``), Rev
(``Speaker 1 (00:01):``) and Zoom's saved captions (``[Name] 10:22:01``, a clock on the wall). None of them is
documented; the layouts are taken from files.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import zip_longest
from typing import NamedTuple

from connector.transcripts.formats.document_head import head_metadata
from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Source, finish
from connector.transcripts.formats.turns import Turn, note_wall_clock, turn_rows
from connector.transcripts.formats.unspoken import unspoken
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

# The time at a line's end: "  0:05", " (00:01):", " [0:05]", and a single space before hours. Its own end is looked for
# first: a search that may stop at colons alone is quick.
_TIME_END = re.compile(r":\d{2}(?:[.,]\d{1,3})?[\])]?:?[ \t\xa0*]{0,8}$", re.MULTILINE)
_LONGEST_TIME = 20  # characters before that end: the gap, a bracket, hours, minutes
_CLOCK = r"((?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?)"
_TIME = re.compile(
    rf"([ \t\xa0]{{1,12}}|(?<=\])[ \t]?)([\[(])?{_CLOCK}([\])])?(:?)[ \t\xa0*]{{0,8}}$",
    re.MULTILINE,
)
# Alone on its line: a further paragraph of who speaks.
_BARE_TIME = re.compile(rf"[ \t\xa0]{{0,8}}([\[(])?{_CLOCK}([\])])?:?[ \t\xa0]{{0,8}}$", re.MULTILINE)
_NAME = re.compile(r"[^\W_](?:(?!\d:\d\d)[^\n\t<>{}=;•]){0,69}")
_ANY_NAME = re.compile(r"(?![-•#|>])(?:(?!\d:\d\d)[^\n\t]){1,90}")  # no item of a list, no row of a table
_MARKS = re.compile(r"\*{1,3}|^_{1,3}|_{1,3}$|:$")
_DASH = re.compile(r"[ \t][-–—]$")  # Name - 05:03
_HOURS = re.compile(r"^[^\W\d_][^\n]{0,69}(?<=\S) \d{1,2}:\d{2}:\d{2}[ \t]{0,9}$", re.MULTILINE)  # Name 1:05:03
_WALL_CLOCK = re.compile(r"\[([^\[\]\n]{1,80})\]")
_LONGEST_NAME = 90  # with its marks
_OPENING = 300.0  # seconds from the first words of nobody to the first who is named
_INTERRUPTED = 10.0  # seconds by which turns may run back
_DAY = 24 * 3600.0


class _Shape(NamedTuple):
    """How a line sets its time off from the name: a program writes all its lines alike."""

    mark: str  # the bracket of the time, "*" for a bold name, "[]" for one in brackets
    apart: bool  # by more than a space
    colon: bool

    @property
    def unmistakable(self) -> bool:
        """Whether no sentence is written so."""
        return self.apart or self.colon or self.mark[-1:] in ("*", "]")


class _Found(NamedTuple):
    """A line that may begin a turn; without a name it is a time alone."""

    turn: Turn
    name: str
    sure: bool  # whether what stands before the time looks like a name
    shape: _Shape


def _turns(text: str, start: int = 0) -> tuple[list[Turn], int]:
    """The turns from ``start`` on, as most of them are written, and how many more lines would be turns, were anything
    said below them. Another line that ends with a time is a sentence.

    In a shape that no sentence has, anything may be a name: a telephone number, ``Ann Lee, M.D.``, ``🎧 Sam``.
    """
    candidates = list(_candidates(text, start))
    named = _in_order(_usual(candidates))
    found = _spoken(text, named)
    silent = len(named) - len(found)
    if any(not each.name for each in candidates):
        found = _with_bare_times(candidates, found)
    return [each.turn._replace(speaker=known_speaker(each.name)) for each in found], silent


def _usual(candidates: list[_Found]) -> list[_Found]:
    """Those with a name in the shapes of most, and those in another whose name is known from these.

    What does not look like a name is one only in a shape that no sentence has.
    """
    named = [each for each in candidates if each.name]
    often = Counter(each.name for each in named)
    sure = [each for each in named if each.sure or often[each.name] > 1]
    shapes = Counter(each.shape for each in sure)
    most = max(shapes.values(), default=0)
    usual = {shape for shape, count in shapes.items() if 2 * count > most}
    known = {each.name for each in sure if each.shape in usual}
    return [each for each in named if each.name in known or (each.shape in usual and each.shape.unmistakable)]


def _in_order(found: list[_Found]) -> list[_Found]:
    """Without names met once whose time does not lie between their neighbours', where a sentence may be written so,
    "Let us meet at (10:30)", or no name is.
    """
    often = Counter(each.name for each in found)
    kept: list[_Found] = []
    for each, following in zip_longest(found, found[1:]):
        sure = often[each.name] > 1 or (each.sure and each.shape.unmistakable)
        if sure or _fits(each, kept[-1] if kept else None, following):
            kept.append(each)
    return kept


def _spoken(text: str, found: list[_Found]) -> list[_Found]:
    """Without names met once under which nothing is said, where a sentence may be written so."""
    often = Counter(each.name for each in found)
    kept: list[_Found] = []
    following = None
    for each, before in zip_longest(reversed(found), found[-2::-1]):  # from the end: it is its own turn's only line
        words = text[each.turn.words : following.turn.position if following else len(text)]
        sure = often[each.name] > 1 or (each.shape.unmistakable and _fits(each, before, following))
        if sure or words.strip():
            kept.append(each)
            following = each
    return kept[::-1]


def _fits(each: _Found, before: _Found | None, following: _Found | None) -> bool:
    """Whether a turn's time lies between those of its neighbours, who may interrupt each other; a following one that
    runs back says nothing.
    """
    earliest = before.turn.start if before else 0.0
    latest = following.turn.start if following else earliest
    start = each.turn.start
    return earliest - _INTERRUPTED <= start and (start <= latest + _INTERRUPTED or latest <= earliest)


def _with_bare_times(candidates: list[_Found], found: list[_Found]) -> list[_Found]:
    """With the times that stand alone on a line, in brackets where the others have them, and in their order."""
    names = {each.turn.position: each for each in found}
    marks = {each.shape.mark.strip("*") for each in found}
    followings = iter([*found[1:], None])
    result: list[_Found] = []
    following: _Found | None = found[0] if found else None
    for each in candidates:
        if each.turn.position in names:
            result.append(each)
            following = next(followings)
        elif each.name or each.shape.mark not in marks:
            continue
        elif not result:  # somebody opens before the first name; a time of day above it comes later than that
            if following and 0 <= following.turn.start - each.turn.start <= _OPENING:
                result.append(each)
        elif _fits(each, result[-1], following):
            result.append(each._replace(name=result[-1].name))
    return result


def _candidates(text: str, start: int) -> Iterator[_Found]:
    hours = _HOURS.search(text, start) is not None  # where others go on so beyond the hour, those before are turns too
    for end in _TIME_END.finditer(text, start):
        position = text.rfind("\n", start, end.start()) + 1 or start
        if end.start() - position > _LONGEST_NAME + _LONGEST_TIME or "-->" in text[position : end.start()]:
            continue
        match = _TIME.search(text, max(position, end.start() - _LONGEST_TIME), end.end())
        begin = match.start() if match else position
        if match is None or not text[position:begin].strip():
            if (bare := _BARE_TIME.match(text, position)) and (found := _bare(bare)):
                yield found
            continue
        gap, opened, time, closed, colon = match.groups()
        if bool(opened) != bool(closed) or begin - position > _LONGEST_NAME:
            continue
        line = text[position:begin].strip()
        dashed = _DASH.search(line) is not None
        as_in_a_sentence = gap == " " and not opened and not dashed and time.count(":") < 2  # "We meet at 10:30"
        if as_in_a_sentence and not hours:
            continue
        name, sure = _name(line)
        seconds = clock_seconds(time) if name else None
        if seconds is not None:
            mark = "[]" if _WALL_CLOCK.fullmatch(line) else (opened or "") + "*" * line.startswith("*")
            shape = _Shape(mark, len(gap) > 1 or gap == "\t" or dashed, bool(opened and colon))
            yield _Found(Turn(position, seconds, None, None, match.end()), name, sure and not as_in_a_sentence, shape)


def _bare(match: re.Match[str]) -> _Found | None:
    opened, time, closed = match.groups()
    seconds = clock_seconds(time)
    if seconds is None or bool(opened) != bool(closed):
        return None
    turn = Turn(match.start(), seconds, None, None, match.end())
    return _Found(turn, "", False, _Shape(opened or "", False, False))


def _name(line: str) -> tuple[str, bool]:
    """The speaker a line names, and whether it looks like a name and not like a sentence, a list item or a table row;
    "" where it can name none.
    """
    if wall := _WALL_CLOCK.fullmatch(line):
        return wall[1].strip(), True
    name = _DASH.sub("", _MARKS.sub("", line).strip())
    if not _ANY_NAME.fullmatch(name) or name.endswith(",") or (line.endswith(":") and not line.startswith("*")):
        return "", False  # `Name: 00:01` is speaker_markdown's
    usual = bool(_NAME.fullmatch(name)) and name[-1] not in ".!?,…" and name.count(" ") <= 7 and "://" not in name
    return name, usual and not name.isdigit()


def _sniff(source: Source) -> float:
    text = source.head
    turns, silent = _turns(text, front_matter(text)[1])
    if not turns:
        return 0.0
    rows = turn_rows(text, turns, unspoken=unspoken)
    spoken = sum(1 for row in rows if row.text)
    if spoken < 0.6 * (len(rows) + silent):  # a list of things with times at the end of its lines
        return 0.0
    bare = [match for match in map(_BARE_TIME.match, text.split("\n")) if match and not match[1]]
    named = [turn for turn in turns if not ((match := _BARE_TIME.match(text, turn.position)) and not match[1])]
    if len(bare) > len(named):  # captions, or names on lines of their own
        return 0.0
    if len(named) > 1:
        return 0.75
    return 0.4 if text[: turns[0].position].count("\n") < 12 else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    turns, _ = _turns(source.text, body)
    metadata = head_metadata(source.text[body : turns[0].position]) if turns else {}
    if turns and all(source.text.startswith("[", turn.position) for turn in turns):
        turns = _from_the_first(turns)
        notes.add("the times are those of the clock on the wall; counted from the first")
    rows = turn_rows(source.text, turns, unspoken=unspoken)
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

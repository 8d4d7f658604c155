"""Rev AI's transcript as plain text: each turn a line of name, time and words, ``Speaker 0    00:00:01    Hello``.
https://docs.rev.ai/api/asynchronous/reference/ ("Get Transcript By Id" as ``text/plain``; the layout is taken from the
tests of Rev's Node SDK).

Tables of a name, a time and words without a header look the same, with tabs for the spaces.
"""

from __future__ import annotations

import re
from collections import Counter

from connector.transcripts.formats.listings import has_words, times_of_day
from connector.transcripts.formats.premiere_text import is_label, known_speaker
from connector.transcripts.formats.source import Notes, Reader, Source, finish
from connector.transcripts.formats.turns import Turn, note_wall_clock, turn_rows
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_GAP = r"(?:[ \xa0]{2,12}|[ ]?\t[ ]?)"
# Found from its first colon on: a search that may stop at colons alone is quick.
_TIME = re.compile(rf"(?::\d\d){{1,2}}(?:[.,]\d{{1,3}})?{_GAP}(?=\S)")
_BEFORE = re.compile(rf"(?P<name>[^\s:][^\n\t:]{{0,79}}?):?{_GAP}(?P<first>\d{{1,3}})")
_LONGEST_BEFORE = 100


def _turns(text: str) -> list[Turn]:
    turns = []
    for found in _TIME.finditer(text):
        least = max(0, found.start() - _LONGEST_BEFORE - 1)
        position = text.rfind("\n", least, found.start()) + 1
        if least and not position:  # amid a long line
            continue
        before = _BEFORE.fullmatch(text, position, found.start())
        seconds = clock_seconds(before["first"] + found[0]) if before else None
        if before and seconds is not None:
            turns.append(Turn(position, seconds, None, before["name"].strip(), found.end()))
    return turns


def _lists(text: str, turns: list[Turn]) -> bool:
    """Whether ``turns`` are measurements, or at times of day, as a schedule is; who has a label speaks at any time."""
    borders = [*(turn.position for turn in turns[1:]), len(text)]
    if not has_words(text[turn.words : border] for turn, border in zip(turns, borders, strict=True)):
        return True
    times = [text[turn.position : turn.words].split()[-1] for turn in turns]
    return len(times) > 1 and times_of_day(times) and not any(is_label(turn.speaker or "") for turn in turns)


def _sniff(source: Source) -> float:
    turns = _turns(source.head)
    lines = sum(1 for line in source.head.split("\n") if line.strip())
    names = Counter(turn.speaker or "" for turn in turns)
    if not turns or 2 * len(turns) < lines:
        return 0.0
    if _lists(source.head, turns):
        return 0.0
    some_twice = len(turns) > 1 and len(names) <= max(1, 2 * len(turns) // 3)  # tracks and their lengths are met once
    return 0.8 if some_twice or any(map(is_label, names)) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    turns = [turn._replace(speaker=known_speaker(turn.speaker or "")) for turn in _turns(source.text)]
    rows = turn_rows(source.text, turns)
    note_wall_clock(rows, notes)
    return finish("rev_text", rows, notes)


READER = Reader(
    "rev_text",
    "Rev AI text (.txt)",
    (".txt",),
    "lines of a name, a time and the words, `Speaker 0    00:00:01    …`",
    _sniff,
    _read,
)

"""Spruce captions with timecodes: STC (``*TC 00:12:19;27``, starts alone) and the text STL of DVD Studio Pro
(``00:02:17:10 , 00:02:20:10 , words | more``).

Frames are counted as ``;`` and the largest number tell, or as a person says. EBU's binary STL (Tech 3264) shares the
suffix and nothing else. Sources: Apple, "DVD Studio Pro 4 User Manual", STL; the files themselves. pysubs2 reads
neither.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction

from connector.transcripts.formats.captions import shown_until_next
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish, with_untimed
from connector.transcripts.timecode_text import FrameClock, frame_clock
from connector.transcripts.transcript import Reading

_TIMECODE = r"(\d{1,3}[:;]\d{2}[:;]\d{2}[:;.]\d{2})"
_START = re.compile(rf"^\*TC?[ \t]+{_TIMECODE}[ \t]*", re.MULTILINE)
_ANY_START = re.compile(r"^\*TC?[ \t]+(\d\S{0,30})[ \t]*", re.MULTILINE)
_SPAN = re.compile(
    rf"\n[ \t]{{0,9}}{_TIMECODE}[ \t]{{0,9}}[,\t][ \t]{{0,9}}{_TIMECODE}[ \t]{{0,9}}[,\t][ \t]{{0,9}}([^\n]*)"
)  # searched in a text that opens with a line end: thrice as fast as "^"
_BROKEN_SPAN = re.compile(r"[ \t]*\d[\w:;.]{0,30}[ \t]{0,9}[,\t][ \t]{0,9}[\w:;.]{0,30}[ \t]{0,9}[,\t]([^\n]*)")
_TOP = 4096  # characters in which the first cue of an STL stands, below its commands
_STYLE = re.compile(r"\^[BIU]")
_BREAK = re.compile(r"[ \t]*\|[ \t]*")
_PAL = Fraction(25)


def _sniff(source: Source) -> float:
    head = source.head
    if "*T" in head and _START.search(head):
        return 1.0
    match = _SPAN.search("\n" + head[:_TOP])
    if match is None or match[3].startswith('"'):
        return 0.0
    return 0.95 if " , " in match[0] or "\t" in match[0] or source.suffix == ".stl" else 0.3


def _usual(timecode: str) -> str:
    """With ``;`` throughout where it stands anywhere: here it parts the frames alone."""
    return timecode.replace(":", ";") if ";" in timecode else timecode


def _starts(text: str, clock: FrameClock, notes: Notes) -> list[Row]:
    found = list(_ANY_START.finditer(text))
    read: list[tuple[float | None, str]] = []
    for position, match in enumerate(found):
        start = clock.seconds(match[1])
        end = found[position + 1].start() if position + 1 < len(found) else len(text)
        if start is None:
            told = f"a time that cannot be read: {match[1]!r}; its words stay with those before"
            notes.add(told, position=match.start())
        read.append((start, text[match.end() : end].strip()))
    changes = with_untimed(read)
    if len(changes) > 2 and changes[0][0] > max(start for start, _ in changes[1:]):
        notes.add("the first time is later than all others; taken as 0", position=found[0].start())
        changes[0] = (0.0, changes[0][1])
    return shown_until_next(changes)


def _spans(text: str, clock: FrameClock, notes: Notes) -> list[Row]:
    timeline = Timeline(notes)
    lined = "\n" + text  # so its positions are ahead by one
    before = 0
    for match in _SPAN.finditer(lined):
        _add_broken(lined, before, match.start(), timeline)
        before = match.end()
        start, end = clock.seconds(match[1]), clock.seconds(match[2])
        if start is None:
            timeline.add_untimed("a time that cannot be read", _words(match[3]), position=match.start())
            continue
        if end is not None and end < start:
            notes.add("this cue ends before it starts", position=match.start())
        timeline.add([Row(start, end, None, _words(match[3]))])
    _add_broken(lined, before, len(lined), timeline)
    return timeline.rows


def _add_broken(lined: str, position: int, end: int, timeline: Timeline) -> None:
    """Adds the cues from ``position`` to ``end`` whose times cannot be read; other lines there are commands."""
    for line in lined[position:end].split("\n"):
        if broken := _BROKEN_SPAN.match(line):
            timeline.add_untimed("a time that cannot be read", _words(broken[1]), position=position - 1)
        position += len(line) + 1


def _words(text: str) -> str:
    return _BREAK.sub("\n", _STYLE.sub("", text)).strip()


def _read(source: Source) -> Reading:
    text = source.text
    notes = Notes(text)
    starts = _START.search(source.head) is not None
    timecodes = [
        _usual(time) for match in (_START if starts else _SPAN).finditer("\n" + text) for time in match.groups()[:2]
    ]
    clock = frame_clock(timecodes, source.fps)
    if clock.inferred and clock.rate < _PAL:  # DVDs know 25 and 29.97 alone
        clock = replace(clock, rate=_PAL)
    rows = (_starts if starts else _spans)(text, clock, notes)
    if clock.note:
        notes.add(clock.note)
    return finish("spruce", name_speakers(rows), notes, hour=clock.hour)


READER = Reader(
    "spruce",
    "Spruce captions (.stc, .stl)",
    (".stc", ".stl"),
    "lines `*TC 00:00:04;10`, or `start , end , words` with timecodes",
    _sniff,
    _read,
)

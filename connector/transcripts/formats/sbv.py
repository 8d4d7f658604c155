"""SBV, as YouTube exports it, and SubViewer 1 and 2: a line of times without an arrow, then words.

SBV and SubViewer 2 write ``0:00:00.378,0:00:11.378``; SubViewer 1 writes ``[00:02:17]`` alone, and the next such
line, often over nothing, ends the cue. Breaks are ``[br]``, or ``|`` in SubViewer. Both are met under ``.srt`` and
``.sub`` too. Sources: YouTube Help, "Supported subtitle and closed caption files"; the files themselves. pysubs2 reads
neither.
"""

from __future__ import annotations

import re

from connector.transcripts.formats.captions import caption_rows, is_nothing, own_title, shown_until_next
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish, with_untimed
from connector.transcripts.formats.time_lines import TimeLine
from connector.transcripts.timecode_text import parts_seconds
from connector.transcripts.transcript import Reading

_MEANT_AS_TIMES = re.compile(r"[ \t]*\d{1,6}:\d{1,2}:[^\s,]{0,20},[ \t]*\d{1,6}:\d{1,2}:[^\s,]{0,20}[ \t]*")
_LINE = TimeLine(
    ":",
    re.compile(
        r"\n[ \t]*+(\d{1,6}+):(\d{1,3}+):(\d{1,2}+)\.(\d{1,3}+)\d{0,9}+[ \t]*+,"
        r"[ \t]*+(\d{1,6}+):(\d{1,3}+):(\d{1,2}+)\.(\d{1,3}+)\d{0,9}+[ \t]*+(?=\n|\Z)"
    ),
    lambda line: _MEANT_AS_TIMES.fullmatch(line) is not None,
)
_BREAK = re.compile(r"\[br\]", re.IGNORECASE)
_TITLE = re.compile(r"^\[TITLE\][ \t]*([^\n]{0,300})$", re.IGNORECASE | re.MULTILINE)
_SECTION = re.compile(r"\n\[(?:INFORMATION|BEGIN|START SCRIPT|DELAY|TITLE)\]", re.IGNORECASE)
_LONE_TIME = re.compile(r"^[ \t]*\[(\d{1,4}):(\d{2}):(\d{2})\][ \t]*$", re.MULTILINE)
_BROKEN_TIME = r"(?=[\w:.,]{0,20}:)\d[\w:.,]{1,30}"
_LONE_TIME_OR_BROKEN = re.compile(
    rf"^[ \t]*\[(?:(\d{{1,4}}):(\d{{2}}):(\d{{2}})|{_BROKEN_TIME})\][ \t]*$", re.MULTILINE
)
_END_OF_SCRIPT = re.compile(r"\n\[(?:END|END SCRIPT|END SUBTITLE)\][ \t]*(?:\n|\Z)", re.IGNORECASE)


def _sniff(source: Source) -> float:
    head = source.head
    if _LINE.within(head):
        return 0.95
    return 0.95 if "[" in head and _SECTION.search("\n" + head) and _LONE_TIME.search(head) else 0.0


def _lone_times(text: str, notes: Notes) -> list[Row]:
    """SubViewer 1: each time shows what stands below it until the next."""
    changes: list[tuple[float | None, str]] = []
    found = list(_LONE_TIME_OR_BROKEN.finditer(text))
    for position, match in enumerate(found):
        body = text[match.end() : found[position + 1].start() if position + 1 < len(found) else len(text)]
        start = parts_seconds(match[1], match[2], match[3], None) if match[1] else None
        if start is None:
            told = "a time above 1000 hours" if match[1] else f"a time that cannot be read: {match[0].strip()!r}"
            notes.add(f"{told}; its words stay with those before", position=match.start())
        changes.append((start, body.strip()))
    return shown_until_next(with_untimed(changes))


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    ending = _END_OF_SCRIPT.search(source.text)
    text = source.text[: ending.start()] if ending else source.text
    if _LINE.within(source.head) or not _LONE_TIME.search(source.head):
        rows = caption_rows(text, notes, time_line=_LINE, is_identifier=is_nothing)
    else:
        rows = _lone_times(text, notes)
    if _SECTION.search("\n" + source.head):  # SubViewer; to YouTube a bar is a bar
        rows = [row._replace(text=row.text.replace("|", "\n")) for row in rows]
    rows = [row._replace(text=_BREAK.sub("\n", row.text)) if "[" in row.text else row for row in rows]
    title = _TITLE.search(source.head)
    return finish("sbv", name_speakers(rows), notes, own_title(title[1]) if title else {})


READER = Reader(
    "sbv",
    "SBV and SubViewer captions (.sbv, .sub)",
    (".sbv", ".sub"),
    "time lines with a comma between start and end, `0:00:01.000,0:00:04.000`",
    _sniff,
    _read,
)

"""Google Meet's transcript, a Google document saved as text, Word or Markdown: a time alone on a line every few
minutes (``00:05:00``, ``### 00:05:00``), between them ``Name: text`` (``**Name:** text``), a last line that says when
it ended.

What is said between two times is given a start in proportion to its characters, never outside the two. The layout is
taken from files; Gemini's notes above the first time are not spoken.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connector.transcripts.formats.document_head import head_metadata
from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish, row_of
from connector.transcripts.formats.turns import spread
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

# Matched from the line end before it on, which is several times as fast as "^".
_TIME_LINE = re.compile(r"\n[ \t]{0,8}+(?:#{1,6}[ \t]{1,4})?\*{0,2}(\d{1,3}:\d{2}:\d{2})\*{0,2}+[ \t]{0,8}+(?=\n|\Z)")
# "Transcription ended after 00:32:49"; in other languages too the time ends the line.
_ENDED = re.compile(
    r"^[ \t]{0,8}(?:#{1,6}[ \t]{1,4})?\*{0,2}[^\n:]{4,60}? (?P<time>\d{1,2}:\d{2}:\d{2})[^\w\n]{0,8}$", re.MULTILINE
)
_TAIL = 1500  # characters of the file in which the line of the end is looked for
_DISCLAIMER = re.compile(r"\*?(?:This editable transcript was computer generated|Meeting records?\b)[^\n]*")
_BOLD = re.compile(r"\*\*([^*\n]{1,80}?):\*\*[ \t]{0,4}")
_PREFIX = re.compile(r"(?:\*\*)?[^\s:#*|<>\[][^:\n*]{0,70}:(?:\*\*)?[ \t]")


class _Block(NamedTuple):
    """A time, and the lines said after it."""

    start: float
    lines: list[str]


def _blocks(text: str, start: int) -> list[_Block]:
    matches = list(_TIME_LINE.finditer("\n" + text, start))  # so ends are ahead by one
    borders = [*(match.start() for match in matches), len(text)]
    blocks = []
    for match, border in zip(matches, borders[1:], strict=bool(matches)):
        lines = (line.strip() for line in text[match.end() - 1 : border].split("\n"))
        seconds = clock_seconds(match[1])
        spoken = [line for line in lines if line and line[0] != "#" and not _DISCLAIMER.fullmatch(line)]
        if seconds is not None:
            blocks.append(_Block(seconds, spoken))
    return blocks


def _end(text: str) -> tuple[float | None, int]:
    """When the meeting ended, from the last line that says so, and where that line starts."""
    found = None
    for match in _ENDED.finditer(text, max(0, len(text) - _TAIL)):
        found = match
    if found is None or text[max(0, found.start() - 2) : found.start()].strip():  # an empty line stands above it
        return None, len(text)
    return clock_seconds(found["time"]), found.start()


def _sniff(source: Source) -> float:
    stop = _end(source.text)[1]  # what the program says below it is nobody's
    blocks = _blocks(source.head[:stop], front_matter(source.head)[1])
    lines = [line for block in blocks for line in block.lines]
    if not lines:
        return 0.0
    named = sum(1 for line in lines if _PREFIX.match(line))
    if 10 * named < 6 * len(lines):
        return 0.0
    told = "computer generated" in source.text[-_TAIL:] or "Transcript" in source.head[:2000]
    return 0.85 if told else 0.7 if named > len(blocks) or len(blocks) > 1 else 0.3


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    end, stop = _end(source.text)
    blocks = _blocks(source.text[:stop], body)
    rows: list[Row] = []
    for position, block in enumerate(blocks):
        until = blocks[position + 1].start if position + 1 < len(blocks) else end
        starts = spread(block.start, until, [len(line) for line in block.lines])
        rows += [
            Row(start, None, None, _BOLD.sub(r"\1: ", line, count=1))
            for start, line in zip(starts, block.lines, strict=True)
        ]
    if rows and end is not None and end > rows[-1].start:
        rows[-1] = rows[-1]._replace(end=end)
    if rows:
        notes.add("times are given every few minutes only; the starts between them are estimated from the text")
    rows = [row_of(values) for values in name_speakers(rows)]
    first = _TIME_LINE.search("\n" + source.text, body)
    metadata = head_metadata(source.text[body : first.start()]) if first else {}
    metadata |= front_metadata(front, {row.speaker or "" for row in rows}, notes)
    return finish("google_meet", rows, notes, metadata)


READER = Reader(
    "google_meet",
    "Google Meet transcript (.txt, .docx, .md)",
    (".txt", ".docx", ".md"),
    "times alone on a line with several `Name: text` lines after each",
    _sniff,
    _read,
)

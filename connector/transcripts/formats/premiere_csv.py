"""Adobe Premiere Pro, "Export to CSV file": ``"Speaker Name","Start Time","End Time","Text"`` and its
variants.
 Columns are found by their names in any order, or, where there is no such header, by which of them hold
times. Tables of start, end and text from other programs come along. The layout is taken from files; Adobe
does not document it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

from connector.errors import TranscriptError
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.timecode_text import TIMECODE, FrameClock, clock_seconds, frame_clock
from connector.transcripts.transcript import Reading

_DELIMITERS = ("\t", ",", ";")
_COLUMNS = {
    "speaker": {"speaker name", "speaker", "name", "speakers", "speaker label"},
    "start": {"start time", "start", "in", "in time", "time in", "start timecode", "starttime", "start_time"},
    "end": {"end time", "end", "out", "out time", "time out", "end timecode", "endtime", "end_time"},
    "text": {"text", "transcript", "caption", "captions", "subtitle", "words", "content", "sentence"},
}
_PEEK_ROWS = 20


@dataclass(frozen=True, slots=True)
class _Layout:
    """Where a table keeps what: column numbers, None for a column it lacks."""

    start: int
    text: int
    end: int | None = None
    speaker: int | None = None
    has_header: bool = True


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank, each with the line it ends on. Raises ``TranscriptError`` for broken
    quoting.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if any(field.strip() for field in row):
                yield reader.line_num, [field.strip() for field in row]
    except csv.Error as error:
        raise TranscriptError(f"this table cannot be read: {error}", line=reader.line_num) from None


def _delimiter(text: str) -> str:
    """The separator of the first line that is not blank: the one that makes most columns of it."""
    first = text.lstrip("\n").partition("\n")[0]
    # A drop-frame timecode is full of semicolons: they separate columns only where nothing else does.
    return max(_DELIMITERS, key=lambda mark: (first.count(mark) > 0, -_DELIMITERS.index(mark)))


def _peek(text: str, delimiter: str) -> list[list[str]]:
    rows = []
    try:
        for _, row in _rows(text, delimiter):
            rows.append(row)
            if len(rows) == _PEEK_ROWS:
                break
    except TranscriptError:
        pass
    return rows


def _layout(rows: list[list[str]]) -> _Layout | None:
    if not rows:
        return None
    header = [" ".join(name.lower().split()) for name in rows[0]]
    found = {
        column: next((position for position, name in enumerate(header) if name in names), None)
        for column, names in _COLUMNS.items()
    }
    if found["start"] is not None and found["text"] is not None:
        return _Layout(found["start"], found["text"], found["end"], found["speaker"])
    return _layout_by_times(rows)


def _layout_by_times(rows: list[list[str]]) -> _Layout | None:
    """Two neighbouring columns of times, the words after them, the speaker (if any) before them."""
    timed = [row for row in rows if sum(_is_time(field) for field in row) == 2]
    if not timed or len(timed) < len(rows) - 1:
        return None
    start = next(position for position, field in enumerate(timed[0]) if _is_time(field))
    if not all(len(row) > start + 2 and _is_time(row[start]) and _is_time(row[start + 1]) for row in timed):
        return None
    has_header = rows[0] is not timed[0]
    return _Layout(start, start + 2, start + 1, start - 1 if start else None, has_header)


def _is_time(field: str) -> bool:
    return TIMECODE.fullmatch(field) is not None or clock_seconds(field) is not None


def _is_markers(rows: list[list[str]]) -> bool:
    return bool(rows) and any(name.strip().lower() in ("marker name", "marker type") for name in rows[0])


def _sniff(source: Source) -> float:
    if source.head.lstrip()[:1] in ("{", "["):
        return 0.0
    rows = _peek(source.head, _delimiter(source.head))
    if _is_markers(rows):
        return 0.9
    layout = _layout(rows)
    if layout is None or not any(_is_time(_field(row, layout.start)) for row in rows):
        return 0.0
    return 0.9 if layout.has_header else 0.7


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    delimiter = _delimiter(source.text)
    head = _peek(source.text, delimiter)
    if _is_markers(head):
        raise TranscriptError(
            "this is a list of Premiere markers, not a transcript",
            line=1,
            hint="export from the Text panel: Transcript, then Export transcript",
        )
    layout = _layout(head)
    if layout is None:
        raise TranscriptError(
            "this table has no columns of times and text",
            line=1,
            hint="it needs at least a start time and the text",
        )
    table = list(_rows(source.text, delimiter))[int(layout.has_header) :]
    times = [position for position in (layout.start, layout.end) if position is not None]
    clock = frame_clock((_field(row, position) for _, row in table for position in times), source.fps)
    rows = [row for line, fields in table if (row := _row(fields, line, layout, clock, notes))]
    if clock.inferred and any(TIMECODE.fullmatch(_field(fields, layout.start)) for _, fields in table):
        notes.add(f"the frame rate is not in the file; read at {clock}, from its largest frame number")
    return finish("premiere_csv", rows, notes)


def _row(fields: list[str], line: int, layout: _Layout, clock: FrameClock, notes: Notes) -> Row | None:
    text = _field(fields, layout.text)
    if not text:
        return None
    start = _seconds(_field(fields, layout.start), clock)
    if start is None:
        notes.add("a row without a start time that can be read; left out", line=line)
        return None
    end = None if layout.end is None else _seconds(_field(fields, layout.end), clock)
    speaker = None if layout.speaker is None else known_speaker(_field(fields, layout.speaker))
    return Row(start, end, speaker, text)


def _seconds(field: str, clock: FrameClock) -> float | None:
    result = clock.seconds(field)
    return clock_seconds(field) if result is None else result


def _field(row: list[str], position: int) -> str:
    return row[position] if position < len(row) else ""


READER = Reader(
    "premiere_csv",
    "Adobe Premiere CSV (.csv)",
    (".csv", ".tsv"),
    "a table with columns of times and text",
    _sniff,
    _read,
)

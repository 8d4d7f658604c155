"""Adobe Premiere Pro, "Export markers": ``Marker Name, Description, In, Out, Duration, Marker Type``, with tabs between
them though the file is called ``.csv``.

Markers are what somebody wrote down at a time, chapters and notes, not what was said; the reading says so. The columns
of times are found by what they hold, since the program writes their names in its own language.
"""

from __future__ import annotations

from connector.errors import TranscriptError
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.table_columns import field, is_time
from connector.transcripts.formats.tables import all_rows, peek
from connector.transcripts.timecode_text import mixed_clock
from connector.transcripts.transcript import Reading

_MARKER = ("marker", "marqueur", "marcador", "marcatore", "маркер", "マーカー", "标记", "마커")
_TOP = 1000  # characters in which the header stands


def _is_markers(rows: list[list[str]]) -> bool:
    """A header that speaks of markers, and In, Out and Duration side by side."""
    if not rows or not any(word in name.lower() for name in rows[0] for word in _MARKER):
        return False
    return len(rows) == 1 or _first_time(rows) is not None


def _first_time(rows: list[list[str]]) -> int | None:
    """The column of In: the first of those that hold times, two at least, side by side."""
    for row in rows[1:]:
        times = [position for position, value in enumerate(row) if is_time(value)]
        if len(times) > 1 and times[1] == times[0] + 1:
            return times[0]
    return None


def _sniff(source: Source) -> float:
    start = source.head.lstrip()[:_TOP].lower()
    if start[:1] in ("{", "[", "<") or not any(word in start for word in _MARKER):
        return 0.0
    return 0.98 if _is_markers(peek(source.head)) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    table = list(all_rows(source.text))
    start = _first_time([row for _, row in table])
    if start is None:
        raise TranscriptError(
            "this is a list of Premiere markers without times, not a transcript",
            line=1,
            hint="export the markers again",
        )
    times = [field(row, column) for _, row in table[1:] for column in (start, start + 1)]
    clock = mixed_clock(times, source.fps)
    rows = []
    for line, fields in table[1:]:
        text = ": ".join(part for part in fields[:start] if part)
        begin, end = clock.seconds(field(fields, start)), clock.seconds(field(fields, start + 1))
        if begin is None:
            notes.add("a marker without a time that can be read; left out", line=line)
        elif text:
            rows.append(Row(begin, end, None, text))
    if not rows:
        raise TranscriptError(
            "this is a list of Premiere markers without names and descriptions, not a transcript",
            line=1,
            hint="for what is said, export from the Text panel: Transcript, then Export transcript",
        )
    notes.add("these are markers somebody set, not speech; for what is said, export the transcript from the Text panel")
    if clock.note:
        notes.add(clock.note)
    return finish("premiere_markers", rows, notes, hour=clock.frames.hour)


READER = Reader(
    "premiere_markers",
    "Adobe Premiere markers (.csv, .txt)",
    (".csv", ".txt", ".tsv"),
    "a table of markers: name, description, In, Out, Duration",
    _sniff,
    _read,
)

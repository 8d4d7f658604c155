"""Tables as text (CSV, TSV) for the readers of tables: the separator, the rows, and their columns.

Knows no program that writes them; which column holds what ``table_columns`` says.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connector.errors import TranscriptError
from connector.transcripts.formats.listings import Entry
from connector.transcripts.formats.source import Notes
from connector.transcripts.formats.table_columns import (
    Layout,
    column_of_ranges,
    field,
    find_layout,
    with_end_apart,
)
from connector.transcripts.timecode_text import MixedClock

_DELIMITERS = ("\t", ",", ";")
_BAR = " | "
_TIMES = re.compile(r"[\[(]?\d[\d:;.,\[\]() –>-]{3,40}")
_PEEK_ROWS = 20
_LONGEST = 600.0  # seconds that a passage lasts; more is a number of milliseconds
_HINT = re.compile(r"\s*\"?sep=(.)\"?[ \t]*(?:\n|$)")  # what Excel reads of a table's separator
_QUOTED = re.compile(r'"[^"]')
# A quotation mark nobody closes takes the rows after it into its field: they are seen by their times. A field may well
# hold a line with "10:30"; that counts only where the marks of the whole table do not come in pairs.
_SWALLOWED = re.compile(r"\n[^\n]{0,80}?\d{1,4}[:;]\d{2}[:;]\d{2}")
_SWALLOWED_UNPAIRED = re.compile(r"\n[^\n]{0,80}?\d{1,4}:\d{2}")


@dataclass(frozen=True, slots=True)
class Table:
    """A table's rows that are not blank, each with the line it ends on; fields without surrounding space."""

    rows: tuple[tuple[int, list[str]], ...]
    layout: Layout

    @property
    def spoken(self) -> Sequence[tuple[int, list[str]]]:
        """The rows below the header."""
        return self.rows[1:] if self.layout.width else self.rows

    def words(self, row: list[str]) -> str:
        """The text of ``row``; where it was written without quotation marks, its commas cut it into fields."""
        first = self.layout.text
        more = len(row) - self.layout.width if self.layout.width else 0
        return field(row, first) if more <= 0 else ", ".join(row[first : first + more + 1])

    def times(self) -> Iterable[str]:
        """Every field of the columns of times."""
        columns = (self.layout.start, self.layout.end, self.layout.duration)
        for _, row in self.spoken:
            yield from (field(row, column) for column in columns if column is not None)

    def end(self, row: list[str], start: float | None, clock: MixedClock) -> float | None:
        """When ``row``, which starts at ``start``, ends, in seconds; None where it does not say so."""
        if self.layout.duration is None:
            return clock.seconds(field(row, self.layout.end))
        lasts = clock.seconds(field(row, self.layout.duration))
        if start is None or lasts is None or lasts > _LONGEST:
            return None
        return round(start + lasts, 6)


def peek(text: str) -> list[list[str]]:
    """The first twenty rows of ``text`` as a table, fewer where its quoting breaks, none where nothing separates
    columns; never raises. A column of ranges of time is two, of starts and of ends.
    """
    rows = _first_rows(text)
    return [row for _, row in _ends_apart(enumerate(rows), column_of_ranges(rows))]


def _first_rows(text: str) -> list[list[str]]:
    rows: list[list[str]] = []
    if _delimiter(text) not in text:
        return rows
    try:
        for _, row in all_rows(text):
            rows.append(row)
            if len(rows) == _PEEK_ROWS:
                break
    except TranscriptError:
        pass
    return rows


def all_rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Every row of ``text`` that is not blank, with the line it ends on. Raises ``TranscriptError`` for broken
    quoting.
    """
    return _rows(text, _delimiter(text))


def _ends_apart(rows: Iterable[tuple[int, list[str]]], ranges: int | None) -> Iterator[tuple[int, list[str]]]:
    """``rows`` with the column of that number, if any, as two of starts and ends."""
    first = True
    for line, row in rows:
        yield line, row if ranges is None else with_end_apart(row, ranges, first=first)
        first = False


def table(text: str, notes: Notes) -> Table:
    """The whole of ``text`` as a table. Raises ``TranscriptError`` where it has no columns of times and text, or
    quoting that cannot be read.
    """
    ranges = column_of_ranges(_first_rows(text))
    layout = find_layout(peek(text))
    if layout is None:
        raise TranscriptError(
            "this is a table without columns of times and text, not a transcript",
            line=1,
            hint="it needs at least a start time and the text",
        )
    rows, swallowed = _rows_and_swallowed(text, layout, ranges)
    if swallowed is not None:
        notes.add("a quotation mark that is never closed; the table is read line by line", line=swallowed)
        rows = list(_ends_apart(_rows_by_line(text, _delimiter(text)), ranges))
    if layout.width:
        rows = [rows[0], *((line, _trimmed(row, layout.width)) for line, row in rows[1:])]
    return Table(tuple(rows), layout)


def _rows_and_swallowed(
    text: str, layout: Layout, ranges: int | None
) -> tuple[list[tuple[int, list[str]]], int | None]:
    """The rows, and the line up to which a field has taken later rows into it, None where none has.

    Such a field soon grows beyond the csv module's limit of 131,072 characters (two hours of speech); a field that does
    so and has no rows in it raises ``TranscriptError``.
    """
    later_row = _SWALLOWED_UNPAIRED if text.count('"') % 2 else _SWALLOWED
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend(_ends_apart(all_rows(text), ranges))  # keeps the rows before an error
    except TranscriptError as error:
        begun = rows[-1][0] if rows else 0
        if later_row.search("\n".join(text.split("\n")[begun : error.line])):
            return rows, error.line
        raise
    return rows, next((line for line, row in rows if later_row.search(field(row, layout.text))), None)


def _rows(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    """The rows that are not blank. A spreadsheet that took the commas for text has quoted each row as a whole, which
    is undone.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    try:
        for row in reader:
            if row and row[0][:4] == "sep=" and len(row[0]) <= len("sep=;"):
                continue
            if len(row) == 1 and _QUOTED.search(row[0]) and row[0].count(delimiter) > 1:
                row = next(csv.reader([row[0]], delimiter=delimiter), row)
            if any(value.strip() for value in row):
                yield reader.line_num, [value.strip() for value in row]
    except csv.Error as error:
        raise TranscriptError(
            f"this table cannot be read: {error}", line=reader.line_num, hint="is a quotation mark never closed?"
        ) from None


def _rows_by_line(text: str, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip() or _HINT.fullmatch(line):
            continue
        try:
            row = next(csv.reader([line], delimiter=delimiter))
        except csv.Error:
            row = line.split(delimiter)
        yield number, [value.strip() for value in row]


def _trimmed(row: list[str], width: int) -> list[str]:
    """Without the empty fields that spreadsheets append."""
    while len(row) > width and not row[-1]:
        row.pop()
    return row


def _delimiter(text: str) -> str:
    """The separator that the first line names; else that of the first line that is not blank, the one that makes most
    columns of it.
    """
    if hint := _HINT.match(text):
        return hint[1]
    first = text.lstrip("\n").partition("\n")[0]
    if _is_barred(first):
        return "|"
    # A drop-frame timecode is full of semicolons: they separate columns only where nothing else does.
    return max(_DELIMITERS, key=lambda mark: (first.count(mark) > 0, -_DELIMITERS.index(mark)))


def _is_barred(line: str) -> bool:
    """Whether bars separate the columns, ``0:00:03 | Ann Lee | words``: where nothing else does, or a time stands
    before the first. A name may hold bars, too.
    """
    cells = line.split(_BAR, 2)
    if len(cells) < 3 or not cells[0] or cells[0][0] == "|":  # Markdown's begin with one
        return False
    return _TIMES.fullmatch(cells[0].strip()) is not None or not any(mark in line for mark in _DELIMITERS)


def entries(rows: list[list[str]], layout: Layout) -> list[Entry]:
    """The rows below the header as entries of a list; none where a row has no time, whose words are not its own."""
    spoken = rows[1:] if layout.width else rows
    found = [Entry(field(row, layout.start), field(row, layout.end), field(row, layout.text)) for row in spoken]
    return found if all(entry.time for entry in found) else []

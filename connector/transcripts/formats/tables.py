"""Tables as text (CSV, TSV) for the readers of tables: the separator, the rows, which column holds what.

Knows no program that writes them. Columns are found by their names in any order, or, where there is no such header, by
which of them hold times.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from connector.errors import TranscriptError
from connector.transcripts.formats.listings import Entry, has_words
from connector.transcripts.formats.source import Notes
from connector.transcripts.timecode_text import TIMECODE, clock_seconds

_DELIMITERS = ("\t", ",", ";")
# The names of each column, the surest first, without a unit in parentheses.
_COLUMNS = {
    "speaker": (
        "speaker name", "speaker", "speakers", "speaker label", "speaker_label", "name", "who", "character", "person",
        "participant",
    ),
    "start": (
        "start time", "start", "start timecode", "starttime", "start_time", "start tc", "in", "in time", "time in",
        "timecode in", "tc in", "record in", "begin", "timestamp", "timecode", "time", "tc",
    ),
    "end": (
        "end time", "end", "end timecode", "endtime", "end_time", "end tc", "out", "out time", "time out",
        "timecode out", "tc out", "record out", "stop",
    ),
    "text": (
        "text", "transcript", "transcription", "caption", "captions", "subtitle", "words", "sentence", "utterance",
        "speech", "content", "dialogue", "dialog",
    ),
}  # fmt: skip
# In other languages: of a header that English does not name, what its columns hold is asked first.
_FOREIGN = {
    "speaker": (
        "sprecher", "sprecherin", "name des sprechers", "intervenant", "nom de l'intervenant", "orateur", "locuteur",
        "hablante", "orador", "locutor", "relatore", "oratore", "spreker", "nom", "nombre", "nome",
    ),
    "start": (
        "startzeit", "beginn", "anfang", "début", "heure de début", "inicio", "hora de inicio", "inizio",
        "ora di inizio", "início", "hora de início", "starttijd",
    ),
    "end": (
        "endzeit", "ende", "fin", "heure de fin", "hora de fin", "fine", "ora di fine", "fim", "hora de fim",
        "eindtijd",
    ),
    "text": ("inhalt", "transkript", "untertitel", "texte", "texto", "testo", "tekst", "sous-titre", "subtítulo"),
}  # fmt: skip
_OTHER_COLUMNS = (
    "language lang locale sprache langue idioma lingua type kind track layer style channel note notes comment comments "
    "tag tags duration"
)
_NO_SPEAKERS = frozenset(_OTHER_COLUMNS.split())
_UNIT = re.compile(r"\s*[(\[][^()\[\]]*[)\]]$")
_SECONDS = re.compile(r"\d{1,7}\.\d{1,9}")
_PEEK_ROWS = 20
_LONGEST_NAME = 60
_SPEECH = 16  # characters that a field has at least, in the mean, to be speech rather than a label
_LETTER = re.compile(r"[^\W\d_]")
_HINT = re.compile(r"\s*\"?sep=(.)\"?[ \t]*(?:\n|$)")  # what Excel reads of a table's separator
_QUOTED = re.compile(r'"[^"]')
# A quotation mark nobody closes takes the rows after it into its field: they are seen by their times. A field may well
# hold a line with "10:30"; that counts only where the marks of the whole table do not come in pairs.
_SWALLOWED = re.compile(r"\n[^\n]{0,80}?\d{1,4}[:;]\d{2}[:;]\d{2}")
_SWALLOWED_UNPAIRED = re.compile(r"\n[^\n]{0,80}?\d{1,4}:\d{2}")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table keeps what: column numbers, None for a column it lacks; ``width`` is the header's, 0 for none."""

    start: int
    text: int
    end: int | None = None
    speaker: int | None = None
    width: int = 0


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
        for _, row in self.spoken:
            yield field(row, self.layout.start)
            if self.layout.end is not None:
                yield field(row, self.layout.end)


def peek(text: str) -> list[list[str]]:
    """The first twenty rows of ``text`` as a table, fewer where its quoting breaks, none where nothing separates
    columns; never raises.
    """
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


def table(text: str, notes: Notes) -> Table:
    """The whole of ``text`` as a table. Raises ``TranscriptError`` where it has no columns of times and text, or
    quoting that cannot be read.
    """
    layout = find_layout(peek(text))
    if layout is None:
        raise TranscriptError(
            "this is a table without columns of times and text, not a transcript",
            line=1,
            hint="it needs at least a start time and the text",
        )
    rows, swallowed = _rows_and_swallowed(text, layout)
    if swallowed is not None:
        notes.add("a quotation mark that is never closed; the table is read line by line", line=swallowed)
        rows = list(_rows_by_line(text, _delimiter(text)))
    if layout.width:
        rows = [rows[0], *((line, _trimmed(row, layout.width)) for line, row in rows[1:])]
    return Table(tuple(rows), layout)


def _rows_and_swallowed(text: str, layout: Layout) -> tuple[list[tuple[int, list[str]]], int | None]:
    """The rows, and the line up to which a field has taken later rows into it, None where none has.

    Such a field soon grows beyond the csv module's limit of 131,072 characters (two hours of speech); a field that does
    so and has no rows in it raises ``TranscriptError``.
    """
    later_row = _SWALLOWED_UNPAIRED if text.count('"') % 2 else _SWALLOWED
    rows: list[tuple[int, list[str]]] = []
    try:
        rows.extend(all_rows(text))  # keeps the rows before an error
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
    # A drop-frame timecode is full of semicolons: they separate columns only where nothing else does.
    return max(_DELIMITERS, key=lambda mark: (first.count(mark) > 0, -_DELIMITERS.index(mark)))


def find_layout(rows: list[list[str]]) -> Layout | None:
    """Which column is which; None where no columns of times and text are found.

    What the header does not name, the columns show by what they hold.
    """
    if not rows:
        return None
    header = [_UNIT.sub("", " ".join(name.lower().split())) for name in rows[0]]
    english = _named(header, _COLUMNS)
    if english["start"] is not None and english["text"] is not None:
        return _layout(header, english)
    foreign = _named(header, {column: names + _FOREIGN[column] for column, names in _COLUMNS.items()})
    if any(is_time(value) for row in rows for value in row):
        return _layout_by_times(rows, header, foreign)
    return _layout(header, foreign)


def _named(header: list[str], columns: dict[str, tuple[str, ...]]) -> dict[str, int | None]:
    return {
        column: next((header.index(name) for name in names if name in header), None)
        for column, names in columns.items()
    }


def _layout(header: list[str], named: dict[str, int | None]) -> Layout | None:
    if named["start"] is None or named["text"] is None:
        return None
    return Layout(named["start"], named["text"], named["end"], named["speaker"], len(header))


def _layout_by_times(rows: list[list[str]], header: list[str], named: dict[str, int | None]) -> Layout | None:
    """Two neighbouring columns of times; of the others, the one that says most holds the words, a short one beside it
    the speaker. None where numbers, amounts or marks stand in the place of the words.
    """
    timed = [row for row in rows if sum(map(is_time, row)) >= 2]
    if not timed or len(timed) < len(rows) - 1:
        return None
    start = next(position for position, value in enumerate(timed[0]) if is_time(value))
    if not all(len(row) > start + 1 and is_time(row[start]) and is_time(row[start + 1]) for row in timed):
        return None
    width = len(rows[0]) if rows[0] is not timed[0] else 0
    columns = {
        position: [value for row in timed if (value := field(row, position))] for position in range(len(timed[0]))
    }
    others = {position: fields for position, fields in columns.items() if not all(map(is_time, fields))}
    behind = min((position for position in others if position > start), default=start)
    if not width:
        header, named = [], dict.fromkeys(named)
    text = named["text"]
    if text is None:
        text = _column_of_words(others, behind, named["speaker"])
    if text is None or not has_words(others.get(text, ())):
        return None
    speaker = named["speaker"]
    if speaker is None:
        speaker = _column_of_speakers(
            {
                position: fields
                for position, fields in others.items()
                if position != text and field(header, position) not in _NO_SPEAKERS
            },
            beside=(start - 1, behind),
        )
    return Layout(start, text, start + 1, speaker, width)


def _column_of_words(columns: dict[int, list[str]], behind: int, speaker: int | None) -> int | None:
    """The column ``behind`` the times or after it that says most, each field counted once; where the first holds no
    words, what follows says something else of these times, unless it is as long as speech.
    """
    said = {
        position: sum(map(len, set(fields)))
        for position, fields in columns.items()
        if position >= behind and position != speaker and has_words(fields)
    }
    if not said:
        return None
    most = max(said, key=lambda position: said[position])
    return most if behind in (speaker, *said) or sum(map(len, columns[most])) >= _SPEECH * len(columns[most]) else None


def _column_of_speakers(columns: dict[int, list[str]], beside: tuple[int, int]) -> int | None:
    """The first column of names: short, no numbers, no sentences, ``beside`` the times or with some of them twice."""
    for position, fields in sorted(columns.items(), key=lambda column: column[0] not in beside):
        if (
            fields
            and all(len(name) <= _LONGEST_NAME and name[-1] not in ".!?…" and _LETTER.search(name) for name in fields)
            and (position in beside or len(set(fields)) < len(fields))
        ):
            return position
    return None


def entries(rows: list[list[str]], layout: Layout) -> list[Entry]:
    """The rows below the header as entries of a list; none where a row has no time, whose words are not its own."""
    spoken = rows[1:] if layout.width else rows
    found = [Entry(field(row, layout.start), field(row, layout.end), field(row, layout.text)) for row in spoken]
    return found if all(entry.time for entry in found) else []


def is_time(value: str) -> bool:
    """Whether a field is a clock time or a timecode."""
    if ":" not in value and ";" not in value:
        return False
    return TIMECODE.fullmatch(value) is not None or clock_seconds(value) is not None


def holds_time(value: str, layout: Layout) -> bool:
    """Whether a field is a time where the header says so: seconds with decimals too."""
    return is_time(value) or (layout.width > 0 and _SECONDS.fullmatch(value) is not None)


def field(row: list[str], position: int | None) -> str:
    """A field of ``row``, empty where the row or the table has none there."""
    return row[position] if position is not None and position < len(row) else ""

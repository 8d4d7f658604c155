"""Which column of a table holds what: by the columns' names, in any order, else by what they hold.

Knows no program that writes tables and nothing of how they are written.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connector.transcripts.formats.listings import has_words
from connector.transcripts.formats.names import all_names
from connector.transcripts.timecode_text import TIMECODE, clock_seconds

# The names of each column, the surest first, without a unit in parentheses.
_COLUMNS = {
    "speaker": (
        "speaker name", "speaker", "speakers", "speaker label", "speaker_label", "name", "who", "character", "person",
        "participant", "presenter", "host",
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
# In seconds or as a clock says it; one of milliseconds or frames tells no end.
_DURATION = re.compile(
    r"(?:duration|dauer|durée|duración|durata|duração|duur)"
    r"(?: ?[(\[](?:s|secs?|seconds?|[hms]{1,2}:[hms:.,]{2,12})[)\]])?"
)
_OTHER_COLUMNS = (
    "language lang locale sprache langue idioma lingua type kind track layer style channel note notes comment comments "
    "tag tags duration"
)
_LEVELS = frozenset(["trace", "debug", "info", "notice", "warn", "warning", "error", "critical", "fatal"])  # of a log
_NO_SPEAKERS = frozenset(_OTHER_COLUMNS.split())
_UNIT = re.compile(r"\s*[(\[][^()\[\]]*[)\]]$")
_SECONDS = re.compile(r"\d{1,7}[.,]\d{1,9}")
_WRITTEN = r"[\[(]?(\d{1,4}(?:[:;]\d{2}){1,3}(?:[.,]\d{1,9})?)[\])]?"
_RANGE = re.compile(rf"{_WRITTEN} ?(?:-{{1,2}}>?|[–—→]) ?{_WRITTEN}")  # 0:05.0 - 0:09.4
_LONGEST_NAME = 60
_FEW = 3  # rows below which names need not recur
_SPEECH = 16  # characters that a field has at least, in the mean, to be speech rather than a label
_LETTER = re.compile(r"[^\W\d_]")


@dataclass(frozen=True, slots=True)
class Layout:
    """Where a table keeps what: column numbers, None for a column it lacks; ``width`` is the header's, 0 for none.

    ``duration`` is a column of how long each passage lasts, where none says when it ends.
    """

    start: int
    text: int
    end: int | None = None
    speaker: int | None = None
    width: int = 0
    duration: int | None = None

    @property
    def has_ends(self) -> bool:
        """Whether the table says when a passage ends, or how long it lasts."""
        return self.end is not None or self.duration is not None


def find_layout(rows: list[list[str]]) -> Layout | None:
    """Which column is which; None where no columns of times and text are found.

    What the header does not name, the columns show by what they hold.
    """
    if not rows:
        return None
    written = [" ".join(name.lower().split()) for name in rows[0]]
    header = [_UNIT.sub("", name) for name in written]
    duration = next((position for position, name in enumerate(written) if _DURATION.fullmatch(name)), None)
    english = _named(header, _COLUMNS)
    foreign = _named(header, {column: names + _FOREIGN[column] for column, names in _COLUMNS.items()})
    if english["start"] is not None and english["text"] is not None:  # Start and Text are German, too
        speaks = [said for row in rows[1:] if (said := field(row, foreign["speaker"]).strip())]
        if english["speaker"] is None and 2 * sum(map(bool, map(_LETTER.search, speaks))) <= len(speaks):
            foreign["speaker"] = None  # numbers: nombre is a name in Spanish, a number in French
        return _layout(header, foreign, duration)
    if any(is_time(value) for row in rows for value in row):
        return _layout_by_times(rows, header, foreign, duration) or _layout_by_starts(rows)
    return _layout(header, foreign, duration)


def _named(header: list[str], columns: dict[str, tuple[str, ...]]) -> dict[str, int | None]:
    return {
        column: next((header.index(name) for name in names if name in header), None)
        for column, names in columns.items()
    }


def _layout(header: list[str], named: dict[str, int | None], duration: int | None) -> Layout | None:
    if named["start"] is None or named["text"] is None:
        return None
    lasts = duration if named["end"] is None else None
    return Layout(named["start"], named["text"], named["end"], named["speaker"], len(header), lasts)


def _layout_by_starts(rows: list[list[str]]) -> Layout | None:
    """A time, who speaks and what is said in every row, below no header."""
    if not all(len(row) == 3 and is_time(row[0]) for row in rows) or not has_words(row[2] for row in rows):
        return None
    if all(row[1].lower() in _LEVELS for row in rows):
        return None
    speaker = _column_of_speakers({1: [row[1] for row in rows if row[1]]}, beside=(1, 1, 1))
    return None if speaker is None else Layout(0, 2, None, speaker)


def _layout_by_times(
    rows: list[list[str]], header: list[str], named: dict[str, int | None], duration: int | None
) -> Layout | None:
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
                if position < text and field(header, position) not in _NO_SPEAKERS
            },
            beside=(start - 1, behind, text - 1),
        )
    if width and duration == start + 1:
        return Layout(start, text, None, speaker, width, duration)
    return Layout(start, text, start + 1, speaker, width)


def _column_of_words(columns: dict[int, list[str]], behind: int, speaker: int | None) -> int | None:
    """The column ``behind`` the times or after it that says most, each field counted once, but one before it of which
    that may be a translation or a remark; where nothing stands behind the times, any. Where the first holds no words,
    what follows may say something else of these times: it must be as long as speech.
    """
    first = behind if behind in columns else 0
    said = {
        position: sum(map(len, set(fields)))
        for position, fields in columns.items()
        if position >= first and position != speaker and has_words(fields) and not _are_links(fields)
    }
    if not said:
        return None
    most = max(said, key=lambda position: said[position])
    for position in range(behind, most):
        if 2 * said.get(position, 0) >= said[most] and _is_speech(columns[position]):
            return position
    return most if behind in (speaker, *said) or sum(map(len, columns[most])) >= _SPEECH * len(columns[most]) else None


def _are_links(fields: list[str]) -> bool:
    return 2 * sum("://" in field for field in fields) > len(fields)


def _is_speech(fields: list[str]) -> bool:
    """Whether fields say something at length, as links, ids, names of files and of people do not."""
    spoken = sum(" " in field or not field.isascii() for field in fields)
    long = sum(map(len, fields)) >= _SPEECH * len(fields)
    return long and 2 * spoken > len(fields) and not all_names(fields)


def _column_of_speakers(columns: dict[int, list[str]], beside: tuple[int, int, int]) -> int | None:
    """The first column of names: short, no numbers, no sentences, many of them again and again, as no other language's
    words do. Few are to be written as names, ``beside`` the times or the words, else the same.
    """
    for position, fields in sorted(columns.items(), key=lambda column: column[0] not in beside):
        if (
            fields
            and all(len(name) <= _LONGEST_NAME and name[-1] not in ".!?…" and _LETTER.search(name) for name in fields)
            and (
                len(set(fields)) <= max(2, 2 * len(fields) // 3)
                if len(fields) >= _FEW
                else all_names(fields) and (position in beside or len(set(fields)) < len(fields))
            )
        ):
            return position
    return None


def column_of_ranges(rows: list[list[str]]) -> int | None:
    """The column whose fields below the first row say both when a passage starts and when it ends, ``0:05.0 - 0:09.4``
    as NVivo writes them; None where none does. Of two columns alone the words may say who speaks, as in no table.
    """
    if not rows or len(rows[0]) < 3:
        return None
    below = rows[1:] or rows
    for position in range(max(map(len, below), default=0)):
        fields = [value for row in below if (value := field(row, position))]
        if fields and all(map(_RANGE.fullmatch, fields)):
            return position
    return None


def with_end_apart(row: list[str], position: int, *, first: bool) -> list[str]:
    """``row`` with the range in its column of ranges as two fields; the ``first`` row may be a header, which names
    them.
    """
    value = field(row, position)
    if match := _RANGE.fullmatch(value):
        apart = list(match.groups())
    else:
        apart = ["start time", "end time"] if first else [value, ""]
    return [*row[:position], *apart, *row[position + 1 :]]


def is_time(value: str) -> bool:
    """Whether a field is a clock time or a timecode."""
    if ":" not in value and ";" not in value:
        return False
    return TIMECODE.fullmatch(value) is not None or clock_seconds(value) is not None


def holds_time(value: str, layout: Layout) -> bool:
    """Whether a field is a time where the header says so: seconds with decimals too."""
    if is_time(value):
        return True
    seconds = layout.width > 0 and _SECONDS.fullmatch(value) is not None
    return seconds and (layout.has_ends or "," not in value)  # 1,50 alone is a price


def field(row: list[str], position: int | None) -> str:
    """A field of ``row``, empty where the row or the table has none there."""
    return row[position] if position is not None and position < len(row) else ""

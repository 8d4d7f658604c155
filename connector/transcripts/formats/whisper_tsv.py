"""Whisper's tables: openai-whisper's ``start<TAB>end<TAB>text`` and whisper.cpp's ``start,end,text``, both in whole
milliseconds, which others write as seconds; whisper.cpp has a ``speaker`` column where it told speakers apart.
 https://github.com/openai/whisper ``whisper/utils.py``; https://github.com/ggml-org/whisper.cpp ``examples/cli``.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

from connector.transcripts.formats.json_values import seconds
from connector.transcripts.formats.json_words import speaker_label
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.words import line_rows
from connector.transcripts.transcript import Reading

_HEADER = re.compile(r"\s{0,20}start(\t|,)end\1(speaker\1)?text[ \t]*\n[\s]{0,20}\d{1,30}\1\d{1,30}\1", re.IGNORECASE)
_FASTEST = 100.0  # characters a second; fast speech has 25


def _sniff(source: Source) -> float:
    return 0.95 if _HEADER.match(source.head) else 0.0


def _read(source: Source) -> Reading:
    header = _HEADER.match(source.head)
    delimiter = header[1] if header else "\t"
    columns = 4 if header and header[2] else 3
    notes = Notes(source.text)
    timeline = Timeline(notes)
    rows = [one for one in _lines(source.text, delimiter, columns) if one[1][0].strip().lower() != "start"]
    speed = _characters_a_millisecond([fields for _, fields in rows if len(fields) == columns]) * 1000
    unit = 0.001 if speed <= _FASTEST else 1.0
    if unit == 1.0:
        notes.add(f"read as seconds: as milliseconds its times would be {speed:,.0f} characters a second")
    for line, fields in rows:
        whole = len(fields) == columns
        start, end = (seconds(time, unit=unit) if time.isdigit() else None for time in (*fields, "")[:2])
        text = fields[-1].strip() if whole else " ".join(part for part in fields if not part.strip().isdigit())
        speaker = speaker_label(fields[2]) if whole and columns == 4 else None
        if start is None or not whole:
            told = "a time above 1000 hours" if whole and fields[0].strip().isdigit() else "a line without its times"
            timeline.add_untimed(told, text, speaker, line=line)
        else:
            timeline.add([Row(start, end, speaker, text)])
    return finish("whisper_tsv", line_rows(timeline.rows), notes)


def _characters_a_millisecond(rows: list[list[str]]) -> float:
    """How fast they are said, were their times milliseconds; 0 where they last no time."""
    times = [(seconds(start), seconds(end), len(text)) for start, end, *_, text in rows]
    lasting = [(end - start, size) for start, end, size in times if start is not None and end is not None]
    total = sum(length for length, _ in lasting if length > 0)
    return sum(size for length, size in lasting if length > 0) / total if total else 0.0


def _lines(text: str, delimiter: str, columns: int) -> Iterator[tuple[int, list[str]]]:
    """The fields of each line, the text last and whole: openai-whisper quotes nothing, whisper.cpp as CSV does."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        fields = line.split(delimiter, columns - 1)
        if delimiter == "," and fields[-1].lstrip().startswith('"'):
            try:
                fields[-1:] = [next(csv.reader([fields[-1]], escapechar="\\", skipinitialspace=True), [""])[0]]
            except csv.Error:  # a field longer than a line of speech can be: as it stands
                fields[-1] = fields[-1].strip().strip('"')
        yield number, fields


READER = Reader(
    "whisper_tsv",
    "Whisper TSV and CSV (.tsv, .csv)",
    (".tsv", ".csv"),
    "columns `start`, `end`, `text` with whole milliseconds",
    _sniff,
    _read,
)

"""Tables that say when a passage starts and not when it ends: oral histories
(``timestamp,speaker,words,tags,…``, as CollectionBuilder's), notes kept in a spreadsheet.

Often only some rows have a time: those between two of them are given one in proportion to their characters. A row
without a speaker goes on with the one before. Columns of tags, links and highlights are not spoken.
"""

from __future__ import annotations

from typing import NamedTuple

from connector.transcripts.formats.listings import listing
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.table_columns import field, find_layout, holds_time
from connector.transcripts.formats.tables import entries, peek, table
from connector.transcripts.formats.turns import note_wall_clock, spread
from connector.transcripts.timecode_text import mixed_clock
from connector.transcripts.transcript import Reading


class _Passage(NamedTuple):
    start: float | None
    speaker: str | None
    text: str


def _sniff(source: Source) -> float:
    if source.head.lstrip()[:1] in ("{", "<"):
        return 0.0
    rows = peek(source.head)
    layout = find_layout(rows)
    if layout is None or layout.has_ends or listing(entries(rows, layout)):
        return 0.0
    spoken = rows[1:] if layout.width else rows
    times = [time for row in spoken if (time := field(row, layout.start))]
    if not times or not all(holds_time(time, layout) for time in times):
        return 0.0
    return 0.9 if layout.width else 0.7


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    read = table(source.text, notes)
    clock = mixed_clock(read.times(), source.fps)
    passages: list[_Passage] = []
    speaker: str | None = None
    for line, fields in read.spoken:
        time = field(fields, read.layout.start)
        start = clock.seconds(time)
        if time and start is None:
            notes.add(f"a time that cannot be read: {time[:40]!r}", line=line)
        named = field(fields, read.layout.speaker).rstrip(":").strip()
        speaker = known_speaker(named) if named else speaker
        passages.append(_Passage(start, speaker, read.words(fields)))
    if clock.note:
        notes.add(clock.note)
    if any(passage.start is None for passage in passages):
        notes.add("only some rows have a time; the starts between them are estimated from the text")
    timed = _timed(passages)
    note_wall_clock(timed, notes)
    return finish("timed_table", timed, notes)


def _timed(passages: list[_Passage]) -> list[Row]:
    """The passages as rows; those before the first time start at it."""
    first = next((passage.start for passage in passages if passage.start is not None), 0.0)
    borders = [position for position, passage in enumerate(passages) if passage.start is not None]
    if not borders or borders[0] > 0:
        borders.insert(0, 0)
    rows: list[Row] = []
    for number, position in enumerate(borders):
        after = borders[number + 1] if number + 1 < len(borders) else len(passages)
        group = passages[position:after]
        start = group[0].start if group and group[0].start is not None else min(0.0, first)
        until = passages[after].start if after < len(passages) else None
        starts = spread(start, until, [len(passage.text) for passage in group])
        rows += [Row(time, None, passage.speaker, passage.text) for time, passage in zip(starts, group, strict=True)]
    return rows


READER = Reader(
    "timed_table",
    "table of times and words, as oral histories have (.csv, .tsv)",
    (".csv", ".tsv"),
    "a table with a column of times, none of ends, and one of words",
    _sniff,
    _read,
)

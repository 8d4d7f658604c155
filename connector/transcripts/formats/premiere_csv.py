"""Adobe Premiere Pro, "Export to CSV file": ``"Speaker Name","Start Time","End Time","Text"`` and its
variants.
 Tables of start, end and text from other programs come along. The layout is taken from files; Adobe does not
document it.
"""

from __future__ import annotations

from connector.transcripts.formats.listings import listing
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.table_columns import field, find_layout, holds_time
from connector.transcripts.formats.tables import entries, peek, table
from connector.transcripts.timecode_text import mixed_clock
from connector.transcripts.transcript import Reading


def _sniff(source: Source) -> float:
    if source.head.lstrip()[:1] in ("{", "[", "<"):
        return 0.0
    rows = peek(source.head)
    layout = find_layout(rows)
    if layout is None or not layout.has_ends or not any(holds_time(field(row, layout.start), layout) for row in rows):
        return 0.0
    if listing(entries(rows, layout)):
        return 0.0
    return 0.97 if layout.width else 0.7  # a header with the names of the columns leaves no doubt


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    read = table(source.text, notes)
    layout = read.layout
    clock = mixed_clock(read.times(), source.fps)
    timeline = Timeline(notes)
    for line, fields in read.spoken:
        text, speaker = read.words(fields), known_speaker(field(fields, layout.speaker))
        start = clock.seconds(field(fields, layout.start))
        end = read.end(fields, start, clock)
        if start is None:
            timeline.add_untimed("a row without a start time that can be read", text, speaker, end=end, line=line)
            continue
        if end is not None and end < start:
            notes.add("this row ends before it starts", line=line)
        timeline.add([Row(start, end, speaker, text)])
    if clock.note:
        notes.add(clock.note)
    return finish("premiere_csv", timeline.rows, notes, hour=clock.frames.hour)


READER = Reader(
    "premiere_csv",
    "Adobe Premiere CSV (.csv)",
    (".csv", ".tsv"),
    "a table with columns of start, end (or duration) and text",
    _sniff,
    _read,
)

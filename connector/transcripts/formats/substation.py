"""SubStation Alpha (``.ssa``) and its advanced form (``.ass``): ``Dialogue:`` lines under ``[Events]``.

The Name (or Actor) column is the speaker; columns are found by the section's own ``Format:`` line. Read here and
not by pysubs2, which takes the columns in one fixed order, parses styles that nobody sees here, and gives the whole
file up for one bad number. Layout: "Sub Station Alpha v4.00+ Script Format" (the editor's own document).
"""

from __future__ import annotations

import re

from connector.transcripts.formats.captions import own_title
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.timecode_text import parts_seconds
from connector.transcripts.transcript import Reading

_SECTION = re.compile(r"\n\[(?:Script Info|Events|V4\+? Styles)\][ \t]*(?=\n|\Z)", re.IGNORECASE)
_TITLE = re.compile(r"^Title:[ \t]*([^\n]{0,300})$", re.MULTILINE)
_DIALOGUE = re.compile(r"^Dialogue:[ \t]*[^\n]{0,80}\d:\d\d:\d\d", re.MULTILINE)
_TIME = re.compile(r"(\d{1,6}):(\d{1,3}):(\d{1,2})(?:[.:,](\d{1,3}))?")
_LONG_TIME = re.compile(r"[ \t]*\d{4,}:\d{1,3}:\d{1,2}")  # above 1000 hours
_OVERRIDE = re.compile(r"(\{[^{}\n]*\})")
_DRAWING = re.compile(r"\\p(\d{1,3})")
_USUAL_COLUMNS = ("layer", "start", "end", "style", "name", "marginl", "marginr", "marginv", "effect", "text")


def _sniff(source: Source) -> float:
    if "[" in source.head and _SECTION.search("\n" + source.head):
        return 1.0
    return 0.8 if "Dialogue:" in source.head and _DIALOGUE.search(source.head) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    columns: tuple[str, ...] = _USUAL_COLUMNS
    timeline = Timeline(notes)
    seen: set[tuple[float, float | None, str]] = set()
    in_events = True
    for number, line in enumerate(source.text.split("\n"), 1):
        kind, _, rest = line.partition(":")
        kind = kind.strip().lower()
        if line.startswith("["):
            in_events = kind.startswith("[events")
        elif kind == "format" and in_events:
            columns = tuple("name" if name == "actor" else name for name in rest.lower().replace(" ", "").split(","))
        elif kind == "dialogue":
            row = _row(rest, columns, number, timeline)
            said = (row.start, row.end, " ".join(row.text.split())) if row else None
            if row and said and said not in seen:  # a shadow or an outline is the same line on another layer
                seen.add(said)
                timeline.add([row])
    title = _TITLE.search(source.head)
    return finish("substation", name_speakers(timeline.rows), notes, own_title(title[1]) if title else {})


def _row(line: str, columns: tuple[str, ...], number: int, timeline: Timeline) -> Row | None:
    """The line of dialogue as a row; None where its time cannot be read and its words went to ``timeline``."""
    notes = timeline.notes
    fields = dict(zip(columns, line.split(",", len(columns) - 1), strict=False))
    if "text" not in fields:
        notes.add("a line of dialogue without a text", line=number)
        return None
    speaker, text = " ".join(fields.get("name", "").split()) or None, _shown(fields["text"])
    start, end = _seconds(fields.get("start", "")), _seconds(fields.get("end", ""))
    if start is None:
        told = "a time above 1000 hours" if _LONG_TIME.match(fields.get("start", "")) else "a time that cannot be read"
        timeline.add_untimed(told, text, speaker, end=end, line=number)
        return None
    if end is None:
        notes.add("the end of this cue cannot be read; taken as the next start", line=number)
    elif end < start:
        notes.add("this cue ends before it starts", line=number)
    return Row(start, end, speaker, text)


def _seconds(text: str) -> float | None:
    match = _TIME.fullmatch(text.strip())
    return parts_seconds(*match.groups()) if match else None


def _shown(text: str) -> str:
    """The words of a Text column: without ``{…}``, without what is drawn (``{\\p1}m 0 0 l …``), lines broken."""
    if "{" in text:
        drawn = False
        words = []
        for piece in _OVERRIDE.split(text):
            if piece.startswith("{") and piece.endswith("}"):
                scales = _DRAWING.findall(piece)
                drawn = int(scales[-1]) > 0 if scales else drawn
            elif not drawn:
                words.append(piece)
        text = "".join(words)
    return text.replace("\\N", "\n").replace("\\n", "\n").replace("\\h", " ").strip()


READER = Reader(
    "substation",
    "SubStation Alpha subtitles (.ass, .ssa)",
    (".ass", ".ssa"),
    "its sections, [Script Info] and [Events]",
    _sniff,
    _read,
)

"""Microsoft Teams' transcript as Microsoft Graph gives it in Word documents: ``0:0:0.0 --> 0:0:5.320``, the name, the
words, each a paragraph.

The layout is shown in Microsoft's documentation of ``callTranscript`` (docs of msteams-platform). Told from SubRip by
the line below each time, which is a name throughout.
"""

from __future__ import annotations

import re
from collections import Counter

from connector.transcripts.formats.captions import caption_rows
from connector.transcripts.formats.document_head import head_metadata
from connector.transcripts.formats.names import all_names
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.time_lines import ARROW_LINE
from connector.transcripts.formats.turns import are_names
from connector.transcripts.transcript import Reading

# Minutes or seconds of one digit, as hardly another program writes them.
_TEAMS_TIME = re.compile(r"^[ \t]*\d{1,3}:(?:\d|\d\d:\d)[:.]", re.MULTILINE)


def _named(rows: list[Row], source: Source) -> bool:
    """Whether every cue opens with a line that is a name: some met twice, else in a Word document or under times that
    only Teams writes so.
    """
    spoken = [row.text.partition("\n") for row in rows if row.text]
    names = Counter(name.strip() for name, _, _ in spoken)
    if not names or not all(rest.strip() for _, _, rest in spoken):
        return False
    teams = source.suffix == ".docx" or _TEAMS_TIME.search(source.head) is not None
    return are_names(names) or (teams and all_names(names))


def _sniff(source: Source) -> float:
    head = source.head
    if "->" not in head or head.lstrip().startswith("WEBVTT"):
        return 0.0
    if any("," in match[0] for match in ARROW_LINE.pattern.finditer("\n" + head)):
        return 0.0
    rows = caption_rows(head.rpartition("\n")[0] if len(head) < len(source.text) else head, Notes(head))
    if rows and rows[-1].text.count("\n") < 1:  # cut off by the end of the head
        del rows[-1]
    return 0.92 if _named(rows, source) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    rows = [_split(row) for row in caption_rows(source.text, notes)]
    first = ARROW_LINE.pattern.search("\n" + source.text)
    return finish("teams_text", rows, notes, head_metadata(source.text[: first.start()]) if first else {})


def _split(row: Row) -> Row:
    name, _, words = row.text.partition("\n")
    return row._replace(speaker=name.strip() or None, text=" ".join(words.split())) if words.strip() else row


READER = Reader(
    "teams_text",
    "Teams transcript document (.docx)",
    (".docx", ".txt"),
    "times `0:0:0.0 --> 0:0:5.320`, each with a name on the line below",
    _sniff,
    _read,
)

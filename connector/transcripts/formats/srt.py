"""SubRip (``.srt``): numbered cues, ``00:00:12,600 --> 00:00:16,600``, read as it is met rather than as it
should be.
"""

from __future__ import annotations

import re

from connector.transcripts.formats.captions import caption_rows
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Source, finish
from connector.transcripts.formats.time_lines import ARROW_LINE
from connector.transcripts.transcript import Reading

_OPENING = re.compile(r"\s{0,99}(?:\d{1,9}[ \t]{0,9}\n)?[ \t]{0,9}\d{1,6}:\d{1,2}:\d{1,2},\d{1,3}[ \t]{0,9}-->")
_OWN_TIME_LINE = re.compile(r"^[ \t]*\d{1,6}:\d{1,2}:\d{1,2},\d{1,3}[ \t]*-->", re.MULTILINE)
_NUMBERED = re.compile(r"^[ \t]*\d{1,9}[ \t]*\n[ \t]*[\d:.,]+[ \t]*-->", re.MULTILINE)


def _sniff(source: Source) -> float:
    if _OPENING.match(source.head):
        return 1.0
    if not ARROW_LINE.within(source.head) or source.head.lstrip().startswith("WEBVTT"):
        return 0.0
    return 0.9 if _OWN_TIME_LINE.search(source.head) or _NUMBERED.search(source.head) else 0.5


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    rows = name_speakers(caption_rows(source.text, notes))
    return finish("srt", rows, notes)


READER = Reader(
    "srt",
    "SubRip subtitles (.srt)",
    (".srt",),
    "time lines with a comma, `00:00:12,600 --> 00:00:16,600`",
    _sniff,
    _read,
)

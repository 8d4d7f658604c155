"""WebVTT (``.vtt``), as written by Zoom, Teams, YouTube and by hand. https://www.w3.org/TR/webvtt1/
 Cue settings are passed over. ``X-TIMESTAMP-MAP`` places a stream's piece among others (RFC 8216, 3.5) and
says nothing of the recording, so it moves no time.
"""

from __future__ import annotations

import re

from connector.errors import TranscriptError
from connector.transcripts.formats.captions import caption_rows
from connector.transcripts.formats.listings import player_data
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.time_lines import ARROW_LINE
from connector.transcripts.transcript import Reading

_LANGUAGE = re.compile(r"^Language:[ \t]*([A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)[ \t]*$", re.MULTILINE)
_NOT_SPOKEN = re.compile(r"(?:NOTE|STYLE|REGION|WEBVTT)(?:[ \t\n]|$)")
# Webex: the speaker in the cue's name, with a number of the person.
_WEBEX = re.compile(r'^(\d{1,9}) "([^"\n<>]{1,80})" \(\d+\)\n([\d:.]{5,15}[ \t]+-->[^\n]*+)\n', re.MULTILINE)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?(?:[ \t\n]+([^<>]*))?>")


def _sniff(source: Source) -> float:
    if source.head.lstrip().startswith("WEBVTT"):
        return 1.0
    return 0.5 if ARROW_LINE.within(source.head) else 0.0


def _is_identifier(line: str, before: str) -> bool:
    """A cue's name or number stands between a blank line and the time line."""
    return bool(line) and before.endswith("\n")


def _without_comments(body: str) -> str:
    """Leaves out NOTE, STYLE and REGION blocks that stand between this cue's words and the next cue, and the header
    of another file where a stream's pieces were joined.
    """
    first, *others = body.split("\n\n")
    return "\n\n".join([first, *(block for block in others if not _NOT_SPOKEN.match(block.lstrip("\n")))])


def _voices(row: Row) -> list[Row]:
    """One row for each ``<v Name>`` of a cue; what stands before the first has no speaker."""
    pieces = _VOICE.split(row.text)
    said = [(None, pieces[0]), *zip(pieces[1::2], pieces[2::2], strict=True)]
    rows: list[Row] = []
    for name, words in said:
        words = words.replace("</v>", "").strip()
        if words:
            rows.append(row._replace(speaker=" ".join((name or "").split()) or None, text=words))
    return rows


def _read(source: Source) -> Reading:
    # Of as many lines, so that notes name the right one.
    text = _WEBEX.sub(r"\1\n\3\n<v \2>", source.text) if '" (' in source.head else source.text
    notes = Notes(text)
    rows = caption_rows(text, notes, is_identifier=_is_identifier, tidy=_without_comments, blank_ends=True)
    if "<" in text and "<v" in text:  # one sign is sought quicker
        rows = [part for row in rows for part in (_voices(row) if "<v" in row.text else (row,))]
    if what := player_data(row.text for row in rows):
        raise TranscriptError(f"this is {what}, not a transcript", hint="drop the captions that lie beside it")
    language = _LANGUAGE.search(source.text, 0, max(0, source.text.find("-->")))
    return finish("webvtt", name_speakers(rows), notes, {"language": language[1]} if language else {})


READER = Reader(
    "webvtt",
    "WebVTT captions (.vtt)",
    (".vtt", ".webvtt"),
    "its first line, WEBVTT",
    _sniff,
    _read,
)

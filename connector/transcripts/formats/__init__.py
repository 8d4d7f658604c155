"""The registry of readers: which format a source has, told by its content, and the reading of it.

A new format is one file with a ``READER`` and one line below. A file's suffix only breaks ties: suffixes lie.
"""

from __future__ import annotations

import re

from connector.errors import TranscriptError
from connector.transcripts.decode import decode
from connector.transcripts.formats import (
    premiere_csv,
    premiere_json,
    premiere_text,
    speaker_markdown,
    srt,
    webvtt,
    whisper_json,
)
from connector.transcripts.formats.source import Reader, Source
from connector.transcripts.transcript import Reading

READERS: tuple[Reader, ...] = (
    premiere_text.READER,
    premiere_csv.READER,
    premiere_json.READER,
    srt.READER,
    webvtt.READER,
    whisper_json.READER,
    speaker_markdown.READER,
)

_JSON_START = re.compile(r"[\[{]\s*(?:[\[{\"\]}]|\d+\s*[,\]])")
_CLOCK_TIME = re.compile(r"\d:\d\d")


def read(data: bytes, name: str, *, fps: float | str | None = None) -> Reading:
    """Reads a source of any known format.

    ``name`` is the file's name (its suffix breaks ties between formats); ``fps`` the frame rate of its
    timecodes, which is inferred where it is None. Raises ``TranscriptError``, without a path, where it is
    no transcript we can read.
    """
    source = Source(decode(data), name, fps)
    reader = find_reader(source)
    if reader is None:
        raise _unknown(source)
    return reader.read(source)


def find_reader(source: Source) -> Reader | None:
    """The reader surest of the source's content; the suffix decides between equals. None where none knows
    it.
    """
    scored = [(reader.sniff(source), source.suffix in reader.suffixes, reader) for reader in READERS]
    score, _, reader = max(scored, key=lambda entry: entry[:2])
    return reader if score > 0 else None


def _unknown(source: Source) -> TranscriptError:
    readable = "readable are: " + ", ".join(reader.label for reader in READERS)
    start = source.head.lstrip()
    if _JSON_START.match(start):
        if isinstance(source.json, TranscriptError):
            return TranscriptError(source.json.reason, line=source.json.line, hint=source.json.hint or readable)
        keys = ", ".join(sorted(map(repr, source.json_object()))[:6])
        return TranscriptError(
            f"this JSON is of no known transcript format{f' (its keys: {keys})' if keys else ''}",
            hint=readable,
        )
    if start.startswith("<"):
        return TranscriptError("this is XML or HTML of no known transcript format", hint=readable)
    first = start.partition("\n")[0]
    if source.suffix in (".csv", ".tsv") or first.count("\t") > 1:
        columns = f"{first[:80]}{'…' if len(first) > 80 else ''}"
        line = source.text[: source.text.index(start[:1])].count("\n") + 1
        return TranscriptError(
            f"this table has no columns of times and text: {columns!r}",
            line=line,
            hint="it needs a header such as Speaker Name, Start Time, End Time, Text; " + readable,
        )
    if _CLOCK_TIME.search(source.head):
        return TranscriptError("this text holds times, but in no known transcript layout", hint=readable)
    return TranscriptError("this is text without times, not a transcript", hint=readable)

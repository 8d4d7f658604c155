"""Adobe Premiere Pro's transcript JSON: segments of words with their times, and a list of speakers.
 Schema: https://schemas.adobe.com/transcript/v1.0.0 (``transcript_format_spec.json`` of
AdobeDocs/uxp-premiere-pro-samples).
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.transcript import Reading


def _sniff(source: Source) -> float:
    value = source.json_object()
    segments = islice(objects(value.get("segments")), 20)
    if not any(isinstance(one.get("words"), list) and "start" in one and "text" not in one for one in segments):
        return 0.0
    return 1.0 if isinstance(value.get("speakers"), list) else 0.8


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    names = {string(speaker.get("id")): string(speaker.get("name")) for speaker in objects(value.get("speakers"))}
    rows: list[Row] = []
    for number, segment in enumerate(objects(value.get("segments")), start=1):
        words = list(objects(segment.get("words")))
        start = seconds(segment.get("start"))
        if start is None:
            start = next((time for word in words if (time := seconds(word.get("start"))) is not None), None)
        text = _joined(words)
        if start is None:
            if text:
                notes.add(f"segment {number} says no time; left out")
            continue
        duration = seconds(segment.get("duration"))
        speaker = string(segment.get("speaker"))
        rows.append(
            Row(
                start,
                None if duration is None else start + duration,
                known_speaker(names.get(speaker, "")),
                text,
            )
        )
    language = string(value.get("language"))
    return finish("premiere_json", rows, notes, {"language": language} if language and "?" not in language else {})


def _joined(words: list[dict[str, Any]]) -> str:
    """The words with spaces between them; punctuation of its own stands right behind a word."""
    pieces: list[str] = []
    for word in words:
        text = string(word.get("text"))
        if text and pieces and word.get("type") != "punctuation":
            pieces.append(" ")
        pieces.append(text)
    return "".join(pieces)


READER = Reader(
    "premiere_json",
    "Adobe Premiere JSON (.json)",
    (".json", ".prtranscript"),
    "JSON `segments` that hold timed `words`",
    _sniff,
    _read,
)

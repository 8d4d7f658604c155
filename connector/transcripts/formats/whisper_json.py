"""Whisper's JSON: openai-whisper and its kin (``segments``, seconds), whisper.cpp (``transcription``,
milliseconds).
 https://github.com/openai/whisper, ``whisper/utils.py``; https://github.com/ggml-org/whisper.cpp,
``examples/cli``.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.transcript import Reading


def _sniff(source: Source) -> float:
    value = source.json_object()
    if any({"start", "end", "text"} <= one.keys() for one in islice(objects(value.get("segments")), 20)):
        return 0.9
    return 0.9 if any("offsets" in one for one in islice(objects(value.get("transcription")), 20)) else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    rows: list[Row] = []
    for number, (start, end, segment) in enumerate(_timed(value), start=1):
        text = string(segment.get("text"))
        if start is not None:
            rows.append(Row(start, end, string(segment.get("speaker")) or None, text))
        elif text:
            notes.add(f"segment {number} says no time; left out")
    result = value.get("result")
    language = string(value.get("language")) or string(result.get("language") if isinstance(result, dict) else None)
    return finish("whisper_json", rows, notes, {"language": language} if language else {})


def _timed(value: dict[str, Any]) -> Iterator[tuple[float | None, float | None, dict[str, Any]]]:
    for segment in objects(value.get("segments")):
        yield seconds(segment.get("start")), seconds(segment.get("end")), segment
    for segment in objects(value.get("transcription")):
        offsets = segment.get("offsets")
        if isinstance(offsets, dict):
            yield seconds(offsets.get("from"), unit=0.001), seconds(offsets.get("to"), unit=0.001), segment


READER = Reader(
    "whisper_json",
    "Whisper JSON (.json)",
    (".json",),
    "JSON `segments` with `start`, `end` and `text`, or `transcription` with `offsets`",
    _sniff,
    _read,
)

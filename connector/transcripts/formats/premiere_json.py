"""Adobe Premiere Pro's transcript JSON: segments of words with their times, and a list of speakers.
 Schema: https://schemas.adobe.com/transcript/v1.0.0 (``transcript_format_spec.json`` of
AdobeDocs/uxp-premiere-pro-samples).
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn
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
    timeline = Timeline(notes)
    for number, segment in enumerate(objects(value.get("segments")), start=1):
        words = list(_words(segment.get("words")))
        start = seconds(segment.get("start"))
        if start is None:
            start = next((word.start for word in words if word.start is not None), None)
        end = None if start is None else _after(start, segment.get("duration"))
        speaker = known_speaker(names.get(string(segment.get("speaker")), ""))
        add_turn(timeline, Utterance(start, end, speaker, ""), words, f"segment {number}")
    language = string(value.get("language"))
    return finish(
        "premiere_json", timeline.rows, notes, {"language": language} if language and "?" not in language else {}
    )


def _words(value: Any) -> Iterator[Word]:
    """The words that have text; punctuation of its own stands right behind a word."""
    for word in objects(value):
        if text := string(word.get("text")):
            start, mark = seconds(word.get("start")), word.get("type") == "punctuation"
            end = None if start is None else _after(start, word.get("duration"))
            yield Word(text, start, end, None, None if mark else share(word.get("confidence")), mark)


def _after(start: float, duration: Any) -> float | None:
    length = seconds(duration)
    return None if length is None else round(start + length, 6)


READER = Reader(
    "premiere_json",
    "Adobe Premiere JSON (.json)",
    (".json", ".prtranscript"),
    "JSON `segments` that hold timed `words`",
    _sniff,
    _read,
)

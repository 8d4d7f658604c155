"""The podcast namespace's JSON: ``segments`` of ``speaker``, ``startTime``, ``endTime``, ``body``; some hosts
write a segment for each word.
 https://github.com/Podcastindex-org/podcast-namespace, ``docs/examples/transcripts/transcripts.md``.
"""

from __future__ import annotations

from itertools import islice

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import speaker_label
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, add_turn, line_rows
from connector.transcripts.transcript import Reading

_PEEK = 20


def _sniff(source: Source) -> float:
    segments = islice(objects(source.json_object().get("segments")), _PEEK)
    return 1.0 if any({"startTime", "body"} <= one.keys() for one in segments) else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    timeline = Timeline(notes)
    for number, segment in enumerate(objects(value.get("segments")), start=1):
        start, end = seconds(segment.get("startTime")), seconds(segment.get("endTime"))
        turn = Utterance(start, end, speaker_label(segment.get("speaker")), string(segment.get("body")))
        add_turn(timeline, turn, (), f"segment {number}")
    language = string(value.get("language"))
    return finish("podcast_json", line_rows(timeline.rows), notes, {"language": language} if language else {})


READER = Reader(
    "podcast_json",
    "Podcast namespace JSON (.json)",
    (".json",),
    "JSON `segments` with `startTime` and `body`",
    _sniff,
    _read,
)

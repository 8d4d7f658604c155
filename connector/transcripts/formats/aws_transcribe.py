"""Amazon Transcribe's JSON: words with times as strings, marks without; speakers or channels beside them.
 https://docs.aws.amazon.com/transcribe/latest/dg/how-input.html ("Data input and output"), and the examples
"channel identification output" and "diarization output" of the same guide.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn, word_rows
from connector.transcripts.transcript import Reading

_PEEK = 20


def _results(source: Source) -> dict[str, Any]:
    results = source.json_object().get("results")
    return results if isinstance(results, dict) else {}


def _sniff(source: Source) -> float:
    results = _results(source)
    peek = islice(objects(results.get("items")), _PEEK)
    if any({"alternatives", "type"} <= item.keys() for item in peek):
        return 1.0
    return 0.9 if any("transcript" in one for one in islice(objects(results.get("audio_segments")), _PEEK)) else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    results = _results(source)
    notes = Notes(source.text)
    channels = _channels(results)
    if any(True for _ in objects(results.get("audio_segments"))):
        rows = _segment_rows(results, len(channels) > 1, Timeline(notes))
    elif len(channels) > 1:  # each channel by itself: in `items` the words of both are mixed by time
        rows = [row for label, items in channels for row in word_rows(_words(items, label))]
    elif labelled := _labelled(results):
        rows = _turns(results, labelled, Timeline(notes))
    else:
        rows = word_rows(_words(results.get("items"), None))
    language = string(results.get("language_code"))
    return finish("aws_transcribe", rows, notes, {"language": language} if language else {})


def _channels(results: dict[str, Any]) -> list[tuple[str, Any]]:
    labels = results.get("channel_labels")
    channels = objects(labels.get("channels") if isinstance(labels, dict) else None)
    return [
        (string(one.get("channel_label")) or f"ch_{number}", one.get("items")) for number, one in enumerate(channels)
    ]


def _segment_rows(results: dict[str, Any], several_channels: bool, timeline: Timeline) -> list[Row]:
    """The turns of newer files, which have a list of them; their words are named by number."""
    items = {number: item for item in objects(results.get("items")) if isinstance(number := item.get("id"), int)}
    for number, segment in enumerate(objects(results.get("audio_segments")), start=1):
        numbers = segment.get("items")
        said = (
            [items[one] for one in numbers if isinstance(one, int) and one in items]
            if isinstance(numbers, list)
            else []
        )
        speaker = _who(segment, several_channels)
        words = list(_words(said, speaker))
        start, end = seconds(segment.get("start_time")), seconds(segment.get("end_time"))
        add_turn(
            timeline, Utterance(start, end, speaker, string(segment.get("transcript"))), words, f"segment {number}"
        )
    return timeline.rows


def _who(value: dict[str, Any], several_channels: bool) -> str | None:
    """The speaker, of one channel where there are several: each channel counts its speakers from ``spk_0``."""
    speaker, channel = speaker_label(value.get("speaker_label")), string(value.get("channel_label"))
    if not several_channels or not channel:
        return speaker
    return f"{channel} {speaker}" if speaker else channel


def _labelled(results: dict[str, Any]) -> list[dict[str, Any]]:
    labels = results.get("speaker_labels")
    parts = objects(labels) if isinstance(labels, list) else iter([labels] if isinstance(labels, dict) else [])
    return [segment for part in parts for segment in objects(part.get("segments"))]


def _turns(results: dict[str, Any], segments: list[dict[str, Any]], timeline: Timeline) -> list[Row]:
    """The turns of ``speaker_labels``, which tell by their times which words are theirs."""
    turn_of = {
        (seconds(item.get("start_time")), seconds(item.get("end_time"))): number
        for number, segment in enumerate(segments)
        for item in objects(segment.get("items"))
    }
    starts = [seconds(segment.get("start_time")) or 0.0 for segment in segments]
    said: list[list[dict[str, Any]]] = [[] for _ in segments]
    current = 0
    for item in objects(results.get("items")):
        start = seconds(item.get("start_time"))
        if start is not None:  # a mark stays with the word before
            by_time = max(0, bisect_right(starts, start) - 1)
            current = turn_of.get((start, seconds(item.get("end_time"))), by_time)
        said[current].append(item)
    for number, (segment, items) in enumerate(zip(segments, said, strict=True), start=1):
        speaker = speaker_label(segment.get("speaker_label"))
        start, end = seconds(segment.get("start_time")), seconds(segment.get("end_time"))
        add_turn(timeline, Utterance(start, end, speaker, ""), list(_words(items, speaker)), f"segment {number}")
    return timeline.rows


def _words(items: Any, speaker: str | None) -> Iterator[Word]:
    """The words of ``items``, likeliest alternatives; a mark has no time, and its confidence of 0.0 says nothing."""
    for item in objects(items):
        best = next(objects(item.get("alternatives")), {})
        mark = item.get("type") == "punctuation"
        yield Word(
            string(best.get("content")),
            None if mark else seconds(item.get("start_time")),
            None if mark else seconds(item.get("end_time")),
            speaker or speaker_label(item.get("speaker_label")),
            None if mark else share(best.get("confidence")),
            mark,
        )


READER = Reader(
    "aws_transcribe",
    "Amazon Transcribe JSON (.json)",
    (".json",),
    "JSON `results` with `items` of `alternatives`",
    _sniff,
    _read,
)

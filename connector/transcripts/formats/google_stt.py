"""Google Cloud Speech-to-Text, versions 1 and 2: a transcript and its words for each stretch of the audio.
 https://cloud.google.com/speech-to-text/docs/reference/rest/v1/speech/recognize and ``/v2/``; times are Durations,
``"1.300s"``, or ``{seconds, nanos}`` where a client library wrote the file.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.words import Word, joined, turn_rows, word_rows
from connector.transcripts.transcript import Reading

_PEEK = 20
_OVERLAP = 0.5  # seconds by which results may overlap that are two
_START = ("startTime", "startOffset", "start_time", "start_offset")
_END = ("endTime", "endOffset", "end_time", "end_offset")
_RESULT_END = ("resultEndTime", "resultEndOffset", "result_end_time", "result_end_offset")
_SPEAKER = ("speakerLabel", "speaker_label", "speakerTag", "speaker_tag")
_CHANNEL = ("channelTag", "channel_tag")
_LANGUAGE = ("languageCode", "language_code")


def _recordings(value: dict[str, Any]) -> list[list[dict[str, Any]]]:
    """The results of each recording: of the file's only one, also inside an operation's ``response``, or of the
    several of version 2's batches.
    """
    inner = value.get("response")
    results = value.get("results", inner.get("results") if isinstance(inner, dict) else None)
    if not isinstance(results, dict):
        return [list(objects(results))]
    found: list[list[dict[str, Any]]] = []
    for one in results.values():
        part = one.get("inlineResult", one) if isinstance(one, dict) else None
        part = part.get("transcript") if isinstance(part, dict) else None
        if isinstance(part, dict) and (listed := list(objects(part.get("results")))):
            found.append(listed)
    return found or [[]]


def _sniff(source: Source) -> float:
    for result in islice(_recordings(source.json_object())[0], _PEEK):
        best: dict[str, Any] = next(objects(result.get("alternatives")), {})
        if any("word" in word and _first(word, (*_START, *_END)) is not None for word in objects(best.get("words"))):
            return 0.9
        if "transcript" in best and _first(result, _RESULT_END) is not None:
            return 0.8
    return 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    results, *others = _recordings(source.json_object())
    notes = Notes(source.text)
    if others:
        notes.add(f"this file holds {len(others) + 1} recordings; only the first is read")
    by_channel: dict[str | int | None, list[dict[str, Any]]] = {}
    for result in results:
        tag = _first(result, _CHANNEL)
        by_channel.setdefault(tag if isinstance(tag, str | int) else None, []).append(result)
    rows: list[Row] = []
    for tag, said in by_channel.items():
        rows.extend(_rows(said, f"Channel {tag}" if len(by_channel) > 1 and tag else None))
    language = next((code for one in results if (code := string(_first(one, _LANGUAGE)))), "")
    return finish("google_stt", rows, notes, {"language": language} if language else {})


def _rows(results: list[dict[str, Any]], channel: str | None) -> list[Row]:
    """The cues of one channel. Where speakers are told apart, the last result says all words again, with speakers:
    then only it counts (https://github.com/googleapis/google-cloud-java/issues/3903).
    """
    rows: list[Row] = []
    said_until = 0.0
    for result in results:
        best: dict[str, Any] = next(objects(result.get("alternatives")), {})
        words = _words(best, channel)
        start = next((word.start for word in words if word.start is not None), None)
        end = max((word.end for word in words if word.end is not None), default=_time(result, _RESULT_END))
        if rows and start is not None and end is not None and start < said_until - _OVERLAP and end >= said_until:
            rows = word_rows(words)
        elif any(word.speaker != words[0].speaker for word in words):
            rows.extend(word_rows(words))
        else:
            text = string(best.get("transcript")) or joined(words)
            speaker = words[0].speaker if words else channel
            confidence = share(best.get("confidence")) or None
            turn = Row(said_until if start is None else start, end, speaker, text, confidence)
            rows.extend(turn_rows(turn, words))
        said_until = max(said_until, end or 0.0)
    return rows


def _words(best: dict[str, Any], channel: str | None) -> list[Word]:
    words: list[Word] = []
    for item in objects(best.get("words")):
        speaker, start, end = _first(item, _SPEAKER), _time(item, _START), _time(item, _END)
        if start is None and end is not None:
            start = 0.0  # protocol buffers leave out what is zero
        words.append(
            Word(
                string(item.get("word")).partition("|")[0],  # "今日|キョウ": the word and how it is said
                start,
                end,
                (speaker_label(speaker) if speaker not in (0, "0", "") else None) or channel,
                share(item.get("confidence")) or None,  # 0.0 stands for "not set"
            )
        )
    return words


def _first(value: dict[str, Any], keys: tuple[str, ...]) -> Any:
    for key in keys:
        if (found := value.get(key)) is not None:
            return found
    return None


def _time(value: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    """A Duration in seconds."""
    time = _first(value, keys)
    if isinstance(time, str):
        return seconds(time.removesuffix("s"))
    if isinstance(time, dict):  # whole seconds are a string in JSON, for they have 64 bits
        whole, nanos = seconds(time.get("seconds", 0)), seconds(time.get("nanos", 0), unit=1e-9)
        return None if whole is None or nanos is None else round(whole + nanos, 6)
    return seconds(time)


READER = Reader(
    "google_stt",
    "Google Speech-to-Text JSON (.json)",
    (".json",),
    "JSON `results` of `alternatives` whose `words` have a `startTime`",
    _sniff,
    _read,
)

"""Deepgram's JSON: utterances, else paragraphs of sentences, else words, for each channel.
https://developers.deepgram.com/docs/utterances, ``/docs/paragraphs``, ``/docs/diarization``, ``/docs/multichannel``.
"""

from __future__ import annotations

from bisect import bisect_left
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label, timed_words
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn, turn_rows, word_rows
from connector.transcripts.transcript import Reading


def _results(source: Source) -> dict[str, Any]:
    results = source.json_object().get("results")
    return results if isinstance(results, dict) else {}


def _sniff(source: Source) -> float:
    results = _results(source)
    if any("alternatives" in channel for channel in objects(results.get("channels"))):
        return 1.0
    return 0.9 if any({"start", "transcript"} <= one.keys() for one in objects(results.get("utterances"))) else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    results = _results(source)
    notes = Notes(source.text)
    channels = list(objects(results.get("channels")))
    several = len(channels) > 1
    timeline = Timeline(notes)
    for number, utterance in enumerate(objects(results.get("utterances")), start=1):
        speaker = _who(utterance.get("speaker"), utterance.get("channel"), several)
        add_turn(timeline, _turn(utterance, speaker), list(timed_words(utterance.get("words"))), f"utterance {number}")
    rows = timeline.rows
    if not rows:
        for number, channel in enumerate(channels):
            best: dict[str, Any] = next(objects(channel.get("alternatives")), {})
            words = list(timed_words(best.get("words")))
            if several:
                words = [word._replace(speaker=_who(word.speaker, number, several)) for word in words]
            rows.extend(_sentences(best, words, number, several) or word_rows(words))
    language = next((said for one in channels if (said := string(one.get("detected_language")))), "")
    return finish("deepgram", rows, notes, {"language": language} if language else {})


def _who(speaker: Any, channel: Any, several: bool) -> str | None:
    label = speaker_label(speaker)
    if not several or isinstance(channel, bool) or not isinstance(channel, int):
        return label
    return f"Channel {channel}, {label}" if label else f"Channel {channel}"


def _turn(utterance: dict[str, Any], speaker: str | None) -> Utterance:
    start, end = seconds(utterance.get("start")), seconds(utterance.get("end"))
    return Utterance(start, end, speaker, string(utterance.get("transcript")), share(utterance.get("confidence")))


def _sentences(best: dict[str, Any], words: list[Word], channel: int, several: bool) -> list[Row]:
    """The sentences of the paragraphs, each with the words that start in it; none where not all have a time."""
    paragraphs = best.get("paragraphs")
    starts = [word.start or 0.0 for word in words]
    rows: list[Row] = []
    for paragraph in objects(paragraphs.get("paragraphs") if isinstance(paragraphs, dict) else None):
        speaker = _who(paragraph.get("speaker"), channel, several)
        for sentence in objects(paragraph.get("sentences")):
            start, end = seconds(sentence.get("start")), seconds(sentence.get("end"))
            if start is None or end is None:
                return []
            own = words[bisect_left(starts, start) : bisect_left(starts, end)]
            rows.extend(turn_rows(Row(start, end, speaker, string(sentence.get("text"))), own))
    return rows


READER = Reader(
    "deepgram",
    "Deepgram JSON (.json)",
    (".json",),
    "JSON `results` with `channels` of `alternatives`, or with `utterances`",
    _sniff,
    _read,
)

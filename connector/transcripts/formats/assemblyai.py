"""AssemblyAI's JSON: utterances (turns of a speaker), else sentences, else paragraphs, else words; milliseconds.
https://www.assemblyai.com/docs/api-reference/transcripts/get, and ``get-sentences``, ``get-paragraphs``.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label, timed_words
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, add_turn, word_rows
from connector.transcripts.transcript import Reading

_MILLISECOND = 0.001
_PEEK = 20
_TURNS = ("utterances", "sentences", "paragraphs")  # the first that is there; each holds all that was said
_ITS_OWN = frozenset({"audio_duration", "acoustic_model", "language_model", "speech_model", "audio_url"})


def _sniff(source: Source) -> float:
    value = source.json_object()
    peek = [one for key in (*_TURNS, "words") for one in islice(objects(value.get(key)), _PEEK)]
    timed = [one for one in peek if {"start", "end", "text"} <= one.keys()]
    if not timed or any(type(one["start"]) is float or type(one["end"]) is float for one in timed):
        return 0.0  # whole milliseconds, never a fraction: that would be seconds, and another program's
    return 1.0 if value.keys() & _ITS_OWN else 0.6


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    rows: list[Row] = []
    for key in _TURNS:
        timeline = Timeline(notes)
        for number, turn in enumerate(objects(value.get(key)), start=1):
            words = list(timed_words(turn.get("words"), unit=_MILLISECOND))
            add_turn(timeline, _turn(turn), words, f"{key[:-1]} {number}")
        if rows := timeline.rows:
            break
    rows = rows or word_rows(timed_words(value.get("words"), unit=_MILLISECOND))
    language = string(value.get("language_code"))
    return finish("assemblyai", rows, notes, {"language": language} if language else {})


def _turn(turn: dict[str, Any]) -> Utterance:
    start, end = (seconds(turn.get(key), unit=_MILLISECOND) for key in ("start", "end"))
    return Utterance(
        start, end, speaker_label(turn.get("speaker")), string(turn.get("text")), share(turn.get("confidence"))
    )


READER = Reader(
    "assemblyai",
    "AssemblyAI JSON (.json)",
    (".json",),
    "JSON `utterances`, `sentences` or `words` in milliseconds, beside `audio_duration` or `audio_url`",
    _sniff,
    _read,
)

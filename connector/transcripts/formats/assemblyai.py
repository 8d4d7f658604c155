"""AssemblyAI's JSON: utterances (turns of a speaker), else sentences, else paragraphs, else words; milliseconds.
https://www.assemblyai.com/docs/api-reference/transcripts/get, and ``get-sentences``, ``get-paragraphs``.
"""

from __future__ import annotations

from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label, timed_words
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.formats.words import joined, turn_rows, word_rows
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
        for turn in objects(value.get(key)):
            rows.extend(_turn(turn, key[:-1], notes))
        if rows:
            break
    if not rows:
        rows = word_rows(timed_words(value.get("words"), unit=_MILLISECOND))
    language = string(value.get("language_code"))
    return finish("assemblyai", rows, notes, {"language": language} if language else {})


def _turn(turn: dict[str, Any], what: str, notes: Notes) -> list[Row]:
    words = list(timed_words(turn.get("words"), unit=_MILLISECOND))
    text = string(turn.get("text")) or joined(words)
    start = seconds(turn.get("start"), unit=_MILLISECOND)
    if start is None:
        if text:
            notes.add(f"one of the {what}s says no time; left out")
        return []
    end = seconds(turn.get("end"), unit=_MILLISECOND)
    speaker = speaker_label(turn.get("speaker"))
    return turn_rows(Row(start, end, speaker, text, share(turn.get("confidence"))), words)


READER = Reader(
    "assemblyai",
    "AssemblyAI JSON (.json)",
    (".json",),
    "JSON `utterances`, `sentences` or `words` in milliseconds, beside `audio_duration` or `audio_url`",
    _sniff,
    _read,
)

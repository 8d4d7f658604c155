"""Whisper's JSON and its kin: openai-whisper, faster-whisper, WhisperX, whisper-timestamped, OpenAI's API
(``segments``, seconds), whisper.cpp (``transcription``, milliseconds), Transformers' pipelines (``chunks``).
 https://github.com/openai/whisper ``whisper/utils.py``; https://github.com/ggml-org/whisper.cpp ``examples/cli``;
https://github.com/m-bain/whisperX ``whisperx/schema.py``.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label, timed_words
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn, line_rows, mean_confidence, word_rows
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_PEEK = 20


class _Segment(NamedTuple):
    """A segment as its program wrote it, with its times taken out."""

    start: float | None
    end: float | None
    value: dict[str, Any]


def _sniff(source: Source) -> float:
    if isinstance(source.json, list):
        peek = list(islice(objects(source.json), _PEEK))
        return (
            0.8 if any("text" in one and "start" in one and one.keys() & {"end", "duration"} for one in peek) else 0.0
        )
    value = source.json_object()
    if any({"start", "end", "text"} <= one.keys() for one in islice(objects(value.get("segments")), _PEEK)):
        return 0.9
    if any(one.keys() & {"offsets", "timestamps"} for one in islice(objects(value.get("transcription")), _PEEK)):
        return 0.9
    if any({"timestamp", "text"} <= one.keys() for one in islice(objects(value.get("chunks")), _PEEK)):
        return 0.9
    return 0.8 if _only_words(value) else 0.0


def _only_words(value: dict[str, Any]) -> bool:
    """Whether this is OpenAI's ``verbose_json`` asked for words alone: no segments, and the words without marks."""
    peek = islice(objects(value.get("words")), _PEEK)
    return not value.get("segments") and "text" in value and any({"word", "start", "end"} <= one.keys() for one in peek)


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    timeline = Timeline(notes)
    if _only_words(value):
        words = list(timed_words(value.get("words")))
        tokens = string(value.get("text")).split()
        if len(tokens) == len(words):  # the same words, with their commas
            words = [word._replace(text=token) for word, token in zip(words, tokens, strict=True)]
        rows = word_rows(words)
    else:
        for number, segment in enumerate(_segments(source.json), start=1):
            start, end, one = segment
            words = list(timed_words(one.get("words")))
            turn = Utterance(start, end, _speaker(one, words), string(one.get("text")), _confidence(one))
            add_turn(timeline, turn, words, f"segment {number}")
        rows = line_rows(timeline.rows)
    return finish("whisper_json", rows, notes, _metadata(value))


def _segments(value: Any) -> Iterator[_Segment]:
    """The segments of one of the lists a file may hold: never of two, which would say everything twice."""
    if isinstance(value, list):
        yield from _plain(value)
    elif not isinstance(value, dict):
        return
    elif any(True for _ in objects(value.get("segments"))):
        yield from _plain(value["segments"])
    elif any(True for _ in objects(value.get("transcription"))):
        for segment in _whole_words(list(objects(value["transcription"]))):
            times, clocks = segment.get("offsets"), segment.get("timestamps")
            if isinstance(times, dict):
                yield _Segment(seconds(times.get("from"), unit=0.001), seconds(times.get("to"), unit=0.001), segment)
            elif isinstance(clocks, dict):
                yield _Segment(
                    clock_seconds(string(clocks.get("from"))), clock_seconds(string(clocks.get("to"))), segment
                )
    else:  # insanely-fast-whisper writes the chunks once more, with who spoke, where it knows
        for key in ("speakers", "chunks"):
            chunks = [one for one in objects(value.get(key)) if isinstance(one.get("timestamp"), list)]
            for chunk in chunks:
                times = [*chunk["timestamp"], None, None]
                yield _Segment(seconds(times[0]), seconds(times[1]), chunk)
            if chunks:
                return


def _whole_words(segments: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """whisper.cpp's segments; where they are tokens (``-ml 1``) of a writing with spaces, each with
    those behind it that no space parts from it.
    """
    texts = [one["text"] for one in segments if string(one.get("text"))]
    spaced = sum(text[0].isspace() for text in texts)
    if 4 * spaced < len(texts) or any(" " in text.strip() for text in texts):
        return segments
    words: list[list[dict[str, Any]]] = []
    for one in segments:
        text = one.get("text")
        if words and isinstance(text, str) and text and not text[0].isspace():
            words[-1].append(one)
        else:
            words.append([one])
    return [tokens[0] if len(tokens) == 1 else _word(tokens) for tokens in words]


def _word(tokens: list[dict[str, Any]]) -> dict[str, Any]:
    """The tokens of a word as one segment, from the start of the first to the end of the last."""
    first, last = tokens[0], tokens[-1]
    word = first | {
        "text": "".join(one["text"] for one in tokens if isinstance(one.get("text"), str)),
        "tokens": [token for one in tokens for token in objects(one.get("tokens"))],
    }
    for times in ("offsets", "timestamps"):
        if isinstance(first.get(times), dict) and isinstance(last.get(times), dict):
            word[times] = {"from": first[times].get("from"), "to": last[times].get("to")}
    return word


def _plain(segments: Any) -> Iterator[_Segment]:
    for segment in objects(segments):
        start, end = seconds(segment.get("start")), seconds(segment.get("end"))
        if end is None and start is not None and (duration := seconds(segment.get("duration"))) is not None:
            end = round(start + duration, 6)
        yield _Segment(start, end, segment)


def _speaker(value: dict[str, Any], words: list[Word]) -> str | None:
    """The segment's speaker, else the one most of its words have: WhisperX names some words, not their segment."""
    label = value.get("speaker")
    if label is None:
        named = Counter(word.speaker for word in words if word.speaker)
        return named.most_common(1)[0][0] if named else None
    return speaker_label(label)


def _confidence(value: dict[str, Any]) -> float | None:
    """How sure the model was of a segment without words: its own value, else its tokens' mean probability, else
    ``exp(avg_logprob)``, which is the same in the geometric mean, and no more than the chance that anybody spoke.
    """
    if (known := share(value.get("confidence"))) is not None:
        return known
    tokens = (
        Word(text, None, None, None, share(token.get("p")))
        for token in objects(value.get("tokens"))
        if (text := string(token.get("text"))) and not text.startswith(("[_", "<|"))
    )
    if (known := mean_confidence(tokens)) is not None:
        return known
    logarithm, silence = value.get("avg_logprob"), share(value.get("no_speech_prob"))
    if isinstance(logarithm, bool) or not isinstance(logarithm, int | float) or not -1e9 < logarithm <= 0:
        return None
    return round(min(math.exp(logarithm), 1.0 - (silence or 0.0)), 4)


def _metadata(value: dict[str, Any]) -> dict[str, Any]:
    result = value.get("result")
    language = string(value.get("language")) or string(result.get("language") if isinstance(result, dict) else None)
    return {"language": language} if language else {}


READER = Reader(
    "whisper_json",
    "Whisper JSON (.json)",
    (".json",),
    "JSON `segments` with `start`, `end` and `text`, or `transcription` with `offsets`",
    _sniff,
    _read,
)

"""IBM Watson Speech to Text: a transcript for each stretch of speech, with ``timestamps`` as lists of three.
https://cloud.ibm.com/apidocs/speech-to-text#recognize; "Speaker labels" in https://cloud.ibm.com/docs/speech-to-text.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn, word_rows
from connector.transcripts.transcript import Reading

_PEEK = 20
_HESITATION = "%HESITATION"  # what the service writes for "uh"; no word


def _answers(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """What holds ``results`` of speech: the file itself, or, of a job that ran by itself, each of its results."""
    inner = [one for one in objects(value.get("results")) if isinstance(one.get("results"), list)]
    yield from inner or [value]


def _results(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for answer in _answers(value):
        yield from objects(answer.get("results"))


def _sniff(source: Source) -> float:
    for result in islice(_results(source.json_object()), _PEEK):
        for alternative in objects(result.get("alternatives")):
            if isinstance(alternative.get("timestamps"), list):
                return 1.0
    return 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    notes = Notes(source.text)
    timeline = Timeline(notes)
    for answer in _answers(source.json_object()):
        speakers = {
            seconds(label.get("from")): speaker_label(label.get("speaker"))
            for label in objects(answer.get("speaker_labels"))
        }
        for number, result in enumerate(objects(answer.get("results")), start=1):
            if result.get("final") is False:  # a guess on the way, said again later
                continue
            best: dict[str, Any] = next(objects(result.get("alternatives")), {})
            words = list(_words(best, speakers))
            if (rows := word_rows(words)) and any(word.speaker != words[0].speaker for word in words):
                timeline.add(rows)
                continue
            text = " ".join(word for word in string(best.get("transcript")).split() if word != _HESITATION)
            turn = Utterance(None, None, words[0].speaker if words else None, text, share(best.get("confidence")))
            add_turn(timeline, turn, words, f"result {number}")
    return finish("ibm_watson", timeline.rows, notes)


def _words(best: dict[str, Any], speakers: dict[float | None, str | None]) -> Iterator[Word]:
    timestamps, confidences = best.get("timestamps"), best.get("word_confidence")
    if not isinstance(timestamps, list):
        return
    given = confidences if isinstance(confidences, list) and len(confidences) == len(timestamps) else []
    for number, stamp in enumerate(timestamps):
        if not isinstance(stamp, list) or len(stamp) < 3 or (text := string(stamp[0])) == _HESITATION:
            continue
        start = seconds(stamp[1])
        confidence = given[number] if given else None
        yield Word(
            text,
            start,
            seconds(stamp[2]),
            speakers.get(start),
            share(confidence[1]) if isinstance(confidence, list) and len(confidence) > 1 else None,
        )


READER = Reader(
    "ibm_watson",
    "IBM Watson JSON (.json)",
    (".json",),
    "JSON `results` of `alternatives` with `timestamps`",
    _sniff,
    _read,
)

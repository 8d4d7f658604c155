"""What meeting assistants export as JSON: a list of sentences with a speaker's name and times in seconds.

Fireflies (its API's ``sentences``, also of one meeting in a list; its download's list of ``sentence``) and Sembly
(``transcript`` of ``words_str``).
 https://docs.fireflies.ai/schema/sentence; Sembly's layout is taken from files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import speaker_label
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, add_turn
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_PEEK = 20
_TEXT = ("text", "raw_text", "sentence", "words_str")
_START = ("start_time", "startTime")
_END = ("end_time", "endTime")
_SPEAKER = ("speaker_name", "speakerName", "speaker", "speaker_id", "speakerId")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")
_YEAR_2000 = 946_684_800_000  # milliseconds since 1970, as Fireflies' API gives its dates
_YEAR_2100 = 4_102_444_800_000


def _listed(value: Any) -> list[tuple[dict[str, Any], list[Any]]]:
    """The meetings of an API's answer that lists them, each with its sentences."""
    answer = value.get("data", value) if isinstance(value, dict) else None
    meetings = objects(answer.get("transcripts")) if isinstance(answer, dict) else ()
    return [
        (meeting, listed) for meeting in meetings if isinstance(listed := meeting.get("sentences"), list) and listed
    ]


def _meetings(value: Any) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The objects that may hold a meeting, each with its list of sentences; a bare list comes with no meeting."""
    if isinstance(value, list):
        yield {}, value
    yield from _listed(value)
    holder = value
    for key in ("data", "meeting", "transcript"):  # each may be wrapped in the one before
        if not isinstance(holder, dict):
            return
        for inside in ("sentences", "transcript"):
            if isinstance(listed := holder.get(inside), list):
                yield holder, listed
        holder = holder.get(key, holder)
    if isinstance(holder, dict) and isinstance(listed := holder.get("sentences"), list):
        yield holder, listed


def _is_sentence(value: dict[str, Any]) -> bool:
    return any(key in value for key in _START) and any(key in value for key in _TEXT)


def _meeting(value: Any) -> tuple[dict[str, Any], list[Any]]:
    for holder, listed in _meetings(value):
        if any(map(_is_sentence, islice(objects(listed), _PEEK))):
            return holder, listed
    return {}, []


def _sniff(source: Source) -> float:
    _, listed = _meeting(source.json)
    named = any(_SPEAKER[0] in one or _SPEAKER[1] in one for one in islice(objects(listed), _PEEK))
    return 0.9 if named else 0.7 if listed else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    if (number := len(_listed(source.json))) > 1:
        raise TranscriptError(f"these are {number} meetings, not one transcript", hint="save each in a file of its own")
    holder, listed = _meeting(source.json)
    notes = Notes(source.text)
    timeline = Timeline(notes)
    for number, sentence in enumerate(objects(listed), start=1):
        text = next((said for key in _TEXT if (said := string(sentence.get(key)))), "")
        start, end = _time(sentence, _START), _time(sentence, _END)
        speaker = next((label for key in _SPEAKER if (label := speaker_label(sentence.get(key)))), None)
        add_turn(timeline, Utterance(start, end, speaker, text), (), f"sentence {number}")
    return finish("meeting_json", timeline.rows, notes, _metadata(holder))


def _time(sentence: dict[str, Any], keys: tuple[str, ...]) -> float | None:
    value = next((sentence[key] for key in keys if key in sentence), None)
    if isinstance(value, str) and ":" in value:
        return clock_seconds(value)
    return seconds(value)


def _metadata(holder: dict[str, Any]) -> dict[str, Any]:
    metadata: dict[str, Any] = {}
    if title := string(holder.get("title")):
        metadata["title"] = title
    for key in ("dateString", "date"):
        date = holder.get(key)
        if isinstance(date, int | float) and _YEAR_2000 <= date <= _YEAR_2100:
            date = datetime.fromtimestamp(date / 1000, UTC).isoformat()
        found = _DATE.match(date) if isinstance(date, str) else None
        if found and _is_date(found[0]):
            metadata.setdefault("recorded", found[0])
    return metadata


def _is_date(text: str) -> bool:
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


READER = Reader(
    "meeting_json",
    "Fireflies and Sembly JSON (.json)",
    (".json",),
    "JSON sentences with `speaker_name`, `start_time` and their text",
    _sniff,
    _read,
)

"""Rev's and Rev AI's JSON: monologues of elements, where marks and spaces are elements of their own.
https://docs.rev.ai/api/asynchronous/reference/ ("Get Transcript By Id").
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from connector.errors import TranscriptError
from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.json_words import share, speaker_label
from connector.transcripts.formats.source import Notes, Reader, Source, Timeline, finish
from connector.transcripts.formats.words import Utterance, Word, add_turn
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_PEEK = 20


def _sniff(source: Source) -> float:
    monologues = islice(objects(source.json_object().get("monologues")), _PEEK)
    return 1.0 if any(isinstance(one.get("elements"), list) for one in monologues) else 0.0


def _read(source: Source) -> Reading:
    if isinstance(source.json, TranscriptError):
        raise source.json
    value = source.json_object()
    notes = Notes(source.text)
    names = {speaker_label(one.get("id")): speaker_label(one.get("name")) for one in objects(value.get("speakers"))}
    timeline = Timeline(notes)
    for number, monologue in enumerate(objects(value.get("monologues")), start=1):
        words = list(_words(monologue.get("elements")))
        add_turn(timeline, Utterance(None, None, _who(monologue, names), ""), words, f"monologue {number}")
    return finish("rev_json", timeline.rows, notes)


def _who(monologue: dict[str, Any], names: dict[str | None, str | None]) -> str | None:
    """The speaker's name where the file has one, else "Speaker 0"."""
    label = speaker_label(monologue.get("speaker"))
    info = monologue.get("speaker_info")
    named = speaker_label(info.get("display_name")) if isinstance(info, dict) else None
    return named or names.get(label) or label


def _words(elements: Any) -> Iterator[Word]:
    """The words, each with the marks behind it; what no space parts (``twenty-one``) stands together."""
    spaces = any(_is_mark(one) and one["value"][-1:].isspace() for one in objects(elements))
    said, glued = "", False
    timed: dict[str, Any] = {}
    for element in objects(elements):
        if not isinstance(element.get("value"), str):
            continue
        if not _is_mark(element):
            if said:
                yield _word(said, timed, glued)
                glued = spaces and not said[-1].isspace()
            said, timed = "", element
        said += element["value"]
    if said:
        yield _word(said, timed, glued)


def _is_mark(element: dict[str, Any]) -> bool:
    return element.get("type") == "punct" and isinstance(element.get("value"), str)


def _word(said: str, timed: dict[str, Any], glued: bool) -> Word:
    start, end = _time(timed, "ts", "timestamp"), _time(timed, "end_ts", "end_timestamp")
    return Word(string(said), start, end, None, share(timed.get("confidence")), glued)


def _time(element: dict[str, Any], key: str, clock: str) -> float | None:
    """Rev AI counts seconds (``ts``), Rev's people write ``00:00:01,100``."""
    return seconds(element.get(key)) if key in element else clock_seconds(string(element.get(clock)))


READER = Reader(
    "rev_json",
    "Rev and Rev AI JSON (.json)",
    (".json",),
    "JSON `monologues` of `elements`",
    _sniff,
    _read,
)

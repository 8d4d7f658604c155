"""YouTube's timed text: json3 (``events[].segs[]``), srv3 and srv2 (``<timedtext>``), srv1 (``<transcript>``).

Machine captions scroll in a window: an event adds a line, an event marked "append" adds to the line before, mostly
its line end, and a line stays on screen while the next is spoken. So in a window a cue ends where the next begins.
Undocumented; the layout is taken from what the player loads. pysubs2 reads none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from connector.errors import TranscriptError
from connector.transcripts.formats import xml_values
from connector.transcripts.formats.json_values import objects, seconds
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.transcript import Reading

_ROOT = re.compile(r"(?:<\?xml[^<>]{0,200}\?>\s*)?(?:<!--[^<>]{0,500}-->\s*)?<(timedtext|transcript)\b[^<>]{0,500}>")
_TIMED = re.compile(r"<(?:p|text|w|window)\s[^<>]{0,300}?\b(?:t|start)\s?=")


class _Event(NamedTuple):
    """One line of a caption or an addition to it: seconds, the window it is in ("" for none), words."""

    start: float | None
    length: float | None
    window: str
    appends: bool
    words: str
    confidences: tuple[float, ...] = ()


def _sniff(source: Source) -> float:
    if source.head.lstrip()[:1] == "<":
        root = _ROOT.match(source.head.lstrip())
        return 1.0 if root and (root[1] == "timedtext" or _TIMED.search(source.head)) else 0.0
    events = source.json_object().get("events") if '"tStartMs"' in source.head else None
    return 1.0 if any("tStartMs" in event for event in objects(events)) else 0.0


def _json3(value: dict[str, Any]) -> Iterator[_Event]:
    for event in objects(value.get("events")):
        pieces = list(objects(event.get("segs")))
        words = "".join(_text(piece.get("utf8")) for piece in pieces)
        confidences = (_confidence(piece.get("acAsrConf")) for piece in pieces)
        yield _Event(
            seconds(event.get("tStartMs"), unit=0.001),
            seconds(event.get("dDurationMs"), unit=0.001),
            str(event.get("wWinId", ""))[:20],
            event.get("aAppend") == 1,
            words,
            tuple(each for each in confidences if each),
        )


def _xml(text: str) -> Iterator[_Event]:
    """srv1 counts in seconds, the others in milliseconds."""
    for element in xml_values.root(text).iter():
        if xml_values.name(element) not in ("p", "text"):
            continue
        written = xml_values.attributes(element)
        confidences = (_confidence(piece.get("ac")) for piece in element)
        old = "start" in written
        yield _Event(
            seconds(written.get("start" if old else "t"), unit=1.0 if old else 0.001),
            seconds(written.get("dur" if old else "d"), unit=1.0 if old else 0.001),
            written.get("w", ""),
            "1" in (written.get("a"), written.get("append")),
            "".join(element.itertext()),
            tuple(each for each in confidences if each),
        )


def _rows(events: Iterable[_Event], notes: Notes) -> list[Row]:
    rows: list[Row | None] = []  # None for words of which no time is known
    words: list[list[str]] = []  # of each row, in the pieces it came in
    last: dict[str, int] = {}  # the newest line of each window
    for event in events:
        if not event.words.strip():
            continue
        before = last.get(event.window)
        if event.appends and before is not None:
            words[before].append(event.words)
        elif event.start is None:
            last[event.window] = len(rows)
            rows.append(None)
            words.append([event.words])
        else:
            end = None if event.length is None else round(event.start + event.length, 6)
            if event.window and before is not None:
                row = rows[before]
                if row is not None and row.end is not None and row.start <= event.start < row.end:
                    rows[before] = row._replace(end=event.start)
            last[event.window] = len(rows)
            given = event.confidences
            confidence = round(sum(given) / len(given), 4) if given else None
            rows.append(Row(event.start, end, None, "", confidence))
            words.append([event.words])
    timeline = Timeline(notes)
    for found, pieces in zip(rows, words, strict=True):
        text = "".join(pieces).strip()
        if found is not None:
            timeline.add([found._replace(text=text)])
        else:
            place = notes.next_place(re.escape(text.partition("\n")[0][:40]))
            timeline.add_untimed("a caption without a time that makes sense", text, position=place)
    return timeline.rows


def _text(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").replace("\x00", "")


def _confidence(value: Any) -> float:
    """The recogniser's 0 to 255 as 0 to 1; it writes 0 where it does not tell."""
    number = seconds(value)
    return min(1.0, number / 255) if number is not None else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    events = _xml(source.text) if isinstance(source.json, TranscriptError) else _json3(source.json_object())
    return finish("youtube", name_speakers(_rows(events, notes)), notes)


READER = Reader(
    "youtube",
    "YouTube timed text (.json3, .srv1, .srv2, .srv3)",
    (".json3", ".srv1", ".srv2", ".srv3", ".xml", ".json"),
    "YouTube's own names: `events` with `segs`, <timedtext> or <transcript>",
    _sniff,
    _read,
)

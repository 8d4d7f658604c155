"""What every reader works with: the decoded source, the reader itself, and the last steps to a ``Reading``.

Knows no single format. Readers hand over rows; here they become cues that are in order, finite and not empty.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from operator import eq, itemgetter, le
from pathlib import PurePath
from typing import Any, NamedTuple

from connector.errors import TranscriptError
from connector.transcripts.transcript import Reading, cue_of

_HEAD = 16 * 1024
_MAX_NOTES = 50
_JITTER = 0.5  # seconds by which times may run back: programs round them
_MANY_RUN_BACK = 0.1  # of the lines of a file, where that is a few, are worth a note
_A_FEW = 5
_CHARACTERS_A_SECOND = 15.0  # ordinary speech, for the length of a last turn that says only when it starts


@dataclass(frozen=True)
class Source:
    """A source as text, with its file's name and, where a person gave it, the frame rate."""

    text: str
    name: str = ""
    fps: float | str | None = None

    @cached_property
    def head(self) -> str:
        """The beginning, enough to tell a format."""
        return self.text[:_HEAD]

    @cached_property
    def suffix(self) -> str:
        return PurePath(self.name).suffix.lower()

    @cached_property
    def json(self) -> Any:
        """The value where the whole text is JSON, else the ``TranscriptError`` that says why not."""
        if self.head.lstrip()[:1] not in ("{", "["):
            return TranscriptError("this is not JSON")
        try:
            return json.loads(self.text)
        except json.JSONDecodeError as error:
            if error.msg == "Extra data" and self.text[error.pos] in "{[":
                return TranscriptError(
                    "this is a row of JSON values (NDJSON), not one transcript",
                    line=error.lineno,
                    hint="export the whole transcript as one JSON value",
                )
            return TranscriptError(f"this is broken JSON: {error.msg}", line=error.lineno, hint="export it again")
        except ValueError:  # a number of thousands of digits
            return TranscriptError("this JSON holds a number that cannot be read")
        except RecursionError:
            return TranscriptError("this JSON is nested too deeply")

    def json_object(self) -> dict[str, Any]:
        """The JSON object the source is, or an empty one: what a sniffer asks."""
        return self.json if isinstance(self.json, dict) else {}


class Row(NamedTuple):
    """What a reader hands over of one cue: times in seconds, ``end`` None for "until the next one starts"."""

    start: float
    end: float | None
    speaker: str | None
    text: str
    confidence: float | None = None


# Those of a row, which need not be made one for ``finish``.
Values = tuple[float, float | None, str | None, str, float | None]
row_of: Callable[[Values], Row] = partial(tuple.__new__, Row)  # as ``transcript.cue_of``


@dataclass(frozen=True, slots=True)
class Reader:
    """One format: its name, what to call it to a person, its usual suffixes, what it is told by, how it is read.

    ``told_by`` completes "chosen for …" in the words of a person who looks at the file. ``sniff`` answers from 0
    (surely not) to 1 (surely) by content alone; ``read`` raises only ``TranscriptError``.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    told_by: str
    sniff: Callable[[Source], float]
    read: Callable[[Source], Reading]


@dataclass(slots=True)
class Notes:
    """Collects what was odd but survivable; the first fifty are kept in words, the rest counted.

    ``first`` is what the first one about a line said, and the line.
    """

    text: str = ""
    kept: list[str] = field(default_factory=list)
    more: int = 0
    first: tuple[str, int] | None = None
    _searched: int = 0

    def add(self, sentence: str, *, line: int | None = None, position: int | None = None) -> None:
        """Notes ``sentence`` at a line, or at a character position of the text."""
        if len(self.kept) >= _MAX_NOTES:
            self.more += 1
            return
        if position is not None:  # counted only for notes that are kept: many of them stay linear
            line = self.text.count("\n", 0, position) + 1
        if line is not None and self.first is None:
            self.first = (sentence.partition(";")[0], line)
        self.kept.append(sentence if line is None else f"line {line}: {sentence}")

    def next_place(self, pattern: str) -> int | None:
        """Where ``pattern`` stands next, behind what was found last: for readers of trees, which know no lines.

        None where it does not, and once no more notes are kept in words, so that many of them stay linear.
        """
        found = re.compile(pattern).search(self.text, self._searched) if len(self.kept) < _MAX_NOTES else None
        if found is None:
            return None
        self._searched = found.end()
        return found.start()

    def sentences(self) -> tuple[str, ...]:
        return (*self.kept, f"and {self.more} more like these") if self.more else tuple(self.kept)


@dataclass(slots=True)
class Timeline:
    """The rows of a file in the order they are said, also where it does not say when.

    Words without a time stand right after the row before, at its end; the first ones at the start of the next row.
    A file without any time has no rows.
    """

    notes: Notes
    rows: list[Row] = field(default_factory=list)
    _early: list[Row] = field(default_factory=list)

    def add(self, rows: Iterable[Row]) -> None:
        """Adds rows that have their times."""
        before = len(self.rows)
        self.rows.extend(rows)
        if self._early and len(self.rows) > before:
            start = self.rows[before].start
            self.rows[before:before] = [row._replace(start=start, end=start) for row in self._early]
            self._early.clear()

    def add_untimed(
        self,
        told: str,
        text: str,
        speaker: str | None = None,
        *,
        end: float | None = None,
        line: int | None = None,
        position: int | None = None,
    ) -> None:
        """Adds words of which no start is known; ``told`` says so of them in the note, at a line or a position."""
        if not text:
            return
        where = "after the one before" if self.rows else "before the first that says one"
        self.notes.add(f"{told}; placed {where}", line=line, position=position)
        if self.rows:
            last = self.rows[-1]
            start = last.start if last.end is None else max(last.start, last.end)
            self.rows.append(Row(start, end, speaker, text))
        else:
            self._early.append(Row(0.0, None, speaker, text))


def with_untimed(changes: Iterable[tuple[float | None, str]]) -> list[tuple[float, str]]:
    """What a screen shows from each time on; words without a time stand below those before, the first with the next.

    For formats that write starts alone, where a change without a time must not end the one before.
    """
    timed: list[tuple[float, list[str]]] = []
    early: list[str] = []
    for start, text in changes:
        if start is not None:
            timed.append((start, [*early, text]))
            early.clear()
        else:
            (timed[-1][1] if timed else early).append(text)
    return [(start, "\n".join(filter(None, texts))) for start, texts in timed]


def finish(
    reader: str,
    rows: Iterable[Values],
    notes: Notes,
    metadata: dict[str, Any] | None = None,
    *,
    hour: float = 3600.0,
    timecode: bool = False,
) -> Reading:
    """The reading of ``rows``: without empty text, in order of time (stable), each once, every end known
    and after its start. ``hour`` is how many seconds an hour of the file's timecode lasts, ``timecode``
    that its times are one, in a format whose times need not be.

    Raises ``TranscriptError`` where no row has text.
    """
    spoken = [row for row in rows if (text := row[3]) and not text.isspace()]
    if not spoken:
        if notes.first is not None:
            told, line = notes.first
            raise TranscriptError(
                f"the file has no spoken text with a usable time: {told}", line=line, hint="export it again"
            )
        raise TranscriptError("the file has no spoken text", hint="no time in it is followed by words")
    ordered = sorted(spoken, key=itemgetter(0))
    astray = ordered != spoken
    starts, ends, speakers, texts, confidences = zip(*ordered, strict=True)
    if any(map(eq, starts, starts[1:])) and ends.count(None) < len(ends):
        ordered = _without_copies(ordered, notes)
        starts, ends, speakers, texts, confidences = zip(*ordered, strict=True)
    if None in ends:  # it lasts until the next, the last as long as its words
        followed = (*starts[1:], starts[-1] + len(texts[-1]) / _CHARACTERS_A_SECOND)
        ends = tuple(next_ if end is None else end for end, next_ in zip(ends, followed, strict=True))
    if not all(map(le, starts, ends)):
        astray, ends = True, tuple(map(max, starts, ends))
    if "" in speakers:
        speakers = tuple(speaker or None for speaker in speakers)
    cues = tuple(map(cue_of, zip(starts, ends, speakers, texts, confidences, strict=True)))
    share = 0.0
    if astray and (back := _run_back(spoken)):
        share = back / len(spoken)
        if share >= _MANY_RUN_BACK and back >= _A_FEW:
            notes.kept.insert(0, f"{back:,} of {len(spoken):,} lines run back in time; they are put in order")
    return Reading(reader, cues, metadata or {}, notes.sentences(), hour, share, timecode)


def _without_copies(rows: list[Values], notes: Notes) -> list[Values]:
    """``rows``, in order of time, without those that say the same words at the same times as one before.

    A stream's pieces both have the cue over their border (RFC 8216, 3.5), and some programs export a line twice. One
    that lasts no time may be a word said again.
    """
    seen = set[tuple[object, ...]]()
    kept = []
    for row in rows:
        said = row[:4]
        if said in seen:
            continue
        start, end, *_ = said
        if end is not None and end > start:
            seen.add(said)
        kept.append(row)
    if copies := len(rows) - len(kept):
        notes.add(f"{copies:,} of {len(rows):,} cues have the times and words of another; what they say is said once")
    return kept


def _run_back(rows: Sequence[Values]) -> int:
    """How many of ``rows``, as the file has them, start before the one before or end before they start.

    Before the one of the same speaker: programs that hear every voice on its own line write one after another.
    """
    before: dict[str | None, float] = {}
    back = 0
    for start, end, speaker, _, _ in rows:
        reversed_ = end is not None and end < start - _JITTER
        back += reversed_ or start < before.get(speaker, start) - _JITTER
        before[speaker] = start
    return back

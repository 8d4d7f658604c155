"""A recording as a page shows it: paragraphs with their lines, each with when it was said. Pure.

A paragraph is a segment, a line one of its cues: what is marked in it may lie over two of them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache, partial
from typing import NamedTuple

from connector.archive.documents import identified, timed_documents
from connector.archive.rows import TranscriptRow
from connector.config import Settings
from connector.serve.results import pieces
from connector.transcripts.clean import ONLY_FORMAT, clean_cues
from connector.transcripts.jargon import Glossary
from connector.transcripts.segment import segment
from connector.transcripts.transcript import Cue
from connector.transcripts.writing import named
from indexer import Document

Place = tuple[int, int]  # from where to where in a text, in characters
Parts = tuple[tuple[str, bool], ...]  # a text in parts, each with whether it is marked
AROUND = 80  # characters shown before what was looked for, and twice as many after
KEPT = 8  # recordings whose paragraphs are remembered


class Line(NamedTuple):
    """What one cue says: ``at`` seconds; its words."""

    at: float
    parts: Parts


class Paragraph(NamedTuple):
    """What somebody says in a stretch; ``speaker`` is None where nobody is named. ``offsets`` as in ``Segment``."""

    ident: str
    start: float
    end: float
    speaker: str | None
    text: str
    doubtful: bool
    offsets: tuple[tuple[int, float], ...]

    def lines(self, marks: Iterable[Place] = ()) -> Iterator[Line]:
        """The cues of it, with the ``marks`` in its text."""
        borders = [*(place for place, _ in self.offsets), len(self.text)]
        marked = _joined(marks)
        for (begin, at), end in zip(self.offsets, borders[1:], strict=True):
            yield Line(at, tuple(pieces(self.text, marked, begin, end)))


class Paragraphs:
    """The recordings of an archive as paragraphs; the last few are remembered, since one is asked for often."""

    def __init__(self, settings: Settings) -> None:
        self.cleaned = lru_cache(KEPT)(partial(_cleaned, settings))
        self.as_said = lru_cache(KEPT)(_as_said)


def _cleaned(settings: Settings, row: TranscriptRow, glossary: Glossary) -> tuple[Paragraph, ...]:
    """As it is searched: cleaned, and corrected by the glossary."""
    found = []
    for payload, offsets in timed_documents(row, settings, glossary)[1:]:
        one = Document(payload)
        start = offsets[0][1]
        doubtful = one.quality in ("low", "medium")
        found.append(Paragraph(one.id, start, one.end or start, one.speaker, one.text, doubtful, offsets))
    return tuple(found)


def _as_said(row: TranscriptRow) -> tuple[Paragraph, ...]:
    """As the file has it: every word, no more corrected than its format asks."""
    cues = named(clean_cues(row.cues, ONLY_FORMAT, row.metadata.language), row.metadata.speakers)
    return tuple(
        Paragraph(ident, part.start, part.end, part.speaker, part.text, False, part.offsets)
        for ident, part in identified(row.id, segment(cues))
    )


def cues_of(row: TranscriptRow, settings: Settings, glossary: Glossary, *, said: bool) -> list[Cue]:
    """The recording cue by cue, for a file of subtitles; ``said``: as the file has it."""
    steps = ONLY_FORMAT if said else settings.clean.steps
    cues = named(clean_cues(row.cues, steps, row.metadata.language), row.metadata.speakers)
    return cues if said else [cue._replace(text=glossary.correct(cue.text)[0]) for cue in cues]


def excerpt(text: str, marks: Sequence[Place]) -> Parts:
    """What is said around the first of ``marks``, in whole words, and as many of the others as are near."""
    first = min(low for low, _ in marks)
    begin = text.rfind(" ", 0, max(0, first - AROUND)) + 1
    end = text.find(" ", first + 2 * AROUND)
    end = len(text) if end < 0 else end
    shown = tuple(pieces(text, _joined(marks), begin, end))
    return ((("… ", False),) if begin else ()) + shown + (((" …", False),) if end < len(text.rstrip()) else ())


def place_at(shown: Sequence[Paragraph], seconds: float | None) -> int | None:
    """Which paragraph is said then: the last that starts in that second or before; None before the first.

    Links hold whole seconds, so a paragraph is there from the whole second at or before its start.
    """
    if seconds is None or not shown:
        return None
    return max(0, bisect_right(shown, seconds, key=lambda one: float(int(one.start))) - 1)


def _joined(marks: Iterable[Place]) -> list[Place]:
    """In order, those that overlap as one."""
    joined: list[Place] = []
    for low, high in sorted(marks):
        if joined and low <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return joined

"""What is asked of a search and what it answers, and the JSON of that. Plain values."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any

from indexer import query as typed
from indexer.access import Asker
from indexer.cursor import Seen
from indexer.document import Document
from indexer.snippet import WIDTH
from indexer.widen import Synonyms

if TYPE_CHECKING:
    from indexer.explanation import Explanation

MAX_LIMIT = 100_000
FACET_VALUES = 20
MORE = 9
SORTS = ("relevance", "date", "start")


@dataclass(frozen=True)
class SearchRequest:
    """One search. ``after`` counts with its day, ``before`` without; ``asker`` None is the owner and sees all.

    ``kind``: segment, sample, transcript or all. ``sort``: relevance, date (newest first) or start (recording
    by recording, in the order of what was said). ``group``: a hit is a recording, its best moment first and the others
    with it. ``synonyms``: sets of phrasings that mean the same; a query that has one of a set finds the others too,
    worth a little less than what was typed. ``merge``: moments said one after another are one hit, see ``Passage``.
    ``cursor``: ``next`` of the page before, for the hits after it, whatever was indexed meanwhile; ``offset`` skips
    some more. ``explain``: each hit says where its score comes from. ``filters``: what else must hold. ``properties``:
    of which the values are counted too (see ``indexer.properties``), ``facet_values``: as many of each. ``width``:
    characters of a snippet, ``more``: moments of a recording shown beside its best. ``spelling``: words that nobody
    said stand for what may have been meant.
    """

    query: str
    kind: str = "segment"
    limit: int = 10
    offset: int = 0
    speakers: tuple[str, ...] = ()
    collections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    after: date | None = None
    before: date | None = None
    sort: str = "relevance"
    asker: Asker | None = None
    facets: bool = True
    group: bool = False
    synonyms: Synonyms = ()
    merge: bool = False
    cursor: str = ""
    explain: bool = False
    filters: tuple[typed.Node, ...] = ()
    properties: tuple[str, ...] = ()
    facet_values: int = FACET_VALUES
    width: int = WIDTH
    more: int = MORE
    spelling: bool = True

    def __post_init__(self) -> None:
        if self.kind not in typed.KINDS:
            raise ValueError(f"kind is one of {', '.join(typed.KINDS)}, not {self.kind!r}")
        if self.sort not in SORTS:
            raise ValueError(f"sort is one of {', '.join(SORTS)}, not {self.sort!r}")
        if not 0 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise ValueError(f"limit is 0 to {MAX_LIMIT:,}, and offset not negative")
        _ = self.seen  # a token that is none, or of another search

    @property
    def filtered(self) -> bool:
        return any((self.speakers, self.collections, self.tags, self.after, self.before, self.filters))

    @property
    def signature(self) -> str:
        """What makes this search another one: all but how much of it is asked for."""
        filters = (self.speakers, self.collections, self.tags, self.after, self.before, self.filters, self.spelling)
        asker = self.asker and (self.asker.email, sorted(self.asker.groups), self.asker.member)
        return repr((self.query, self.kind, filters, self.sort, asker, self.group, self.merge))

    @cached_property
    def seen(self) -> Seen:
        """Which hits the pages before have shown."""
        return Seen.read(self.cursor, self.signature) if self.cursor else Seen()


@dataclass(frozen=True)
class Passage:
    """Consecutive segments of a recording that were all found, shown as one hit: its best segment. From the ``start``
    of the first to the ``end`` of the last, in seconds; ``segments`` are their ids in order.
    """

    start: float | None
    end: float | None
    segments: tuple[str, ...]


@dataclass(frozen=True)
class Hit:
    """One found document; ``snippet`` is HTML. ``at`` is when the words that were found are said, in seconds, between
    the document's ``start`` and ``end``; None where it has no times. ``more``: of a recording the other moments, the
    best first, and ``moments`` how many there are. With a ``passage`` the document is its best segment, and ``at`` is
    when the words are said first in it.
    """

    document: Document
    score: float
    snippet: str
    at: float | None = None
    more: tuple[Hit, ...] = ()
    moments: int = 1
    passage: Passage | None = None
    explanation: Explanation | None = None

    def to_json(self, full: bool = False) -> dict[str, Any]:
        found = self.document
        told = {
            "id": found.id,
            "kind": found.kind,
            "score": round(self.score, 4),
            "title": found.title,
            "speaker": found.speaker,
            "start": found.start,
            "end": found.end,
            "at": self.at,
            "url": found.url,
            "text": found.text,
            "snippet": self.snippet,
            "transcript_id": found.transcript_id,
            "collection": found.collection,
            "generated": found.generated,
            "held": found.held,
            "quality": found.quality,
            "recorded": found.recorded.isoformat() if found.recorded else None,
        }
        if self.more or self.moments > 1:
            told |= {"moments": self.moments, "more": [hit.to_json(full) for hit in self.more]}
        if self.passage:
            told["passage"] = asdict(self.passage)
        if self.explanation:
            told["explanation"] = self.explanation.to_json()
        return told | {"document": found.payload} if full else told

    def __getattr__(self, name: str) -> Any:
        """Whatever the document knows: ``id``, ``kind``, ``title``, ``speaker``, ``start``, ``text``, …"""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.document, name)


@dataclass(frozen=True)
class SearchResult:
    """``total`` counts all hits there are, on this page and the others: moments, or with ``merge`` passages, or with
    ``group`` recordings. ``facets`` are counts over all moments, ``hits`` those asked for. ``next`` is the ``cursor``
    of the page after this one, "" where this is the last. ``did_you_mean`` is another spelling of the query;
    ``corrected``: the hits are those of that.
    """

    query: str
    total: int
    took_ms: float
    did_you_mean: str | None = None
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    hints: tuple[str, ...] = ()
    next: str = ""
    corrected: bool = False

    def to_json(self, full: bool = False) -> dict[str, Any]:
        """The result as JSON; ``full`` adds each hit's payload as ``document``."""
        told = {
            "query": self.query,
            "total": self.total,
            "took_ms": self.took_ms,
            "did_you_mean": self.did_you_mean,
            "facets": self.facets,
            "hits": [hit.to_json(full) for hit in self.hits],
            "hints": list(self.hints),
        }
        return told | {"next": self.next} if self.next else told

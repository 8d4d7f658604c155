"""Search over the index: what is asked, what is found, and the JSON of it.

Everything a result says (totals, facets, snippets, hints, another spelling) comes from documents the asker may
see.
"""

from __future__ import annotations

import heapq
import json
import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import lru_cache
from typing import Any

from whoosh.query import And, Query

from indexer import query as typed
from indexer import spelling
from indexer.access import Asker
from indexer.document import Document
from indexer.plan import Scope
from indexer.schema import row
from indexer.snippet import marks, snippet
from indexer.store import Index
from indexer.text import key
from indexer.widen import Synonyms, widen

MAX_LIMIT = 100_000
FACET_VALUES = 20
SORTS = ("relevance", "date", "start")


@dataclass(frozen=True)
class SearchRequest:
    """One search. ``after`` counts with its day, ``before`` without; ``asker`` None is the owner and sees all.

    ``kind``: segment, sample, transcript or all. ``sort``: relevance, date (newest first) or start (recording
    by recording, in the order of what was said). ``synonyms``: sets of phrasings that mean the same; a query
    that has one of a set finds the others too, below what was typed.
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
    synonyms: Synonyms = ()

    def __post_init__(self) -> None:
        if self.kind not in typed.KINDS:
            raise ValueError(f"kind is one of {', '.join(typed.KINDS)}, not {self.kind!r}")
        if self.sort not in SORTS:
            raise ValueError(f"sort is one of {', '.join(SORTS)}, not {self.sort!r}")
        if not 0 <= self.limit <= MAX_LIMIT or self.offset < 0:
            raise ValueError(f"limit is 0 to {MAX_LIMIT:,}, and offset not negative")

    @property
    def filtered(self) -> bool:
        return any((self.speakers, self.collections, self.tags, self.after, self.before))


@dataclass(frozen=True)
class Hit:
    """One found document. ``start`` and ``end`` in seconds; ``snippet`` is HTML."""

    document: Document
    score: float
    snippet: str

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
        return told | {"document": found.payload} if full else told

    def __getattr__(self, name: str) -> Any:
        """Whatever the document knows: ``id``, ``kind``, ``title``, ``speaker``, ``start``, ``text``, …"""
        if name.startswith("_"):
            raise AttributeError(name)
        return getattr(self.document, name)


@dataclass(frozen=True)
class SearchResult:
    """``total`` counts all matches, ``facets`` are counts over all of them, ``hits`` those asked for."""

    query: str
    total: int
    took_ms: float
    did_you_mean: str | None = None
    facets: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    hits: tuple[Hit, ...] = ()
    hints: tuple[str, ...] = ()

    def to_json(self, full: bool = False) -> dict[str, Any]:
        """The result as JSON; ``full`` adds each hit's payload as ``document``."""
        return {
            "query": self.query,
            "total": self.total,
            "took_ms": self.took_ms,
            "did_you_mean": self.did_you_mean,
            "facets": self.facets,
            "hits": [hit.to_json(full) for hit in self.hits],
            "hints": list(self.hints),
        }


Found = list[tuple[float, int]]  # score and document number


def search(index: Index, request: SearchRequest) -> SearchResult:
    """Searches the commit that ``index`` shows. Any string is a query; raises ``IndexDamaged`` alone."""
    began = time.perf_counter()
    parsed = _read(request, request.query)
    hints = list(parsed.hints)
    with index.reading() as view:
        scope = Scope(view, request.asker, parsed.kind or request.kind, hints)
        if parsed.node is None and not request.filtered and parsed.kind is None:
            hints.append("Type what to look for, or name a speaker, a collection, a tag or a date to list all of it.")
            return SearchResult(request.query, 0, _since(began), hints=tuple(hints))
        node, found = parsed.node, _matches(scope, request, parsed.node)
        suggestion = None
        if not found:
            suggestion = _explain(scope, request, parsed)
            looser = typed.relaxed(parsed.node)
            if looser is not None and (found := _matches(scope, request, looser)):
                node = looser
                hints.append("Nothing has all of these words together; what is shown has some of them.")
        order = request.sort if parsed.scored or request.sort != "relevance" else "date"
        shown = _order(scope, found, order, request.offset + request.limit)[request.offset :]
        wanted = marks(node)
        hits = tuple(_hit(scope, score, number, wanted) for score, number in shown)
        facets = _facets(scope, found) if request.facets else {}
    return SearchResult(request.query, len(found), _since(began), suggestion, facets, hits, tuple(dict.fromkeys(hints)))


def _read(request: SearchRequest, query: str) -> typed.Parsed:
    parsed = typed.parse(query)
    return replace(parsed, node=widen(parsed.node, request.synonyms)) if request.synonyms else parsed


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)


def _filters(scope: Scope, request: SearchRequest) -> list[Query]:
    named = (("speaker", request.speakers), ("collection", request.collections), ("tag", request.tags))
    filters = [scope.named(name, values) for name, values in named if values]
    if request.after or request.before:
        filters.append(scope.recorded(request.after, request.before))
    return filters


def _matches(scope: Scope, request: SearchRequest, node: typed.Node | None, *, filtered: bool = True) -> Found:
    """All that match, with their scores."""
    query = scope.everything() if node is None else scope.build(node)
    filters = _filters(scope, request) if filtered else []
    return list(scope.matches(And([query, *filters]) if filters else query))


def _explain(scope: Scope, request: SearchRequest, parsed: typed.Parsed) -> str | None:
    """Adds to the hints why nothing was found; returns another spelling, if that finds something."""
    said = {"segment": "moment", "sample": "sample", "transcript": "transcript", "all": "document"}[scope.kind]
    unknown = spelling.unknown_words(scope, parsed.node)
    if unknown:
        listed = ", ".join(f"“{word}”" for word in unknown)
        scope.hints.append(f"No {said} has the word{'s' if len(unknown) > 1 else ''} {listed}.")
        better = spelling.corrected(scope, request.query, unknown)
        if better and _matches(scope, request, _read(request, better).node):
            return better
    elif others := _without_filters(scope, request, parsed):
        scope.hints.append(f"The filters leave out all {others:,} that match: try without one of them.")
    elif parsed.scored and typed.relaxed(parsed.node) is None and len(request.query.split()) > 1:
        scope.hints.append("Try fewer words, or without quotation marks.")
    if scope.kind != "all" and parsed.node is not None:
        everywhere = len(_matches(replace(scope, kind="all", hints=[]), request, parsed.node))
        if everywhere:
            scope.hints.append(f"{everywhere:,} of another kind match: try --kind all.")
    for name, values in (
        ("speaker", request.speakers),
        ("collection", request.collections),
        ("tag", request.tags),
    ):
        for value in values:
            if not scope.count(scope.named(name, [value])):
                scope.hints.append(f"There is no {name} “{value}”.")
    return None


def _without_filters(scope: Scope, request: SearchRequest, parsed: typed.Parsed) -> int:
    """How many would match without the filters, typed or given; 0 where there are none."""
    bare = typed.unfiltered(parsed.node)
    if bare is None or (bare == parsed.node and not request.filtered):
        return 0
    return len(_matches(scope, request, bare, filtered=False))


def _order(scope: Scope, found: Found, sort: str, count: int) -> Found:
    """The first ``count`` of ``found``: by score, day or place; equal ones by id, however they were written."""
    if not found or not count:
        return []
    if sort == "relevance":
        found = [(round(score, 6), number) for score, number in found]
        if len(found) > count:  # ids only for what may be shown
            least = heapq.nlargest(count, (score for score, _ in found))[-1]
            found = [pair for pair in found if pair[0] >= least]
        ids = _Column(scope, "id")
        return sorted(found, key=lambda pair: (-pair[0], ids[pair[1]]))[:count]
    rows, starts, ids = _Column(scope, "row"), _Column(scope, "start"), _Column(scope, "id")

    def place(pair: tuple[float, int]) -> tuple[Any, ...]:
        group, day, *_ = _row(scope, rows, pair[1])
        newest = -int(day or 0) if sort == "date" else 0
        return newest, -round(pair[0], 6) if sort == "date" else 0, group, starts[pair[1]], ids[pair[1]]

    return heapq.nsmallest(count, found, key=place)


def _hit(scope: Scope, score: float, number: int, wanted: Any) -> Hit:
    document = _document(scope, number)
    return Hit(document, score, snippet(document.text, wanted))


def _document(scope: Scope, number: int) -> Document:
    return Document.from_json(scope.searcher.stored_fields(number)["payload"])


class _Column:
    """A value of every document of the commit, by its number."""

    def __init__(self, scope: Scope, name: str) -> None:
        self._leaves = [
            (offset, leaf.reader().column_reader(name)) for leaf, offset in reversed(scope.searcher.leaf_searchers())
        ]

    def __getitem__(self, number: int) -> Any:
        for offset, column in self._leaves:
            if number >= offset:
                return column[number - offset]
        raise IndexError(number)

    def counts(self, numbers: Sequence[int]) -> Counter[Any]:
        """How often each value occurs among ``numbers``, which ascend."""
        counted: Counter[Any] = Counter()
        end = len(numbers)
        for offset, column in self._leaves:
            start = bisect_left(numbers, offset, hi=end)
            counted.update(column[number - offset] for number in numbers[start:end])
            end = start
        return counted


@lru_cache(maxsize=1 << 14)
def _decode(value: bytes) -> tuple[Any, ...]:
    return tuple(json.loads(value.decode("utf-8", "surrogatepass")))


def _row(scope: Scope, rows: _Column, number: int) -> Sequence[Any]:
    """The shared values of a document; from its payload where the column overflowed (at 65,535 of them)."""
    value = rows[number]
    return _decode(value) if value else row(_document(scope, number))


def _facets(scope: Scope, found: Found) -> dict[str, list[dict[str, Any]]]:
    """How many of ``found`` each speaker, collection and tag has; names that differ in case alone are one."""
    rows = _Column(scope, "row")
    counted: dict[str, dict[str, Counter[str]]] = {"speaker": {}, "collection": {}, "tag": {}}
    for value, count in rows.counts([number for _, number in found]).items():
        if not value:
            continue
        _, _, collection, speaker, tags = _decode(value)
        for name, labels in (("speaker", [speaker]), ("collection", [collection]), ("tag", tags)):
            for label in labels:
                if label:
                    counted[name].setdefault(key(label), Counter())[label] += count
    return {name: _most(values.values()) for name, values in counted.items()}


def _most(values: Iterable[Counter[str]]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"value": min(labels, key=lambda one: (-labels[one], one)), "count": labels.total()} for labels in values
    ]
    return sorted(told, key=lambda one: (-one["count"], one["value"]))[:FACET_VALUES]

"""Search over the index: what is found, in order, with snippets, times and facets.

Everything a result says (totals, facets, snippets, hints, another spelling) comes from documents the asker may
see.
"""

from __future__ import annotations

import json
import time
from bisect import bisect_right
from dataclasses import replace
from operator import itemgetter

from indexer import spelling
from indexer.compounds import with_compounds
from indexer.document import Document
from indexer.finding import find, read
from indexer.grouping import by_recording
from indexer.matching import Hits
from indexer.ordering import order_of
from indexer.plan import Scope
from indexer.request import MAX_LIMIT, SORTS, Hit, SearchRequest, SearchResult
from indexer.snippet import Marks, marks, place, snippet
from indexer.store import Index
from indexer.values import document_of, facets, value_of

__all__ = ["MAX_LIMIT", "SORTS", "Hit", "SearchRequest", "SearchResult", "search"]

MORE = 20  # moments of a recording shown beside its best


def search(index: Index, request: SearchRequest) -> SearchResult:
    """Searches the commit that ``index`` shows. Any string is a query; raises ``IndexDamaged`` alone."""
    began = time.perf_counter()
    parsed = read(request, request.query)
    hints = list(parsed.hints)
    with index.reading() as view:
        scope = Scope(view, request.asker, parsed.kind or request.kind, hints)
        if parsed.node is None and not request.filtered and parsed.kind is None:
            hints.append("Type what to look for, or name a speaker, a collection, a tag or a date to list all of it.")
            return SearchResult(request.query, 0, _since(began), hints=tuple(hints))
        parsed = replace(parsed, node=with_compounds(scope, spelling.with_near(scope, parsed.node)))
        node, found, suggestion = find(scope, request, parsed)
        order = request.sort if parsed.scored or request.sort != "relevance" else "date"
        wanted = marks(node, scope.forms)
        if request.group:
            hits, total = _recordings(scope, found, order, request, wanted)
        else:
            shown = order_of(scope, found, order, request.offset + request.limit)[request.offset :]
            hits = tuple(_hit(scope, score, number, wanted) for score, number in shown)
            total = len(found.numbers)
        counted = facets(scope, found.numbers) if request.facets else {}
    hints = list(dict.fromkeys(hints))
    return SearchResult(request.query, total, _since(began), suggestion, counted, hits, tuple(hints))


def _since(began: float) -> float:
    return round((time.perf_counter() - began) * 1000, 3)


def _recordings(
    scope: Scope, found: Hits, sort: str, request: SearchRequest, wanted: Marks
) -> tuple[tuple[Hit, ...], int]:
    """The recordings asked for, each as its best moment with the others, and how many there are."""
    recordings = by_recording(scope, found, sort)
    hits = []
    for recording in recordings[request.offset : request.offset + request.limit]:
        best, *more = [
            _hit(scope, float(found.scores[place]), int(found.numbers[place]), wanted)
            for place in recording.places[: 1 + MORE].tolist()
        ]
        hits.append(replace(best, more=tuple(more), moments=len(recording.places)))
    return tuple(hits), len(recordings)


def _hit(scope: Scope, score: float, number: int, wanted: Marks) -> Hit:
    document = document_of(scope, number)
    return Hit(document, score, snippet(document.text, wanted), _time(scope, number, document, wanted))


def _time(scope: Scope, number: int, document: Document, wanted: Marks) -> float | None:
    """When what was found is said: the start of its cue, in seconds; of the segment where the text has none of it."""
    value = value_of(scope, "cues", number)
    at = place(document.text, wanted) if value else None
    if at is None:
        return document.start
    cues: list[tuple[int, int]] = json.loads(value)
    return cues[max(0, bisect_right(cues, at, key=itemgetter(0)) - 1)][1] / 1000

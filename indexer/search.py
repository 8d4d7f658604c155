"""Search over the index: what is found, in order, with snippets, times and facets.

Everything a result says (totals, facets, snippets, hints, another spelling) comes from documents the asker may
see.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from indexer import properties, spelling
from indexer.answers import Answers
from indexer.compounds import with_compounds
from indexer.finding import filters_of, find, read
from indexer.plan import Scope
from indexer.request import MAX_LIMIT, SORTS, Hit, SearchRequest, SearchResult
from indexer.snippet import marks
from indexer.store import Index
from indexer.values import facets

if TYPE_CHECKING:
    from indexer.vectors import Embedder

__all__ = ["MAX_LIMIT", "SORTS", "Hit", "SearchRequest", "SearchResult", "search"]


def search(index: Index, request: SearchRequest, embedder: Embedder | None = None) -> SearchResult:
    """Searches the commit that ``index`` shows. Any string is a query; raises ``IndexDamaged`` alone.

    With an ``embedder`` plain words are searched by meaning too (see ``indexer.meaning``).
    """
    began = time.perf_counter()
    parsed = read(request, request.query)
    hints = list(parsed.hints)
    with index.reading() as view:
        scope = Scope(view, request.asker, parsed.kind or request.kind, hints)
        if parsed.node is None and not request.filtered and parsed.kind is None:
            hints.append("Type what to look for, or name a speaker, a collection, a tag or a date to list all of it.")
            return SearchResult(request.query, 0, since(began), hints=tuple(hints))
        asked = parsed.node
        parsed = replace(parsed, node=with_compounds(scope, spelling.with_near(scope, parsed.node)))
        node, found, suggestion, corrected = find(scope, request, parsed)
        said = found
        if embedder is not None and request.sort == "relevance":
            from indexer.meaning import with_meaning

            found = with_meaning(scope, index.folder, embedder, parsed.node, filters_of(scope, request), found)
        order = request.sort if parsed.scored or request.sort != "relevance" else "date"
        explain = None
        if request.explain:
            from indexer.explaining import Explainer  # for the searches that ask for it

            explain = Explainer(scope, request, asked, node, said)
        page = Answers(scope, request, found, order, marks(node, scope.forms), explain).page()
        counted = facets(scope, found.numbers, request.facet_values) if request.facets else {}
        for name in request.properties:
            counted[name] = properties.counted(scope, found.numbers, name, request.facet_values)
    hints = list(dict.fromkeys(hints))
    return SearchResult(
        request.query, page.total, since(began), suggestion, counted, page.hits, tuple(hints), page.next, corrected
    )


def since(began: float) -> float:
    """Milliseconds since ``began`` of ``time.perf_counter``."""
    return round((time.perf_counter() - began) * 1000, 3)

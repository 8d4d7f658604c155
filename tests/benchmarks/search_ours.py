"""The search as it is timed beside its peers: what each of them hands out, and the whole answer that is ours alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from indexer import Document
from indexer.compounds import with_compounds
from indexer.finding import find, read
from indexer.ordering import order_of
from indexer.plan import Scope
from indexer.search import SearchRequest, search
from indexer.spelling import with_near
from indexer.store import Index
from tests.benchmarks.search_peers import (
    FACETS,
    GROUPED,
    KIND,
    MERGED,
    OURS_ALONE,
    SNIPPETS,
    TOP,
    Answer,
    Asked,
)


class Ours:
    """As the peers; the whole answer has hits with their moments and snippets, hints, other spellings, the token of the
    next page.
    """

    name = "ours"

    def __init__(self, folder: Path, documents: Iterable[Document] | None) -> None:
        if documents is not None:
            with Index.create(folder, "f") as index:
                index.rewrite(_by_group(documents), 1, "f")
        self._index = Index.open(folder)

    def find(self, asked: Asked) -> Answer:
        typed, more = _typed(asked)
        request = SearchRequest(typed, limit=TOP, **more)
        if asked.kind in (SNIPPETS, *OURS_ALONE):
            return list(search(self._index, request).hits)
        parsed = read(request, request.query)  # the steps of a search up to the order, and what is stored of the best
        with self._index.reading() as view:
            scope = Scope(view, None, parsed.kind or request.kind)
            node = with_compounds(scope, with_near(scope, parsed.node))
            found = find(scope, request, replace(parsed, node=node)).hits
            return [_stored(scope, number) for _, number in order_of(scope, found, request.sort, TOP)]

    def close(self) -> None:
        self._index.close()


def _typed(asked: Asked) -> tuple[str, dict[str, Any]]:
    """The query as a person types it here, and the options that go with it."""
    words = " ".join(asked.words)
    if asked.kind.startswith("OR"):
        words = " OR ".join(asked.words)
    elif asked.kind.startswith("AND"):
        words = " AND ".join(asked.words)
    elif asked.kind == "phrase":
        words = f'"{words}"'
    elif asked.kind == "prefix":
        words += "*"
    elif asked.kind == "fuzzy":
        words += "~"
    # Snippets there are in every whole answer.
    more: dict[str, Any] = {
        name: asked.kind == kind for name, kind in (("facets", FACETS), ("group", GROUPED), ("merge", MERGED))
    }
    if asked.kind == GROUPED:
        more["more"] = 3  # moments of each beside its best, as at a terminal
    if asked.kind == KIND:
        words += " kind:segment"
    if asked.place:
        words += f" at:{asked.place[0] // 60}:{asked.place[0] % 60:02}-{asked.place[1] // 60}:{asked.place[1] % 60:02}"
    if asked.speaker:
        more["speakers"] = (asked.speaker,)
    if asked.days:
        more |= {"after": asked.days[0], "before": asked.days[1]}
    if asked.kind == "sorted by date":
        more["sort"] = "date"
    return words, more


def _stored(scope: Scope, number: int) -> str:
    leaf = scope.leaf_of(number)
    payload: str = leaf.stored(number - leaf.offset)["payload"]
    return payload


def _by_group(documents: Iterable[Document]) -> Iterable[tuple[str, list[Document]]]:
    for group, members in groupby(documents, key=lambda one: one.group):
        yield group, list(members)

"""Moments like a given one: its most telling words, searched.

The way of Lucene's and Whoosh's "more like this", after Rocchio (Relevance feedback in information retrieval, 1971):
the most telling words are a query, each as heavy as it is telling, and what has too few of them is left out. Which tell
most is by Kullback and Leibler's divergence, as Carpineto et al. (An information-theoretic approach to automatic query
expansion, 2001) have it: often said here, rarely elsewhere.
"""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from indexer import query as typed
from indexer.access import Asker
from indexer.answers import Answers
from indexer.document import Document
from indexer.finding import filters_of
from indexer.hits import NOTHING, Hits
from indexer.plan import Scope, many
from indexer.request import SearchRequest, SearchResult
from indexer.search import since
from indexer.snippet import Marks
from indexer.store import Index
from indexer.text import words
from indexer.values import facets

WORDS = 25  # of the query: as many as Lucene and Whoosh take
SHARED = 0.2  # of their weight that a moment must have
LEAST = 0.2  # of the most telling word's weight: less says nothing
CONSIDERED = 200  # words of a recording that are said most
SHORTEST = 2  # letters
MOST = 1_000  # moments of a recording that tell what it is about


T = TypeVar("T")


@dataclass(frozen=True)
class Similar:
    """The moments most like one, and the ``words`` they were looked for by, the most telling first, of weight 1."""

    words: dict[str, float]
    result: SearchResult

    def to_json(self, full: bool = False) -> dict[str, Any]:
        return {"words": {word: round(weight, 4) for word, weight in self.words.items()}} | self.result.to_json(full)


def similar(index: Index, documents: Sequence[Document], request: SearchRequest, *, apart: str | None) -> Similar:
    """The moments most like what is said in ``documents``, without these and without those of the recording ``apart``.

    ``request`` says who asks, what to filter by and how much to show; its query is only repeated.
    """
    began = time.perf_counter()
    said = [Counter(filter(_tells, words(document.text))) for document in spread(documents)]
    with index.reading() as view:
        scope = Scope(view, request.asker, request.kind)
        left_out = [typed.Keyed("id", tuple(document.id for document in documents))]
        left_out += [typed.Keyed("group", (apart,))] if apart else []
        others = (*filters_of(scope, request), *map(typed.Not, left_out))
        chosen = _telling(scope, said, others)
        found = _sharing(scope, chosen, others)
        page = Answers(scope, request, found, request.sort, Marks(frozenset(chosen)), None).page()
        counted = facets(scope, found.numbers) if request.facets else {}
    hints = () if page.total else ("Nothing else is like it: no moment shares enough of its telling words.",)
    return Similar(
        chosen,
        SearchResult(request.query, page.total, since(began), None, counted, page.hits, hints, page.next),
    )


def telling_words(index: Index, documents: Sequence[Document], asker: Asker | None) -> dict[str, float]:
    """The most telling words of ``documents``, among all that the asker may see; the highest weight as 1."""
    said = [Counter(filter(_tells, words(document.text))) for document in spread(documents)]
    with index.reading() as view:
        scope = Scope(view, asker, "all")
        left_out = typed.Keyed("id", tuple(document.id for document in documents))
        others = (typed.Not(left_out),)
        if not said or not scope.count(others[0]):  # there is nothing to compare with
            return dict.fromkeys(_together(said), 1.0)
        return _telling(scope, said, others)


def spread(moments: Sequence[T]) -> Sequence[T]:
    """At most ``MOST`` of the ``moments``, as far from each other: what a long recording is about, they say as well."""
    return moments[:: -(-len(moments) // MOST) or 1]


def _tells(word: str) -> bool:
    return len(word) >= SHORTEST and not word.isdigit()


def _together(said: Sequence[Counter[str]]) -> Counter[str]:
    """The sum of them; each ``+`` of ``sum`` would copy all before."""
    together: Counter[str] = Counter()
    for one in said:
        together.update(one)
    return together


def _telling(scope: Scope, said: Sequence[Counter[str]], others: Sequence[typed.Node]) -> dict[str, float]:
    """The most telling of the words that documents say so often, the highest weight as 1.

    How rare a word is counts among the ``others``, which may be found, and so by what the asker may see: what is hidden
    must not decide what is found.
    """
    often = _together(said)
    within = Counter(word for one in said for word in one)  # in how many of them
    everything = scope.count(typed.All(tuple(others)))
    weights: dict[str, float] = {}
    for word in sorted(often, key=lambda word: (-often[word], -len(word), word))[:CONSIDERED]:
        moments = scope.count(typed.All((typed.Keyed("text", (word,)), *others)))
        if not 0 < moments <= many(everything):
            continue
        share, elsewhere = within[word] / len(said), moments / everything
        if share > elsewhere:
            weights[word] = often[word] * math.log(share / elsewhere)
    best = sorted(weights, key=lambda word: (-weights[word], word))[:WORDS]
    return {word: weight for word in best if (weight := weights[word] / weights[best[0]]) >= LEAST}


def _sharing(scope: Scope, chosen: Mapping[str, float], others: Sequence[typed.Node]) -> Hits:
    """Which of the ``others`` have enough of the ``chosen`` words; a word adds its BM25F score times its weight."""
    found = [scope.matches(typed.All((typed.Phrase((word,)), *others))) for word in chosen]
    if not found:
        return NOTHING
    numbers, places = np.unique(np.concatenate([each.numbers for each in found]), return_inverse=True)
    weights = np.array(list(chosen.values()))
    each_weight = np.repeat(weights, [len(each.numbers) for each in found])
    scores = np.bincount(places, each_weight * np.concatenate([each.scores for each in found]), len(numbers))
    share = np.bincount(places, each_weight, len(numbers)) / weights.sum()
    enough = share >= SHARED
    return Hits(numbers[enough].astype(np.int64), scores[enough])

"""Search by meaning beside the words: moments whose vectors are near the query's, mixed with what the words found.

By reciprocal rank fusion: Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion outperforms Condorcet and individual
Rank Learning Methods", SIGIR 2009; a document is worth the sum of 1 / (60 + rank) over both lists.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from indexer import query as typed
from indexer.errors import IndexDamaged
from indexer.hits import NOTHING, Hits
from indexer.plan import Scope
from indexer.postings import Scores
from indexer.vectors import Embedder, nearness, vectors_of

K = 60  # of the paper
MOST = 50  # moments that the meaning may add


def with_meaning(
    scope: Scope, folder: Path, embedder: Embedder, node: typed.Node | None, filters: Sequence[typed.Node], found: Hits
) -> Hits:
    """``found`` by the words of ``node``, and what is nearest in meaning, by both ranks; ``found`` as it is where
    somebody says by syntax (a phrase, AND, a word left out) what must be in a hit.
    """
    text = _plain_text(node)
    if not text:
        return found
    near = nearest(scope, folder, embedder, text, [*_filters_of(node), *filters])
    if (more := int(np.isin(near.numbers, found.numbers, invert=True).sum())) > 0:
        scope.hints.append(f"{more:,} more {'was' if more == 1 else 'were'} found by meaning.")
    return fused(found, near)


def nearest(scope: Scope, folder: Path, embedder: Embedder, text: str, filters: Sequence[typed.Node]) -> Hits:
    """The ``MOST`` documents nearest to ``text`` among those that the asker may see and the filters let through.

    Nothing else is compared, or read. A segment of the index whose vectors are still to be written, or damaged, has no
    part in it.
    """
    wanted = embedder.embed([text])[0]
    if not wanted.any():
        return NOTHING
    seen = scope.matches(typed.All(tuple(filters))).numbers
    numbers, scores = [], []
    for leaf in scope.view.leaves:
        vectors = vectors_of(folder, leaf, embedder)
        if vectors is None:
            continue
        here = seen[(seen >= leaf.offset) & (seen < leaf.offset + leaf.size)]
        with suppress(IndexDamaged):  # as if it had none
            scores.append(nearness(vectors, here - leaf.offset, wanted))
            numbers.append(here)
    if not numbers:
        return NOTHING
    every, near = np.concatenate(numbers), np.concatenate(scores)
    best = np.sort(np.argsort(-near, kind="stable")[:MOST])
    best = best[near[best] > 0]
    return Hits(every[best], near[best].astype(np.float64))


def fused(one: Hits, other: Hits) -> Hits:
    """Both lists as one by reciprocal rank; 1 is the score of what is first in both."""
    numbers = np.union1d(one.numbers, other.numbers)
    scores = np.zeros(len(numbers))
    for hits in (one, other):
        scores[np.searchsorted(numbers, hits.numbers)] += (K + 1) / 2 / (K + _ranks(hits))
    return Hits(numbers, scores)


def _ranks(hits: Hits) -> Scores:
    """The place of each by its score, from 1; equal scores share a place, so that no order of writing shows."""
    scores = -np.round(hits.scores, 6)
    return 1 + np.searchsorted(np.sort(scores), scores).astype(np.float64)


def _plain_text(node: typed.Node | None) -> str:
    """The words of ``node`` where it is of plain words and filters; "" where it is not."""
    parts = node.parts if isinstance(node, typed.All) and not node.typed else (node,)
    found: list[str] = []
    for part in parts:
        if isinstance(part, typed.Alike):
            part = part.typed
        if isinstance(part, _FILTERS):
            continue
        words = part.parts if isinstance(part, typed.All) and not part.typed else (part,)
        if not all(isinstance(word, typed.Word) for word in words):
            return ""
        found += [term for word in words if isinstance(word, typed.Word) for term in word.terms]
    return " ".join(found)


_FILTERS = (typed.Title, typed.Named, typed.Keyed, typed.Recorded, typed.Within)


def _filters_of(node: typed.Node | None) -> tuple[typed.Node, ...]:
    parts = node.parts if isinstance(node, typed.All) else (node,)
    return tuple(part for part in parts if isinstance(part, _FILTERS))

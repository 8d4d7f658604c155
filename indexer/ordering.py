"""The order of hits: by relevance, day or place; equal ones always the same way."""

from __future__ import annotations

import heapq
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from indexer.columns import days, groups, starts
from indexer.leaf import Leaf
from indexer.matching import Hits
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Numbers, Scores
from indexer.values import row_of, value_of

_BY = {"relevance": ("score", "day"), "date": ("day", "score", "group", "start"), "start": ("group", "start")}
_STRETCH = 64  # scores
Key = Callable[[Numbers], Any]  # an array of what the hits at some places are sorted by


def order_of(scope: Scope, found: Hits, sort: str, count: int) -> list[tuple[float, int]]:
    """Score and number of the first ``count`` of ``found``: by score, day or place; equal ones newest first, then by
    id, however they were written.
    """
    if not len(found.numbers) or not count:
        return []
    best = highest(found.scores, count) if sort == "relevance" else np.arange(len(found.numbers))
    numbers, scores = found.numbers[best], np.round(found.scores[best], 6)
    best = np.concatenate(list(_best(scope, numbers, scores, sort, count)))
    if sort == "relevance":
        best = best[first([lambda at: -scores[best[at]]], len(best), count)]
    pairs = list(zip(scores[best].tolist(), numbers[best].tolist(), strict=True))
    alike = Counter(score for score, _ in pairs)

    def place(pair: tuple[float, int]) -> tuple[Any, ...]:
        score, number = pair
        if sort == "relevance" and alike[score] == 1:  # nothing but the score to look at
            return (-score,)
        group, day, *_ = row_of(scope, number)
        newest = -int(day or 0) if sort != "start" else 0
        if sort == "relevance":
            return -score, newest, value_of(scope, "id", number)
        at = value_of(scope, "start", number), value_of(scope, "id", number)
        return newest, -score if sort == "date" else 0, group, *at

    return heapq.nsmallest(count, pairs, key=place)


def highest(scores: Scores, count: int) -> Numbers:
    """The places of the ``count`` highest of ``scores``, of what is equal to the last of them to six digits, and of a
    few that are less: all that reach the least of the highest of so many stretches, which is quicker told than what
    the last of so many is.
    """
    highest = np.maximum.reduceat(scores, np.arange(0, len(scores), _STRETCH))
    if len(highest) <= count:
        return np.arange(len(scores))
    least = np.partition(highest, len(highest) - count)[len(highest) - count]
    return np.flatnonzero(scores >= least - 1e-6)


def _best(scope: Scope, numbers: Numbers, scores: Scores, sort: str, count: int) -> Iterator[Numbers]:
    """The places among the hits of the first ``count`` of each segment, and of some that are equal to the last."""
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        yield low + first(_keys(leaf, numbers[low:high] - leaf.offset, scores[low:high], sort), high - low, count)


def _keys(leaf: Leaf, inside: Numbers, scores: Scores, sort: str) -> Sequence[Key]:
    """What the documents ``inside`` of a segment are sorted by, ascending."""
    keys: dict[str, Key] = {
        "score": lambda at: -scores[at],
        "day": lambda at: -days(leaf)[inside[at]],
        "group": lambda at: groups(leaf)[0][inside[at]],
        "start": lambda at: starts(leaf)[inside[at]],
    }
    return [keys[name] for name in _BY[sort]]


def first(keys: Sequence[Key], size: int, count: int) -> Numbers:
    """The places of the least ``count`` of so many by ``keys``, each where those before are equal, and of all that are
    equal to the last of them; of the later keys only the values that matter are asked for.
    """
    kept = np.arange(size)
    sure = NO_NUMBERS
    for key in keys:
        left = count - len(sure)
        if len(kept) <= left:
            break
        values = key(kept)
        last = np.partition(values, left - 1)[left - 1]
        sure = np.append(sure, kept[values < last])
        kept = kept[values == last]
    return np.append(sure, kept)

"""The order of hits: by relevance, day or place; equal ones always the same way."""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

import numpy as np

from indexer.columns import days, groups, starts
from indexer.hits import Hits
from indexer.leaf import Leaf
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Numbers, Scores
from indexer.values import row_of, value_of

_BY = {"relevance": ("score", "day"), "date": ("day", "score", "group", "start"), "start": ("group", "start")}
_STRETCH = 64  # scores
_FEW = 2  # times as many as are wanted are sorted one by one
Key = Callable[[Numbers], Any]  # an array of what the hits at some places are sorted by


def order_of(scope: Scope, found: Hits, sort: str, count: int) -> list[tuple[float, int]]:
    """Score and number of the first ``count`` of ``found``: by score, day or place; equal ones newest first, then by
    id, however they were written.
    """
    if not len(found.numbers) or not count:
        return []
    if sort == "relevance":
        return _by_score(scope, found, count)
    numbers, scores = found.numbers, np.round(found.scores, 6)
    best = _best(scope, numbers, scores, sort, count)

    def place(pair: tuple[float, int]) -> tuple[Any, ...]:
        score, number = pair
        group, day, *_ = row_of(scope, number)
        before = (-int(day or 0), -score) if sort == "date" else ()
        return *before, group, value_of(scope, "start", number), value_of(scope, "id", number)

    return heapq.nsmallest(count, zip(scores[best].tolist(), numbers[best].tolist(), strict=True), key=place)


def _by_score(scope: Scope, found: Hits, count: int) -> list[tuple[float, int]]:
    """As ``order_of``; days and ids are looked up of those alone that have the same score as another."""
    best = highest(found.scores, count)
    numbers, scores = found.numbers[best], np.round(found.scores[best], 6)
    if len(numbers) > _FEW * count:
        best = np.sort(first([lambda at: -scores[at]], len(scores), count))
        numbers, scores = numbers[best], scores[best]
    if len(numbers) > _FEW * count:  # of which many are equal to the last
        best = _best(scope, numbers, scores, "relevance", count)
        numbers, scores = numbers[best], scores[best]

    def newest_first(pair: tuple[float, int]) -> tuple[Any, ...]:
        _, day, *_ = row_of(scope, pair[1])
        return -int(day or 0), value_of(scope, "id", pair[1])

    pairs = sorted(zip(scores.tolist(), numbers.tolist(), strict=True), key=itemgetter(0), reverse=True)
    ordered: list[tuple[float, int]] = []
    for _, run in groupby(pairs, key=itemgetter(0)):
        alike = list(run)
        ordered += sorted(alike, key=newest_first) if len(alike) > 1 else alike
        if len(ordered) >= count:
            break
    return ordered[:count]


def highest(scores: Scores, count: int) -> Numbers:
    """The places of the ``count`` highest of ``scores``, of what is equal to the last of them to six digits, and of a
    few that are less: all that reach the least of the highest of so many stretches, which is quicker told than what
    the last of so many is.
    """
    if len(scores) <= _STRETCH * count:
        return np.arange(len(scores))
    highest = np.maximum.reduceat(scores, np.arange(0, len(scores), _STRETCH))
    least = np.partition(highest, len(highest) - count)[len(highest) - count]
    return np.flatnonzero(scores >= least - 1e-6)


def _best(scope: Scope, numbers: Numbers, scores: Scores, sort: str, count: int) -> Numbers:
    """The places among the hits of the first ``count`` of each segment, and of some that are equal to the last."""
    found = []
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        keys = _keys(leaf, numbers[low:high] - leaf.offset, scores[low:high], sort)
        found.append(low + first(keys, high - low, count))
    return np.concatenate(found)


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

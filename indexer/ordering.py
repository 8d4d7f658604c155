"""The order of hits: by relevance, day or place; equal ones always the same way."""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np

from indexer.matching import Hits
from indexer.plan import Scope
from indexer.postings import Numbers
from indexer.values import row_of, value_of


def order_of(scope: Scope, found: Hits, sort: str, count: int) -> list[tuple[float, int]]:
    """Score and number of the first ``count`` of ``found``: by score, day or place; equal ones newest first, then by
    id, however they were written.
    """
    if not len(found.numbers) or not count:
        return []
    scores = np.round(found.scores, 6)
    numbers = found.numbers
    if sort != "start" and len(numbers) > count:  # the rest only for what may be shown
        first = scores if sort == "relevance" else _days(scope, numbers)
        best = first >= np.partition(first, len(first) - count)[len(first) - count]
        scores, numbers = scores[best], numbers[best]

    alone = sort == "relevance" and len(np.unique(scores)) == len(scores)  # nothing but the score to look at

    def place(pair: tuple[float, int]) -> tuple[Any, ...]:
        score, number = pair
        if alone:
            return (-score,)
        group, day, *_ = row_of(scope, number)
        newest = -int(day or 0) if sort != "start" else 0
        if sort == "relevance":
            return -score, newest, value_of(scope, "id", number)
        at = value_of(scope, "start", number), value_of(scope, "id", number)
        return newest, -score if sort == "date" else 0, group, *at

    return heapq.nsmallest(count, zip(scores.tolist(), numbers.tolist(), strict=True), key=place)


def _days(scope: Scope, numbers: Numbers) -> Numbers:
    """The day each of the documents ``numbers``, ascending, was recorded; (N,)."""
    found = np.zeros(len(numbers), np.int64)
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        found[low:high] = leaf.days()[numbers[low:high] - leaf.offset]
    return found

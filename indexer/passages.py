"""Neighbouring moments as one answer: segments said one after another that were all found.

A recording's segments stand in the index one after another, in the order they were said, and are replaced together.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.columns import groups
from indexer.matching import Hits
from indexer.plan import Scope
from indexer.postings import Numbers

# Segments of one answer, about a minute or two: its link opens at the first of them, and must not be far from the best.
LONGEST = 4


class Passages(NamedTuple):
    """The best hit of each passage, ascending (P,), and the numbers of its first and last segment (P,)."""

    best: Hits
    first: Numbers
    last: Numbers


def passages(scope: Scope, found: Hits) -> Passages:
    """``found`` in passages of up to ``LONGEST`` segments in a row; what is no segment is a passage of its own."""
    numbers, count = found.numbers, len(found.numbers)
    if not count:
        return Passages(found, numbers, numbers)
    begins = np.ones(count, bool)
    begins[1:] = ~_neighbours(scope, numbers)
    places = np.arange(count)
    runs = np.maximum.accumulate(np.where(begins, places, 0))
    begins |= (places - runs) % LONGEST == 0
    starts = np.flatnonzero(begins)
    ends = np.append(starts[1:], count) - 1
    scores = np.round(found.scores, 6)
    highest = np.repeat(np.maximum.reduceat(scores, starts), ends - starts + 1)
    tops = np.flatnonzero(scores == highest)  # of equal ones the first
    labels = np.cumsum(begins)[tops]
    best = tops[np.append(True, labels[1:] != labels[:-1])]
    return Passages(Hits(numbers[best], found.scores[best]), numbers[starts], numbers[ends])


def _neighbours(scope: Scope, numbers: Numbers) -> NDArray[np.bool_]:
    """Whether each of ``numbers`` but the first is the segment after the one before it, of those that the asker may
    see; (N - 1,).
    """
    next_to = np.zeros(len(numbers) - 1, bool)
    if scope.kind not in ("segment", "all"):
        return next_to
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        if high - low < 2:
            continue
        inside = numbers[low:high] - leaf.offset
        here = inside[1:] == scope.after(leaf, inside[:-1])
        if not here.any():  # and no group has to be told
            continue
        of = groups(leaf)[0][inside]
        here &= of[1:] == of[:-1]
        if scope.kind == "all":
            segments = np.isin(inside, leaf.any_of("kind", ["segment"]))
            here &= segments[1:] & segments[:-1]
        next_to[low : high - 1] = here
    return next_to

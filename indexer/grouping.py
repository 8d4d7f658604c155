"""Hits recording by recording: the best moment of each first, the others with it."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from indexer.columns import days, groups
from indexer.hits import Hits
from indexer.plan import Scope
from indexer.postings import Numbers


class Recording(NamedTuple):
    """The hits of one recording, of which the index has all documents in a row: from the place ``first`` on so many."""

    group: str
    first: int
    moments: int

    def places(self, found: Hits) -> Numbers:
        """The places (``moments``,) of its moments among the hits, the best first."""
        scores = np.round(found.scores[self.first : self.first + self.moments], 6)
        return self.first + np.argsort(-scores, kind="stable")


def by_recording(scope: Scope, found: Hits, sort: str) -> list[Recording]:
    """The recordings of ``found``: by their best moment, the newest of equal ones first, or by day or by id."""
    recordings: list[tuple[Any, ...]] = []  # what each is sorted by, and itself
    scores = np.round(found.scores, 6)
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        if low == high:
            continue
        inside = found.numbers[low:high] - leaf.offset
        codes, names = groups(leaf)
        of = codes[inside]
        firsts = np.flatnonzero(np.append(True, of[1:] != of[:-1]))
        best = -np.maximum.reduceat(scores[low:high], firsts)
        newest = -days(leaf)[inside[firsts]]
        sizes = np.diff(firsts, append=high - low)
        each = zip(of[firsts].tolist(), (low + firsts).tolist(), sizes.tolist(), strict=True)
        told = [Recording(names[code], first, size) for code, first, size in each]
        by = {"relevance": (best, newest), "date": (newest, best), "start": ()}[sort]
        recordings += zip(*[key.tolist() for key in by], told, strict=True)
    return [recording for *_, recording in sorted(recordings)]

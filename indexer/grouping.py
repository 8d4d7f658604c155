"""Hits recording by recording: the best moment of each first, the others with it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from indexer.matching import Hits
from indexer.plan import Scope
from indexer.postings import Numbers, Scores


@dataclass(frozen=True, slots=True)
class Grouped:
    """Which recording each hit is of (N,), as a number below ``count``; the places of the hits, the best first (N,)."""

    recordings: Numbers
    order: Numbers
    count: int

    def firsts(self) -> Numbers:
        """The place of the best hit of each recording, the best recording first; (count,)."""
        _, at = np.unique(self.recordings[self.order], return_index=True)
        places: Numbers = self.order[np.sort(at)]
        return places

    def others(self, first: int) -> Numbers:
        """The places of the other hits of the recording whose best is ``first``, the best first."""
        same = self.order[self.recordings[self.order] == self.recordings[first]]
        others: Numbers = same[same != first]
        return others


def grouped(scope: Scope, found: Hits, rank: Scores) -> Grouped:
    """``found`` by recording; what has the greater ``rank`` (N,) comes first, and of equal ones the first in number."""
    names: dict[str, int] = {}
    recordings = np.empty(len(found.numbers), np.int64)
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size))
        codes, values = leaf.coded_groups()
        here = codes[found.numbers[low:high] - leaf.offset]
        known = {code: names.setdefault(values[code], len(names)) for code in np.unique(here).tolist()}
        recordings[low:high] = [known[code] for code in here.tolist()]
    order = np.lexsort((found.numbers, -rank))
    return Grouped(recordings, order, len(names))

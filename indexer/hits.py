"""Documents of the index and their scores: what is found in one segment, or in the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.ascending import FEWER, as_places
from indexer.postings import Numbers, Scores, sums


class Hits(NamedTuple):
    """Document numbers (N,), ascending, and their scores (N,). Those of a word that many documents have also say which
    of the segment's it is that have it (``has``: (size,)); their scores are above 0.
    """

    numbers: Numbers
    scores: Scores
    has: NDArray[np.bool_] | None = None

    def without(self, places: Numbers) -> Hits:
        """These but those at ``places``, few."""
        if not len(places):
            return self
        kept = np.ones(len(self.numbers), bool)
        kept[places] = False
        return Hits(self.numbers[kept], self.scores[kept])  # of nearly all that is quicker than by their places

    @classmethod
    def joined(cls, parts: Sequence[Hits], offsets: Sequence[int]) -> Hits:
        """The hits of all segments, in order, by their numbers in the whole index, in which each begins at its
        offset.
        """
        ends = sums(len(part.numbers) for part in parts).tolist()
        numbers = np.empty(ends[-1], np.int64)
        for part, offset, low, high in zip(parts, offsets, ends, ends[1:], strict=False):
            np.add(part.numbers, offset, out=numbers[low:high])
        return cls(numbers, parts[0].scores if len(parts) == 1 else np.concatenate([part.scores for part in parts]))

    def among(self, visible: NDArray[np.bool_] | None) -> Hits:
        """Those of them that are ``visible`` (size,); None: all are."""
        if visible is None:
            return self
        kept = np.flatnonzero(visible[as_places(self.numbers)])
        return Hits(self.numbers[kept], self.scores[kept])

    def score_of(self, number: int) -> float | None:
        """The score of one document; None where it is not among these."""
        at = int(np.searchsorted(self.numbers, number))
        return float(self.scores[at]) if at < len(self.numbers) and self.numbers[at] == number else None

    def scores_of(self, numbers: Numbers, size: int) -> Scores:
        """The scores of ``numbers``, which are all among these hits of a segment of ``size`` documents."""
        if len(numbers) == len(self.numbers):
            return self.scores
        if len(numbers) * FEWER <= len(self.numbers):
            return self.scores[np.searchsorted(self.numbers, numbers.astype(self.numbers.dtype, copy=False))]
        wanted = np.zeros(size, bool)
        wanted[as_places(numbers)] = True
        return self.scores[np.flatnonzero(wanted[as_places(self.numbers)])]

    @property
    def kept_size(self) -> int:
        """What keeping them takes, in numbers of eight bytes."""
        return (self.numbers.nbytes + self.scores.nbytes + (0 if self.has is None else self.has.nbytes)) // 8


NOTHING = Hits(np.empty(0, np.int64), np.empty(0, np.float64))


def flat(numbers: Numbers, score: float = 0.0) -> Hits:
    """``numbers`` with one score for all."""
    return Hits(numbers, np.full(len(numbers), score))

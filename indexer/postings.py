"""Posting lists as arrays: a term's documents, weights and places, and the bounded cache they are kept in.

Segments never change, so what was read of one outlives commits.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate
from pickle import loads
from typing import Any

import numpy as np
from numpy.typing import NDArray

# What is kept, in numbers of eight bytes: so many whatever the index, and a document so many, up to so many.
KEPT, KEPT_A_DOCUMENT, MOST_KEPT = 12_000_000, 40, 48_000_000
FREED_A_DOCUMENT, MOST_FREED = 64, 31 << 20  # bytes of freed memory that are kept, half of them: see ``keep_freed``

PLACE_BITS = 24  # of a place's number: which word of the document it is; above them the document
PLACE = (1 << PLACE_BITS) - 1
Numbers = NDArray[np.signedinteger[Any]]  # of documents in one segment, ascending: 32 bits each where they are kept
Scores = NDArray[np.float64]
_COUNT = 4  # bytes before the places in a posting's value: how many they are
# As CPython pickles a list of numbers of one byte, with the count before it and without the end behind: its bytes, of
# one number, and of several without the two that each takes.
_ONE, _ROW, _END = 12, 11, b"."[0]


@dataclass(slots=True)
class Places:
    """Where a term is said: ``keys`` (M,), ascending, each the document's number and the word's in it; those of
    document number i of its posting list are from ``starts[i]`` to ``starts[i + 1]``.
    """

    keys: Numbers
    starts: Numbers

    @classmethod
    def of(cls, numbers: Numbers, values: Sequence[bytes]) -> Places:
        """Of documents (N,) and the values of their postings, as the index has them: how many places there are, in four
        bytes, and by how much each is more than the one before it, pickled.

        Nearly always each of these takes a byte: such pickles, told by how long they are, are read all at once.
        """
        if not values:
            return cls(NO_NUMBERS, _START)
        written = np.frombuffer(b"".join(values), np.uint8)
        sizes = np.fromiter(map(len, values), np.int64, len(values))
        ends = np.cumsum(sizes)
        begins = ends - sizes
        counts = np.ndarray((len(written) - _COUNT + 1,), ">u4", written, 0, (1,))[begins].astype(np.int64)
        sizes -= written[ends - 1] == _END  # which Whoosh takes off
        starts, one = sums(counts), counts == 1
        firsts = begins + np.where(one, _ONE - 2, _ROW)
        at = np.repeat(firsts - 2 * starts[:-1], counts) + 2 * np.arange(starts[-1])
        steps = written[np.minimum(at, len(written) - 1)].astype(np.int64)
        words = np.cumsum(steps)
        words -= np.repeat(np.append(0, words)[starts[:-1]], counts)
        for row in np.flatnonzero(sizes != np.where(one, _ONE, _ROW + 2 * counts)).tolist():
            words[starts[row] : starts[row + 1]] = positions(values[row])
        return cls(np.repeat(numbers.astype(np.int64) << PLACE_BITS, counts) + words, starts)

    def among(self, rows: Numbers) -> tuple[Numbers, Numbers]:
        """The numbers of words in the documents that stand at ``rows`` of the list, and how many each has."""
        counts = self.starts[rows + 1] - self.starts[rows]
        ends = np.cumsum(counts)
        at = np.arange(int(ends[-1]) if len(ends) else 0) + np.repeat(self.starts[rows] - (ends - counts), counts)
        return self.keys[at] & PLACE, counts


@dataclass(slots=True)
class Blocks:
    """A posting list in the file of postings, block by block: the ``rows`` at which each begins, and the ``bytes``;
    both (B + 1,) end where the last one ends.
    """

    rows: Numbers
    bytes: Numbers


@dataclass(slots=True)
class TermPostings:
    """The documents with a term (N,), how often each says it (N,), and where, if that was asked for."""

    numbers: Numbers
    weights: NDArray[np.float32]  # whole numbers
    blocks: Blocks
    places: Places | None = None

    def rows(self, numbers: Numbers) -> tuple[Numbers, NDArray[np.bool_]]:
        """Where each of ``numbers`` (K,) stands in the list, and whether it does."""
        rows = np.searchsorted(self.numbers, numbers.astype(self.numbers.dtype, copy=False))  # else all are turned
        rows[rows == len(self.numbers)] = 0
        return rows, self.numbers[rows] == numbers


NO_NUMBERS = np.empty(0, np.int64)
_START = np.zeros(1, np.int64)
NO_POSTINGS = TermPostings(NO_NUMBERS, np.empty(0, np.float32), Blocks(_START, _START), Places(NO_NUMBERS, _START))


class PostingCache:
    """What was read of the segments, the least used given up first."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._size, self._most = 0, KEPT

    def suit(self, documents: int) -> None:
        """Keeps what searching so many documents needs: the lists of common words grow with them."""
        self._most = max(KEPT, min(KEPT_A_DOCUMENT * documents, MOST_KEPT))
        keep_freed(min(FREED_A_DOCUMENT * documents, MOST_FREED))

    def get(self, key: tuple[Any, ...]) -> Any:
        """The value kept under ``key``; None for none."""
        if (found := self._kept.get(key)) is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: tuple[Any, ...], value: Any, size: int) -> None:
        """Keeps ``value``, which is as large as ``size`` numbers."""
        if (old := self._kept.pop(key, None)) is not None:
            self._size -= old[1]
        self._kept[key] = (value, size)
        self._size += size
        while self._size > self._most and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1][1]


def keep_freed(size: int) -> None:
    """Has the C library keep up to twice as many bytes that were freed in each of its arenas, of which threads share a
    few for each processor, instead of giving them back to the system.

    Searches make and free arrays with a number a document; taken anew from the system each page of them is a fault, a
    fourth of the time of an OR of common words. glibc keeps twice as much as the largest array that was ever freed
    (mallopt(3), M_MMAP_THRESHOLD, up to 32 MB); one that nobody writes to takes no memory. Elsewhere it is nothing.
    """
    np.empty(size, np.uint8)


def sums(counts: Iterable[int]) -> Numbers:
    """Where each of so many begins when they stand one after another, and where the last one ends."""
    return np.cumsum([0, *counts], dtype=np.int64)


@lru_cache(maxsize=1 << 16)  # most words are said once in a segment, at one of some hundred places
def positions(value: bytes) -> tuple[int, ...]:
    """Where a word is said in a document, ascending, by the value of its posting."""
    steps = value[_COUNT:] if value.endswith(b".") else value[_COUNT:] + b"."  # Whoosh takes the pickle's end off
    return tuple(accumulate(loads(steps)))  # noqa: S301  # checked against its checksum

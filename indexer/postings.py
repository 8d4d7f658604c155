"""Posting lists as arrays: a term's documents, weights and positions in one segment of the index, read block by block.

Segments never change, so what is read is kept, in a bounded cache that outlives commits. Deleted documents are in the
lists; whoever evaluates leaves them out at the end.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from whoosh import formats
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, W3LeafMatcher, _lenfield
from whoosh.util.numeric import byte_to_length

MOST_POSTINGS = 8_000_000  # kept: some 100 MB without positions

Numbers = NDArray[np.int64]  # of documents in one segment, ascending
Scores = NDArray[np.float64]
_POSITIONS = formats.Positions()
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], np.float64)


@dataclass(slots=True)
class TermPostings:
    """The documents with a term (N,), how often each says it (N,), and where, encoded as in the index."""

    numbers: Numbers
    weights: Scores
    values: Sequence[bytes] | None = None


NO_POSTINGS = TermPostings(np.empty(0, np.int64), np.empty(0, np.float64), ())


class PostingCache:
    """What was read of the segments, the least used given up first."""

    def __init__(self, most: int = MOST_POSTINGS) -> None:
        self._kept: OrderedDict[tuple[Any, ...], tuple[Any, int]] = OrderedDict()
        self._size, self._most = 0, most

    def get(self, key: tuple[Any, ...]) -> Any:
        """The value kept under ``key``; None for none."""
        if (found := self._kept.get(key)) is None:
            return None
        self._kept.move_to_end(key)
        return found[0]

    def put(self, key: tuple[Any, ...], value: Any, size: int) -> None:
        """Keeps ``value``, which is as large as ``size`` postings."""
        if (old := self._kept.pop(key, None)) is not None:
            self._size -= old[1]
        self._kept[key] = (value, size)
        self._size += size
        while self._size > self._most and len(self._kept) > 1:
            self._size -= self._kept.popitem(last=False)[1][1]


class Leaf:
    """One segment of the index as of one commit; its documents are ``offset`` and on in the whole."""

    def __init__(self, reader: Any, offset: int, cache: PostingCache) -> None:
        self.reader = reader
        self.offset = offset
        self.size = int(reader.doc_count_all())
        self._key = str(reader.segment().segment_id())
        self._cache = cache
        self._columns: dict[str, Any] = {}

    @cached_property
    def live(self) -> NDArray[np.bool_] | None:
        """Which documents are not deleted; None where all are."""
        if not self.reader.has_deletions():
            return None
        live = np.ones(self.size, bool)
        live[list(self.reader._perdoc.deleted_docs())] = False
        return live

    def alive(self, numbers: Numbers) -> Numbers:
        """Those of ``numbers`` that are not deleted."""
        return numbers if self.live is None else numbers[self.live[numbers]]

    def postings(self, name: str, term: str, *, positions: bool = False) -> TermPostings:
        """The postings of ``term`` in the field ``name``; none where it has none."""
        key = ("postings", self._key, name, term)
        found: TermPostings | None = self._cache.get(key)
        if found is None or (positions and found.values is None):
            found = self._read(name, term, positions)
            if len(found.numbers):
                self._cache.put(key, found, len(found.numbers) * (8 if positions else 1) + 8)
        return found

    def any_of(self, name: str, terms: Iterable[str]) -> Numbers:
        """The documents with any of ``terms`` in the field ``name``."""
        wanted = tuple(terms)
        if len(wanted) == 1:
            return self.postings(name, wanted[0]).numbers
        key = ("any of", self._key, name, wanted)
        found: Numbers | None = self._cache.get(key)
        if found is None:
            has = np.zeros(self.size, bool)
            for term in wanted:
                has[self._read(name, term, False).numbers] = True
            found = np.flatnonzero(has)
            self._cache.put(key, found, len(found) + 8)
        return found

    def lengths(self, name: str) -> Scores:
        """How many words the field ``name`` of each document has, as the index rounds it; (size,)."""
        key = ("lengths", self._key, name)
        found: Scores | None = self._cache.get(key)
        if found is None:
            codes = np.zeros(self.size, np.uint8)
            column = self.reader._perdoc._cached_reader(_lenfield(name), LENGTHS_COLUMN)
            if column is not None:  # a byte a document, one after another; those at the end may lack theirs
                written = np.frombuffer(bytes(column._dbfile.get(column._basepos, column._count)), np.uint8)
                codes[: len(written)] = written[: self.size]
            found = _LENGTHS[codes]
            self._cache.put(key, found, self.size)
        return found

    def column(self, name: str) -> Any:
        """The values of a column, by a document's number; reading one at a time."""
        if name not in self._columns:
            self._columns[name] = self.reader.column_reader(name)
        return self._columns[name]

    def coded(self, name: str) -> tuple[Numbers, list[Any]]:
        """For each document the place of its value in a column (size,), and the different values."""
        key = ("coded", self._key, name)
        found: tuple[Numbers, list[Any]] | None = self._cache.get(key)
        if found is None:
            codes: dict[Any, int] = {}
            column = [codes.setdefault(value, len(codes)) for value in self.column(name)]
            found = np.array(column, np.int64), list(codes)
            self._cache.put(key, found, self.size)
        return found

    def days(self) -> Numbers:
        """The day each document was recorded, as YYYYMMDD, 0 where nobody knows; (size,)."""
        key = ("days", self._key)
        found: Numbers | None = self._cache.get(key)
        if found is None:
            found = np.zeros(self.size, np.int64)
            for term in self.reader.lexicon("recorded"):
                found[self._read("recorded", term.decode(), False).numbers] = int(term)
            self._cache.put(key, found, self.size)
        return found

    def coded_groups(self) -> tuple[Numbers, list[str]]:
        """For each document the place of its group (size,), and the groups."""
        key = ("groups", self._key)
        found: tuple[Numbers, list[str]] | None = self._cache.get(key)
        if found is None:
            groups = [term.decode() for term in self.reader.lexicon("group")]
            codes = np.full(self.size, len(groups), np.int64)
            for number, group in enumerate(groups):
                codes[self._read("group", group, False).numbers] = number
            found = codes, [*groups, ""]
            self._cache.put(key, found, self.size)
        return found

    def _read(self, name: str, term: str, positions: bool) -> TermPostings:
        coded = term.encode("utf-8", "replace")
        if (name, coded) not in self.reader:
            return NO_POSTINGS
        matcher = self.reader._terms.matcher(name, coded, self.reader.schema[name].format)
        numbers: list[int] = []
        weights: list[float] = []
        values: list[bytes] = []
        for some, heavy, said in _blocks(matcher, positions):
            numbers += some
            weights += heavy
            values += said
        return TermPostings(np.array(numbers, np.int64), np.array(weights, np.float64), values if positions else None)


@lru_cache(maxsize=1 << 16)  # most words are said once in a segment, at one of some hundred places
def positions(value: bytes) -> tuple[int, ...]:
    """Where a word is said in a document, ascending, by the value of its posting."""
    return tuple(_POSITIONS.decode_positions(value))


def _blocks(matcher: Any, positions: bool) -> Iterator[tuple[Sequence[int], Sequence[float], Sequence[bytes]]]:
    """Numbers, weights and, if asked for, positions of a list's postings, as many at once as the index has together."""
    if not isinstance(matcher, W3LeafMatcher):  # of one or a few postings, kept with the term itself
        while matcher.is_active():
            yield [matcher.id()], [matcher.weight()], [matcher.value()] if positions else []
            matcher.next()
        return
    while matcher.is_active():
        matcher.id(), matcher.weight()  # has it read the block
        if positions:
            matcher.value()
        yield list(matcher._ids), list(matcher._weights), list(matcher._values) if positions else []
        matcher._next_block()


def first(searcher: Any, name: str, value: str) -> int | None:
    """The number of the first document that has ``value`` in the field ``name``."""
    for leaf, offset in searcher.leaf_searchers():
        if (name, value.encode("utf-8", "replace")) in leaf.reader():
            matcher = leaf.reader().postings(name, value)
            if matcher.is_active():
                return int(offset + matcher.id())
    return None

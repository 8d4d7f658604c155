"""One segment of the index as of one commit: its postings, terms, lengths and columns, read block by block, and kept.

Deleted documents are in the lists; whoever evaluates leaves them out at the end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, WHOOSH3_HEADER_MAGIC, _lenfield
from whoosh.columns import RefBytesColumn, VarBytesColumn
from whoosh.fields import COLUMN
from whoosh.util.numeric import byte_to_length

from indexer.blocks import blocks_of, count_of, place_of
from indexer.lists import listed, numbers_of
from indexer.offsets import SHARED, STORED, VALUES
from indexer.postings import (
    NO_NUMBERS,
    NO_POSTINGS,
    Blocks,
    Numbers,
    Places,
    PostingCache,
    Scores,
    TermPostings,
    positions,
)
from indexer.terms import Terms

LONG = 256  # blocks of a list, from which places are read of those blocks alone that are asked for ...
MANY = 4  # ... unless those are more than one document in so many
_ENTRY = 64  # numbers that what is kept takes beside what it holds, which may be nothing
_ROW = 12  # numbers that a row takes whose places are kept singly
_CODED = "utf-8", "replace"  # how a term is looked up
_LENGTHS = np.array([byte_to_length(code) for code in range(256)], np.float64)


class Leaf:
    """One segment of the index as of one commit; its documents are ``offset`` and on in the whole."""

    def __init__(self, reader: Any, offset: int, cache: PostingCache) -> None:
        self.reader = reader
        self.offset = offset
        self.size = int(reader.doc_count_all())
        self._key = str(reader.segment().segment_id())
        self._cache = cache
        self._columns: dict[str, Any] = {}
        self._terms = Terms(reader)

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

    def kept(self, key: tuple[Any, ...], make: Callable[[], Any], size: Callable[[Any], int] | None = None) -> Any:
        """What ``make`` returns, made once for this segment and ``key``; ``size``: in numbers, default that of an
        array, else one a document.
        """
        found = self._cache.get((*key, self._key))
        if found is None:
            found = make()
            numbers = size(found) if size else found.nbytes // 8 if isinstance(found, np.ndarray) else self.size
            self._cache.put((*key, self._key), found, numbers + _ENTRY)
        return found

    def postings(self, name: str, term: str, *, places: bool = False) -> TermPostings:
        """The postings of ``term`` in the field ``name``; none where it has none."""
        key = ("postings", name, term, self._key)
        found: TermPostings | None = self._cache.get(key)
        if found is None or (places and found.places is None):
            found = self._read(name, term, places)
            keys = len(found.places.keys) + len(found.numbers) if found.places else 0
            self._cache.put(key, found, len(found.numbers) + keys + len(term) // 8 + _ENTRY)
        return found

    def numbers(self, name: str, term: str) -> Numbers:
        """The documents with ``term`` in the field ``name``, where nothing else of its postings is needed."""
        if (postings := self._cache.get(("postings", name, term, self._key))) is not None:
            return cast(TermPostings, postings).numbers
        found: Numbers = self.kept(("numbers", name, term), lambda: self._numbers(name, term))
        return found

    def places(self, name: str, terms: tuple[str, ...]) -> Numbers | None:
        """Where any of ``terms`` is said, as ``Places`` has the keys, ascending; None where a list is long, see
        ``said``.
        """
        if any(len(self.postings(name, term).blocks.rows) > LONG for term in terms):
            return None

        def merged() -> Numbers:
            lists = [self.postings(name, term, places=True).places for term in terms]
            return np.sort(np.concatenate([each.keys for each in lists if each is not None]))

        found: Numbers = self.kept(("places", name, terms), merged)
        return found

    def said(self, name: str, term: str, numbers: Numbers) -> tuple[Numbers, Numbers, Numbers]:
        """Where ``term`` is said in the documents ``numbers`` (K,): which of them say it (R,), how often each of those
        does (R,), and at which word each time, ascending in each. Of a long list only the blocks they are in are read.
        """
        postings = self.postings(name, term)
        if not len(postings.numbers):
            return NO_NUMBERS, NO_NUMBERS, NO_NUMBERS
        rows, has = postings.rows(numbers)
        which, rows = np.flatnonzero(has), rows[has]
        if not len(rows):
            return NO_NUMBERS, NO_NUMBERS, NO_NUMBERS
        if len(postings.blocks.rows) <= LONG or len(rows) * MANY > len(postings.numbers):
            postings = self.postings(name, term, places=True)
        if postings.places is not None:
            words, counts = postings.places.among(rows)
            return which, counts, words
        known = self._said(name, term, postings.blocks, rows)
        said = [known[row] for row in rows.tolist()]
        counts = np.fromiter(map(len, said), np.int64, len(said))
        return which, counts, np.fromiter(chain.from_iterable(said), np.int64, int(counts.sum()))

    def _said(self, name: str, term: str, blocks: Blocks, rows: Numbers) -> dict[int, tuple[int, ...]]:
        """Where a term is said, by the row of its list: at least for ``rows``, ascending."""
        known: dict[int, tuple[int, ...]] = self.kept(("said", name, term), dict, len)
        new = [row for row in rows.tolist() if row not in known]
        of = (np.searchsorted(blocks.rows, new, side="right") - 1).tolist()
        for block, inside in groupby(zip(of, new, strict=True), key=itemgetter(0)):
            start, end = blocks.bytes[block : block + 2].tolist()
            values = next(blocks_of(self.reader._terms._postfile.get(start, end - start), 0))[1].values
            first = int(blocks.rows[block])
            known.update((row, positions(values[row - first])) for _, row in inside)
        if new:
            self._cache.put(("said", name, term, self._key), known, _ROW * len(known))
        return known

    def terms(self, name: str, prefix: str = "") -> tuple[str, ...]:
        """The terms of a field, ascending, those that begin with ``prefix``; of deleted documents too."""

        def read() -> tuple[str, ...]:
            return self._terms.beginning(name, prefix)

        found: tuple[str, ...] = self.kept(("terms", name, prefix), read, lambda terms: 4 * len(terms))
        return found

    def frequencies(self, name: str, prefix: str) -> dict[str, int]:
        """The terms of a field that begin with ``prefix``, and how many documents each has; deleted ones too."""

        def read() -> dict[str, int]:
            return self._terms.frequencies(name, prefix)

        found: dict[str, int] = self.kept(("frequencies", name, prefix), read, lambda terms: 8 * len(terms))
        return found

    def frequency(self, name: str, term: str) -> int:
        """How many documents have ``term`` in the field ``name``; deleted ones too."""
        count: int = self.kept(("frequency", name, term), lambda: self._count(name, term), lambda _: len(term) // 8)
        return count

    def _count(self, name: str, term: str) -> int:
        info = self._terms.get(name, term)
        return 0 if info is None else count_of(info)

    def first_of(self, name: str, term: str, among: NDArray[np.bool_]) -> Iterator[int]:
        """The documents with ``term``, ascending, of those ``among`` (size,); read as far as they are asked for."""
        if place := self._place(name, term):
            for _, block in blocks_of(self.reader._terms._postfile.get(*place)):
                yield from (number for number in block.numbers if among[number])

    def has(self, name: str, term: str) -> bool:
        """Whether any document has ``term`` in the field ``name``."""
        known: bool = self.kept(
            ("has", name, term), lambda: self._terms.get(name, term) is not None, lambda _: len(term) // 8
        )
        return known

    def any_of(self, name: str, terms: Iterable[str]) -> Numbers:
        """The documents with any of ``terms`` in the field ``name``."""
        wanted = tuple(terms)
        if len(wanted) == 1:
            return self.numbers(name, wanted[0])

        def read() -> Numbers:
            has = np.zeros(self.size, bool)
            for term in wanted:
                known = self._cache.get(("numbers", name, term, self._key))
                has[self._numbers(name, term) if known is None else known] = True
            return np.flatnonzero(has).astype(np.int32)

        found: Numbers = self.kept(("any of", name, wanted), read)
        return found

    def lengths(self, name: str, numbers: Numbers | slice = slice(None)) -> Scores:
        """How many words the field ``name`` of each of ``numbers`` (default: all) has, as the index rounds it."""

        def read() -> NDArray[np.uint8]:
            codes = np.zeros(self.size, np.uint8)
            column = self.reader._perdoc._cached_reader(_lenfield(name), LENGTHS_COLUMN)
            if column is not None:  # a byte a document, one after another; those at the end may lack theirs
                written = np.frombuffer(bytes(column._dbfile.get(column._basepos, column._count)), np.uint8)
                codes[: len(written)] = written[: self.size]
            return codes

        codes: NDArray[np.uint8] = self.kept(("lengths", name), read)
        return _LENGTHS[codes[numbers]]

    def stored(self, number: int) -> dict[str, Any]:
        """The stored fields of a document."""
        fields: dict[str, Any] | None = self._stored[number]
        return fields or {}

    @cached_property
    def _stored(self) -> Any:
        return self.reader._perdoc._cached_reader("_stored", STORED)

    def column(self, name: str) -> Any:
        """The values of a column, by a document's number; reading one at a time."""
        if (column := self._columns.get(name)) is None:
            field = self.reader.schema[name]
            quicker = {VarBytesColumn: VALUES, RefBytesColumn: SHARED}.get(type(field.column_type))
            column = self.reader.column_reader(name, quicker, translate=not isinstance(field, COLUMN))
            self._columns[name] = column
        return column

    def _place(self, name: str, term: str) -> tuple[int, int] | None:
        """Where a list stands in the file of postings, and how long it is; None where there is none."""
        info = self._terms.get(name, term)
        return None if info is None else place_of(info)

    def _numbers(self, name: str, term: str) -> Numbers:
        place = self._place(name, term)
        return numbers_of(self.reader._terms._postfile.get(*place)) if place else NO_NUMBERS

    def _read(self, name: str, term: str, places: bool) -> TermPostings:
        if (place := self._place(name, term)) is None:
            return NO_POSTINGS
        at, length = place
        rows, ends, numbers, weights, values = listed(self.reader._terms._postfile.get(at, length), values=places)
        where = Blocks(rows, at + np.array([len(WHOOSH3_HEADER_MAGIC), *ends]))
        return TermPostings(numbers, weights, where, Places.of(numbers, values) if places else None)


def first(reader: Any, name: str, value: str) -> int | None:
    """The number of the first document that has ``value`` in the field ``name``."""
    for leaf, offset in reader.leaf_readers():
        if (name, value.encode(*_CODED)) in leaf:
            matcher = leaf.postings(name, value)
            if matcher.is_active():
                return int(offset + matcher.id())
    return None

"""The terms of one segment and what the index says of each, in the table that Whoosh keeps them in
(``whoosh.filedb.filetables.OrderedHashReader``): one looked up, or all that begin alike, by as few reads as can be.

Whoosh reads each number of its table by itself; a query that is being typed looks hundreds of terms up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import md5
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from indexer.blocks import COUNT_AT

_CODED = "utf-8", "replace"  # how a term is looked up
_ENTRY = struct.Struct("!ii")  # before each key: its length, and that of what is kept under it
_SLOT = struct.Struct("!Iq")  # of the table of hashes: a hash, and where its entry is; 0 where there is none
_AT_ONCE = 1 << 12  # terms in a row that are read at once
_NEAR = 64  # keys: a search that has come so near to its end keeps no more of them
_AFTER = b"\xff"  # behind all that is UTF-8


class Terms:
    """The terms of the fields of a segment."""

    def __init__(self, reader: Any) -> None:
        """``reader``: Whoosh's of the segment, over a ``MappedFile``."""
        terms = reader._terms
        self._file, self._table, self._field = terms._dbfile, terms._tindex, terms._keycoder
        self._places = struct.Struct(f">{self._table.extras['indextype']}")  # of the keys, in order
        self._known: dict[int, bytes] = {}  # keys by their numbers, in the middle of where all searches look: few

    def get(self, name: str, term: str) -> bytes | None:
        """What the index says of ``term`` in the field ``name``; None where it has none."""
        key = self._field(name, term.encode(*_CODED))
        hashed = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        start, slots = self._table.tables[hashed & 255]
        slot, unpack = (hashed >> 8) % slots if slots else 0, self._file.unpack
        for _ in range(slots):
            other, at = unpack(_SLOT, start + slot * _SLOT.size)
            if not at:
                break
            if other == hashed:
                of_key, of_info = unpack(_ENTRY, at)
                entry: bytes = self._file.get(at + _ENTRY.size, of_key + of_info)
                if of_key == len(key) and entry.startswith(key):
                    return entry[of_key:]
            slot = slot + 1 if slot + 1 < slots else 0
        return None

    def beginning(self, name: str, prefix: str = "") -> tuple[str, ...]:
        """The terms of the field ``name`` that begin with ``prefix``, ascending."""
        return tuple(term for piece in self._pieces(name, prefix) for term in piece.terms)

    def frequencies(self, name: str, prefix: str) -> dict[str, int]:
        """As ``beginning``, each with how many documents have it."""
        found: dict[str, int] = {}
        for piece in self._pieces(name, prefix):
            counts = _read_at(piece.written, piece.infos + COUNT_AT, ">u4")
            found.update(zip(piece.terms, counts.tolist(), strict=True))
        return found

    def entries(self, name: str) -> Iterator[tuple[bytes, bytes]]:
        """The terms of the field ``name``, ascending, and what the index says of each."""
        for piece in self._pieces(name, ""):
            for start, info, end in zip(piece.starts.tolist(), piece.infos.tolist(), piece.ends.tolist(), strict=True):
                yield piece.written[start:info], piece.written[info:end]

    def _pieces(self, name: str, prefix: str) -> Iterator[_Piece]:
        start, of_field = self._field(name, prefix.encode(*_CODED)), len(self._field(name, b""))
        low = self._first(start)
        high = self._first(start + _AFTER, low)
        for first in range(low, high, _AT_ONCE):
            some = min(_AT_ONCE, high - first)
            written = self._file.get(self._table.indexbase + first * self._places.size, some * self._places.size)
            at = np.frombuffer(written, self._places.format).astype(np.int64)
            last = first + some
            end = self._place(last) if last < self._table.indexlen else int(self._table.endofdata)
            yield _Piece.of(self._file.get(int(at[0]), end - int(at[0])), at - at[0], of_field)

    def _place(self, number: int) -> int:
        """Where the entry of the key of this number stands."""
        return int(self._file.unpack(self._places, self._table.indexbase + number * self._places.size)[0])

    def _key(self, number: int) -> bytes:
        at = self._place(number)
        found: bytes = self._file.get(at + _ENTRY.size, self._file.unpack(_ENTRY, at)[0])
        return found

    def _first(self, start: bytes, low: int = 0) -> int:
        """The number of the first key, from ``low`` on, that is ``start`` or comes after it."""
        high, step, everywhere = self._table.indexlen, 1, not low
        while not everywhere and low + step < high and self._key(low + step) < start:  # it is near
            low, step = low + step, 2 * step
        if not everywhere:
            high = min(high, low + step)
        while low < high:
            middle = (low + high) // 2
            if (key := self._known.get(middle)) is None:
                key = self._key(middle)
                if everywhere and high - low > _NEAR:
                    self._known[middle] = key
            if key < start:
                low = middle + 1
            else:
                high = middle
        return low


class _Piece(NamedTuple):
    """Some entries in a row: their bytes, and where in these the terms start, what is said of them starts, and ends."""

    written: bytes
    starts: NDArray[np.int64]
    infos: NDArray[np.int64]
    ends: NDArray[np.int64]

    @classmethod
    def of(cls, written: bytes, at: NDArray[np.int64], of_field: int) -> _Piece:
        keys = at + _ENTRY.size
        infos = keys + _read_at(written, at, ">i4")
        return cls(written, keys + of_field, infos, np.append(at[1:], len(written)))

    @property
    def terms(self) -> list[str]:
        pairs = zip(self.starts.tolist(), self.infos.tolist(), strict=True)
        return [self.written[start:end].decode() for start, end in pairs]


def _read_at(written: bytes, places: NDArray[np.int64], kind: str) -> NDArray[Any]:
    """The numbers of four bytes at these places."""
    found: NDArray[Any] = np.ndarray((len(written) - 3,), kind, written, 0, (1,))[places]
    return found

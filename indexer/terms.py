"""The terms of one segment and what the index says of each, in the table that Whoosh keeps them in
(``whoosh.filedb.filetables.OrderedHashReader``): one looked up, or all that begin alike, by as few reads as can be.

Whoosh reads each number of its table by itself; a query that is being typed looks hundreds of terms up.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from hashlib import md5
from typing import Any

_CODED = "utf-8", "replace"  # how a term is looked up
_ENTRY = struct.Struct("!ii")  # before each key: its length, and that of what is kept under it
_SLOT = struct.Struct("!Iq")  # of the table of hashes: a hash, and where its entry is; 0 where there is none
_LEAST, _MOST = 1 << 14, 1 << 18  # bytes that are read at once of terms in a row, twice as many each time


class Terms:
    """The terms of the fields of a segment."""

    def __init__(self, reader: Any) -> None:
        """``reader``: Whoosh's of the segment, over a ``MappedFile``."""
        terms = reader._terms
        self._file, self._table, self._field = terms._dbfile, terms._tindex, terms._keycoder
        self._places = struct.Struct(f"!{self._table.extras['indextype']}")  # of the keys, in order

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

    def beginning(self, name: str, prefix: bytes | str = b"") -> Iterator[tuple[bytes, bytes]]:
        """The terms of the field ``name`` that begin with ``prefix``, ascending, and what the index says of each."""
        of_field = len(self._field(name, b""))
        start = self._field(name, prefix.encode(*_CODED) if isinstance(prefix, str) else prefix)
        at, end, size = self._first(start), self._table.endofdata, _LEAST
        while at < end:
            piece = self._file.get(at, min(size, end - at))
            place = 0
            while (begin := place + _ENTRY.size) <= len(piece):
                of_key, of_info = _ENTRY.unpack_from(piece, place)
                if (stop := begin + of_key + of_info) > len(piece):
                    break
                key = piece[begin : begin + of_key]
                if not key.startswith(start):
                    return
                yield key[of_field:], piece[begin + of_key : stop]
                place = stop
            at += place
            size = 2 * size if size < _MOST or not place else size  # a word may be as long as a document

    def _first(self, start: bytes) -> int:
        """Where the first entry stands whose key is ``start`` or comes after it; the end of them where none is."""
        unpack, get, base, step = self._file.unpack, self._file.get, self._table.indexbase, self._places.size
        low, high = 0, self._table.indexlen
        while low < high:
            middle = (low + high) // 2
            (at,) = unpack(self._places, base + middle * step)
            of_key, _ = unpack(_ENTRY, at)
            if get(at + _ENTRY.size, of_key) < start:
                low = middle + 1
            else:
                high = middle
        if low == self._table.indexlen:
            return int(self._table.endofdata)
        return int(unpack(self._places, base + low * step)[0])

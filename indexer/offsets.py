"""Columns of values of any length, opened quickly: where each begins is added up at once, shared ones are read at once.

Whoosh does it one by one, a millisecond for 20,000 documents in each column, in every segment that is opened, and ten
for 1,500 values that they share.
"""

from __future__ import annotations

from array import array
from struct import calcsize
from typing import Any
from zlib import decompress

import numpy as np
from whoosh.columns import CompressedBytesColumn, PickleColumn, RefBytesColumn, VarBytesColumn

_MOSTLY = 4096  # bytes: nearly all payloads are shorter, and zlib makes room for four times as much
_OFFSETS_TOO = "X"  # the last byte of a column that says where its values begin, and not only how long they are


class _Reader(VarBytesColumn.Reader):  # type: ignore[misc]
    def _read_offsets_and_lengths(self) -> None:
        last = self._basepos + self._length - 1
        code = chr(self._dbfile.get_byte(last))
        if code == _OFFSETS_TOO:
            super()._read_offsets_and_lengths()
            return
        self._lengths = self._dbfile.get_array(last - calcsize(code) * self._doccount, code, self._doccount)
        lengths = np.asarray(self._lengths).astype(np.int64)
        self._offsets = array("q", (np.cumsum(lengths) - lengths).tobytes())

    def __getitem__(self, number: int) -> bytes:
        if not (length := self._lengths[number]):
            return b""
        value: bytes = self._dbfile.get(self._basepos + self._offsets[number], length)
        return value


class _Values(VarBytesColumn):  # type: ignore[misc]
    Reader = _Reader


class _Packed(CompressedBytesColumn):  # type: ignore[misc]
    class Reader(CompressedBytesColumn.Reader, _Reader):  # type: ignore[misc]
        def __getitem__(self, number: int) -> bytes:
            value = _Reader.__getitem__(self, number)
            return decompress(value, bufsize=_MOSTLY) if value else value


class _Shared(RefBytesColumn):  # type: ignore[misc]
    class Reader(RefBytesColumn.Reader):  # type: ignore[misc]
        def __init__(self, dbfile: Any, basepos: int, length: int, doccount: int, fixedlen: int) -> None:
            self._last = basepos + length - 1
            super().__init__(dbfile, basepos, length, doccount, fixedlen)

        def _read_uniques(self) -> list[bytes]:
            start = self._dbfile.tell()
            written = self._dbfile.get(start, self._last - start)
            count, at = _varint(written, 0)
            found = []
            for _ in range(count):
                size, at = _varint(written, at)
                found.append(written[at : at + size])
                at += size
            return found


def _varint(written: bytes, at: int) -> tuple[int, int]:
    """The number that stands at a place, seven bits in a byte, the least first, and the place behind it."""
    found = shift = 0
    while (byte := written[at]) > 127:
        found, shift, at = found | (byte & 127) << shift, shift + 7, at + 1
    return found | byte << shift, at + 1


VALUES = _Values()  # as Whoosh's VarBytesColumn
SHARED = _Shared()  # as its RefBytesColumn
STORED = PickleColumn(_Packed())  # as its codec keeps stored fields

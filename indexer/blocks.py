"""Posting lists as Whoosh's codec lays them down (whoosh.codec.whoosh3): a term's postings to bytes and back.

Plain Whoosh reads what this writes. Left out, as no reader here uses them: the least and greatest length of a field in
each block (they serve to skip blocks of low scores, which an exact total cannot), and hard compression.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Sequence
from functools import lru_cache
from io import BytesIO
from itertools import accumulate, pairwise
from pickle import dumps, load, loads
from typing import NamedTuple

from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC
from whoosh.util.numeric import length_to_byte

_BLOCK = 128  # postings
_PICKLED = 3  # pickle's protocol, the first that has bytes; what Whoosh itself writes, 2, is read as well
_COMPRESSION = 1  # zlib's level
_COMPRESSED_FROM = 16  # postings: compressing fewer takes time and saves nothing
_LENGTH = struct.Struct("!i")
_INFO = struct.Struct("!BfIBBfIIqi")  # whoosh's W3TermInfo of a list in the file of postings
COUNT_AT = struct.calcsize("!Bf")  # where in it how many documents the list has stands, in four bytes
_NO_LENGTHS = (length_to_byte(None), length_to_byte(0))


class Postings(NamedTuple):
    """The documents with a term, ascending, how often each has it, and where, encoded (none for mere keys)."""

    numbers: list[int]
    weights: list[float]
    values: list[bytes]


def encode(postings: Postings, at: int) -> tuple[bytes, bytes]:
    """The list as it stands at the byte ``at`` of the file of postings, and what the index of terms says of it."""
    numbers, weights, values = postings
    count = len(numbers)
    if count <= _BLOCK:
        parts = [_block(numbers, weights, values, count >= _COMPRESSED_FROM, last=True)]
    else:
        last = (count - 1) // _BLOCK * _BLOCK
        parts = [
            _block(numbers[n : n + _BLOCK], weights[n : n + _BLOCK], values[n : n + _BLOCK], True, last=n == last)
            for n in range(0, count, _BLOCK)
        ]
    written = b"".join([WHOOSH3_HEADER_MAGIC, *parts])
    info = _INFO.pack(
        0, sum(weights), count, *_NO_LENGTHS, max(weights), numbers[0], numbers[-1], at, len(written)
    )  # fmt: skip
    return written, info


def _block(
    numbers: Sequence[int], weights: Sequence[float], values: Sequence[bytes], compress: bool, *, last: bool
) -> bytes:
    count = len(numbers)
    heaviest = weights[0]
    if count == 1:
        same: float | tuple[float, ...] | None = None if heaviest == 1.0 else heaviest
        deltas: tuple[int, ...] = (numbers[0],)
    else:
        deltas = (numbers[0], *[b - a for a, b in pairwise(numbers)])
        if weights.count(heaviest) == count:
            same = None if heaviest == 1.0 else heaviest
        else:
            same, heaviest = tuple(weights), max(weights)
    data = dumps((deltas, same, tuple(values) if values else None), _PICKLED)
    if compress:
        data = zlib.compress(data, _COMPRESSION)
    info = _head(count, numbers[-1], heaviest, _COMPRESSION if compress else 0)
    length = len(info) + len(data)
    return _LENGTH.pack(-length if last else length) + info + data


@lru_cache(maxsize=4096)  # most lists hold one posting, and those of one document have one head
def _head(count: int, last: int, heaviest: float, compression: int) -> bytes:
    return dumps((count, last, heaviest, compression, *_NO_LENGTHS), 2)


def place_of(info: bytes) -> tuple[int, int]:
    """Where in the file of postings a list stands, by what the index of terms says of it: its byte, its length."""
    _, _, _, _, _, _, _, _, at, length = _INFO.unpack(info)
    return at, length


def count_of(info: bytes) -> int:
    """How many documents a list has, by what the index of terms says of it."""
    count: int = _INFO.unpack(info)[2]
    return count


def decode(written: bytes) -> Iterator[Postings]:
    """The blocks of a list that ``encode`` wrote."""
    return (block for _, block in blocks_of(written))


def blocks_of(written: bytes, at: int = len(WHOOSH3_HEADER_MAGIC)) -> Iterator[tuple[int, Postings]]:
    """Each block of a list, and the byte after its end; ``at``: where the first of them begins in ``written``."""
    for end, size, deltas, weights, values in raw_blocks(written, at):
        if not isinstance(weights, tuple):
            weights = (1.0 if weights is None else weights,) * size
        yield end, Postings(list(accumulate(deltas)), list(weights), list(values or ()))


class RawBlock(NamedTuple):
    """A block of ``size`` postings as it is written, and the byte after its ``end``: its first document and by how much
    each is more than the one before it; weights as far as they differ, None where each is 1.
    """

    end: int
    size: int
    deltas: tuple[int, ...]
    weights: tuple[float, ...] | float | None
    values: tuple[bytes, ...] | None


def raw_blocks(written: bytes, at: int = len(WHOOSH3_HEADER_MAGIC)) -> Iterator[RawBlock]:
    """As ``blocks_of``."""
    file = BytesIO(written)
    file.seek(at)
    while head := file.read(_LENGTH.size):
        begin = file.tell()
        (length,) = _LENGTH.unpack(head)
        count, _, _, compression, _, _ = load(file)  # noqa: S301  # checked against its checksum
        data = file.read(abs(length) - (file.tell() - begin))
        yield RawBlock(file.tell(), count, *loads(zlib.decompress(data) if compression else data))  # noqa: S301

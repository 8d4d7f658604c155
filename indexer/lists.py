"""Posting lists as arrays, read as far as they are asked for: the documents, how often each has the term, and where.

A block of a list is a pickle of three things: by how much each document is more than the one before it, how often it
has the term, and where, which is most of it. The first of them are read off its beginning, a tenth of the time.
"""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Sequence
from itertools import chain
from pickle import loads
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from whoosh.codec.whoosh3 import WHOOSH3_HEADER_MAGIC

from indexer.blocks import RawBlock, raw_blocks

_LENGTH = struct.Struct("!i")
# As CPython's pickle writes them: whole numbers of one, two and four bytes, in a tuple which is the first to be kept in
# mind; a block's head, of which it matters how many postings there are and whether they are compressed.
_WHOLE = rb"(?:(?:K.)++|M..|J....)"
_HEAD = re.compile(rb"\x80\x02\(K(.)" + _WHOLE + rb"G.{8}K(.)K.K.tq\x00\.", re.DOTALL)
_STEPS = re.compile(rb"\x80[\x02\x03]\(?(" + _WHOLE + rb"++)[t\x85-\x87]q\x00", re.DOTALL)
_KEPT = b"tq\x00"  # behind the steps: they are a tuple, and the first thing to be kept in mind
_BEFORE, _STEP, _LONG_STEP, _WEIGHT = 16, 3, 5, 9  # bytes: of all else, of a step, of a very long one, of a weight
_ONE = b"G" + struct.pack(">d", 1.0)
_FLOAT = np.dtype([("sign", "V1"), ("weight", ">f8")])


class Listed(NamedTuple):
    """A whole list: at which row each block begins, and where the last ends (B + 1,); the byte after the end of each
    (B,); the documents (N,) and how often each has the term (N,); and where, (N,) if that was asked for.
    """

    rows: NDArray[np.int64]
    ends: list[int]
    numbers: NDArray[np.int32]
    weights: NDArray[np.float32]
    values: Sequence[bytes] = ()


class _Block(NamedTuple):
    """The beginning of a block: its steps as they are pickled, ``short`` where each takes one byte, the weights, if
    those were asked for; and the byte after its end.
    """

    size: int
    steps: bytes
    short: bool
    weights: bytes
    end: int


class _OtherwiseError(Exception):
    """Something else than CPython has pickled this."""


def numbers_of(written: bytes) -> NDArray[np.int32]:
    """The documents of a list that ``indexer.blocks.encode`` wrote."""
    try:
        return _numbers(_blocks(written, weights=False))
    except _OtherwiseError:
        return _unpickled(written).numbers


def listed(written: bytes, *, values: bool) -> Listed:
    """The list that ``indexer.blocks.encode`` wrote."""
    if values:
        return _unpickled(written)
    try:
        blocks = _blocks(written, weights=True)
    except _OtherwiseError:
        return _unpickled(written)
    weights = np.frombuffer(b"".join([block.weights for block in blocks]), _FLOAT)["weight"].astype(np.float32)
    return Listed(_rows(blocks), [block.end for block in blocks], _numbers(blocks), weights)


def _unpickled(written: bytes) -> Listed:
    blocks = list(raw_blocks(written))
    rows = _rows(blocks)
    steps = np.fromiter(chain.from_iterable(block.deltas for block in blocks), np.int64, int(rows[-1]))
    weights = (each if isinstance(each := block.weights, tuple) else (each or 1.0,) * block.size for block in blocks)
    return Listed(
        rows,
        [block.end for block in blocks],
        _summed(steps, blocks),
        np.fromiter(chain.from_iterable(weights), np.float32, int(rows[-1])),
        [value for block in blocks for value in block.values or ()],
    )


def _rows(blocks: Sequence[_Block | RawBlock]) -> NDArray[np.int64]:
    return np.cumsum([0, *(block.size for block in blocks)])


def _blocks(written: bytes, *, weights: bool) -> list[_Block]:
    found, at = [], len(WHOOSH3_HEADER_MAGIC)
    while at < len(written):
        (length,) = _LENGTH.unpack_from(written, at)
        begin, at = at + _LENGTH.size, at + _LENGTH.size + abs(length)
        if (head := _HEAD.match(written, begin)) is None:
            raise _OtherwiseError
        size, data = head[1][0], written[head.end() : at]
        if head[2][0]:
            data = _inflated(data, size, weights)
        steps, short, behind = _steps(data, size)
        found.append(_Block(size, steps, short, _weights(data, behind, size) if weights else b"", at))
    return found


def _inflated(data: bytes, size: int, weights: bool) -> bytes:
    """As much of the beginning as is needed, nearly always."""
    inflate = zlib.decompressobj()
    if weights:
        return inflate.decompress(data, _BEFORE + (_LONG_STEP + _WEIGHT) * size)
    found = inflate.decompress(data, _BEFORE + _STEP * size)
    if _is_short(found, size) or _KEPT in found:
        return found
    return found + inflate.decompress(inflate.unconsumed_tail, (_LONG_STEP - _STEP) * size)


def _is_short(data: bytes, size: int) -> bool:
    """Whether each of the steps, more than three, takes one byte."""
    return data[3 : 3 + 2 * size : 2] == b"K" * size and data.startswith(_KEPT, 3 + 2 * size)


def _steps(data: bytes, size: int) -> tuple[bytes, bool, int]:
    """The steps, whether each of them takes one byte, and where they end."""
    if _is_short(data, size):
        return data[3 : 3 + 2 * size], True, 6 + 2 * size
    if (found := _STEPS.match(data)) is None:
        raise _OtherwiseError
    return found[1], False, found.end()


def _weights(data: bytes, at: int, size: int) -> bytes:
    """The weights of a block: of each, one for all, or none where each is 1."""
    if data[at : at + 1] == b"N":
        return _ONE * size
    begin = at + 1 if data[at : at + 1] == b"(" else at
    told, end = data[begin : begin + _WEIGHT * size], begin + _WEIGHT * size
    if told[::_WEIGHT] == b"G" * size and data[end : end + 1] in (b"t", b"\x86", b"\x87"):
        return told
    if begin > at or told[:1] != b"G":
        raise _OtherwiseError
    return told[:_WEIGHT] * size


def _numbers(blocks: Sequence[_Block]) -> NDArray[np.int32]:
    steps = b"".join([block.steps for block in blocks])
    if all(block.short for block in blocks):
        return _summed(np.frombuffer(steps, np.uint8)[1::2], blocks)
    told = loads(b"(" + steps + b"t.")  # noqa: S301  # whole numbers alone
    return _summed(np.fromiter(told, np.int64, len(told)), blocks)


def _summed(steps: NDArray[Any], blocks: Sequence[_Block | RawBlock]) -> NDArray[np.int32]:
    """The documents, of which each block begins with one as it is."""
    numbers = steps.cumsum(dtype=np.int64)
    if len(blocks) > 1:
        numbers -= np.repeat((numbers - steps)[_rows(blocks)[:-1]], [block.size for block in blocks])
    return numbers.astype(np.int32)

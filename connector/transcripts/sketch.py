"""A few numbers of a transcript that another version of it shares many of, so that an index finds candidates.

Bottom-k sketches (Broder 1997) of its runs of words. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.transcript import Cue
from connector.transcripts.typography import typewritten

SKETCH_SIZE = 64
SKETCH_SHARED = 6  # numbers two sketches share at least, where the transcripts are worth comparing
MIN_WORDS = 20  # with fewer words, likeness is chance: only equal cues are one recording then
RUN = 4  # words; shorter runs are in every talk ("at the end"), and say little

# Ideographs are words of one character: programs cut Chinese and Japanese into lines as they please.
_WORD = re.compile(r"[\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]|[^\W_\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff]+")
_NO_SIGNS = bytes(code if chr(code).isalnum() else ord(" ") for code in range(128)).ljust(256)
_SOME = 16 * SKETCH_SIZE  # of the smallest runs, so that enough differ
_MIX = tuple(map(np.uint64, (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5)))

Hashes = NDArray[np.uint64]


def sketch(cues: Sequence[Cue]) -> tuple[int, ...]:
    """The smallest hashes of the runs of four words, ascending, at most ``SKETCH_SIZE``; none of a short transcript.

    The share of equal numbers in two sketches estimates the share of runs the transcripts have in common.
    """
    words = words_in(" ".join([cue.text for cue in cues]))
    if len(words) < MIN_WORDS:
        return ()
    runs = runs_of(codes_of(words), RUN)
    smallest = np.unique(np.partition(runs, _SOME)[:_SOME] if len(runs) > _SOME else runs)
    if len(smallest) < SKETCH_SIZE < len(runs):  # hardly anything but repetitions
        smallest = np.unique(runs)
    # 63 bits: SQLite's integers are signed
    return tuple((smallest[:SKETCH_SIZE] >> np.uint64(1)).tolist())


def words_in(text: str) -> list[bytes]:
    """The words of ``text`` in lower case, as UTF-8."""
    text = typewritten(text.lower())
    if text.isascii():
        return text.encode().translate(_NO_SIGNS).split()
    return "\n".join(_WORD.findall(text)).encode("utf-8", "surrogatepass").split()


def codes_of(words: Sequence[bytes]) -> Hashes:
    """A number of each word; (words,)."""
    return np.fromiter(map(_Codes().__getitem__, words), np.uint64, len(words))


class _Codes(dict[bytes, int]):
    """The numbers of the words asked for. Most words come many times: each is hashed once."""

    def __missing__(self, word: bytes) -> int:
        code = self[word] = crc32(word)
        return code


def runs_of(codes: Hashes, size: int) -> Hashes:
    """A hash of each run of ``size`` words; (words - size + 1,)."""
    count = max(0, len(codes) - size + 1)
    mixed = np.zeros(count, np.uint64)
    for place in range(size):
        mixed = (mixed ^ codes[place : place + count]) * _MIX[place]
        mixed ^= mixed >> np.uint64(29)
    return mixed

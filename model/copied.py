"""What a sample has of the text its model read: words, and the longest run letter by letter.

In one pass, piece by piece, so that the text may be larger than the memory. This module must not know models, reports.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Scripts that are written without spaces: Thai to Myanmar, Khmer, kana, Chinese characters. What stands between two
# signs there is a clause, and whether the text has it says nothing.
UNSPACED = r"\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3005-\u30ff\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
WORD = re.compile(rf"[^\W\d_{UNSPACED}]+(?:['’][^\W\d_{UNSPACED}]+)*")
WORDS_FROM = 10_000_000  # characters of the text that words are looked up in: what is not there is no common word
RUN = 8  # characters of the windows that are compared; a shorter longest run is looked for in a block alone
BLOCK = 1 << 18  # characters of the text at once, more than a sample has

Hashes = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Heard:
    """What samples have of a text: the mean share of their words, in [0, 1], None where none has words to look up, and
    the longest run copied.
    """

    known: float | None
    copied: str


def compare(samples: Sequence[str], text: Iterable[str]) -> Heard:
    """Compares `samples` (at least one) with a text that comes in pieces."""
    wanted = {word for sample in samples for word in words_of(sample)}
    missing, runs, read = set(wanted), _Runs(samples), 0
    for piece in text:
        if missing and read < WORDS_FROM:
            missing.difference_update(word.casefold() for word in set(WORD.findall(piece)))
        read += len(piece)
        runs.read(piece)
    known = wanted - missing
    shares = [share for sample in samples if (share := known_word_share(sample, known)) is not None]
    return Heard(sum(shares) / len(shares) if shares else None, runs.longest())


def words_of(sample: str) -> list[str]:
    """The sample's words, case folded, of scripts that have spaces between them; its first and last may be cut, and are
    left out.
    """
    return WORD.findall(sample.casefold())[1:-1]


def known_word_share(sample: str, words: Iterable[str]) -> float | None:
    """Share in [0, 1] of the sample's words, its first and last aside, that are among `words` (case folded); None where
    it has no others.
    """
    vocabulary = words if isinstance(words, (set, frozenset)) else frozenset(words)
    found = words_of(sample)
    return sum(word in vocabulary for word in found) / len(found) if found else None


def longest_copied(sample: str, text: str) -> str:
    """The longest piece of `sample` that is in `text` letter by letter; the first of several.

    Two pointers: the end only moves on, so it costs at most two searches a character.
    """
    longest, start = "", 0
    for end in range(1, len(sample) + 1):
        while end - start > len(longest) and sample[start:end] not in text:
            start += 1
        if end - start > len(longest):
            longest = sample[start:end]
    return longest


class _Runs:
    """The longest run of any sample that a text has, as far as it was read.

    Wherever RUN characters on end are some sample's, by their hashes, a run may lie; the longest such places are looked
    at themselves. So a text costs a few passes of numpy, and the result is exact.
    """

    def __init__(self, samples: Sequence[str]) -> None:
        self._samples = samples
        self._overlap = max(map(len, samples))  # a run may begin in one block and end in the next
        each = [_hashes(sample) for sample in samples]
        hashes = np.concatenate(each)
        order = np.argsort(hashes)
        self._own, self._owners = hashes[order], np.repeat(np.arange(len(each)), [len(one) for one in each])[order]
        self._may_be = np.zeros(1 << 16, dtype=bool)  # by a hash's first bits: rules out nearly all at once
        self._may_be[self._own >> _FIRST_BITS] = True
        self._longest, self._waiting, self._first = "", "", ""

    def read(self, piece: str) -> None:
        text, at = self._waiting + piece, 0
        while len(text) - at >= BLOCK:
            self._look(text[at : at + BLOCK])
            at += BLOCK - self._overlap
        self._waiting = text[at:]

    def longest(self) -> str:
        self._look(self._waiting)
        self._waiting = ""
        if not self._longest and self._samples:
            return max((longest_copied(sample, self._first) for sample in self._samples), key=len)
        return self._longest

    def _look(self, text: str) -> None:
        self._first = self._first or text
        for start, end in self._places(text):
            if end - start <= len(self._longest):
                return
            place = text[start:end]
            for number in self._likely(place):
                self._longest = max(self._longest, longest_copied(self._samples[number], place), key=len)

    def _likely(self, place: str) -> list[int]:
        """The samples that may share a run with ``place`` which is longer than the longest there is."""
        hashes = _hashes(place)
        first, last = (np.searchsorted(self._own, hashes, side) for side in ("left", "right"))
        owners = np.concatenate([self._owners[a:b] for a, b in zip(first.tolist(), last.tolist(), strict=True)])
        shared = np.bincount(owners, minlength=len(self._samples))
        return np.flatnonzero(shared > len(self._longest) - RUN).tolist()

    def _places(self, text: str) -> Iterator[tuple[int, int]]:
        """Where a run may lie, the longest first."""
        hashes = _hashes(text)
        hits = np.flatnonzero(self._may_be[hashes >> _FIRST_BITS])
        hits = hits[np.isin(hashes[hits], self._own)]
        if len(hits):
            ends = np.append(np.flatnonzero(np.diff(hits) > 1), len(hits) - 1)
            lengths = np.diff(ends, prepend=-1)
            for place in np.argsort(-lengths, kind="stable").tolist():
                end = int(hits[ends[place]]) + RUN
                yield end - RUN + 1 - int(lengths[place]), end


_FIRST_BITS = np.uint64(48)
_FACTOR = 0x9E3779B97F4A7C15


def _hashes(text: str) -> Hashes:
    """Of every RUN characters on end: those of one, two, four and eight, each put together of two of the last."""
    hashes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4").astype(np.uint64)
    width = 1
    while width < RUN:
        factor = np.uint64(pow(_FACTOR, width, 1 << 64))
        hashes = hashes[:-width] * factor + hashes[width:]
        width *= 2
    return hashes

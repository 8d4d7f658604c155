"""Which character is which number. A vocabulary only grows: a number, once given, keeps its character.

Encoding is a table look-up over UTF-32 code points, so it costs a memory read a character. This module
must not know torch, files or documents.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

UNKNOWN, SEPARATOR = 0, 1
RESERVED = "\ufffd\x1e"  # replacement character; the ASCII record separator stands before every document
MINIMUM_COUNT = 2  # a character seen once in all the text teaches nothing but a name or a typing error
MAXIMUM_SIZE = 4096  # keeps embedding and head below the size of the rest, whatever the script

Ids = npt.NDArray[np.uint16]


class Vocabulary:
    """An immutable, ordered alphabet. Number 0 is "unknown", number 1 separates documents."""

    kind = "characters"

    def __init__(self, characters: str = RESERVED) -> None:
        """Raises ValueError unless `characters` starts with the reserved two and has no duplicates."""
        if not characters.startswith(RESERVED):
            raise ValueError("a vocabulary starts with the reserved characters")
        if len(set(characters)) != len(characters) or len(characters) > MAXIMUM_SIZE:
            raise ValueError(f"a vocabulary has at most {MAXIMUM_SIZE} characters and each of them once")
        if any("\ud800" <= c <= "\udfff" for c in characters):
            raise ValueError("a vocabulary holds no surrogates: they are no characters")
        self.characters = characters

    def __len__(self) -> int:
        return len(self.characters)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self.characters == other.characters

    def __hash__(self) -> int:
        return hash(self.characters)

    def __contains__(self, character: str) -> bool:
        return character in self.characters

    def grown(self, texts: Iterable[str]) -> Vocabulary:
        """This vocabulary with the characters of `texts` it lacks appended, the most frequent first.

        Characters that occur less than MINIMUM_COUNT times stay unknown, and so does, beyond
        MAXIMUM_SIZE, what is rarest.
        """
        counts = _counts(texts)
        counts[_code_points(self.characters)] = 0
        counts[0xD800:0xE000] = 0
        fresh = np.flatnonzero(counts >= MINIMUM_COUNT)
        fresh = fresh[np.argsort(-counts[fresh], kind="stable")][: MAXIMUM_SIZE - len(self)]
        return Vocabulary(self.characters + "".join(map(chr, fresh)))

    def extends(self, other: object) -> bool:
        """Whether every number of `other` means the same here."""
        return isinstance(other, Vocabulary) and self.characters.startswith(other.characters)

    def encode(self, text: str) -> Ids:
        """Numbers of `text`, one a character; what the vocabulary lacks becomes UNKNOWN."""
        ids: Ids = self._table[_code_points(text)]
        return ids

    def decode(self, ids: Sequence[int] | npt.NDArray[np.integer]) -> str:
        """Text of `ids`, one character each."""
        points = self._points[np.asarray(ids, dtype=np.int64)]
        return points.tobytes().decode("utf-32-le")

    def to_json(self) -> dict[str, Any]:
        """What `tokenizer.from_json` makes it of."""
        return {"characters": self.characters}

    @cached_property
    def lengths(self) -> npt.NDArray[np.uint16]:
        """How many characters each number stands for."""
        return np.ones(len(self), dtype=np.uint16)

    @cached_property
    def _points(self) -> npt.NDArray[np.uint32]:
        return _code_points(self.characters)

    @cached_property
    def _table(self) -> Ids:
        table = np.full(0x110000, UNKNOWN, dtype=np.uint16)
        table[self._points] = np.arange(len(self), dtype=np.uint16)
        return table


def alphabet(texts: Iterable[str]) -> str:
    """Every character of the texts once, in the order of their code points."""
    return "".join(map(chr, np.flatnonzero(_counts(texts))))


def unigram(texts: Iterable[str]) -> float:
    """Entropy of the characters one by one, in nats: what is left of a model that knows no more than their shares."""
    counts = _counts(texts)
    shares = counts[counts > 0] / max(1, counts.sum())
    return float(-(shares * np.log(shares)).sum())


def _counts(texts: Iterable[str]) -> npt.NDArray[np.int64]:
    """How often each code point occurs (0x110000,)."""
    counts = np.zeros(0x110000, dtype=np.int64)
    for text in texts:
        found = np.bincount(_code_points(text))
        counts[: len(found)] += found
    return counts


def _code_points(text: str) -> npt.NDArray[np.uint32]:
    # surrogatepass: a lone surrogate in a damaged text is a character like any unknown one, not an error
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")

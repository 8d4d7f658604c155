"""A byte-pair vocabulary: frequent pieces of words as one number each, everything else byte by byte.

tiktoken puts a word's bytes together; since a text says the same words over and over, each is asked of it once and
then looked up. Bytes cover every text, so nothing is unknown and the vocabulary never grows. This module must not know
torch, files or documents, nor how a vocabulary is learned.
"""

from __future__ import annotations

import codecs
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from model.vocab import MAXIMUM_SIZE, RESERVED, Ids
from model.words import PATTERN, Keys, Places, blocks, keys, utf8, words

if TYPE_CHECKING:
    from tiktoken import Encoding

BYTES = [bytes([byte]) for byte in range(256)]


class BytePairs:
    """An immutable vocabulary: the reserved two, the bytes, then the tokens put together of those before them."""

    kind = "bpe"
    characters = RESERVED  # those with a number of their own, as in a vocabulary of characters

    def __init__(self, joined: Sequence[bytes] = ()) -> None:
        """`joined` in the order they were learned. Raises ValueError where one is not two of those before it."""
        known = set(BYTES)
        for token in joined:
            if token in known or not any(token[:i] in known and token[i:] in known for i in range(1, len(token))):
                raise ValueError(f"{token!r} is no pair of the tokens before it")
            known.add(token)
        if len(known) + len(RESERVED) > MAXIMUM_SIZE:
            raise ValueError(f"a vocabulary has at most {MAXIMUM_SIZE} tokens")
        self.joined = tuple(joined)

    def __len__(self) -> int:
        return len(RESERVED) + len(BYTES) + len(self.joined)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, BytePairs) and self.joined == other.joined

    def __hash__(self) -> int:
        return hash(self.joined)

    def extends(self, other: object) -> bool:
        """Whether every number of `other` means the same here."""
        return self == other

    def encode(self, text: str) -> Ids:
        """Numbers of `text`; half a surrogate pair is read as the replacement character."""
        parts = [self._words.numbers(data, starts) for data, starts in blocks(utf8(text))]
        return np.concatenate(parts) if parts else np.empty(0, dtype=np.uint16)

    def decode(self, ids: Sequence[int] | npt.NDArray[np.integer]) -> str:
        """Text of `ids`: bytes that are no UTF-8 become the replacement character, half a one at the end nothing."""
        data = b"".join(self.tokens[number] for number in np.asarray(ids, dtype=np.int64).tolist())
        return codecs.getincrementaldecoder("utf-8")("replace").decode(data)

    def to_json(self) -> dict[str, Any]:
        """What `tokenizer.from_json` makes it of: each byte as the character of Latin-1, since JSON has no bytes."""
        return {"bpe": [token.decode("latin-1") for token in self.joined]}

    @cached_property
    def tokens(self) -> tuple[bytes, ...]:
        """The bytes each number stands for."""
        return (*(character.encode() for character in RESERVED), *BYTES, *self.joined)

    @cached_property
    def lengths(self) -> npt.NDArray[np.uint16]:
        """How many characters each number stands for: a character counts where its first byte is."""
        return np.array([sum(byte & 0xC0 != 0x80 for byte in token) for token in self.tokens], dtype=np.uint16)

    @cached_property
    def encoding(self) -> Encoding:
        """The same as tiktoken has it, built of the tokens alone."""
        from tiktoken import Encoding

        ranks = {token: number for number, token in enumerate(self.tokens) if number >= len(RESERVED)}
        return Encoding(f"bpe{len(self)}", pat_str=PATTERN, mergeable_ranks=ranks, special_tokens={})

    @cached_property
    def _words(self) -> _Words:
        return _Words(self.encoding)


class _Words:
    """The numbers of the words met so far, one word's behind the other's, and a table that says where they are."""

    def __init__(self, encoding: Encoding) -> None:
        self._encoding = encoding
        self._forget()

    def _forget(self) -> None:
        self._numbers: Ids = np.empty(0, dtype=np.uint16)
        self._table = np.zeros((PLACES, 2), dtype=np.uint64)  # a word's key; where its numbers are, and how many

    def numbers(self, data: bytes, starts: Places) -> Ids:
        """Of all words of a block."""
        if len(self._numbers) > MOST:
            self._forget()
        wanted = keys(data, starts)
        found, new = self._find(wanted)
        if len(new):
            distinct, first, again = np.unique(wanted[new], return_index=True, return_inverse=True)
            found[new] = self._learn(distinct, words(data, starts, new[first]))[again]
        first, count = (found >> _HALF).view(np.int64), (found & _LOWER).view(np.int64)
        before = np.cumsum(count) - count  # numbers of the words before each
        each = np.repeat(first - before, count)
        each += np.arange(len(each))
        return self._numbers.take(each)

    def _find(self, wanted: Keys) -> tuple[Keys, Places]:
        """What the table says of these words, and which of them it does not have."""
        rows = self._table.take(_places(wanted, 0), axis=0)
        found, new = rows[:, 1].copy(), np.flatnonzero(rows[:, 0] != wanted)
        for probe in range(1, PROBES):
            rows = self._table.take(_places(wanted[new], probe), axis=0)
            found[new], new = rows[:, 1], new[rows[:, 0] != wanted[new]]
        return found, new

    def _learn(self, distinct: Keys, met: list[bytes]) -> Keys:
        """Asks tiktoken for words that the table does not have; what it says of them from now on."""
        rows = [self._encoding.encode_ordinary(word.decode()) for word in met]
        count = np.array([len(row) for row in rows], dtype=np.uint64)
        first = np.cumsum(count) - count + np.uint64(len(self._numbers))
        self._numbers = np.append(self._numbers, np.array([n for row in rows for n in row], dtype=np.uint16))
        told: Keys = first << _HALF | count
        left = np.arange(len(rows))
        for probe in range(PROBES):  # where no place is free the word is asked for again the next time
            places = _places(distinct[left], probe)
            free = self._table[places, 0] == 0
            self._table[places[free]] = np.stack([distinct[left[free]], told[left[free]]], axis=1)
            left = left[self._table[places, 0] != distinct[left]]
        return told


PLACES = 1 << 18  # of the table, which serves texts of ten million characters and more
MOST = 1 << 20  # numbers kept before all is forgotten: words that come once would fill the memory
_HALF, _LOWER = np.uint64(32), np.uint64((1 << 32) - 1)
_FACTORS = np.array([0xD6E8FEB86659FD93, 0x9FB21C651E98DF25, 0xC2B2AE3D27D4EB4F], dtype=np.uint64)
PROBES = len(_FACTORS)  # places in which a word may stand


def _places(wanted: Keys, probe: int) -> Places:
    places: Places = (wanted * _FACTORS[probe] >> np.uint64(65 - PLACES.bit_length())).view(np.int64)
    return places

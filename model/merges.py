"""Learning a byte-pair vocabulary: which neighbours to join, from the words of a text (Sennrich et al. 2016, arXiv
1508.07909, over bytes as in GPT-2).

A token of several letters is a piece of the text it was learned from. So that it tells nothing of one document, words
teach only what several documents say, and a pair is joined only where it is met again and again. This module must not
know how texts are encoded.
"""

from __future__ import annotations

import heapq
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from model.text import Document
from model.words import blocks, keys, utf8, words

LEARN_FROM = 20_000_000  # characters, evenly spread over a longer text: more change no merge that matters
DOCUMENTS = 3  # in which a word must be said to teach anything, or in all of them where there are fewer
PAIRS = 10  # times a pair must be met; what is joined less often is too rare to be learned

Pair = tuple[int, int]


def learn(documents: Sequence[Document], count: int) -> list[bytes]:
    """At most `count` tokens of two bytes and more, each two of those before it or single bytes, in order.

    Joins the most frequent pair of neighbours within words, the lowest numbers first where several are.
    """
    merges = _Merges(word_counts(documents))
    while len(merges.joined) < count and merges.join_most_frequent():
        pass
    return merges.joined


def word_counts(documents: Sequence[Document]) -> dict[bytes, int]:
    """How often each word occurs, of those that at least DOCUMENTS documents say; in a sample of a long text."""
    length = sum(document.characters for document in documents)
    every = max(1, -(-length // LEARN_FROM))  # the how manieth piece is read
    counts: Counter[bytes] = Counter()
    said_in: Counter[bytes] = Counter()
    number, read = 0, 0
    for document in documents:
        own: Counter[bytes] = Counter()
        for piece in document.pieces():
            if number % every == 0:
                own.update(_count(piece))
            number += 1
        counts.update(own)
        said_in.update(own.keys())
        read += bool(own)
    least = min(DOCUMENTS, read)
    return {word: count for word, count in counts.items() if said_in[word] >= least}


def _count(text: str) -> Counter[bytes]:
    counts: Counter[bytes] = Counter()
    for data, starts in blocks(utf8(text)):
        _, first, times = np.unique(keys(data, starts), return_index=True, return_counts=True)
        counts.update(dict(zip(words(data, starts, first), times.tolist(), strict=True)))
    return counts


class _Merges:
    """Words as rows of tokens, and how often every pair of neighbours is met in them, kept as pairs are joined."""

    def __init__(self, counts: dict[bytes, int]) -> None:
        self.joined: list[bytes] = []
        self._tokens: dict[bytes, int] = {}
        chosen = sorted(counts.items())  # so that the order of documents changes nothing
        self._rows = [list(word) for word, _ in chosen]
        self._times = [times for _, times in chosen]
        self._pairs: Counter[Pair] = Counter()
        self._where: defaultdict[Pair, set[int]] = defaultdict(set)
        for number, row in enumerate(self._rows):
            self._count(number, row, self._times[number])
        self._heap = [(-times, pair) for pair, times in self._pairs.items()]
        heapq.heapify(self._heap)

    def join_most_frequent(self) -> bool:
        """False where no pair is left that is met often enough."""
        while self._heap:
            times, pair = heapq.heappop(self._heap)
            if -times < PAIRS:
                return False
            if self._pairs[pair] == -times:  # else an entry of before its count changed
                self._join(pair)
                return True
        return False

    def _join(self, pair: Pair) -> None:
        token = self._token(self._bytes(pair[0]) + self._bytes(pair[1]))
        changed: set[Pair] = set()
        for number in self._where.pop(pair):
            before, times = self._rows[number], self._times[number]
            row = joined(before, pair, token)
            changed |= self._count(number, before, -times) | self._count(number, row, times)
            self._rows[number] = row
        for each in changed - {pair}:
            heapq.heappush(self._heap, (-self._pairs[each], each))
        del self._pairs[pair]

    def _count(self, number: int, row: list[int], times: int) -> set[Pair]:
        """Counts the pairs of a row so many times; which they are."""
        pairs = list(pairwise(row))
        for pair in pairs:
            self._pairs[pair] += times
            if times > 0:
                self._where[pair].add(number)
        return set(pairs)

    def _token(self, data: bytes) -> int:
        """The number of a token; of a new one where two other tokens have not made the same bytes already."""
        if data not in self._tokens:
            self._tokens[data] = 256 + len(self.joined)
            self.joined.append(data)
        return self._tokens[data]

    def _bytes(self, token: int) -> bytes:
        return bytes([token]) if token < 256 else self.joined[token - 256]


def joined(row: list[int], pair: Pair, token: int) -> list[int]:
    """The row with every such pair of neighbours, from the left, as one token."""
    out: list[int] = []
    for number in row:
        if out and number == pair[1] and out[-1] == pair[0]:
            out[-1] = token
        else:
            out.append(number)
    return out

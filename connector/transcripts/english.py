"""General English: which words there are, how common each is, and which two commonly stand side by side.

Read from the frequency lists that symspellpy carries as package data (Google n-grams, SCOWL), once and on first use;
no spelling corrector is built. Knows nothing of transcripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import repeat

import numpy as np
from numpy.typing import NDArray

_UNIGRAMS = "frequency_dictionary_en_82_765.txt"
_BIGRAMS = "frequency_bigramdictionary_en_243_342.txt"
# What speech has and lists made of books and pages lack.
_SPOKEN = (
    "um uh uhm umm uhh er erm hm hmm hmmm mm mmm mhm aha ah oh ohh ooh huh ok okay yep yup yeah nah nope hi hey wow "
    "gonna wanna gotta kinda sorta dunno lemme gimme cuz alright "
    "app apps online offline email emails website websites internet podcast blog google youtube zoom wifi"
)
_SPOKEN_COUNT = 10_000_000  # as common as "bridges": a spoken word the list lacks is neither rare nor frequent
_LEAST_PAIR = 3.2e6  # half of the rarest pair's count: what a pair that is not listed has at most
_STRONGEST = 5.0  # nats either way: one fixed phrase, or one impossible pair, says no more than that
# The lists know neither "don't" nor what follows it: two words are looked up in place of one.
_CONTRACTIONS = (
    ("can't", "can not"),
    ("won't", "will not"),
    ("n't", " not"),
    ("'m", " am"),
    ("'re", " are"),
    ("'ll", " will"),
    ("'ve", " have"),
    ("'d", " would"),
    ("'s", " is"),
)


@dataclass(frozen=True, slots=True)
class WordList:
    """``index`` numbers the words; ``logs`` (N,) holds the logarithm of each one's share of all words."""

    index: dict[str, int]
    logs: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class PairList:
    """``keys`` (P,) holds first word's number * N + second word's, ascending; ``logs`` (P,) the logarithm of the
    pair's share of all pairs; ``least`` that of a pair that is not listed.
    """

    keys: NDArray[np.int64]
    logs: NDArray[np.float32]
    least: float


def known_words() -> frozenset[str]:
    """The words of general English, in lower case, inflected forms included (some 83,000)."""
    return _known_words()


@cache
def _known_words() -> frozenset[str]:
    return frozenset(word_list().index)


@cache
def word_list() -> WordList:
    """The words with how common they are."""
    columns = _columns(_UNIGRAMS, 2)
    index = {word: number for number, word in enumerate(columns[0])}
    counts = [int(count) for count in columns[1]]
    for word in _SPOKEN.split():
        if word not in index:
            index[word] = len(index)
            counts.append(_SPOKEN_COUNT)
    shares = np.array(counts, np.float64)
    return WordList(index, np.log(shares / shares.sum()).astype(np.float32))


@cache
def pair_list() -> PairList:
    """The pairs of words that are common, some 240,000."""
    index = word_list().index
    columns = _columns(_BIGRAMS, 3)
    first, second = (np.fromiter(map(index.get, column, repeat(-1)), np.int64) for column in columns[:2])
    counts = np.fromiter(map(int, columns[2]), np.float64)
    known = (first >= 0) & (second >= 0)
    keys, shares = (first * len(index) + second)[known], counts[known]
    order, total = np.argsort(keys), float(shares.sum())
    return PairList(keys[order], np.log(shares[order] / total).astype(np.float32), float(np.log(_LEAST_PAIR / total)))


def affinity(first: NDArray[np.int64], second: NDArray[np.int64]) -> NDArray[np.float32]:
    """How much likelier each ``first[i]`` stands before ``second[i]`` than their own frequencies would have it.

    Takes numbers of ``word_list()``; returns the pointwise mutual information in nats, from -5 to 5. A pair that is not
    listed counts against the text where both words are so common that chance alone would have brought
    it up, and for nothing where they are rare.
    """
    words, pairs = word_list().logs, pair_list()
    keys = first * len(words) + second
    order = np.argsort(keys)  # in order they are found in half the time
    at = np.empty(len(keys), np.intp)
    at[order] = np.minimum(np.searchsorted(pairs.keys, keys[order]), len(pairs.keys) - 1)
    listed = pairs.keys[at] == keys
    chance = words[first] + words[second]
    found = np.where(listed, pairs.logs[at], np.float32(pairs.least)) - chance
    found = np.where(listed, found, np.minimum(found, 0))
    bounded: NDArray[np.float32] = np.clip(found, -_STRONGEST, _STRONGEST).astype(np.float32)
    return bounded


def spelled_out(text: str) -> str:
    """``text``, in lower case, with its contractions as the words they stand for: "don't" is "do not"."""
    if "’" in text:
        text = text.replace("’", "'")
    if "'" in text:
        for short, long in _CONTRACTIONS:
            text = text.replace(short, long)
    return text


def _columns(name: str, count: int) -> list[list[str]]:
    """The ``count`` columns of a list, which are apart by spaces."""
    fields = files("symspellpy").joinpath(name).read_text(encoding="utf-8-sig").split()
    return [fields[column::count] for column in range(count)]

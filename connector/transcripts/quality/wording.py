"""The words of a transcript as arrays: what is said over and over, what is in no word list, what stands beside what.

Works on the joined text once, for all segments together. Knows nothing of times, languages or verdicts.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count, repeat

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.english import affinity, spelled_out, word_list
from connector.transcripts.typography import typewritten

LONGEST_PERIOD = 40  # words of a phrase that is said in a loop
_SHORT_PERIOD = 8  # words; a phrase as long is no chorus: twice again is a loop, for a shorter one three times
_FEWEST_REPEATED = 8  # words said again; "no, no, no, no" is speech
_OWN_TERM = 3  # times: a word of no list that is said as often is the talk's own, not a slip

_END = "\1"  # of a text, among the words
_LETTERS = bytes(sign if chr(sign).islower() or sign == ord("\n") else ord(" ") for sign in range(128)).ljust(256)
# Scripts without spaces between words: each character counts as one.
UNSPACED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_WORD_OR_SIGN = re.compile(rf"[{UNSPACED}]|[^\W\d_{UNSPACED}]+|{_END}")


@dataclass(frozen=True, slots=True)
class Words:
    """``ids`` (T,) numbers the words in ``distinct``, in the order they are said; ``at`` (T,) says in which of
    ``count`` texts each stands.
    """

    ids: NDArray[np.int32]
    at: NDArray[np.int64]
    distinct: list[str]
    count: int

    def per_text(self, of_words: NDArray[np.float64] | NDArray[np.bool_]) -> NDArray[np.float64]:
        """The sum of a value (T,) of each word over the words of each text."""
        return np.bincount(self.at, of_words, self.count).astype(np.float64)

    def lengths(self) -> NDArray[np.float64]:
        """How many words each text has."""
        return np.bincount(self.at, minlength=self.count).astype(np.float64)


def words_of(texts: Sequence[str]) -> Words:
    """The words of ``texts``, in lower case and without digits; contractions are two words."""
    text = "\n".join(texts)
    if text.count("\n") >= len(texts):
        text = "\n".join([each.replace("\n", " ") for each in texts])
    found = _split(spelled_out(typewritten(text.lower())))
    numbers = defaultdict(count(1).__next__, {_END: 0})  # a word that is new has the next number
    ids = np.fromiter(map(numbers.__getitem__, found), np.int32, len(found))
    border = ids == 0
    at = np.cumsum(border)[~border]
    return Words(ids[~border], at, list(numbers), max(1, len(texts)))


def _split(text: str) -> list[str]:
    """The words of a text in lower case, and ``_END`` for each end of a line."""
    if not text.isascii():
        return _WORD_OR_SIGN.findall(text.replace(_END, " ").replace("\n", _END))
    return text.encode().translate(_LETTERS).replace(b"\n", b" \1 ").decode().split()


def looped(words: Words) -> NDArray[np.bool_]:
    """Which words (T,) repeat what was just said, as part of a phrase of up to 40 words said in a loop.

    Speech repeats itself too: a phrase counts from its fourth time, one of eight words and more from its third, and
    only where eight words or more are repeated.
    """
    ids, repeats = words.ids, np.zeros(len(words.ids), bool)
    for period in range(1, min(LONGEST_PERIOD, len(ids) // 2) + 1):
        same = np.flatnonzero(ids[period:] == ids[:-period])
        if not (same[_FEWEST_REPEATED - 1 :] - same[: 1 - _FEWEST_REPEATED] == _FEWEST_REPEATED - 1).any():
            continue
        breaks = np.flatnonzero(np.diff(same) != 1)
        first, last = same[np.append(0, breaks + 1)], same[np.append(breaks, len(same) - 1)]
        long = last - first + 1 >= max(_FEWEST_REPEATED, (3 if period < _SHORT_PERIOD else 2) * period)
        for start, end in zip(first[long].tolist(), last[long].tolist(), strict=True):
            repeats[start + period : end + period + 1] = True
    return repeats


def numbers_in_list(words: Words) -> NDArray[np.int64]:
    """The number in ``english.word_list`` of each word (T,); -1 where general English does not know it."""
    index = word_list().index
    return np.fromiter(map(index.get, words.distinct, repeat(-1)), np.int64, len(words.distinct))[words.ids]


def unfamiliar(
    words: Words, listed: NDArray[np.bool_], names: set[str], archive_knows: Callable[[set[str]], set[str]]
) -> NDArray[np.bool_]:
    """Which words (T,) are known neither to English nor to the archive, are no names of the speakers, and are not said
    again and again here, as a talk's own terms are.
    """
    times = np.bincount(words.ids, minlength=len(words.distinct))
    doubtful = np.zeros(len(words.distinct), bool)
    doubtful[words.ids] = ~listed
    doubtful &= times < _OWN_TERM
    asked = {words.distinct[number] for number in np.flatnonzero(doubtful)} - names
    asked -= archive_knows(asked) if asked else set()
    still = np.fromiter([word in asked for word in words.distinct], bool, len(words.distinct))
    found: NDArray[np.bool_] = still[words.ids]
    return found


def following(words: Words, numbers: NDArray[np.int64], looped: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How well each word (T,) follows the one before it in its text, by ``english.affinity``; NaN where one of the two
    is not listed or both repeat a loop. ``numbers`` are those of ``numbers_in_list``.
    """
    listed = numbers >= 0
    fits = np.full(len(words.ids), np.nan)
    judged = np.flatnonzero(listed[1:] & listed[:-1] & (words.at[1:] == words.at[:-1]) & ~looped[1:])
    fits[judged + 1] = affinity(numbers[judged], numbers[judged + 1])
    return fits

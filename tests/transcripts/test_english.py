"""General English: what is in the lists, and how words stand beside each other."""

from __future__ import annotations

import numpy as np
import pytest

from connector.transcripts.english import affinity, known_words, pair_list, spelled_out, word_list


def fit(first: str, second: str) -> float:
    index = word_list().index
    return float(affinity(np.array([index[first]]), np.array([index[second]]))[0])


def test_knows_english_and_what_people_say() -> None:
    assert {"bread", "bridges", "the", "um", "okay", "email"} <= known_words()
    assert not known_words() & {"brtdge", "brücke", "kubernetes", "hte", ""}
    assert len(known_words()) > 80_000


def test_lists_are_read_once_and_sorted() -> None:
    assert known_words() is known_words()
    pairs = pair_list()
    assert pairs is pair_list()
    assert len(pairs.keys) == len(pairs.logs) > 240_000
    assert (np.diff(pairs.keys) > 0).all()


def test_common_words_are_more_common() -> None:
    words = word_list()
    assert words.logs[words.index["the"]] > words.logs[words.index["bridge"]] > words.logs[words.index["quoin"]]
    assert float(np.exp(words.logs.astype(float)).sum()) == pytest.approx(1, abs=0.01)


def test_words_that_go_together_fit() -> None:
    assert fit("new", "york") > 3
    assert fit("of", "the") > 0.5
    assert fit("the", "of") < 0 and fit("is", "the") > fit("the", "is")
    assert fit("the", "is") < -1
    assert fit("quoin", "bread") == 0, "two rare words that were never seen together say nothing"


def test_fits_are_bounded_and_one_for_each_pair() -> None:
    numbers = np.arange(len(word_list().index) - 1)
    fits = affinity(numbers, numbers + 1)
    assert fits.shape == numbers.shape
    assert -5 <= fits.min() <= fits.max() <= 5
    assert affinity(numbers[:0], numbers[:0]).shape == (0,)


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("don't know", "do not know"),
        ("can’t and won't", "can not and will not"),
        ("i'm they're we've she'll he'd that's", "i am they are we have she will he would that is"),
        ("the bakers' oven", "the bakers' oven"),
        ("plain", "plain"),
        ("", ""),
    ],
)
def test_contractions_are_two_words(short: str, long: str) -> None:
    assert spelled_out(short) == long
    assert spelled_out(long) == long

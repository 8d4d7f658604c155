from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.vocab import MAXIMUM_SIZE, RESERVED, SEPARATOR, UNKNOWN, Vocabulary


@given(st.lists(st.text(), max_size=4))
def test_known_characters_survive_a_round_trip(texts: list[str]) -> None:
    vocabulary = Vocabulary().grown(texts)
    for text in texts:
        back = vocabulary.decode(vocabulary.encode(text))
        assert len(back) == len(text)
        assert all(b == (a if a in vocabulary else "\ufffd") for a, b in zip(text, back, strict=True))


@given(st.text(), st.text())
def test_growing_never_renumbers(first: str, second: str) -> None:
    small = Vocabulary().grown([first])
    large = small.grown([second])
    assert large.characters.startswith(small.characters)
    known = "".join(c for c in first if c in small)
    assert np.array_equal(small.encode(known), large.encode(known))
    assert large.grown([second]) == large


def test_reserved_numbers() -> None:
    vocabulary = Vocabulary().grown(["aab"])
    assert vocabulary.characters == RESERVED + "a"
    assert vocabulary.encode("ab\x1e").tolist() == [2, UNKNOWN, SEPARATOR]


def test_a_damaged_text_and_a_huge_alphabet_are_only_unknown() -> None:
    many = "".join(chr(0x4E00 + i) for i in range(5000)) * 2
    vocabulary = Vocabulary().grown([many, "\ud800\ud800"])
    assert len(vocabulary) == MAXIMUM_SIZE
    assert vocabulary.encode("\ud800").tolist() == [UNKNOWN]


@pytest.mark.parametrize("characters", ["", "abc", RESERVED + "aa", RESERVED + "\ud800"])
def test_refuses_what_is_no_vocabulary(characters: str) -> None:
    with pytest.raises(ValueError):
        Vocabulary(characters)

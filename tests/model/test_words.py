from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import words
from model.words import LONGEST, PATTERN, blocks, keys, utf8

ENGLISH = st.text("abz  '’\n\t1_.,-é—“”", max_size=200)
ANY = st.text(st.one_of(st.characters(), st.sampled_from("ab 日本、。’\U0001f600")), max_size=200)


def split(text: str) -> list[bytes]:
    return [word for data, starts in blocks(utf8(text)) for word in words.words(data, starts, np.arange(len(starts)))]


@given(ENGLISH)
def test_words_of_english_are_what_the_pattern_finds(text: str) -> None:
    assert [word.decode() for word in split(text)] == re.findall(PATTERN, text)


@given(ANY)
def test_nothing_is_lost_and_no_character_is_cut(text: str) -> None:
    found = split(text)
    assert b"".join(found) == utf8(text)
    assert all(word.decode() and len(word) <= LONGEST for word in found)


@pytest.mark.parametrize("size", [100, 128, 300])
@pytest.mark.parametrize(
    "made_of", ["the speaker's  words,\n", "“don’t”—she said 12 things. ", "会議の録音、", "ab\t \n"]
)
def test_where_blocks_end_changes_nothing(monkeypatch: pytest.MonkeyPatch, size: int, made_of: str) -> None:
    text = "".join(made_of[: i % len(made_of) + 1] for i in range(300))
    whole = split(text)
    monkeypatch.setattr(words, "BLOCK", size)
    assert split(text) == whole


@pytest.mark.parametrize("text", ["a" * 1000, "—" * 1000, "本" * 500, "'" * 300, " " * 400 + "x"])
def test_a_run_without_end_is_cut(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(words, "BLOCK", 200)
    assert b"".join(split(text)) == text.encode()


def test_equal_words_have_equal_keys_and_others_have_not() -> None:
    """Alike ones above all: transposed, continued, of zeros."""
    letters = [f" {a}{b}gnifie{c}{d}" for a in "sda" for b in "ia" for c in "sde" for d in ("", "s", "d", "dly")]
    other = ["\0" * n for n in range(1, 20)] + ["a" * n for n in range(1, 60)] + [f"{n} " for n in range(10)]
    distinct = [*dict.fromkeys(word for text in [*letters, *other] for word in split(text))]
    text = b"\n".join(distinct)
    found: dict[int, bytes] = {}
    for data, starts in blocks(text):
        every = words.words(data, starts, np.arange(len(starts)))
        for key, word in zip(keys(data, starts).tolist(), every, strict=True):
            assert found.setdefault(key, word) == word
    assert len(found) >= len(distinct)

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.report import explain, known_word_share, longest_copied_run


@pytest.mark.parametrize(
    ("characters", "steps", "train", "validation", "word"),
    [
        (14_000, 2000, 0.24, 3.1, "Memorised"),
        (10_000_000, 100, 2.4, 2.4, "Too few steps"),
        (20_000, 100, 2.3, 2.5, "Too little text"),
        (1_000_000, 3000, 2.1, 2.2, "Not finished"),
        (5_000_000, 9000, 1.2, 1.3, "Most words of its samples are words"),
    ],
)
def test_explains(characters: int, steps: int, train: float, validation: float, word: str) -> None:
    text = explain(
        train_characters=characters,
        steps=steps,
        characters_per_step=768,
        train_loss=train,
        validation_loss=validation,
    )
    assert word in text


def test_known_words() -> None:
    assert known_word_share("cut the index zzz here cu", {"the", "index", "here"}) == 0.75
    assert known_word_share("", {"a"}) == 0


@given(st.text("ab", max_size=12), st.text("ab", max_size=30))
def test_longest_copied_run_is_the_longest_common_piece(sample: str, text: str) -> None:
    pieces = (sample[i:j] for i in range(len(sample)) for j in range(i, len(sample) + 1))
    assert longest_copied_run(sample, text) == max((len(p) for p in pieces if p in text), default=0)

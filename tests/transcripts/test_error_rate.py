"""The word error rate: what counts, what does not, and where it is worst."""

from __future__ import annotations

import random

import jiwer
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.transcripts.quality import error_rate
from connector.transcripts.quality.error_rate import word_errors

SENTENCE = "the water runs under the old bridge and nobody looks at it for years"


def test_case_and_marks_are_no_errors() -> None:
    found = word_errors("So, the Bread is baked at 7:30. Isn't it?", "so the bread is baked, at 7:30 – isn’t it")
    assert found.words == 9
    assert (found.errors, found.rate, found.worst) == (0, 0.0, ())


def test_each_kind_of_error_is_counted() -> None:
    found = word_errors(SENTENCE, "the water ran under the bridge and nobody ever looks at it for years")
    assert (found.substitutions, found.deletions, found.insertions) == (1, 1, 1)
    assert found.rate == pytest.approx(3 / 14)


def test_numbers_are_words() -> None:
    assert word_errors("it costs 1,000.50 euros", "it costs 1,000.05 euros").substitutions == 1


def test_scripts_without_spaces_count_by_the_sign() -> None:
    found = word_errors("橋の下を水が流れる", "橋の上を水が流れる")
    assert (found.words, found.substitutions) == (9, 1)


def test_the_worst_stretch_comes_first() -> None:
    said = [SENTENCE] * 30
    heard = list(said)
    heard[20] = "a bottle of fog sings to the carpet while purple numbers fall from seven doors"
    heard[5] = SENTENCE.replace("bridge", "fridge")
    found = word_errors(" ".join(said), " ".join(heard))
    first = found.worst[0]
    assert first.errors > 10
    assert 20 * 14 - error_rate.WINDOW <= first.position <= 21 * 14
    assert "bottle of fog sings" in first.hypothesis and "bottle" not in first.reference
    assert [stretch.errors for stretch in found.worst] == sorted((each.errors for each in found.worst), reverse=True)
    assert any("fridge" in stretch.hypothesis for stretch in found.worst)


@pytest.mark.parametrize(
    ("reference", "hypothesis", "rate", "counts"),
    [
        ("", "", 0.0, (0, 0, 0)),
        ("", "two words", 1.0, (0, 0, 2)),
        ("two words", "", 1.0, (0, 2, 0)),
        ("one", "one two three", 2.0, (0, 0, 2)),
        ("…", "?!", 0.0, (0, 0, 0)),
    ],
)
def test_empty_texts(reference: str, hypothesis: str, rate: float, counts: tuple[int, int, int]) -> None:
    found = word_errors(reference, hypothesis)
    assert (found.substitutions, found.deletions, found.insertions) == counts
    assert found.rate == rate
    assert len(found.worst) <= 1


def test_long_texts_are_aligned_in_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = random.Random(7)
    said = [f"word{rng.randrange(500)}" for _ in range(6_000)]
    heard = [word if rng.random() > 0.05 else "wrong" for word in said]
    del heard[3_000:3_050]
    whole = word_errors(" ".join(said), " ".join(heard))
    monkeypatch.setattr(error_rate, "BLOCK", 500)
    monkeypatch.setattr(error_rate, "_SLACK", 100)
    blocks = word_errors(" ".join(said), " ".join(heard))
    assert whole.errors <= blocks.errors <= whole.errors * 1.05
    assert blocks.words == whole.words
    assert abs(blocks.worst[0].position - whole.worst[0].position) < 2 * error_rate.WINDOW


def test_texts_that_have_nothing_in_common_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(error_rate, "BLOCK", 50)
    monkeypatch.setattr(error_rate, "_SLACK", 10)
    found = word_errors("bread " * 400, "water " * 300)
    assert found.words == 400
    assert found.errors >= 400


@given(
    st.lists(st.sampled_from(["bread", "water", "bridge", "stone"])),
    st.lists(st.sampled_from(["bread", "fog", "water"])),
)
def test_as_jiwer_counts(said: list[str], heard: list[str]) -> None:
    found = word_errors(" ".join(said), " ".join(heard))
    if said and heard:
        assert found.rate == pytest.approx(jiwer.wer(" ".join(said), " ".join(heard)))
    assert sum(stretch.errors for stretch in found.worst) <= found.errors

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import copied
from model.copied import compare, known_word_share, longest_copied
from tests.model.conftest import prose


def test_known_words() -> None:
    assert known_word_share("cut the index zzz here cu", {"the", "index", "here"}) == 0.75
    assert known_word_share("cut zzz xxx cu", {"the"}) == 0


@pytest.mark.parametrize("sample", ["", "ok then", "我们今天讨论这个问题，然后再说。好的", "ประชุม วันนี้ เริ่ม แล้ว ครับ"])
def test_what_has_no_words_to_look_up_has_no_share_of_known_ones(sample: str) -> None:
    assert known_word_share(sample, {"a"}) is None
    assert compare([sample], ["some text"]).known is None
    assert compare([sample, "x some zzz x"], ["some text"]).known == 0.5


@given(st.text("ab", max_size=12), st.text("ab", max_size=30))
def test_longest_copied_run_is_the_longest_common_piece(sample: str, text: str) -> None:
    pieces = (sample[i:j] for i in range(len(sample)) for j in range(i, len(sample) + 1))
    found = longest_copied(sample, text)
    assert len(found) == max((len(p) for p in pieces if p in text), default=0)
    assert found in text and found in sample


ALPHABET = "ab the\n"


@pytest.fixture(scope="module", autouse=True)
def _small_blocks() -> None:
    """So that runs reach over them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(copied, "BLOCK", 100)
        yield


@given(st.lists(st.text(ALPHABET, max_size=60), min_size=1, max_size=3), st.lists(st.text(ALPHABET), max_size=20))
def test_in_pieces_it_is_what_it_is_in_the_whole(samples: list[str], pieces: list[str]) -> None:
    text = "".join(pieces)
    longest = max((longest_copied(sample, text) for sample in samples), key=len)
    found = compare(samples, pieces).copied
    assert found in text and any(found in sample for sample in samples)
    assert len(found) == len(longest) or max(len(found), len(longest)) < copied.RUN


@given(st.integers(0, 900), st.integers(8, 60), st.integers(1, 300))
def test_a_piece_of_the_text_is_found_wherever_it_stands(at: int, length: int, size: int) -> None:
    text = prose(1000, 4)
    sample = f"%{text[at : at + length]}%"
    found = compare([sample], [text[i : i + size] for i in range(0, len(text), size)])
    assert found.copied == sample[1:-1]


def test_words_are_looked_up_in_all_pieces() -> None:
    heard = compare(["x The ENCODER zzz speaks x", "x q y"], iter(["the old ", "encoder Speaks"]))
    assert heard.known == (3 / 4 + 0) / 2

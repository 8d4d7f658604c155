"""Byte pairs: how they are learned, and how they are read and written."""

from __future__ import annotations

import json
from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import Text, bpe, merges
from model.bpe import BytePairs
from model.merges import learn
from model.tokenizer import from_json
from model.vocab import RESERVED, SEPARATOR, Vocabulary
from tests.model.conftest import corpus, prose

VALID = st.text(st.characters(exclude_categories=["Cs"]))
LEARNED = BytePairs(learn(corpus(12), 100))


class TestEncoding:
    @given(VALID)
    def test_any_text_survives_a_round_trip(self, text: str) -> None:
        ids = LEARNED.encode(text)
        assert LEARNED.decode(ids) == text
        assert ids.dtype == np.uint16
        assert LEARNED.lengths[ids].sum() == len(text)
        assert not (ids < len(RESERVED)).any(), "no text is unknown, and none separates documents"

    @given(st.integers(0, 100), st.lists(st.sampled_from(["the ", "speaker's", "—", "\n\n", "é1", "  "]), max_size=40))
    def test_is_what_tiktoken_makes_of_it(self, seed: int, more: list[str]) -> None:
        text = prose(200, seed) + "".join(more)
        assert LEARNED.encode(text).tolist() == LEARNED.encoding.encode_ordinary(text)

    def test_words_that_are_met_for_the_first_time_are_as_right_as_those_remembered(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Also where the table is full, and where all is forgotten."""
        text = " ".join(f"word{i} other{i % 7}" for i in range(3000))
        expected = LEARNED.encoding.encode_ordinary(text)
        monkeypatch.setattr(bpe, "PLACES", 64)
        monkeypatch.setattr(bpe, "MOST", 500)
        fresh = BytePairs(LEARNED.joined)
        for _ in range(3):
            assert fresh.encode(text).tolist() == expected

    def test_a_damaged_text_is_read_with_replacements(self) -> None:
        assert LEARNED.decode(LEARNED.encode("a\ud800b")) == "a\ufffdb"
        assert LEARNED.encode("").tolist() == []

    def test_what_is_no_text_is_written_with_replacements_and_a_piece_at_the_end_is_left_out(self) -> None:
        first, second = LEARNED.encode("é").tolist()
        assert LEARNED.decode([first]) == ""
        assert LEARNED.decode([second, *LEARNED.encode("ab")]) == "\ufffdab"
        assert LEARNED.decode([SEPARATOR]) == RESERVED[SEPARATOR]

    def test_frequent_words_are_one_token_each(self) -> None:
        assert len(LEARNED.encode(" archive")) == 1
        assert len(prose(5000, 3)) / len(LEARNED.encode(prose(5000, 3))) > 3


class TestVocabulary:
    def test_comes_back_from_json(self) -> None:
        back = from_json(json.loads(json.dumps({**LEARNED.to_json(), "other": 1})))
        assert back == LEARNED and hash(back) == hash(LEARNED) and back != Vocabulary() and back != BytePairs()
        assert back.extends(LEARNED) and not back.extends(BytePairs()) and not Vocabulary().extends(back)
        assert from_json(Vocabulary(RESERVED + "a").to_json()) == Vocabulary(RESERVED + "a")

    @pytest.mark.parametrize("joined", [[b"abc"], [b"a"], [b""], [b"ab", b"ab"], [b"ab", b"abcd"], [b"aa"] * 5000])
    def test_refuses_what_is_none(self, joined: list[bytes]) -> None:
        with pytest.raises(ValueError):
            BytePairs(joined)

    def test_has_all_bytes(self) -> None:
        assert len(BytePairs()) == len(RESERVED) + 256 == 258
        assert BytePairs().encode("é").tolist() == [2 + byte for byte in "é".encode()]


class TestLearning:
    def test_joins_what_is_most_frequent(self) -> None:
        """Against the definition, pair by pair, over the same words."""
        documents = [Text("a", prose(3000, 5))]
        rows = {word: [bytes([byte]) for byte in word] for word in merges.word_counts(documents)}
        counts = merges.word_counts(documents)
        for token in learn(documents, 40):
            pairs: Counter[tuple[bytes, bytes]] = Counter()
            for word, row in rows.items():
                for pair in pairwise(row):
                    pairs[pair] += counts[word]
            most = max(pairs.values())
            assert token in {a + b for (a, b), count in pairs.items() if count == most}
            pair = next((a, b) for (a, b), count in pairs.items() if count == most and a + b == token)
            for row in rows.values():
                i = 0
                while i < len(row) - 1:
                    if (row[i], row[i + 1]) == pair:
                        row[i : i + 2] = [token]
                    i += 1

    def test_is_the_same_in_any_order_of_documents(self) -> None:
        assert learn(corpus(12), 80) == learn(corpus(12)[::-1], 80)

    def test_a_word_of_one_document_alone_is_no_token_however_often_it_is_said(self) -> None:
        secret = [Text("secret", " Zephyrine" * 500)]
        joined = learn([*corpus(12), *secret], 300)
        assert not any(b"Zeph" in token or b"phyr" in token for token in joined)
        assert any(b"Zephyrine" in token for token in learn(secret, 300)), "where there is but one, it is all there is"

    def test_nothing_is_joined_that_is_rare(self) -> None:
        assert learn([Text("a", "Zephyrine " * (merges.PAIRS - 1))], 100) == []
        assert learn([], 100) == learn([Text("a", "")], 100) == []

    def test_of_a_long_text_a_part_spread_over_it_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(merges, "LEARN_FROM", 1000)
        documents = [Text(f"t{i}", f" word{i}" * 200) for i in range(10)]
        monkeypatch.setattr(merges, "DOCUMENTS", 1)
        read = merges.word_counts(documents)
        assert 1 <= sum(word.startswith(b" word") for word in read) <= 1 < 10

    def test_equal_bytes_are_one_token(self) -> None:
        joined = learn([Text("a", " aaaaa aaaaaaa aaa aaaaaaaaa aa" * 30)], 100)
        assert len(set(joined)) == len(joined)
        BytePairs(joined)

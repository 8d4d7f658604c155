"""Queries of which the answer is known, and the measures of what engines make of them."""

from __future__ import annotations

import random

import pytest

from connector.evaluation.engines import Fts5, peers
from connector.evaluation.known_items import FEWEST, KINDS, MOST, KnownItem, KnownItems, Moment, inflected, misspelt
from connector.evaluation.measures import measure
from connector.evaluation.mishearing import Mishearing
from connector.transcripts.english import known_words, word_list
from indexer.text import words

SYNONYMS = (("pull request", "pr"), ("transaction", "tx"))


@pytest.fixture(scope="module")
def moments() -> list[Moment]:
    rng = random.Random(3)
    usual = sorted(word_list().index, key=word_list().index.__getitem__)[:3000]
    return [
        Moment(
            f"m{n}",
            "Talk",
            rng.choice(["Ann Lee", "Bo Ray", ""]),
            " ".join([*rng.choices(usual, k=30), rng.choice(["pull request", "tx", "oven"]), *rng.choices(usual, k=9)]),
        )
        for n in range(300)
    ]


def test_the_same_seed_asks_the_same(moments: list[Moment]) -> None:
    for kind in KINDS:
        found = KnownItems(moments, SYNONYMS, seed=5).of(kind, 20)
        assert found == KnownItems(moments, SYNONYMS, seed=5).of(kind, 20)
        assert len(found) == 20 and len({item.wanted for item in found}) == 20
        assert found != KnownItems(moments, SYNONYMS, seed=6).of(kind, 20)


def test_a_query_is_of_the_words_of_its_moment(moments: list[Moment]) -> None:
    items, texts = KnownItems(moments, SYNONYMS), {one.id: f" {' '.join(words(one.text))} " for one in moments}
    for item in items.of("exact", 50):
        assert [f" {item.query} " in text for text in texts.values()].count(True) == 1
        assert f" {item.query} " in texts[item.wanted]
        assert FEWEST <= len(item.query.split()) <= MOST
    for item in items.of("shuffled", 50):
        assert set(item.query.split()) <= set(texts[item.wanted].split())
    for item in items.of("misspelt", 50):
        wrong = [word for word in item.query.split() if word not in texts[item.wanted].split()]
        assert len(wrong) == 1 and wrong[0] not in known_words()
    for item in items.of("inflected", 50):
        assert any(word not in texts[item.wanted].split() for word in item.query.split())
    for item in items.of("synonym", 20):
        assert any(f" {name} " in f" {item.query} " for name in ("pull request", "pr", "transaction", "tx"))
    assert all(item.speaker for item in items.of("speaker", 20))
    assert KnownItems(moments, ()).of("synonym", 5) == []
    assert KnownItems([], SYNONYMS).of("exact", 5) == []


def test_forms_and_slips() -> None:
    rng = random.Random(1)
    assert inflected("study", {"studies"}, rng) == "studies"
    assert inflected("hoping", {"hope"}, rng) == "hope"
    assert inflected("study", {"study"}, rng) == ""
    for _ in range(200):
        assert misspelt("database", rng)[0] == "d"


def test_measures() -> None:
    class Fixed:
        name = "fixed"

        def find(self, item: KnownItem) -> list[str]:
            return {"first": ["a", "b"], "second": ["b", "a"], "nowhere": ["b"]}[item.query]

    asked = [KnownItem("exact", query, "a") for query in ("first", "second", "nowhere")]
    found = measure(Fixed(), asked)
    assert (found.queries, found.mrr, found.recall) == (3, pytest.approx(0.5), pytest.approx(2 / 3))
    assert found.ndcg == pytest.approx((1 + 1 / 1.5849625) / 3)
    assert measure(Fixed(), []).queries == 0


def test_peers_find_what_was_said(moments: list[Moment]) -> None:
    items = KnownItems(moments, SYNONYMS)
    for engine in peers(moments):
        assert measure(engine, items.of("exact", 30)).mrr > 0.8
        assert measure(engine, items.of("speaker", 30)).mrr > 0.8
    assert Fts5(moments).find(KnownItem("exact", '"(AND OR* NEAR', "m1")) is not None


def test_mishearing_changes_about_the_share_it_says(moments: list[Moment]) -> None:
    hearing = Mishearing(moments)
    for share in (0.1, 0.5):
        kept = total = 0
        for moment in moments:
            heard = hearing(moment, share)
            assert heard == hearing(moment, share) and heard.id == moment.id and heard.text
            said = moment.text.split()
            total += len(said)
            kept += sum(word in heard.text.split() for word in said)
        assert kept / total == pytest.approx(1 - share, abs=0.08)

"""Widened queries: any name of a thing finds its other names, below what was typed and within what may be seen."""

from __future__ import annotations

from typing import Any

import pytest

from indexer import Asker
from indexer import query as typed
from indexer.search import SearchRequest, SearchResult, search
from indexer.store import Index
from indexer.widen import widen
from tests.indexer.support import segment

SYNONYMS = (
    ("Kubernetes", "k8s", "kube control plane", "cooper netties"),
    ("sourdough starter", "levain"),
    ("voussoir", "arch stone", "boo swar"),
)
QUIET: dict[str, Any] = {"title": "Talk"}


@pytest.fixture
def filled(index: Index) -> Index:
    texts = {
        "a": "we moved the ovens to Kubernetes last year",
        "b": "we moved the ovens to k8s last year too",
        "c": "the cooper netties cluster was slow at noon",
        "d": "cooper and netties are two people with a cluster",
        "e": "feed the levain twice a day",
        "f": "a sourdough starter wants warm water and a starter wants time",
        "g": "every arch stone leans on the next",
        "h": "nothing of the kind was said about a cluster here",
    }
    index.write([(name, [segment(name, 0, text, **QUIET)]) for name, text in texts.items()], 1)
    return index


def find(index: Index, query: str, **more: Any) -> SearchResult:
    return search(index, SearchRequest(query, synonyms=SYNONYMS, **more))


def found(index: Index, query: str, **more: Any) -> str:
    return "".join(sorted(hit.id[0] for hit in find(index, query, **more).hits))


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("kubernetes", "abc"),
        ("K8S", "abc"),
        ("cooper netties", "abcd"),  # plain words are found anywhere, as ever
        ("cooper netties cluster", "cd"),
        ("slow cooper netties", "c"),
        ("k8s cluster", "c"),
        ('"cooper netties"', "abc"),
        ('"kube control plane"', "abc"),
        ("kube control plane ovens", "ab"),
        ("levain", "ef"),
        ("sourdough starter", "ef"),
        ("sourdough-starter", "ef"),
        ("voussoir", "g"),
        ("boo swar", "g"),
        ("k8s AND cluster", "c"),
        ("(k8s OR levain) year", "ab"),
        ("k8s OR levain", "abcef"),
        ("ovens NOT k8s", ""),
        ("cluster -kubernetes", "dh"),
        ("cluster NOT cooper", "h"),
        ("kuber*", "a"),
        ('"the cooper netties cluster"', "c"),
        ('"to kubernetes last"', "a"),
        ("title:kubernetes", ""),
        ("speaker:k8s", ""),
        ("starter", "f"),
    ],
)
def test_any_name_finds_the_others(filled: Index, query: str, expected: str) -> None:
    assert found(filled, query) == expected


def test_without_synonyms_nothing_is_widened(filled: Index) -> None:
    result = search(filled, SearchRequest("k8s"))
    assert [hit.id[0] for hit in result.hits] == ["b"]


@pytest.mark.parametrize("query", ["k8s", "kubernetes", '"cooper netties"', "levain", "sourdough starter", "k8s year"])
def test_what_was_typed_stands_first(filled: Index, query: str) -> None:
    plain = [hit.id for hit in search(filled, SearchRequest(query)).hits]
    widened = [hit.id for hit in find(filled, query).hits]
    assert plain and len(widened) > len(plain)
    assert widened[: len(plain)] == plain


def test_typed_stands_first_where_the_rest_is_equal(index: Index) -> None:
    texts = ["kubernetes about bread", "k8s about bread"]
    index.write([(f"t{n}", [segment(f"t{n}", 0, text, **QUIET)]) for n, text in enumerate(texts)], 1)
    assert [hit.id for hit in find(index, "k8s bread").hits] == ["t10000", "t00000"]
    assert [hit.id for hit in find(index, "kubernetes bread").hits] == ["t00000", "t10000"]


def test_a_rare_other_name_is_worth_no_more_than_a_common_typed_one(index: Index) -> None:
    index.write([(f"z{n}", [segment(f"z{n}", 0, "k8s again", **QUIET)]) for n in range(20)], 1)
    index.write([("x", [segment("x", 0, "kubernetes again", **QUIET)])], 2)
    hits = find(index, "k8s", limit=50).hits
    assert [hit.id for hit in hits][-1] == "x0000"
    assert hits[-1].score < hits[-2].score


def test_what_was_not_said_as_typed_ranks_as_its_other_name_would(index: Index) -> None:
    texts = ["kubernetes", "kubernetes kubernetes again", "kubernetes and a great many other words about bread"]
    index.write([(f"t{n}", [segment(f"t{n}", 0, text, **QUIET)]) for n, text in enumerate(texts)], 1)
    plain = search(index, SearchRequest("kubernetes")).hits
    assert [hit.id for hit in find(index, "k8s").hits] == [hit.id for hit in plain]


def test_snippets_mark_what_was_found(filled: Index) -> None:
    marked = {hit.id[0]: hit.snippet for hit in find(filled, "k8s").hits}
    assert "<b>Kubernetes</b>" in marked["a"]
    assert "<b>k8s</b>" in marked["b"]
    assert "<b>cooper netties</b>" in marked["c"]


def test_a_name_is_found_over_the_border_of_two_segments(index: Index) -> None:
    index.write([("t", [segment("t", 0, "we run cooper", **QUIET), segment("t", 1, "netties here", **QUIET)])], 1)
    assert {hit.id for hit in find(index, "k8s").hits} == {"t0000"}


def test_nothing_widens_what_an_asker_may_see(index: Index) -> None:
    secret = {"permissions": {"allowedUsers": [{"email": "boss@house.example"}]}}
    index.write(
        [
            ("open", [segment("open", 0, "k8s for all", **QUIET)]),
            ("shut", [segment("shut", 0, "kubernetes for the boss", **QUIET, **secret)]),
        ],
        1,
    )
    result = find(index, "kubernetes", asker=Asker("anna@house.example"))
    assert [hit.id for hit in result.hits] == ["open0000"]
    assert result.total == 1
    assert result.facets["speaker"] == [{"value": "Anna Maier", "count": 1}]
    assert find(index, "kubernetes", asker=Asker("boss@house.example")).total == 2


def test_words_that_are_nowhere_are_told_as_typed(filled: Index) -> None:
    result = search(filled, SearchRequest("voussoirs k9s", synonyms=(("k9s", "kay nine"),)))
    assert result.total == 0
    assert "No moment has the words “voussoirs”, “k9s”." in result.hints


def test_relaxing_keeps_the_other_names(filled: Index) -> None:
    result = find(filled, "k8s twice")
    assert "".join(sorted(hit.id[0] for hit in result.hits)) == "abce"
    assert any("some of them" in hint for hint in result.hints)


def test_longest_run_from_the_left_and_only_whole_runs() -> None:
    synonyms = (("beacon chain", "bc"), ("chain", "row"), ("chain state root", "csr"))
    words = tuple(typed.Word((word,)) for word in ("the", "beacon", "chain", "state"))
    node = widen(typed.All(words), synonyms)
    assert node == typed.All(
        (words[0], typed.Alike(typed.All(words[1:3]), (typed.Phrase(("bc",)),)), words[3]),
    )


def test_a_phrasing_of_two_terms_finds_both() -> None:
    node = widen(typed.Word(("es",)), (("Espresso", "es"), ("Elasticsearch", "ES")))
    assert node == typed.Alike(typed.Word(("es",)), (typed.Phrase(("espresso",)), typed.Phrase(("elasticsearch",))))


def test_phrasings_without_words_are_nothing() -> None:
    word = typed.Word(("a",))
    assert widen(word, (("a", "!?", ""), ())) == word

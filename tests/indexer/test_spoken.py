"""Moments are found by what is said in them; their recording's title helps, and stands once where it alone speaks."""

from __future__ import annotations

import pytest

from indexer import plan
from indexer.access import Asker
from indexer.search import SearchResult
from indexer.store import Index
from tests.indexer.support import find, segment, transcript


def ids(result: SearchResult) -> list[str]:
    return [hit.id for hit in result.hits]


@pytest.fixture
def talks(index: Index) -> Index:
    texts = ["Welcome to all of you.", "A fee for each block.", "So erlay saves a fee.", "Thanks for coming."]
    erlay = [transcript("t1", "Erlay"), *(segment("t1", at, text, title="Erlay") for at, text in enumerate(texts))]
    other = [segment("t2", at, text, title="Mempool") for at, text in enumerate(["The fee is low.", "Erlay again."])]
    named = [segment("t3", at, text, title="Taproot fees") for at, text in enumerate(["Hello.", "Goodbye."])]
    index.write([("t1", erlay), ("t2", other), ("t3", named)], 1)
    return index


def test_a_word_of_the_title_finds_the_moments_that_say_it(talks: Index) -> None:
    result = find(talks, "erlay")
    assert set(ids(result)) == {"t10002", "t20001"}
    assert result.total == 2 and sum(one["count"] for one in result.facets["speaker"]) == 2


def test_the_title_helps_where_one_word_is_said(talks: Index) -> None:
    assert ids(find(talks, "erlay fee"))[:2] == ["t10002", "t10001"]  # not its welcome, and not its thanks


@pytest.mark.parametrize("query", ["taproot", '"taproot fees"', "tapr*", "taproot~", "taproot OR nothing"])
def test_a_recording_that_only_its_title_speaks_for_stands_once(talks: Index, query: str) -> None:
    result = find(talks, query)
    assert ids(result)[:1] == ["t30000"] and "t30001" not in ids(result)


def test_what_one_query_had_no_place_for_the_next_finds(talks: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plan, "MAX_EXPANSIONS", 3)
    assert "Very many words" in " ".join(find(talks, "f* OR tapr*").hints)
    assert ids(find(talks, "tapr*")) == ["t30000"]


def test_its_recording_stands_for_it_where_all_kinds_are_searched(talks: Index) -> None:
    assert set(ids(find(talks, "erlay", kind="all"))) == {"t1", "t10002", "t20001"}


def test_who_says_it_counts_as_what_is_said(talks: Index) -> None:
    assert find(talks, "anna").total == 8


def test_a_filter_by_title_alone_lists_its_moments(talks: Index) -> None:
    assert find(talks, "title:erlay").total == 4
    assert set(ids(find(talks, "title:erlay fee"))) == {"t10001", "t10002"}


def test_neighbours_that_say_it_are_one_answer_that_opens_where_it_is_said(index: Index) -> None:
    texts = ["Anna begins.", "Now the budget.", "The budget again."]
    moments = [segment("t1", at, text, title="Budget", speaker="Anna") for at, text in enumerate(texts)]
    index.write([("t1", [transcript("t1", "Budget"), *moments])], 1)
    (answer,) = find(index, "budget", merge=True).hits
    assert (answer.at, answer.passage.segments if answer.passage else None) == (20.5, ("t10001", "t10002"))
    (by_her,) = find(index, "anna budget", merge=True).hits
    assert by_her.passage is not None and len(by_her.passage.segments) == 3
    assert by_her.at == 0.0  # "Anna" is said there


def test_a_hidden_moment_that_says_it_does_not_take_its_place(index: Index) -> None:
    closed = {"permissions": {"allowedUsers": [{"email": "ann@example.com"}]}}
    said = segment("t1", 0, "Taproot it is.", title="Taproot", **closed)
    index.write([("t1", [said, segment("t1", 1, "Hello.", title="Taproot")])], 1)
    assert ids(find(index, "taproot")) == ["t10000"]
    assert ids(find(index, "taproot", asker=Asker("bob@example.com"))) == ["t10001"]

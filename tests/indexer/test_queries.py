"""A small campaign of random queries; ``python -m tests.benchmarks.queries`` is the long one."""

from __future__ import annotations

from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.queries import KINDS, SLOW, archive, campaign, queries


def test_random_queries_neither_fail_nor_take_long(index: Index) -> None:
    index.rewrite(archive(300, seed=5), 1, "f")
    failed, times = campaign(index, count=120, seconds=30, seed=5)
    assert failed == []
    assert [each for each in times if each[0] > SLOW] == []
    assert {kind for _, kind, _ in times} == {make.__name__ for make in KINDS}


def test_the_same_seed_asks_the_same() -> None:
    def first(seed: int) -> list[tuple[str, str]]:
        return [query for _, query in zip(range(50), queries(["rye", "bread"], seed), strict=False)]

    assert first(3) == first(3) != first(4)


def test_of_many_words_spelled_nearly_the_first_are_looked_up(index: Index) -> None:
    index.rewrite(archive(100, seed=5), 1, "f")
    result = search(index, SearchRequest(" ".join(f"bread{n}~" for n in range(20))))
    assert "Only the first 8 words with ~" in " ".join(result.hints)

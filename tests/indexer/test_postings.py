"""Posting lists as arrays: places of a few documents are read from their blocks alone, and are the same."""

from __future__ import annotations

import random
from itertools import accumulate
from pathlib import Path
from pickle import dumps

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from whoosh.codec.whoosh3 import STORED_COLUMN
from whoosh.formats import Positions

from indexer import blocks, terms
from indexer import leaf as segment
from indexer.leaf import Leaf
from indexer.lists import listed, numbers_of
from indexer.postings import PLACE, PLACE_BITS, Places, PostingCache
from indexer.store import Index
from tests.indexer.support import recording

WORDS = ["common", "often", "seldom", "a", "the", "of", "where"]


def test_places_of_some_documents_are_those_of_the_whole_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    draw = random.Random(7)
    texts = [" ".join(draw.choices(WORDS, [40, 20, 1, 9, 9, 9, 9], k=draw.randrange(1, 30))) for _ in range(900)]
    with Index.create(tmp_path / "index", "f", [recording("a", *texts)]) as index, index.reading() as view:
        (opened,) = view.leaves

        def leaf() -> Leaf:
            return Leaf(opened.reader, 0, PostingCache())

        for word in (*WORDS, "nobody"):
            numbers = np.sort(np.array(draw.sample(range(opened.size), 60)))
            whole = leaf().said("text", word, numbers)
            with monkeypatch.context() as patch:
                patch.setattr(segment, "LONG", 0)
                some = leaf()
                for _ in range(2):  # read, and kept
                    told = some.said("text", word, numbers)
                    assert [part.tolist() for part in told] == [part.tolist() for part in whole]
            which, counts, places = whole
            assert len(which) == len(counts) and counts.sum() == len(places)
        assert len(leaf().postings("text", "common").blocks.rows) > 4


STEPS = st.lists(st.integers(0, 130) | st.integers(250, 70_000), min_size=1, max_size=40)


@given(st.lists(STEPS, max_size=30), st.booleans())
@example([[1], [0] * 1001, [2, 3], [256], [65_536, 4], [255] * 300, [], [7], []], True)
def test_places_are_read_all_at_once_as_one_by_one(steps: list[list[int]], ended: bool) -> None:
    """Whether their numbers take one byte, as nearly all do, or more; and whether Whoosh took the pickles' ends off."""
    said = [list(accumulate(row)) for row in steps]
    values = [Positions().encode(row) for row in said]
    values = [value if value.endswith(b".") or not ended else value + b"." for value in values]
    numbers = np.arange(len(said), dtype=np.int32) * 3
    places = Places.of(numbers, values)
    assert places.starts.tolist() == [0, *accumulate(map(len, said))]
    assert (places.keys & PLACE).tolist() == [word for row in said for word in row]
    assert (places.keys >> PLACE_BITS).tolist() == [number * 3 for number, row in enumerate(said) for _ in row]


def test_lists_and_columns_are_read_as_whoosh_reads_them(tmp_path: Path) -> None:
    draw = random.Random(3)
    texts = [" ".join(draw.choices(WORDS, [40, 20, 1, 9, 9, 9, 9], k=draw.randrange(1, 30))) for _ in range(400)]
    with Index.create(tmp_path / "index", "f", [recording("a", *texts)]) as index, index.reading() as view:
        (leaf,) = view.leaves
        for word in WORDS:
            matcher, numbers, weights = leaf.reader.postings("text", word), [], []
            while matcher.is_active():
                numbers.append(matcher.id())
                weights.append(matcher.weight())
                matcher.next()
            alone = Leaf(leaf.reader, 0, PostingCache()).numbers("text", word)
            told = leaf.postings("text", word)
            assert (told.numbers.tolist(), told.weights.tolist()) == (numbers, weights)
            assert alone.tolist() == numbers and leaf.numbers("text", word) is told.numbers
        every = range(leaf.size)
        for name in ("id", "cues", "start"):
            theirs = leaf.reader.column_reader(name)
            assert [leaf.column(name)[number] for number in every] == [theirs[number] for number in every]
        stored = leaf.reader._perdoc.column_reader("_stored", STORED_COLUMN)
        assert [leaf.stored(number) for number in every] == [stored[number] for number in every]


def test_terms_are_read_as_whoosh_reads_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terms, "_AT_ONCE", 7)
    monkeypatch.setattr(terms, "_NEAR", 2)
    said = " ".join(f"w{number}" for number in range(300)) + " müller żółw 東京都 " + " ".join("w1" for _ in range(9))
    with Index.create(tmp_path / "index", "f", [recording("a", said, "w1 w20 w200", "žal")]) as index:
        with index.reading() as view:
            (leaf,) = view.leaves
        whoosh, ours = leaf.reader._terms, terms.Terms(leaf.reader)
        for name in (*whoosh._fieldmap, "nothing"):
            theirs = [
                (key, value) for key, value in whoosh._tindex.items() if key.startswith(whoosh._keycoder(name, b""))
            ]
            assert list(ours.entries(name)) == [(key[2:], value) for key, value in theirs]
            counts = {key[2:].decode(): whoosh.doc_frequency(name, key[2:]) for key, _ in theirs}
            for prefix in ("", "w", "w2", "w20", "w200", "w2000", "m", "zol", "東", "\udcff"):
                found = {term: count for term, count in counts.items() if term.startswith(prefix)}
                assert ours.frequencies(name, prefix) == found and ours.beginning(name, prefix) == tuple(found)
            assert [ours.get(name, term) for term in counts] == [value for _, value in theirs]
            assert ours.get(name, "w2000") is None


@pytest.mark.parametrize("step", [1, 300, 70_000])
@pytest.mark.parametrize("weights", [[1.0], [3.0], [1.0, 2.0, 5.0]])
@pytest.mark.parametrize("protocol", [None, 2, 4])  # as they are pickled, as Whoosh pickles them, and otherwise
def test_lists_without_their_places_are_the_same(
    step: int, weights: list[float], protocol: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks, "dumps", lambda told, usual: dumps(told, protocol or usual))
    monkeypatch.setattr(blocks, "_head", blocks._head.__wrapped__)
    for size in (1, 2, 3, 4, 15, 16, 127, 128, 129, 300):
        numbers = list(accumulate(step if at % 5 else 1 for at in range(size)))
        said = [weights[at % len(weights)] for at in range(size)]
        for values in ([f"places {at}".encode() for at in range(size)], []):
            written, _ = blocks.encode(blocks.Postings(numbers, said, values), 0)
            told, whole = listed(written, values=False), listed(written, values=True)
            assert numbers_of(written).tolist() == told.numbers.tolist() == whole.numbers.tolist() == numbers
            assert told.weights.tolist() == whole.weights.tolist() == said
            assert told.rows.tolist() == whole.rows.tolist() and told.ends == whole.ends
            assert list(whole.values) == values


def test_what_is_kept_grows_with_the_index_and_is_bounded() -> None:
    cache = PostingCache()
    cache.suit(10**6)
    for number in range(100):
        cache.put(("list", number), number, 10**6)
    assert cache.get(("list", 99)) == 99 and cache.get(("list", 60)) == 60 and cache.get(("list", 59)) is None
    cache.suit(10)
    cache.put(("list", 100), 100, 10**6)
    assert cache.get(("list", 100)) == 100 and cache.get(("list", 90)) == 90 and cache.get(("list", 89)) is None

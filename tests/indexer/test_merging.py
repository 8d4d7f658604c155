"""Merges: in a commit and beside it, with what is deleted meanwhile; the same documents, scores and positions after."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from whoosh import index as whoosh_index

from indexer import commits, merging
from indexer.document import Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.indexer.support import recording, sample

ASKED = ("word1", "word1 word2", '"word3 word4"', "speaker:anna", "word5 -word6", "wor*", "after:2024-01-01 word2")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Merges of few documents already."""
    monkeypatch.setattr(merging, "SMALL", 20)
    yield


def talk(number: int, version: int = 0) -> tuple[str, list[Document]]:
    draw = random.Random(f"{number} {version}")
    said = [" ".join(f"word{draw.randint(0, 30)}" for _ in range(draw.randint(3, 300))) for _ in range(12)]
    return recording(f"t{number:03d}", *said, tags=[f"tag{number % 3}"])


def told(index: Index) -> Any:
    found = [search(index, SearchRequest(query, limit=1000)) for query in ASKED]
    hits = [(one.total, one.facets, sorted((hit.id, hit.text, hit.start) for hit in one.hits)) for one in found]
    return hits, [(one.canonical, one.cues) for one in index.documents()]


def pieces(index: Index) -> int:
    with index.reading() as view:
        return len(view.leaves)


@pytest.mark.usefixtures("eager")
def test_an_index_of_many_commits_says_what_one_of_a_single_commit_says(index: Index, tmp_path: Path) -> None:
    for number in range(25):
        index.write([talk(number)], number + 1)
        assert pieces(index) <= merging.MAX_SEGMENTS
        if number % 4 == 3:
            index.write([talk(number - 2, version=1), (f"t{number - 3:03d}", [])], number + 1)
    index.write([("c1", [sample("c1", 0, "word1 made up")])], 30)
    index.settle()
    assert pieces(index) <= 5
    last = {f"t{n:03d}": talk(n, version=int(n % 4 == 1 and n < 24)) for n in range(25) if not (n % 4 == 0 and n < 24)}
    with Index.create(tmp_path / "once", "f", [*last.values(), ("c1", [sample("c1", 0, "word1 made up")])]) as once:
        assert told(once) == told(index)
        once.rewrite([talk(1)], 2, "f")
        assert pieces(once) == 1
    with whoosh_index.open_dir(str(index.folder)).searcher() as searcher:
        assert searcher.doc_count() == len(list(index.documents())) + 1, (
            "plain Whoosh counts what says what it shows too"
        )


def test_what_is_deleted_while_it_is_merged_stays_deleted(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "SMALL", 5)  # nothing is taken along, so that five segments lie there
    monkeypatch.setattr(merging, "_WANTED", 100)
    for number in range(5):
        index.write([talk(number)], number + 1)
    assert pieces(index) == 5
    monkeypatch.setattr(merging, "_WANTED", 4)
    merged = index._merger._merged

    def meanwhile(sources: list[Any]) -> Any:
        result = merged(sources)
        with Index.open(index.folder) as other:
            other.write([talk(0, version=1), ("t001", [])], 7)
        return result

    monkeypatch.setattr(index._merger, "_merged", meanwhile)
    index.write([talk(5)], 6)
    index._merger.wait()
    assert pieces(index) < 7
    assert [one.canonical for one in index.documents()] == [
        one.canonical
        for _, documents in [talk(0, 1), *map(talk, range(2, 6))]
        for one in sorted(documents, key=lambda d: d.id)
    ]


@pytest.mark.usefixtures("eager")
def test_deletions_give_their_space_back(index: Index) -> None:
    index.write([talk(number) for number in range(20)], 1)
    before = sum(path.stat().st_size for path in index.folder.iterdir())
    for number in range(16):
        index.write([(f"t{number:03d}", [])], number + 2)
        index.settle()  # else how much is deleted when the last merge begins is up to the clock
    assert sum(path.stat().st_size for path in index.folder.iterdir()) < before / 3
    assert index.counts() == {"transcript": 4, "segment": 48}


@pytest.mark.usefixtures("eager")
def test_a_merge_that_is_stopped_or_fails_changes_nothing(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(12):
        index.write([talk(number)], number + 1)
    before = told(index)
    index.close()
    with Index.open(index.folder, writer=True) as again:
        assert told(again) == before
        monkeypatch.setattr(again._merger, "_merged", lambda *_: None)
        again.write([talk(12)], 13)
        again.settle()
        assert again.counts()["segment"] == 13 * 12
    assert not (index.folder / "MAIN.merged").exists()


def test_after_a_merge_that_could_not_be_tried_the_next_commit_tries_again(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "SMALL", 10)

    def none(*_: Any, **__: Any) -> None:
        raise OSError("no process to be had")

    with monkeypatch.context() as without:
        without.setattr(merging.subprocess, "Popen", none)
        for number in range(8):
            index.write([talk(number)], number + 1)
        index.settle()
    before = len(index._view.leaves)
    index.write([talk(8)], 9)
    index.settle()
    assert len(index._view.leaves) < before and index.counts()["transcript"] == 9


@pytest.mark.parametrize("at_work", [False, True])
def test_a_merge_ends_with_the_process_that_began_it(at_work: bool, tmp_path: Path) -> None:
    asleep = "import time; from indexer import merging\n"
    asleep += "merging._merge = lambda *_: (print('at work', flush=True), time.sleep(60))\nmerging.main()"
    command = [sys.executable, "-c", asleep, str(tmp_path), str(tmp_path / "MAIN.merged"), "name"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as child:
        assert child.stdin and child.stdout
        if at_work:
            assert child.stdout.readline() == b"at work\n"
        child.stdin.close()  # as the system does for a process that is killed
        assert child.wait(30) == 1


def test_an_index_larger_than_the_memory_for_it_is_built_in_pieces(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Index.create(tmp_path / "whole", "f", map(talk, range(30)), 1) as index:
        expected = told(index)
    monkeypatch.setattr(commits, "MOST_POSTINGS", 2_000)
    with Index.create(tmp_path / "pieces", "f", map(talk, range(30)), 1) as index:
        assert len(index._view.leaves) == 1 and told(index) == expected
    with Index.open(tmp_path / "pieces", writer=True) as index:
        assert told(index) == expected

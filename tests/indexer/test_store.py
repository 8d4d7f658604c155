"""The index on disk: what goes in comes out, whole or not at all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from indexer import IndexBusy, IndexMissing, IndexOutdated, IndexUnsafe, commits, view
from indexer.document import Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.indexer.support import recording, sample, segment


def payloads(index: Index) -> list[dict[str, Any]]:
    return [document.payload for document in index.documents()]


def test_a_new_index_is_empty_and_knows_what_it_shows(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "index"
    with Index.create(folder, "settings-1") as index:
        assert (index.generation, index.fingerprint, dict(index.counts())) == (0, "settings-1", {})
        assert list(index.documents()) == []
    assert folder.stat().st_mode & 0o777 == 0o700
    with Index.open(folder) as index:
        assert index.fingerprint == "settings-1"


def test_documents_come_out_as_they_went_in(index: Index) -> None:
    group, documents = recording("t1", "one", "zwei Äpfel", "東京")
    index.write([(group, documents)], 1)
    assert list(index.documents()) == sorted(documents, key=lambda document: document.id)
    assert index.get("t10001") == documents[2]
    assert index.get("t19999") is None
    assert index.get("#index") is None
    assert list(index.documents("transcript")) == [documents[0]]
    assert [one.id for one in index.documents("segment", "t1")] == ["t10000", "t10001", "t10002"]
    assert index.counts() == {"transcript": 1, "segment": 3}


def test_a_group_is_replaced_as_one(index: Index) -> None:
    index.write([recording("t1", "old one", "old two"), recording("t2", "stays")], 1)
    index.write([recording("t1", "new")], 2)
    assert [one.text for one in index.documents("segment")] == ["new", "stays"]
    assert search(index, SearchRequest("old")).total == 0
    index.write([("t1", [])], 3)
    assert index.counts() == {"transcript": 1, "segment": 1}
    assert index.generation == 3


def test_samples_are_a_group_of_their_checkpoint(index: Index) -> None:
    index.write([("c1", [sample("c1", 0, "made up"), sample("c1", 1, "more")])], 1)
    assert index.counts() == {"sample": 2}
    index.write([("c1", [])], 2)
    assert index.counts() == {}


def test_rewriting_replaces_everything_with_its_fingerprint(index: Index) -> None:
    index.write([recording("t1", "one"), recording("t2", "two")], 5)
    index.rewrite([recording("t3", "three")], 9, "settings-2")
    assert [one.id for one in index.documents()] == ["t3", "t30000"]
    assert (index.generation, index.fingerprint) == (9, "settings-2")


def test_generation_and_documents_change_together_for_a_reader(index: Index) -> None:
    with Index.open(index.folder) as reader:
        index.write([recording("t1", "hello")], 7)
        assert (reader.generation, dict(reader.counts())) == (0, {})
        assert reader.refresh()
        assert (reader.generation, reader.counts()["segment"]) == (7, 1)
        assert not reader.refresh()


def test_an_error_on_the_way_changes_nothing_and_frees_the_lock(index: Index) -> None:
    index.write([recording("t1", "kept")], 1)

    def failing() -> Iterator[tuple[str, list[Document]]]:
        yield recording("t1", "half")
        yield recording("t2", "half")
        raise ConnectionError("the source went away")

    for write in (lambda: index.write(failing(), 2), lambda: index.rewrite(failing(), 2, "other")):
        with pytest.raises(ConnectionError):
            write()
        assert [one.text for one in index.documents("segment")] == ["kept"]
        assert (index.generation, index.fingerprint) == (1, "fingerprint")
        assert sorted(path.suffix for path in index.folder.iterdir()) == ["", ".seg", ".toc"]
    index.write([recording("t2", "works")], 2)
    assert index.counts()["segment"] == 2


def test_a_failed_commit_frees_the_lock(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    index.write([recording("t1", "kept")], 1)
    with monkeypatch.context() as patched:

        def full(*_: object, **__: object) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space"):
            index.write([recording("t2", "lost")], 2)
    index.write([recording("t3", "works")], 3)
    assert [one.text for one in index.documents("segment")] == ["kept", "works"]


@pytest.mark.parametrize(
    "changes",
    [
        [recording("t1", "a"), recording("t1", "b")],
        [("t1", [segment("t2", 0, "of another group")])],
        [("t1", [segment("t1", 0, "same id"), segment("t1", 0, "same id")])],
    ],
    ids=["group twice", "wrong group", "id twice"],
)
def test_contradictory_changes_are_refused(index: Index, changes: Any) -> None:
    with pytest.raises(ValueError):
        index.write(changes, 1)
    assert (index.generation, dict(index.counts())) == (0, {})


def test_one_writer_at_a_time(index: Index) -> None:
    other = Index.open(index.folder)

    def changes() -> Iterator[tuple[str, list[Document]]]:
        with pytest.raises(IndexBusy):
            other.write([recording("t2", "no")], 5)
        with pytest.raises(IndexBusy):
            Index.open(index.folder, writer=True)
        yield recording("t1", "yes")

    index.write(changes(), 1)
    other.write([recording("t2", "now")], 2)
    assert other.counts()["segment"] == 2
    other.close()


def test_many_commits_keep_few_files_and_all_documents(index: Index) -> None:
    for number in range(40):
        index.write([recording(f"t{number:02d}", f"word{number} common")], number)
    assert len(list(index.folder.glob("*.seg"))) <= 10
    assert search(index, SearchRequest("common")).total == 40
    assert search(index, SearchRequest("word17")).hits[0].id == "t170000"


def test_plain_whoosh_reads_the_index(index: Index) -> None:
    from whoosh import index as whoosh_index
    from whoosh.query import Phrase

    index.write([recording("t1", "we plan the budget", "for next year")], 1)
    with whoosh_index.open_dir(str(index.folder)).searcher() as searcher:
        found = searcher.search(Phrase("text", ["the", "budget"]))
        assert [json.loads(hit["payload"])["id"] for hit in found] == ["t10000"]


class TestUnsafe:
    def test_missing(self, tmp_path: Path) -> None:
        with pytest.raises(IndexMissing):
            Index.open(tmp_path / "nowhere")
        with pytest.raises(IndexMissing):
            Index.open(tmp_path)

    def test_a_folder_that_others_may_write_is_refused(self, index: Index) -> None:
        index.folder.chmod(0o770)
        with pytest.raises(IndexUnsafe):
            Index.open(index.folder)

    def test_another_schema_is_to_be_rebuilt(self, index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(view, "SCHEMA_VERSION", 999)
        with pytest.raises(IndexOutdated):
            Index.open(index.folder)

    def test_one_whose_terms_and_groups_were_named_otherwise_is_to_be_rebuilt(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        with monkeypatch.context() as then:
            for module in (commits, view):
                then.setattr(module, "SCHEMA_VERSION", 4)
            Index.create(tmp_path / "index", "").close()
        with pytest.raises(IndexOutdated):
            Index.open(tmp_path / "index")


def test_a_reader_sees_old_or_new_and_never_half(index: Index) -> None:
    """A group of five texts is rewritten again and again, each time all five with the number of the write."""
    done = threading.Event()
    problems: list[str] = []

    def read() -> None:
        reader = Index.open(index.folder)
        while not done.is_set():
            reader.refresh()
            said = {one.text for one in reader.documents("segment")}
            found = search(reader, SearchRequest("version", limit=50))
            if len(said) > 1 or found.total not in (0, 5) or len({hit.text for hit in found.hits}) > 1:
                problems.append(f"{said} {found.total}")
            Index.open(index.folder).close()
        reader.close()

    threads = [threading.Thread(target=read) for _ in range(2)]
    for thread in threads:
        thread.start()
    try:
        for number in range(25):
            index.write([recording("t1", *[f"version {number}"] * 5)], number)
    finally:
        done.set()
        for thread in threads:
            thread.join()
    assert problems == []


def test_searches_go_on_while_the_same_process_writes(index: Index) -> None:
    index.write([recording("t1", "before")], 1)
    begun, go = threading.Event(), threading.Event()

    def slowly() -> Iterator[Any]:
        yield recording("t1", "after")
        begun.set()
        assert go.wait(30)
        yield recording("t2", "more")

    with ThreadPoolExecutor(2) as pool:
        written = pool.submit(index.write, slowly(), 2)
        assert begun.wait(30)
        try:
            found = pool.submit(search, index, SearchRequest("before OR after")).result(30)
            assert [hit.text for hit in found.hits] == ["before"]
        finally:
            go.set()
        written.result(30)
    assert search(index, SearchRequest("before OR after OR more")).total == 2


_WRITER = """
import sys
from indexer.store import Index
from tests.indexer.support import recording
index = Index.open(sys.argv[1], writer=True)
number = index.generation
while True:
    number += 1
    print(f"began {number}\\n", end="", flush=True)  # in one piece, however Python is told to buffer
    index.write([recording("t1", *[f"version {number}"] * 20), recording(f"x{number:04d}", "extra")], number)
    print(f"wrote {number}\\n", end="", flush=True)
"""


def test_a_killed_writer_leaves_the_old_state_or_the_new(index: Index) -> None:
    acknowledged = 0
    for round_number in range(10):
        child = subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(index.folder)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        assert child.stdout is not None
        for line in child.stdout:
            word, number = line.split()
            if word == "wrote":
                acknowledged = int(number)
            elif int(number) > acknowledged and acknowledged % 3 == round_number % 3:
                # Somewhere in the commit: how far it gets is up to the machine.
                threading.Event().wait(0.004 * (round_number * 7 % 8))
                break
        os.kill(child.pid, signal.SIGKILL)
        rest = child.stdout.read()
        child.wait()
        child.stdout.close()
        acknowledged = max([acknowledged, *(int(line.split()[1]) for line in rest.splitlines() if "wrote" in line)])
        with Index.open(index.folder, writer=True) as after:
            assert acknowledged <= after.generation <= acknowledged + 1
            acknowledged = after.generation
            if acknowledged:
                assert {one.text for one in after.documents("segment", "t1")} == {f"version {acknowledged}"}
                assert after.counts()["segment"] == 20 + acknowledged
            live = {segment.segment_id() for segment in view.whoosh_of(after._storage)._segments()}
            kept = {path.name.split(".")[0] for path in index.folder.iterdir()}
            assert kept == live | {f"_MAIN_{view.whoosh_of(after._storage).latest_generation()}", "MAIN_WRITELOCK"}
    index.refresh()
    index.write([recording("t1", "after")], acknowledged + 1)
    assert [one.text for one in index.documents("segment", "t1")] == ["after"]

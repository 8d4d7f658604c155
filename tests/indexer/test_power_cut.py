"""What is on the disk at every step of a commit, call by call, were the power cut there."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from whoosh.index import TOC

from indexer import merging
from indexer import storage as files
from indexer.schema import make_schema
from indexer.store import Index
from tests.indexer.support import recording


@dataclass
class Disk:
    """Keeps what a disk surely has of a folder: of files what was synced, of names those at its own last sync."""

    folder: Path
    calls: list[str] = field(default_factory=list)
    contents: dict[int, bytes] = field(default_factory=dict)  # by inode
    names: dict[str, int] = field(default_factory=dict)
    states: list[dict[str, bytes]] = field(default_factory=list)  # that a cut may leave, after each call

    def begin(self) -> None:
        """All that is there now is on the disk."""
        self.names = self._now()
        self.contents = {inode: (self.folder / name).read_bytes() for name, inode in self.names.items()}

    def synced(self, descriptor: int) -> None:
        path = Path(f"/proc/self/fd/{descriptor}").resolve()
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            self.names = self._now()
        else:
            self.contents[os.fstat(descriptor).st_ino] = path.read_bytes()
        self.note(f"sync {'folder' if path == self.folder else path.suffix if path.suffix == '.seg' else 'table'}")

    def note(self, call: str) -> None:
        """``call`` was made; a cut now leaves the names at the last sync of the folder, or already those of now."""
        self.calls.append(call)
        for names in (self.names, self._now()):
            self.states.append({name: self.contents.get(inode, b"") for name, inode in names.items()})

    def after_each_cut(self, under: Path) -> Iterator[Path]:
        """The folder as each cut may leave it, in a folder of its own."""
        for number, state in enumerate(self.states[:]):  # opening them is watched too
            folder = under / f"cut{number}"
            folder.mkdir(mode=0o700)
            for name, content in state.items():
                (folder / name).write_bytes(content)
            yield folder

    def _now(self) -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in self.folder.iterdir() if path.is_file()}


@pytest.fixture
def disk(index: Index, monkeypatch: pytest.MonkeyPatch) -> Iterator[Disk]:
    index.write([recording("t1", "old one", "old two")], 1)
    watched = Disk(index.folder.resolve())
    watched.begin()
    fsync, rename, unlink = os.fsync, os.rename, os.unlink

    def synced(descriptor: int) -> None:
        fsync(descriptor)
        watched.synced(descriptor)

    def renamed(old: str, new: str) -> None:
        rename(old, new)
        watched.note("rename")

    def removed(path: str) -> None:
        unlink(path)
        if Path(path).parent == index.folder and str(path).endswith((".toc", ".seg")):
            watched.note("remove")

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "rename", renamed)
    monkeypatch.setattr(os, "unlink", removed)
    yield watched


@pytest.mark.parametrize("rewrite", [False, True])
def test_a_power_cut_at_any_call_leaves_the_old_state_or_the_new(
    index: Index, disk: Disk, tmp_path: Path, rewrite: bool
) -> None:
    changes = [recording("t1", "new one", "new two"), recording("t2", "more")]
    if rewrite:
        index.rewrite(changes, 2, "fingerprint")
    else:
        index.write(changes, 2)
    assert disk.calls[:5] == ["sync .seg", "sync table", "sync folder", "rename", "sync folder"]
    assert set(disk.calls[5:]) == {"remove"}
    seen = []
    for folder in disk.after_each_cut(tmp_path):
        with Index.open(folder, writer=True) as after:
            texts = [document.text for document in after.documents("segment")]
            assert texts == (["old one", "old two"] if after.generation == 1 else ["new one", "new two", "more"])
            seen.append(after.generation)
    assert seen == sorted(seen) and seen[-1] == 2 and seen[2 * disk.calls.index("rename") + 2] == 2


def test_a_power_cut_at_any_call_of_a_merge_leaves_all_documents(
    index: Index, disk: Disk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(merging, "SMALL", 1)  # each commit makes a segment of its own
    index.write([recording("t2", "more")], 2)
    index.write([recording("t1", "new one", "new two")], 3)  # leaves the first segment with deleted documents
    disk.begin()
    disk.calls.clear()
    disk.states.clear()
    with index.reading() as view:
        names = frozenset(leaf.reader.segment().segment_id() for leaf in view.leaves)
    assert len(names) > 1
    # What ``Merger`` has another process do, in this one, where its calls are seen.
    target = index.folder / files.MERGED
    merging._merge(files.DurableStorage(index.folder), target, names)
    result, *merged = TOC.read(files.DurableStorage(target), files.NAME, schema=make_schema()).segments
    assert index._adopt(merging.Merge(tuple(merged), result, target))
    calls = disk.calls
    committed = len(calls) - 1 - calls[::-1].index("rename")
    assert calls.index("sync .seg") < committed and calls[committed - 2 :][:2] == ["sync table", "sync folder"]
    assert calls[committed + 1] == "sync folder" and set(calls[committed + 2 :]) == {"remove"}
    segments = []
    for folder in disk.after_each_cut(tmp_path):
        with Index.open(folder, writer=True) as after, after.reading() as view:
            assert [document.text for document in after.documents("segment")] == ["new one", "new two", "more"]
            segments.append(len(view.leaves))
    assert segments == sorted(segments, reverse=True) and segments[-1] == 1

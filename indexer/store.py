"""The index on disk: documents go in by groups, in commits that are whole or not at all.

One writer (Whoosh's lock says who), any number of readers, each at the last commit it has read. Which
documents there are and when they change is the caller's business; so is what generation and fingerprint mean.
"""

from __future__ import annotations

import shutil
import threading
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

from whoosh.index import TOC

from indexer import storage as files
from indexer.building import SegmentBuilder
from indexer.commits import META, Group, add_group, commit, meta, new_segment, sweep, write_anew
from indexer.document import Document
from indexer.errors import IndexProblem
from indexer.leaf import first
from indexer.merging import Merge, Merger, to_take_along
from indexer.postings import PostingCache
from indexer.schema import make_schema
from indexer.view import View, document_at, numbers_of, open_view, patiently, whoosh_of


class Index:
    """An open index. Safe to share between threads: they take turns."""

    def __init__(self, folder: Path, storage: files.DurableStorage) -> None:
        """Use ``create`` or ``open``."""
        self.folder = folder
        self._storage = storage
        self._turns = threading.RLock()  # of whoever writes; searches go on with the commit there is
        self._lock = threading.RLock()  # of the view: who reads it, and who moves on to the next
        self._schema = make_schema()
        self._read = PostingCache()
        self._view = patiently(folder, partial(open_view, storage, self._read))
        self._merger = Merger(folder, self._adopt)
        self.after_merge: Callable[[], object] = lambda: None  # what a merged segment needs besides

    @classmethod
    def create(cls, folder: Path | str, fingerprint: str, groups: Iterable[Group] = (), generation: int = 0) -> Index:
        """A new index of ``groups`` in ``folder`` (made if need be, mode 0700), in place of any that is there.

        Nothing of the old one is read, and until the one commit at the end searches go on with it, be it damaged.
        ``fingerprint`` names the configuration that the documents are made with. Raises ``IndexBusy`` while
        another writer is at work, ``IndexUnsafe`` where the folder is another user's, ``ValueError`` as ``write``.
        """
        path = Path(folder)
        files.make_safe(path)
        storage = files.DurableStorage(path)
        with files.write_lock(storage):
            write_anew(storage, groups, generation, fingerprint)
        return cls(path, storage)

    @classmethod
    def open(cls, folder: Path | str, *, writer: bool = False) -> Index:
        """The index in ``folder``; ``writer``: this process will write, so sweep what a killed one left and check
        every byte (a second for a million documents). Others check what they read when they read it.

        Raises ``IndexMissing``, ``IndexDamaged`` (rebuild it), ``IndexUnsafe``, and ``IndexBusy`` for a
        writer where another is at work.
        """
        path = Path(folder)
        files.check_safe(path)
        index = cls(path, files.DurableStorage(path))
        if writer:
            index.sweep()
            index.check()
        return index

    @property
    def generation(self) -> int:
        """What the last commit seen was said to show."""
        return self._view.generation

    @property
    def fingerprint(self) -> str:
        return self._view.fingerprint

    def write(self, changes: Iterable[Group], generation: int) -> None:
        """Replaces the documents of each group named in ``changes``, in one commit; an empty group is deleted.

        All or nothing: whatever is raised on the way, by ``changes`` itself too, leaves the index as it was.
        Raises ``ValueError`` for a group named twice, a document of another group and two with one id in a group,
        ``IndexBusy``, ``IndexDamaged``.
        """
        with self._writing() as builder:
            toc = TOC.read(self._storage, files.NAME, schema=self._schema)
            seen: set[str] = set()
            for group, documents in changes:
                if group in seen:
                    raise ValueError(f"group {group!r} is written twice in one commit")
                seen.add(group)
                add_group(builder, group, list(documents))
            self._delete(toc.segments, seen)
            builder.add(meta(generation, self.fingerprint))
            living = [segment for segment in toc.segments if segment.doc_count()]
            taken = to_take_along(living, builder.documents, self._merger.busy)
            for segment in taken:
                builder.merge(segment, self._storage)
            kept = [segment for segment in living if segment not in taken]
            commit(self._storage, [*kept, builder.finish()], toc.generation + 1)

    def rewrite(self, groups: Iterable[Group], generation: int, fingerprint: str) -> None:
        """Replaces everything by ``groups``, in one commit and in bounded memory; each group comes once.

        All or nothing, as with ``write``.
        """
        with self._turns, files.write_lock(self._storage):
            write_anew(self._storage, groups, generation, fingerprint)
        self.refresh()

    def check(self) -> None:
        """Raises ``IndexDamaged`` unless every byte of the newest commit is as it was written."""
        for segment in whoosh_of(self._storage)._segments():
            self._storage.open_file(segment.make_filename(segment.COMPOUND_EXT)).check()

    @property
    def merging(self) -> bool:
        """Whether segments are merged in the background now."""
        return bool(self._merger.busy)

    def settle(self) -> None:
        """Waits until nothing is merged in the background any more."""
        self._merger.wait()

    def sweep(self) -> list[str]:
        """Removes the files which killed writers left; returns their names. Raises ``IndexBusy``."""
        with self._turns, files.write_lock(self._storage):
            shutil.rmtree(self.folder / files.MERGED, ignore_errors=True)
            return sweep(self._storage)

    def refresh(self) -> bool:
        """Moves on to the newest commit, if there is one since; says whether. Costs a look at the folder."""
        with self._lock:
            if self._view.index.latest_generation() == self._view.commit:
                return False
            old, self._view = self._view, patiently(self.folder, partial(open_view, self._storage, self._read))
            old.reader.close()
            return True

    @contextmanager
    def reading(self) -> Iterator[View]:
        """The current commit, for this thread alone; reading damaged bytes of it raises ``IndexDamaged``."""
        with self._lock:
            yield self._view

    def get(self, id: str) -> Document | None:
        """The document with this id."""
        with self.reading() as view:
            found = first(view.reader, "id", id)
            return None if found is None or id == META else document_at(view.reader, found)

    def documents(self, kind: str | None = None, group: str | None = None) -> Iterator[Document]:
        """The documents in the order of their ids, all of one commit, while others write."""
        with self._lock:
            reader = patiently(self.folder, lambda: whoosh_of(self._storage).reader())
        try:
            for _, number in numbers_of(reader, kind, group):
                yield document_at(reader, number)
        finally:
            reader.close()

    def counts(self) -> Counter[str]:
        """How many documents there are of each kind."""
        with self.reading() as view:
            kinds = {term.decode() for term in view.reader.lexicon("kind")}
            counted: Counter[str] = Counter()
            for leaf in view.leaves:
                for kind in kinds:
                    counted[kind] += len(leaf.alive(leaf.any_of("kind", [kind])))
            return +counted

    def close(self) -> None:
        """Closes the files of the current commit, and stops a merge that runs."""
        self._merger.close()
        with self._lock:
            if not self._view.reader.is_closed:
                self._view.reader.close()

    def __enter__(self) -> Index:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @contextmanager
    def _writing(self) -> Iterator[SegmentBuilder]:
        """A new segment, at the newest commit and under the lock; what fails is undone, what is committed is seen."""
        with self._turns:
            with files.write_lock(self._storage):
                self.refresh()
                builder = new_segment(self._storage)
                try:
                    yield builder
                except BaseException:
                    builder.abandon()
                    with suppress(Exception):
                        sweep(self._storage)
                    raise
            self.refresh()
            self._consider()

    def _adopt(self, merge: Merge) -> bool:
        """Commits what the merger made; not so where its sources were written anew, or another process writes now."""
        adopted = False
        with self._turns, suppress(IndexProblem, OSError), files.write_lock(self._storage):
            toc = TOC.read(self._storage, files.NAME, schema=self._schema)
            sources = {segment.segment_id() for segment in merge.sources}
            if not sources <= {segment.segment_id() for segment in toc.segments}:
                return False
            for number in merge.deleted_since(toc.segments):
                merge.result.delete_document(number)
            self._storage.take(merge.folder, merge.result.make_filename(merge.result.COMPOUND_EXT))
            kept = [segment for segment in toc.segments if segment.segment_id() not in sources]
            commit(self._storage, [merge.result, *kept], toc.generation + 1)
            self.refresh()
            self._consider()
            adopted = True
        if adopted:
            self.after_merge()
        return adopted

    def _consider(self) -> None:
        """Has the segments of the current commit merged, where it is worth while."""
        self._merger.consider([leaf.reader.segment() for leaf in self._view.leaves])

    def _delete(self, segments: Sequence[Any], groups: Collection[str]) -> None:
        """Deletes the committed documents of ``groups``, and what says what the index shows, from ``segments``, which
        are of the view's commit.
        """
        named = {segment.segment_id(): segment for segment in segments}
        with self.reading() as view:
            for leaf in view.leaves:
                segment = named[leaf.reader.segment().segment_id()]
                for name, value in (("id", META), *(("group", group) for group in groups)):
                    for number in leaf.alive(leaf.any_of(name, [value])).tolist():
                        segment.delete_document(number)

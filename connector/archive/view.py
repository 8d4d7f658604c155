"""The index as a view of the ledger: whatever changed since the generation it shows is derived anew and replaced.

There is one way from ledger to index, for a dropped file as for a start after a crash: ``sync``. Nothing is indexed
twice or missed, because the index commits the generation together with the documents.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from functools import partial

from connector.archive.checkpoints import forget_samples_in_reports, revoke
from connector.archive.documents import fingerprint
from connector.archive.embedding import embedder_of
from connector.archive.groups import Progress, all_documents, group_documents, is_foreign, nothing, stands_alone
from connector.archive.ledger import PURGE, Ledger
from connector.config import Settings
from indexer import Document, IndexDamaged, IndexMissing, IndexOutdated
from indexer.store import Index

GROUPS_A_COMMIT = 200  # recordings; of documents that stand alone ten times as many


class View:
    """The index the writer keeps in step with the ledger. One instance, in the process that holds the lock."""

    def __init__(
        self, ledger: Ledger, settings: Settings, say: Callable[[str], None], progress: Progress = nothing
    ) -> None:
        """``progress``: of an index that has to be built anew."""
        self._ledger = ledger
        self._settings = settings
        self._fingerprint = fingerprint(settings)
        self._say = say
        self._embedder = embedder_of(settings.semantic.model)
        self._index = self._open(progress)
        if ledger.get_state(PURGE):
            self.purge(progress)

    def _open(self, progress: Progress) -> Index:
        """The index as it is; where it is missing, damaged or made under another configuration, a new one."""
        folder = self._settings.index_folder
        try:
            index = Index.open(folder, writer=True)
        except IndexMissing:
            return Index.create(folder, self._fingerprint)
        except IndexDamaged as error:
            return self._anew(f"the index is {_state(error)} ({error})", progress)
        if index.generation > self._ledger.generation():
            index.close()
            return self._anew("the index shows more than the ledger holds", progress)
        if index.fingerprint != self._fingerprint:
            self._revoke()
            self._say("the configuration changed what documents look like; building the index anew from the ledger")
            self._rewrite(index, progress)
        return index

    def __enter__(self) -> View:
        return self

    def __exit__(self, *_: object) -> None:
        self._index.close()

    @property
    def index(self) -> Index:
        return self._index

    def sync(self, progress: Progress = nothing) -> int:
        """Brings the index to the ledger's newest generation; returns how many groups changed.

        What ``progress`` raises ends it at once: the commit that is under way is given up, those before it stay.
        """
        if self.own_changed():
            self._revoke()
        try:
            return self._catch_up(progress)
        except (IndexDamaged, IndexMissing, FileNotFoundError) as error:
            self._index.close()
            self._index = self._anew(f"the index is {_state(error)} ({error})", progress)
            return self._catch_up(progress)

    def own_changed(self) -> bool:
        """Whether the index is behind in documents of the archive's own, not in those of other datasources alone."""
        return not all(is_foreign(group) for _, group in self._ledger.changes_since(self._index.generation))

    def _catch_up(self, progress: Progress) -> int:
        changes = self._ledger.changes_since(self._index.generation)
        done = 0

        def derived(batch: list[tuple[int, str]]) -> Iterator[tuple[str, list[Document]]]:
            for number, (_, group) in enumerate(batch, start=done + 1):
                yield group, group_documents(self._ledger, group, self._settings)
                if number < done + len(batch):  # of the last one it is told once it is committed
                    progress(number, len(changes))

        for batch in _batches(changes):
            self._index.write(derived(batch), generation=batch[-1][0])
            done += len(batch)
            progress(done, len(changes))
        self._embed()
        return len(changes)

    def _revoke(self) -> None:
        for ident in revoke(self._ledger, self._settings):
            self._say(f"checkpoint {ident} is discarded: it has read what may not be read any more")

    def _embed(self) -> None:
        """Vectors for what has none; without a model nothing."""
        if self._embedder is not None:
            from indexer.vectors import complete

            self._index.after_merge = partial(complete, self._index, self._embedder)
            complete(self._index, self._embedder)

    def rebuild(self, progress: Progress = nothing) -> int:
        """Writes the whole index anew, in one step for whoever searches; returns the number of documents."""
        self._revoke()
        documents = self._rewrite(self._index, progress)
        self._embed()
        return documents

    def purge(self, progress: Progress = nothing) -> None:
        """Takes what was forgotten from the disk too: Whoosh only marks it as deleted, and the last export holds it."""
        shutil.rmtree(self._settings.export_folder, ignore_errors=True)
        self.rebuild(progress)
        forget_samples_in_reports(self._ledger, self._settings)
        self._ledger.set_state(PURGE, None)

    def _anew(self, reason: str, progress: Progress) -> Index:
        """A new index in the place of one that cannot be gone on with; who has that open searches it until then."""
        self._say(f"{reason}; building it anew from the ledger")
        self._revoke()
        return Index.create(
            self._settings.index_folder,
            self._fingerprint,
            all_documents(self._ledger, self._settings, progress),
            self._ledger.generation(),
        )

    def _rewrite(self, index: Index, progress: Progress) -> int:
        generation = self._ledger.generation()
        index.rewrite(
            all_documents(self._ledger, self._settings, progress),
            generation=generation,
            fingerprint=self._fingerprint,
        )
        return sum(index.counts().values())


def _state(error: Exception) -> str:
    return "of an earlier version" if isinstance(error, IndexOutdated) else "damaged"


def _batches(changes: list[tuple[int, str]]) -> Iterator[list[tuple[int, str]]]:
    """``changes`` in parts, each for one commit: a commit costs the same however little it holds."""
    batch: list[tuple[int, str]] = []
    weight = 0.0
    for change in changes:
        batch.append(change)
        weight += 0.1 if stands_alone(change[1]) else 1
        if weight >= GROUPS_A_COMMIT:
            yield batch
            batch, weight = [], 0.0
    if batch:
        yield batch

"""One commit of the index as it is read, and how it is opened while others write.

A view never changes: what is told of it once is true as long as it is open.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from whoosh import index as whoosh_index

from indexer import storage as files
from indexer.commits import META
from indexer.document import Document
from indexer.errors import IndexDamaged, IndexMissing, IndexOutdated
from indexer.leaf import Leaf, first
from indexer.postings import PostingCache
from indexer.schema import SCHEMA_VERSION, document_in, make_schema

T = TypeVar("T")
MOST_TOLD = 50_000  # things kept of a commit, of some words each
_MISSING = 4  # tries: a listing made while the table of contents is replaced may show neither
_OPENING = 40  # tries, 25 ms apart: a commit may remove the files of the table of contents just read


@dataclass
class View:
    """The index as of one commit, in its segments; ``words``: all of them, once they were looked up."""

    index: Any  # Whoosh's
    reader: Any  # Whoosh's, of all segments
    commit: int
    generation: int
    fingerprint: str
    leaves: tuple[Leaf, ...]
    words: list[str] | None = None
    _told: dict[tuple[Any, ...], Any] = field(default_factory=dict)

    def once(self, key: tuple[Any, ...], make: Callable[[], T]) -> T:
        """What ``make`` returns, made once for this commit and ``key`` (who asks belongs into it)."""
        if key not in self._told:
            made = make()
            if len(self._told) >= MOST_TOLD:
                self._told.clear()
            self._told[key] = made
        found: T = self._told[key]
        return found


def patiently(folder: Path, opening: Callable[[], T]) -> T:
    """What ``opening`` returns of the index in ``folder``, tried again where a commit removes the files it was about
    to open.
    """
    for attempt in range(1, _OPENING + 1):
        try:
            with files.opening(folder):
                return opening()
        except IndexDamaged as problem:
            # A file that is gone may have been replaced meanwhile; one that is garbage stays garbage.
            gone = isinstance(problem.__cause__, whoosh_index.EmptyIndexError)
            if gone and attempt == _MISSING:
                raise IndexMissing(f"There is no index in {folder}.") from None
            if attempt == _OPENING or not (gone or isinstance(problem.__cause__, FileNotFoundError)):
                raise
        time.sleep(0.025)
    raise AssertionError("unreachable")


def whoosh_of(storage: files.DurableStorage) -> Any:
    """Whoosh's own index, at the newest commit."""
    return whoosh_index.FileIndex(storage, make_schema(), files.NAME)


def open_view(storage: files.DurableStorage, cache: PostingCache) -> View:
    """The newest commit; what is read of it is kept in ``cache``. Raises ``IndexOutdated``, and what Whoosh raises."""
    index = whoosh_of(storage)
    reader = index.reader()
    number = first(reader, "id", META)
    if number is None:
        raise ValueError("the index does not say what it shows")
    meta = json.loads(reader.stored_fields(number)["payload"])
    if meta["schema"] != SCHEMA_VERSION:
        raise IndexOutdated(
            f"The index in {storage.folder} has schema {meta['schema']}, not {SCHEMA_VERSION}: rebuild."
        )
    cache.suit(reader.doc_count_all())
    return View(
        index,
        reader,
        reader.generation(),
        int(meta["generation"]),
        str(meta["fingerprint"]),
        _leaves(reader, cache),
    )


def _leaves(reader: Any, cache: PostingCache) -> tuple[Leaf, ...]:
    return tuple(Leaf(part, offset, cache) for part, offset in reader.leaf_readers())


def document_at(reader: Any, number: int) -> Document:
    """The document with this number."""
    return document_in(reader.stored_fields(number))


def numbers_of(reader: Any, kind: str | None, group: str | None) -> list[tuple[str, int]]:
    """(id, document number) of all documents of ``kind`` and ``group``, by id."""
    found = []
    for leaf in _leaves(reader, PostingCache()):
        ids = leaf.reader.column_reader("id")
        numbers: Iterable[int] = leaf.reader.all_doc_ids()
        if kind is not None:
            numbers = leaf.alive(leaf.any_of("kind", [kind])).tolist()
        if group is not None:
            members = set(leaf.any_of("group", [group]).tolist())
            numbers = (number for number in numbers if number in members)
        found += [(str(ids[number]), leaf.offset + number) for number in numbers]
    return sorted(pair for pair in found if pair[0] != META)

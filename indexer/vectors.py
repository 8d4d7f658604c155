"""What moments mean, as vectors in a file beside each segment of the index, memory-mapped when somebody searches.

A segment of the index never changes and its name never comes again, so a file that bears its name, the model's and the
right shape is of these documents and no others: there is nothing to grow stale. Whoosh removes it with the segment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from indexer.document import Document
from indexer.errors import IndexDamaged
from indexer.leaf import Leaf
from indexer.mapped import MappedFile, seal
from indexer.postings import Numbers
from indexer.store import Index

Vectors = NDArray[np.float32]
BATCH = 1_024  # texts that become vectors at once, and vectors that are compared at once
_NEAR = 64  # vectors, from one to the next: what is between them is checked along


class Embedder(Protocol):
    """A model that turns texts into vectors: texts that mean alike have a large dot product."""

    @property
    def name(self) -> str:
        """Letters and digits that another model, or another version of it, does not have."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of ``texts``, each of length 1, or 0 where it has no word the model knows; (N, dimensions)."""


class Written(NamedTuple):
    """The vectors of a segment's documents in their ``file``, where they begin ``at`` so many bytes."""

    vectors: Vectors  # (size, dimensions), a map of the file
    file: MappedFile
    at: int

    @classmethod
    def open(cls, path: Path) -> Written:
        """Raises ``IndexDamaged``, ``OSError``, ``ValueError`` and ``EOFError``."""
        file = MappedFile.open(path)
        vectors = np.load(path, mmap_mode="r")
        file.check(0, vectors.offset)
        return cls(vectors, file, vectors.offset)

    def rows(self, numbers: Numbers) -> Vectors:
        """The vectors of the documents ``numbers`` (K,), ascending; a run of them without a copy, which takes longer
        than the product. Raises ``IndexDamaged`` where they are not as they were written.
        """
        width, ends = self.vectors.strides[0], np.flatnonzero(np.diff(numbers) > _NEAR)
        firsts, lasts = numbers[np.append(0, ends + 1)], numbers[np.append(ends, len(numbers) - 1)]
        for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
            self.file.check(self.at + first * width, self.at + (last + 1) * width)
        run = int(numbers[-1]) - int(numbers[0]) == len(numbers) - 1
        return self.vectors[numbers[0] : numbers[-1] + 1] if run else self.vectors[numbers]

    @property
    def whole(self) -> bool:
        """Whether all of them are as they were written."""
        with suppress(IndexDamaged):
            self.file.check()
            return True
        return False


def complete(index: Index, embedder: Embedder) -> int:
    """Writes the vectors of every segment of ``index`` that has none of this model; returns of how many documents.

    For the process that writes the index alone. Files of other models go.
    """
    written = 0
    with index.reading() as view:
        for leaf in view.leaves:
            file = _file(index.folder, leaf, embedder)
            written_then = vectors_of(index.folder, leaf, embedder)
            if written_then is None or not written_then.whole:
                _write(file, _vectors(leaf, embedder))
                written += leaf.size
            for other in file.parent.glob(f"{_stem(leaf)}.*.vec"):
                if other != file:
                    other.unlink(missing_ok=True)
    return written


def vectors_of(folder: Path, leaf: Leaf, embedder: Embedder) -> Written | None:
    """The vectors of a segment's documents; None where it has none yet, or none as they were written: the words are
    searched all the same, and ``complete`` writes them anew.
    """
    path = _file(folder, leaf, embedder)
    try:
        state = path.stat()
    except OSError:
        return None

    def read() -> Written | Literal[False]:
        with suppress(OSError, ValueError, EOFError, IndexDamaged):
            written = Written.open(path)
            if written.vectors.dtype == np.float32 and written.vectors.shape[:-1] == (leaf.size,):
                return written
        return False

    # Written anew it is another file: what was found of this one, and be it damage, holds.
    key = "vectors", embedder.name, state.st_ino, state.st_size, state.st_mtime_ns
    found: Written | Literal[False] = leaf.kept(key, read, lambda _: 0)
    return found or None


def nearness(written: Written, numbers: Numbers, wanted: Vectors) -> Vectors:
    """The cosine of ``wanted`` (dimensions,) with the vectors of the documents ``numbers``, 0 for none; (N,). Raises
    ``IndexDamaged``.
    """
    if written.vectors.shape[1] != len(wanted):
        return np.zeros(len(numbers), np.float32)
    parts = [written.rows(numbers[at : at + BATCH]) @ wanted for at in range(0, len(numbers), BATCH)]
    return np.nan_to_num(np.concatenate(parts)) if parts else np.zeros(0, np.float32)


def _vectors(leaf: Leaf, embedder: Embedder) -> Vectors:
    numbers = leaf.alive(leaf.any_of("kind", ["segment"]))
    found = np.zeros((leaf.size, embedder.embed([""]).shape[1]), np.float32)
    for at in range(0, len(numbers), BATCH):
        some = numbers[at : at + BATCH]
        texts = [Document.from_json(leaf.stored(number)["payload"]).text for number in some.tolist()]
        found[some] = embedder.embed(texts)
    return found


def _write(file: Path, vectors: Vectors) -> None:
    """The whole file or none of it."""
    unfinished = file.with_suffix(".new")
    with unfinished.open("wb") as opened:
        np.save(opened, vectors)
    seal(unfinished)
    unfinished.replace(file)


def _file(folder: Path, leaf: Leaf, embedder: Embedder) -> Path:
    assert re.fullmatch("[A-Za-z0-9]+", embedder.name)
    return folder / f"{_stem(leaf)}.{embedder.name}.vec"


def _stem(leaf: Leaf) -> str:
    return str(leaf.reader.segment().segment_id())

"""What moments mean, as vectors in a file beside each segment of the index, memory-mapped when somebody searches.

A segment of the index never changes and its name never comes again, so a file that bears its name, the model's and the
right shape is of these documents and no others: there is nothing to grow stale. Whoosh removes it with the segment.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

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


class Embedder(Protocol):
    """A model that turns texts into vectors: texts that mean alike have a large dot product."""

    @property
    def name(self) -> str:
        """Letters and digits that another model, or another version of it, does not have."""

    def embed(self, texts: Sequence[str]) -> Vectors:
        """The vectors of ``texts``, each of length 1, or 0 where it has no word the model knows; (N, dimensions)."""


def complete(index: Index, embedder: Embedder) -> int:
    """Writes the vectors of every segment of ``index`` that has none of this model; returns of how many documents.

    For the process that writes the index alone. Files of other models go.
    """
    written = 0
    with index.reading() as view:
        for leaf in view.leaves:
            file = _file(index.folder, leaf, embedder)
            if vectors_of(index.folder, leaf, embedder) is None:
                _write(file, _vectors(leaf, embedder))
                written += leaf.size
            for other in file.parent.glob(f"{_stem(leaf)}.*.vec"):
                if other != file:
                    other.unlink(missing_ok=True)
    return written


def vectors_of(folder: Path, leaf: Leaf, embedder: Embedder) -> Vectors | None:
    """The vectors (size, dimensions) of a segment's documents, as a map of the file; None where it has none yet, or
    none as they were written: the words are searched all the same, and ``complete`` writes them anew.
    """

    def read() -> Vectors | None:
        file = _file(folder, leaf, embedder)
        with suppress(OSError, ValueError, EOFError, IndexDamaged):
            MappedFile.open(file).check()
            found = np.load(file, mmap_mode="r")
            if found.dtype == np.float32 and found.ndim == 2 and len(found) == leaf.size:
                return found  # type: ignore[no-any-return]
        return None

    known: Vectors | None = leaf.kept(("vectors", embedder.name), read, lambda _: 0)
    return known


def nearness(vectors: Vectors, numbers: Numbers, wanted: Vectors) -> Vectors:
    """The cosine of ``wanted`` (dimensions,) with the vectors of the documents ``numbers``, 0 for none; (N,)."""
    if vectors.shape[1] != len(wanted):
        return np.zeros(len(numbers), np.float32)
    parts = [_rows(vectors, numbers[at : at + BATCH]) @ wanted for at in range(0, len(numbers), BATCH)]
    return np.nan_to_num(np.concatenate(parts)) if parts else np.zeros(0, np.float32)


def _rows(vectors: Vectors, numbers: Numbers) -> Vectors:
    """The rows ``numbers``, ascending; a run of them without a copy, which takes longer than the product."""
    first, last = int(numbers[0]), int(numbers[-1])
    return vectors[first : last + 1] if last - first == len(numbers) - 1 else vectors[numbers]


def _vectors(leaf: Leaf, embedder: Embedder) -> Vectors:
    numbers = leaf.alive(leaf.any_of("kind", ["segment"]))
    found = np.zeros((leaf.size, embedder.embed([""]).shape[1]), np.float32)
    for at in range(0, len(numbers), BATCH):
        some = numbers[at : at + BATCH]
        texts = [Document.from_json(leaf.reader.stored_fields(number)["payload"]).text for number in some.tolist()]
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

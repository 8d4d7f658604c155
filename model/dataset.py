"""From documents to batches: what is validation, and which tokens a step reads.

Both are pure functions. A document's place depends on its id alone, so it never moves; a batch depends on the
seed and the step's number alone, so a resumed training needs no state of a random generator to go on exactly
where it stopped. What is read lies in a file without a name, so that a text of any size trains in little memory and
none of it is left on the disk. This module must not know torch or the network.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import Literal

import numpy as np
import numpy.typing as npt

from model.text import Document, says_something
from model.tokenizer import Tokenizer
from model.vocab import SEPARATOR, Ids

FEW_DOCUMENTS = 10  # below this a tenth of the documents is none
SplitKind = Literal["document", "position"]
Batch = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Split:
    """The corpus in two: what is learnt from, and what is only ever measured on."""

    kind: SplitKind
    train: tuple[Document, ...]
    validation: tuple[Document, ...]

    @property
    def train_characters(self) -> int:
        return sum(d.characters for d in self.train)

    def manifest(self) -> str:
        """Hash of what validation is made of; losses compare only where it is equal."""
        return fingerprint(self.validation, salt=self.kind)


def is_validation(document_id: str) -> bool:
    """Whether a document is held out: every tenth id, by hash, for ever."""
    return hashlib.sha256(document_id.encode()).digest()[0] < 26  # 26 / 256 is a tenth


def split(documents: Sequence[Document]) -> Split:
    """Hold out a tenth: whole documents by their id, or the end of each while there are too few for that.

    "Too few" is below FEW_DOCUMENTS, or none of them held out, or all. Documents without text are in
    neither part.
    """
    told = [d for d in documents if says_something(d)]
    held = tuple(d for d in told if is_validation(d.id))
    rest = tuple(d for d in told if not is_validation(d.id))
    if len(told) >= FEW_DOCUMENTS and held and rest:
        return Split("document", rest, held)
    halves = [d.cut(d.characters * 9 // 10) for d in told]  # as nanoGPT does
    return Split("position", tuple(head for head, _ in halves), tuple(tail for _, tail in halves if tail.characters))


def fingerprint(documents: Iterable[Document], *, salt: str = "") -> str:
    """SHA-256 over ids and texts, whatever their order."""
    parts = sorted([d.id, hash_of(d)] for d in documents)
    return hashlib.sha256(json.dumps([salt, parts], separators=(",", ":")).encode()).hexdigest()


def hash_of(document: Document) -> str:
    """SHA-256 of a text."""
    digest = hashlib.sha256()
    for piece in document.pieces():
        digest.update(piece.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()


def numbers(documents: Iterable[Document], tokenizer: Tokenizer) -> Iterator[Ids]:
    """All texts as one row of numbers, part by part: a separator before each and one at the end."""
    separator = np.array([SEPARATOR], dtype=np.uint16)
    for document in documents:
        yield separator
        for piece in document.pieces():
            yield tokenizer.encode(piece)
    yield separator


def stream(documents: Iterable[Document], tokenizer: Tokenizer, folder: Path | None = None) -> Ids:
    """The row of numbers; with a `folder` it lies in a file there, read only as far as it is looked at.

    The file has no name: it is gone when nobody looks at it any more, and with this process, however that ends.
    """
    if folder is None:
        return np.concatenate(list(numbers(documents, tokenizer)))
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        for part in numbers(documents, tokenizer):
            file.write(part.data)
        file.flush()
        return np.memmap(file, dtype=np.uint16, mode="r").view(np.ndarray)


class Windows:
    """Windows of `length` tokens of a stream, nearly every token once an epoch, newly cut and shuffled each time.

    Window number i is a pure function of (seed, i).
    """

    def __init__(self, ids: Ids, length: int, seed: int) -> None:
        """`ids` must have at least two numbers; `length` is shortened to fit."""
        self.length = min(length, len(ids) - 1)
        self.per_epoch = (len(ids) - 1) // self.length
        self._ids, self._seed = ids, seed
        self._epoch, self._starts = -1, np.empty(0, dtype=np.int64)

    def take(self, first: int, count: int) -> npt.NDArray[np.int64]:
        """Windows number `first` and on, (count, length + 1): targets are shifted by one."""
        starts = np.array([self._start(i) for i in range(first, first + count)], dtype=np.int64)
        windows: npt.NDArray[np.int64] = self._ids[starts[:, None] + np.arange(self.length + 1)].astype(np.int64)
        return windows

    def _start(self, i: int) -> int:
        epoch, place = divmod(i, self.per_epoch)
        if epoch != self._epoch:
            rng = np.random.default_rng((self._seed, epoch))
            # Cut anew each epoch, so that a token is met with every length of context before it.
            starts = rng.permutation(self.per_epoch)
            starts *= self.length  # in place: of a large text they are tens of megabytes
            starts += rng.integers(self.length)
            self._starts = np.minimum(starts, len(self._ids) - 1 - self.length, out=starts)
            self._epoch = epoch
        return int(self._starts[place])


class Sampler:
    """Batches of a training: all of one text, or of what is new with old text replayed beside it.

    Without replay a network forgets what it had learnt (Ibrahim et al. 2024, arXiv 2403.08763).
    """

    def __init__(self, new: Ids, old: Ids | None, *, length: int, batch_size: int, replay: float, seed: int) -> None:
        """`replay` is the largest share of a batch read from `old`, which never gets more than its share of text."""
        old_rows = 0
        if old is not None:
            share = min(replay, len(old) / (len(old) + len(new)))
            old_rows = min(batch_size - 1, max(1, round(batch_size * share)))
        self._pools = [(Windows(new, length, seed), batch_size - old_rows)]
        if old is not None and old_rows:
            shared = min(length, len(old) - 1, len(new) - 1)
            self._pools = [
                (Windows(new, shared, seed), batch_size - old_rows),
                (Windows(old, shared, seed + 1), old_rows),
            ]
        self.length = self._pools[0][0].length
        self.tokens_per_step = self.length * batch_size
        new_windows, new_rows = self._pools[0]
        self.steps_per_epoch = new_windows.per_epoch / new_rows

    def batch(self, step: int) -> Batch:
        """Inputs and targets of a step, each (B, T)."""
        rows = np.concatenate([windows.take(step * count, count) for windows, count in self._pools])
        return rows[:, :-1].copy(), rows[:, 1:].copy()

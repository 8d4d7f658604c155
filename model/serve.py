"""What a trained model does for a searcher: it says how plausible a text is, and how a query goes on.

Both read a checkpoint and nothing else, so they work while a training runs, or where none ever did here. This module
must not know who asks. A model remembers what it read: **whoever calls it must name (`among`) only checkpoints that
the asker may be told by.** One that was removed, or is not named, is never used again, even where it is already loaded.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from model.base import load_base
from model.checkpoint import CheckpointInfo, Loaded, list_checkpoints, load
from model.complete import CharacterBeam, TokenBeam, Words
from model.device import precision_of
from model.errors import CheckpointError
from model.gpt import GPT
from model.laid_out import LaidOut
from model.sample import one_thread
from model.tokenizer import as_document
from model.vocab import Ids

CONTEXT = 64  # tokens a window when scoring
POSITIONS = 2048  # of all windows of a batch: more are no quicker, and take memory
_PARTIAL = re.compile(r"\w[\w'’-]*\Z")  # the word that is being typed


@dataclass(frozen=True, slots=True)
class Completion:
    """A prefix as typed, continued to the end of a word, and the natural logarithm of its probability.

    Of all that could follow the prefix: the rest of the word, each character in its likelier case, and then a
    character that is of no word.
    """

    text: str
    log_probability: float


class LanguageModel:
    """The newest checkpoint of a folder that may be used, loaded when it is first asked something.

    Each call looks anew which that is: milliseconds, since descriptions are read and weights only where it is another.
    """

    def __init__(self, root: Path, *, base: Path | None = None) -> None:
        """`base`: the folder of a base, for where no checkpoint may be used; it has read no document."""
        self._root, self._base = root, base
        self._newest: str | None = None  # the id that stood first when `_loaded` was chosen
        self._loaded: Loaded | None = None
        self._network: GPT | None = None
        self._laid_out: LaidOut | None = None  # the network, once something was scored

    def info(self, *, among: Collection[str] | None = None) -> CheckpointInfo:
        """Which checkpoint answers. Raises CheckpointError where there is none."""
        return self._current(among)[0].info

    def score(
        self, texts: Sequence[str], *, most: int | None = None, among: Collection[str] | None = None
    ) -> list[float]:
        """Bits a character of each text, as `evaluate.measure` has them; nan for an empty one.

        The mean of -log2 p(character | what stands before it), over all its characters. A text is read as a document
        of its own, from its beginning, in windows side by side of `CONTEXT` tokens. With `most`, of a longer text
        only about so many characters are read, in full windows evenly spread over it: an estimate, and the quicker
        for it. On one thread. Raises CheckpointError where no checkpoint may be used.
        """
        loaded, network = self._current(among)
        length = min(CONTEXT, network.config.context)
        windows: list[tuple[int, Ids]] = []
        for owner, text in enumerate(texts):
            numbers = as_document(loaded.vocabulary, text)
            tokens = most and max(1, round(most * (len(numbers) - 1) / max(1, len(text))))
            windows += [(owner, window) for window in _windows(numbers, length, tokens)]
        nats, characters = np.zeros(len(texts)), np.zeros(len(texts))
        with torch.inference_mode(), one_thread():
            if self._laid_out is None:
                self._laid_out = LaidOut(network, precision_of(torch.device("cpu")))
            for batch in _batches(windows):
                np.add.at(nats, batch.owners, _nats(self._laid_out, batch))
                np.add.at(characters, batch.owners, batch.characters(loaded.vocabulary.lengths))
        each = np.divide(nats, characters * math.log(2), out=np.full(len(texts), math.nan), where=characters > 0)
        return [float(bits) for bits in each]

    def complete(
        self, prefix: str, words: Words | Collection[str], count: int = 5, *, among: Collection[str] | None = None
    ) -> list[Completion]:
        """At most `count` likely continuations of `prefix` to the end of one of `words`, the likeliest first.

        A word that is half typed is completed as it was begun, else the next one is proposed. By beam search over the
        characters, or tokens, that lead to a word; words with characters unknown to the model, or longer than half its
        context, are not found. Raises CheckpointError where no checkpoint may be used.
        """
        loaded, network = self._current(among)
        words = words if isinstance(words, Words) else Words(words)
        partial = _PARTIAL.search(prefix)
        typed = partial[0] if partial else ""
        beam = CharacterBeam if loaded.vocabulary.kind == "characters" else TokenBeam
        with torch.inference_mode(), one_thread():
            found = list(beam(network, loaded.vocabulary, words, count).search(prefix, typed))
        found.sort(key=lambda each: (-each[1], each[0]))
        return [Completion(prefix + word[len(typed) :], logarithm) for word, logarithm in found[:count]]

    def _current(self, among: Collection[str] | None) -> tuple[Loaded, GPT]:
        usable = [info.id for info in list_checkpoints(self._root) if among is None or info.id in among]
        newest = usable[-1] if usable else None
        if self._loaded is None or newest != self._newest or (newest and self._loaded.info.id not in usable):
            self._loaded = self._network = self._laid_out = None  # not both in memory
            self._loaded, self._newest = self._load(usable), newest
        if self._network is None:
            self._network = self._loaded.network()
        return self._loaded, self._network

    def _load(self, usable: Sequence[str]) -> Loaded:
        """The newest of these checkpoints that can be read, or else the base."""
        for ident in reversed(usable):
            with suppress(CheckpointError):  # damaged
                return load(self._root, ident)
        if self._base is None:
            raise CheckpointError(f"there is no checkpoint in {self._root} that may be used")
        return load_base(self._base)


@dataclass(frozen=True, slots=True)
class _Batch:
    """Windows read together: the text each is of (B,), its numbers (B, T + 1), how many of them are predicted (B,)."""

    owners: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]

    def characters(self, of_each: npt.NDArray[np.uint16]) -> npt.NDArray[np.int64]:
        """How many characters are predicted (B,), where each number stands for so many (V,)."""
        asked = np.arange(self.tokens.shape[1] - 1) < self.lengths[:, None]
        predicted: npt.NDArray[np.int64] = (of_each.take(self.tokens[:, 1:]) * asked).sum(axis=1)
        return predicted


def _windows(numbers: Ids, length: int, most: int | None) -> list[Ids]:
    """Windows of `length` tokens side by side, each with the one before it, the last shorter."""
    starts = np.arange(0, len(numbers) - 1, length)
    if most is not None and len(numbers) - 1 > max(most, length):
        full, wanted = (len(numbers) - 1) // length, max(1, round(most / length))
        starts = starts[np.linspace(0, full - 1, min(full, wanted)).astype(np.int64)]
    return [numbers[start : start + length + 1] for start in starts]


def _batches(windows: list[tuple[int, Ids]]) -> Iterator[_Batch]:
    """The longest windows first; shorter ones are filled up behind, where no position looks."""
    windows = sorted(windows, key=lambda window: -len(window[1]))
    at = 0
    while at < len(windows):
        size = len(windows[at][1])
        chosen = windows[at : at + max(1, POSITIONS // (size - 1))]
        tokens = np.zeros((len(chosen), size), dtype=np.int64)
        for row, (_, numbers) in enumerate(chosen):
            tokens[row, : len(numbers)] = numbers
        lengths = np.array([len(numbers) - 1 for _, numbers in chosen])
        yield _Batch(np.array([owner for owner, _ in chosen]), tokens, lengths)
        at += len(chosen)


def _nats(network: LaidOut, batch: _Batch) -> npt.NDArray[np.float64]:
    """Nats of each window (B,)."""
    tokens = torch.from_numpy(batch.tokens)
    logits, targets = network.logits(network.read(tokens[:, :-1])), tokens[:, 1:]
    each = F.cross_entropy(logits, targets.flatten(), reduction="none").view(targets.shape)  # (B, T)
    asked = torch.arange(targets.size(1)) < torch.from_numpy(batch.lengths)[:, None]
    nats: npt.NDArray[np.float64] = (each * asked).double().sum(dim=1).numpy()
    return nats

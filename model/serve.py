"""What a trained model does for a searcher: it says how plausible a text is, and how a query goes on.

Both read a checkpoint and nothing else, so they work while a training runs, or where none ever did here. This module
must not know who asks. A model remembers what it read: **whoever calls it must allow (`read_within`) only documents
that the asker may see.** A checkpoint that was removed, or has read what is not allowed, is never used again, even
where it is already loaded.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812

from model.base import load_base
from model.checkpoint import CheckpointInfo, Loaded, list_checkpoints, load_newest
from model.device import halved
from model.errors import CheckpointError
from model.gpt import GPT
from model.sample import Decoder, one_thread
from model.vocab import SEPARATOR, Ids, Vocabulary

CONTEXT = 64  # characters a window when scoring
POSITIONS = 1024  # of all windows of a batch: what a layer makes of them stays in a core's cache
BEAM = 24  # unfinished words that are followed at once
_PARTIAL = re.compile(r"\w[\w'’-]*$")  # the word that is being typed
_LAST = "\U0010ffff"  # sorts after every character


@dataclass(frozen=True, slots=True)
class Completion:
    """A prefix as typed, continued to the end of a word, and the natural logarithm of its probability.

    Of all that could follow the prefix: the rest of the word, each character in its likelier case, and then a
    character that is of no word.
    """

    text: str
    log_probability: float


class Words:
    """An archive's words, sorted once, so that they are a tree: all that begin alike stand together."""

    def __init__(self, words: Iterable[str]) -> None:
        self._words = sorted(set(words) - {""})
        self._branches: dict[tuple[int, int, int], tuple[bool, list[Node]]] = {}

    def node(self, beginning: str) -> Node:
        """Where all words stand that begin so."""
        low = bisect_left(self._words, beginning)
        return Node(low, bisect_left(self._words, beginning + _LAST, low), len(beginning))

    def branches(self, node: Node) -> tuple[bool, list[Node]]:
        """Whether a word ends at the node, and the nodes one character further."""
        key = (node.low, node.high, node.depth)
        if key not in self._branches:
            whole = node.low < node.high and len(self._words[node.low]) == node.depth
            at, further = node.low + whole, []
            while at < node.high:
                further.append(self.node(self._words[at][: node.depth + 1]))
                at = further[-1].high
            self._branches[key] = (whole, further)
        return self._branches[key]

    def beginning(self, node: Node) -> str:
        """What the words of a node that has some begin with."""
        return self._words[node.low][: node.depth]


@dataclass(frozen=True, slots=True)
class Node:
    """Words number `low` up to `high`, alike in their first `depth` characters."""

    low: int
    high: int
    depth: int


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

    def info(self, *, read_within: Iterable[str] | None = None) -> CheckpointInfo:
        """Which checkpoint answers. Raises CheckpointError where there is none."""
        return self._current(read_within)[0].info

    def score(
        self, texts: Sequence[str], *, most: int | None = None, read_within: Iterable[str] | None = None
    ) -> list[float]:
        """Bits a character of each text, as `evaluate.measure` has them; nan for an empty one.

        The mean of -log2 p(character | what stands before it), over all its characters. A text is read as a document
        of its own, from its beginning, in windows side by side of `CONTEXT` characters. With `most`, of a longer text
        only about so many characters are read, in full windows evenly spread over it: an estimate, and the quicker
        for it. On one thread. Raises CheckpointError where no checkpoint may be used.
        """
        loaded, network = self._current(read_within)
        length = min(CONTEXT, network.config.context)
        windows = [
            (owner, window)
            for owner, text in enumerate(texts)
            for window in _windows(_numbers(loaded.vocabulary, text), length, most)
        ]
        nats, characters = np.zeros(len(texts)), np.zeros(len(texts))
        with torch.inference_mode(), one_thread():
            for batch in _batches(windows):
                np.add.at(nats, batch.owners, _nats(network, batch))
                np.add.at(characters, batch.owners, batch.lengths)
        each = np.divide(nats, characters * math.log(2), out=np.full(len(texts), math.nan), where=characters > 0)
        return [float(bits) for bits in each]

    def complete(
        self, prefix: str, words: Words | Collection[str], count: int = 5, *, read_within: Iterable[str] | None = None
    ) -> list[Completion]:
        """At most `count` likely continuations of `prefix` to the end of one of `words`, the likeliest first.

        A word that is half typed is completed as it was begun, else the next one is proposed. By beam search over the
        characters that lead to a word; words with characters unknown to the model, or longer than half its context,
        are not found. Raises CheckpointError where no checkpoint may be used.
        """
        loaded, network = self._current(read_within)
        words = words if isinstance(words, Words) else Words(words)
        typed = _PARTIAL.search(prefix)
        node = words.node(typed[0] if typed else "")
        with torch.inference_mode(), one_thread():
            start = _numbers(loaded.vocabulary, prefix)[-network.config.context // 2 :]
            found = list(_Beam(network, loaded.vocabulary, words, count).search(start, node))
        found.sort(key=lambda each: (-each[1], each[0]))
        return [Completion(prefix + word[node.depth :], logarithm) for word, logarithm in found[:count]]

    def _current(self, read_within: Iterable[str] | None) -> tuple[Loaded, GPT]:
        allowed = None if read_within is None else frozenset(read_within)
        usable = [i.id for i in list_checkpoints(self._root) if allowed is None or allowed.issuperset(i.read)]
        newest = usable[-1] if usable else None
        if self._loaded is None or newest != self._newest or (newest and self._loaded.info.id not in usable):
            self._loaded = self._network = None  # not both in memory
            self._loaded = load_newest(self._root, read_within=allowed)
            if self._loaded is None and self._base is not None:
                self._loaded = load_base(self._base)
            self._newest = newest
        if self._loaded is None:
            raise CheckpointError(f"there is no checkpoint in {self._root} that may be used")
        if self._network is None:
            self._network = self._loaded.network()
        return self._loaded, self._network


def _numbers(vocabulary: Vocabulary, text: str) -> Ids:
    """A text as a document: a separator before it."""
    return np.concatenate([np.array([SEPARATOR], dtype=np.uint16), vocabulary.encode(text)])


@dataclass(frozen=True, slots=True)
class _Batch:
    """Windows read together: the text each is of (B,), its numbers (B, T + 1), how many of them are predicted (B,)."""

    owners: npt.NDArray[np.int64]
    tokens: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int64]


def _windows(numbers: Ids, length: int, most: int | None) -> list[Ids]:
    """Windows of `length` characters side by side, each with the one before it, the last shorter."""
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


def _nats(network: GPT, batch: _Batch) -> npt.NDArray[np.float64]:
    """Nats of each window (B,)."""
    tokens = torch.from_numpy(batch.tokens)
    with halved(tokens.device):
        logits, targets = network(tokens[:, :-1]).flatten(0, 1), tokens[:, 1:]
    each = F.cross_entropy(logits, targets.flatten(), reduction="none").view(targets.shape)  # (B, T)
    asked = torch.arange(targets.size(1)) < torch.from_numpy(batch.lengths)[:, None]
    nats: npt.NDArray[np.float64] = (each * asked).double().sum(dim=1).numpy()
    return nats


class _Beam:
    """The search of one completion."""

    def __init__(self, network: GPT, vocabulary: Vocabulary, words: Words, count: int) -> None:
        self._network, self._words, self._count = network, words, count
        self._number = {character: i for i, character in enumerate(vocabulary.characters)}
        outside = [i for i, c in enumerate(vocabulary.characters) if not c.isalnum() and c not in "'’_-"]
        self._outside = torch.tensor(outside)

    def search(self, start: Ids, node: Node) -> Iterator[tuple[str, float]]:
        """Words of the node but its own, with their logarithms; ends where no unfinished word can still be among
        the `count` likeliest of those found."""
        decoder = Decoder(self._network, BEAM)
        logits = decoder.read(torch.from_numpy(start.astype(np.int64))[None])
        beam, best, begun = [(0.0, node)], [], node.depth  # unfinished words; the likeliest finished ones
        while beam:
            logs = torch.log_softmax(logits, dim=-1)  # (B, V)
            ends = logs[:, self._outside].logsumexp(dim=-1).tolist()
            table, further = logs.tolist(), []
            for row, (logarithm, at) in enumerate(beam):
                whole, branches = self._words.branches(at)
                if whole and at.depth > begun:
                    best.append(logarithm + ends[row])
                    yield self._words.beginning(at), best[-1]
                further += [step for branch in branches for step in self._step(table[row], branch, logarithm, row)]
            best = sorted(best, reverse=True)[: self._count]
            further.sort(key=lambda step: -step[0])
            further = [s for s in further[:BEAM] if len(best) < self._count or s[0] > best[-1]]
            if not further or decoder.length == decoder.context:
                return
            decoder.pick(torch.tensor([row for _, _, row, _ in further]))
            logits = decoder.step(torch.tensor([number for *_, number in further]))
            beam = [(logarithm, branch) for logarithm, branch, _, _ in further]

    def _step(self, logs: list[float], branch: Node, logarithm: float, row: int) -> list[tuple[float, Node, int, int]]:
        """To a branch, by its character in the likelier case: an archive's words are often kept in small letters."""
        character = self._words.beginning(branch)[-1]
        numbers = [self._number[c] for c in (character, character.upper()) if c in self._number]
        likelier = max(numbers, key=lambda number: logs[number], default=None)
        return [] if likelier is None else [(logarithm + logs[likelier], branch, row, likelier)]

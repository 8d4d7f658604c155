"""Completing what is typed to words of an archive, by what a trained network expects: beam search through their tree.

This module must not know checkpoints, nor who asks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from model.decoder import Decoder
from model.gpt import GPT
from model.tokenizer import Tokenizer, as_document
from model.vocab import RESERVED, SEPARATOR

BEAM = 24  # unfinished words that are followed at once
IN_WORDS = "'’_-"  # what stands in words besides letters and digits
_LAST = "\U0010ffff"  # sorts after every character


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


class CharacterBeam:
    """The search of one completion, character by character."""

    def __init__(self, network: GPT, vocabulary: Tokenizer, words: Words, count: int) -> None:
        self._network, self._vocabulary, self._words, self._count = network, vocabulary, words, count
        self._number = {character: i for i, character in enumerate(vocabulary.characters)}
        outside = [i for i, c in enumerate(vocabulary.characters) if not _in_words(c)]
        self._outside = torch.tensor(outside)

    def search(self, prefix: str, typed: str) -> Iterator[tuple[str, float]]:
        """Words that begin with what is `typed` at the end of `prefix`, with their logarithms; ends where no unfinished
        word can still be among the `count` likeliest of those found."""
        node = self._words.node(typed)
        decoder = Decoder(self._network, BEAM)
        logits = decoder.read(_read(self._vocabulary, prefix, self._network))
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


class TokenBeam:
    """The same, token by token.

    The word that is being typed is read anew, with the space before it: where it goes on its tokens are others.
    """

    def __init__(self, network: GPT, vocabulary: Tokenizer, words: Words, count: int) -> None:
        self._network, self._vocabulary, self._words, self._count = network, vocabulary, words, count
        self._texts = [vocabulary.decode([number]) for number in range(len(vocabulary))]
        self._beginning_with: defaultdict[str, list[int]] = defaultdict(list)
        for number, text in enumerate(self._texts[len(RESERVED) :], start=len(RESERVED)):
            if text and RESERVED[0] not in text:  # no part of a character
                self._beginning_with[text[0]].append(number)
        outside = [n for c, numbers in self._beginning_with.items() if not _in_words(c) for n in numbers]
        self._outside = torch.tensor([SEPARATOR, *outside])

    def search(self, prefix: str, typed: str) -> list[tuple[str, float]]:
        """Words that begin with what is `typed` at the end of `prefix`, with their logarithms."""
        before = prefix[: len(prefix) - len(typed)]
        if before.endswith(" ") and not before[:-1].endswith(" "):
            before, typed_anew = before[:-1], " " + typed
        else:
            typed_anew = typed
        decoder = Decoder(self._network, BEAM)
        logits = decoder.read(_read(self._vocabulary, before, self._network))
        start = self._words.node(typed)
        beam = [_Path(0.0, typed_anew, start, 0)]
        found: defaultdict[str, float] = defaultdict(lambda: -math.inf)
        given = -math.inf if typed_anew else 0.0  # logarithm of all that goes on after what is typed
        while beam:
            logs = torch.log_softmax(logits, dim=-1)  # (B, V)
            ends = logs[:, self._outside].logsumexp(dim=-1).tolist()
            table, further = logs.tolist(), []
            for row, path in enumerate(beam):
                if path.left:
                    steps, through = self._over(path, table[row], row)
                    given = float(np.logaddexp(given, through))
                else:
                    steps = self._on(path, table[row], row)
                    if path.node.depth > len(typed) and self._words.branches(path.node)[0]:
                        word = self._words.beginning(path.node)
                        found[word] = float(np.logaddexp(found[word], path.logarithm + ends[row]))
                further += steps
            best = sorted(found.values(), reverse=True)[: self._count]
            further.sort(key=lambda step: -step[0].logarithm)
            further = [s for s in further[:BEAM] if len(best) < self._count or s[0].logarithm > best[-1]]
            if not further or decoder.length == decoder.context:
                break
            decoder.pick(torch.tensor([path.row for path, _ in further]))
            logits = decoder.step(torch.tensor([number for _, number in further]))
            beam = [path for path, _ in further]
        return [(word, logarithm - given) for word, logarithm in found.items()]

    def _over(self, path: _Path, logs: list[float], row: int) -> tuple[list[tuple[_Path, int]], float]:
        """Steps over what is typed, and the logarithm of all that reach its end."""
        steps, through = [], -math.inf
        for number in self._beginning_with[path.left[0]]:
            text, logarithm = self._texts[number], path.logarithm + logs[number]
            if text.startswith(path.left):
                through = float(np.logaddexp(through, logarithm))
                node = self._below(path.node, text[len(path.left) :])
                if node is not None:
                    steps.append((_Path(logarithm, "", node, row), number))
            elif path.left.startswith(text):
                steps.append((_Path(logarithm, path.left[len(text) :], path.node, row), number))
        return steps, through

    def _on(self, path: _Path, logs: list[float], row: int) -> list[tuple[_Path, int]]:
        """Steps to longer beginnings of words."""
        first = {self._words.beginning(branch)[-1] for branch in self._words.branches(path.node)[1]}
        numbers = [n for c in sorted(first | {c.upper() for c in first}) for n in self._beginning_with.get(c, ())]
        nodes = [(number, self._below(path.node, self._texts[number])) for number in numbers]
        return [(_Path(path.logarithm + logs[n], "", node, row), n) for n, node in nodes if node is not None]

    def _below(self, node: Node, text: str) -> Node | None:
        """Where the words stand that go on with a text, in its case or in small letters; None where there are none."""
        if node.low == node.high:
            return None
        beginning = self._words.beginning(node)
        nodes = (self._words.node(beginning + each) for each in (text, text.lower()))
        return next((each for each in nodes if each.low < each.high), None)


@dataclass(frozen=True, slots=True)
class _Path:
    """Tokens read so far: their logarithm, what is `left` of what was typed, the words they may lead to.

    `row` is that of the batch which the last token was put to.
    """

    logarithm: float
    left: str
    node: Node
    row: int


def _in_words(character: str) -> bool:
    return character.isalnum() or character in IN_WORDS


def _read(vocabulary: Tokenizer, text: str, network: GPT) -> Tensor:
    """The text as the beginning of a document, at most half a context of it (1, T)."""
    tokens = as_document(vocabulary, text)[-network.config.context // 2 :]
    return torch.from_numpy(tokens.astype(np.int64))[None]

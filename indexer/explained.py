"""What each word of a query is worth in one document, worked out from that document's postings.

Knows nothing of what a search does to the scores afterwards: see ``indexer.explaining``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from indexer import query as typed
from indexer.document import Document
from indexer.explanation import Part
from indexer.hits import Hits
from indexer.matching import BOOSTS, FORM, K1, OTHER, B, Evaluation, leaf_terms, rows
from indexer.plan import Scope
from indexer.schema import NEXT
from indexer.spellings import others as spellings
from indexer.text import spans, words
from indexer.values import time_at


class InDocument:
    """One document, and what each node of a query finds in it; ``found`` keeps what one finds in a segment, by the
    segment's first document, for the other hits.
    """

    def __init__(
        self, scope: Scope, document: Document, number: int, found: dict[tuple[int, typed.Node], Hits]
    ) -> None:
        self._scope, self._document, self._found = scope, document, found
        self._whole_number = number
        self._leaf = scope.leaf_of(number)
        self._number = number - self._leaf.offset

    def has(self, node: typed.Node) -> bool:
        key = self._leaf.offset, node
        if key not in self._found:
            self._found[key] = Evaluation(self._scope, self._leaf).of(node)
        return self._found[key].score_of(self._number) is not None

    def parts(self, node: typed.Node, asked: typed.Node) -> Iterator[Part]:
        """What ``node`` adds to the score; it is searched where ``asked`` was typed."""
        if not self.has(node):
            return
        match node:
            case typed.Word((word,)):
                yield from self._rows(rows(node.terms), node.terms, asked)
                yield from self._forms(word, words_typed(asked))
            case typed.Word(terms) | typed.Phrase(terms):
                yield from self._rows(rows(terms), terms, asked)
            case typed.Title(terms):
                yield from self._rows([("title", terms)], terms, asked)
            case typed.Prefix(prefix):
                yield from self._beginning(prefix)
            case typed.Alike():
                yield from self._alike(node, asked)
            case typed.Any(parts) | typed.All(parts):
                asked_of = aligned(node, asked)
                for part in parts:
                    yield from self.parts(part, asked_of.get(part, asked))

    def _rows(
        self, found: Iterable[tuple[str, Sequence[str]]], terms: Sequence[str], asked: typed.Node
    ) -> Iterator[Part]:
        typed_in = words_typed(asked)
        why = "typed" if typed_in == " ".join(terms) or set(terms) < set(typed_in.split()) else "correction"
        for name, row in found:
            if starts := self._starts(name, row):
                score = BOOSTS[name] * sum(self._bm25f(name, term) for term in row)
                yield self._part(score, why, typed_in, terms, name, starts, BOOSTS[name])

    def said_next(self, node: typed.Node, typed_in: str) -> Iterator[Part]:
        """The words at the start of what is said next, which add nothing."""
        for leaf in dict.fromkeys(typed.positive(node)):
            if isinstance(leaf, typed.Next) and (starts := self._starts("text", [NEXT + term for term in leaf.terms])):
                yield Part(0.0, "next", typed_in, " ".join(leaf.terms), "text", len(starts))

    def _forms(self, word: str, typed_in: str) -> Iterator[Part]:
        why = "form" if typed_in == word else "correction"
        most = self._scope.rarity("text", word)
        for form in self._scope.forms(word):
            if starts := self._starts("text", (form,)):
                worth = FORM * min(1.0, most / self._scope.rarity("text", form))
                yield self._part(worth * self._bm25f("text", form), why, typed_in, (form,), "text", starts, worth)

    def _beginning(self, prefix: str) -> Iterator[Part]:
        said = {"text": self._document.text, "title": self._document.recording, "who": self._document.speaker or ""}
        for name, boost in BOOSTS.items():
            known = set(self._scope.beginning(name, prefix))
            if begun := [word for word in dict.fromkeys(words(said[name])) if word in known]:
                starts = sorted(start for word in begun for start in self._starts(name, (word,)))
                found = (", ".join(begun),)
                yield self._part(boost, "beginning", prefix, found, name, starts, boost)

    def _alike(self, node: typed.Alike, asked: typed.Node) -> Iterator[Part]:
        """What was typed or one of the others, whichever is worth the most."""
        asked = asked.typed if isinstance(asked, typed.Alike) else asked
        choices = [list(self.parts(node.typed, asked))]
        terms = tuple(leaf_terms(node.typed))
        most = sum(self._scope.rarity("text", term) for term in terms)
        for other in node.others:
            rare = sum(self._scope.rarity("text", term) for term in other.terms)
            worth = OTHER * min(1.0, most / max(rare, 1e-9))
            same = other.terms in spellings(terms, together=True) or "".join(other.terms) == "".join(terms)
            why, name = (
                "spelling" if same else "form" if self._is_form(other.terms, terms) else "synonym",
                " ".join(terms),
            )
            found = self._rows(rows(other.terms), other.terms, other)
            choices.append(
                [
                    replace(part, score=worth * part.score, why=why, asked=name, boost=worth * part.boost)
                    for part in found
                ]
            )
        yield from max(choices, key=lambda parts: sum(part.score for part in parts))

    def _is_form(self, other: Sequence[str], terms: Sequence[str]) -> bool:
        """Whether ``other`` is ``terms`` with other forms of some."""
        if len(other) == 1 < len(terms):
            terms = ("".join(terms),)
        pairs = zip(other, terms, strict=False)
        return len(other) == len(terms) and all(one == term or one in self._scope.forms(term) for one, term in pairs)

    def _part(
        self, score: float, why: str, asked: str, found: Sequence[str], name: str, starts: Sequence[int], boost: float
    ) -> Part:
        at = self._times(starts) if name == "text" else ()
        return Part(score, why, asked, " ".join(found), name, len(starts), at, boost)

    def _times(self, starts: Iterable[int]) -> tuple[float, ...]:
        """When the words at these places of the text are said, in seconds."""
        at = (time_at(self._scope, self._whole_number, self._document, self._tokens[start][1]) for start in starts)
        return tuple(dict.fromkeys(seconds for seconds in at if seconds is not None))

    @cached_property
    def _tokens(self) -> list[tuple[str, int, int]]:
        return list(spans(self._document.text))

    def _bm25f(self, name: str, term: str) -> float:
        said = len(self._said(name, term))
        length = float(self._leaf.lengths(name, np.array([self._number]))[0]) / self._scope.average_length(name)
        return self._scope.rarity(name, term) * said * (K1 + 1) / (said + K1 * ((1 - B) + B * length))

    def _starts(self, name: str, terms: Sequence[str]) -> list[int]:
        """Where ``terms`` stand in a row in a field, as places of the first of them."""
        found = set(self._said(name, terms[0]))
        for place, term in enumerate(terms[1:], start=1):
            found &= {position - place for position in self._said(name, term)}
        return sorted(found)

    def _said(self, name: str, term: str) -> tuple[int, ...]:
        return tuple(self._leaf.said(name, term, np.array([self._number]))[2].tolist())


def aligned(node: typed.Node, asked: typed.Node) -> dict[typed.Node, typed.Node]:
    """For each part of ``node`` what was typed in its place: a correction changes leaves, and what was typed as one
    word of several terms may be so many parts; else the tree is as it was typed.
    """
    if isinstance(asked, typed.Alike) and not isinstance(node, typed.Alike):
        asked = asked.typed
    if isinstance(node, typed.Alike) and isinstance(asked, typed.Alike):
        node, asked = node.typed, asked.typed
    if not isinstance(node, typed.All | typed.Any) or not isinstance(asked, type(node)):
        return {}
    found: dict[typed.Node, typed.Node] = {}
    at = 0
    for part in asked.parts:
        size = _pieces(part) if at < len(node.parts) and _pieces(node.parts[at]) == 1 else 1
        found |= dict.fromkeys(node.parts[at : at + size], part)
        at += size
    return found if at == len(node.parts) else {}


def _pieces(node: typed.Node) -> int:
    """How many words ``node`` is taken apart into, where nobody says them in a row."""
    own = node.typed if isinstance(node, typed.Alike) else node
    return len(own.terms) - own.contracted if isinstance(own, typed.Word) and len(own.terms) > 1 else 1


def words_typed(node: typed.Node) -> str:
    """The words of a node as they were typed."""
    said: list[str] = []
    for leaf in typed.positive(node):
        inner = list(typed.positive(leaf.typed)) if isinstance(leaf, typed.Alike) else [leaf]
        for one in inner:
            if isinstance(one, typed.Near | typed.Prefix):
                said.append(one.term)
            elif isinstance(one, typed.Word | typed.Phrase | typed.Title):
                said += one.terms
    return " ".join(said)

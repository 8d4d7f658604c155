"""Where the score of a found document comes from, word by word.

Worked out anew from the postings of one document, apart from the arrays that rank: a test holds the two together. The
formulas are those of ``indexer.matching`` (BM25F) and ``indexer.ranking`` (nearness, most of the words).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import cached_property

from indexer import query as typed
from indexer.borders import of_next, over_borders
from indexer.document import Document
from indexer.explained import InDocument, aligned, words_typed
from indexer.explanation import Explanation, Part
from indexer.finding import filters_of, matches
from indexer.hits import Hits
from indexer.plan import Scope
from indexer.ranking import MOST_OF, nearer_first, some_of
from indexer.request import SearchRequest

_ROUNDING = 2e-6  # scores are compared, and told, to six digits


class Explainer:
    """Explains the hits of one search: ``asked`` is what was typed, ``node`` what was searched for in its place, and
    ``said`` what that found, before meaning came to it.
    """

    def __init__(
        self, scope: Scope, request: SearchRequest, asked: typed.Node | None, node: typed.Node | None, said: Hits
    ) -> None:
        self._scope = scope
        self._asked, self._node, self._said = asked, node, said
        self._filters = filters_of(scope, request)
        self._somes: dict[float, tuple[Hits, Hits]] = {}
        self._found: dict[tuple[int, typed.Node], Hits] = {}

    def __call__(self, document: Document, number: int, score: float) -> Explanation:
        """The parts of ``score``, which the document of that number in the whole index was ranked by."""
        if self._node is None:
            return Explanation((), document.recorded)
        by_words = self._said.score_of(number)
        parts = self._parts(document, number, by_words) if by_words is not None else ()
        return Explanation((*parts, *_changed("meaning", by_words or 0.0, score)), document.recorded)

    def _parts(self, document: Document, number: int, score: float) -> tuple[Part, ...]:
        """The parts of what the words are worth."""
        assert self._node is not None
        one = InDocument(self._scope, document, number, self._found)
        if (whole := self._whole.score_of(number)) is not None:
            parts = _together(one.parts(self._node, self._asked or self._node))
            return (*parts, *_raised(whole, self._whole_nearer.score_of(number)))
        if (over := self._over_borders.score_of(number)) is not None:
            return (*_together(self._over(one)), *_changed("below", over, score))
        return tuple(self._most(one, number, score))

    def _most(self, one: InDocument, number: int, score: float) -> Iterator[Part]:
        """The parts of what has some of the words alone."""
        assert self._node is not None
        looked_for, others = typed.apart(self._node)
        had = [part for part, found in self._with_each if found.score_of(number) is not None]
        asked = aligned(self._node, self._asked or self._node)
        found = [part for each in had for node in (each, *others) for part in one.parts(node, asked.get(node, node))]
        yield from (parts := _together(found))
        likest = MOST_OF if self._some(MOST_OF)[0].score_of(number) is not None else 0.0
        found_some, found_nearer = self._some(likest)
        has_all, some = sum(part.score for part in parts), found_some.score_of(number) or 0.0
        lacks = " ".join(words_typed(asked.get(part, part)) for part in looked_for if part not in had)
        yield from _changed("lacking", has_all, some, lacks)
        nearer = found_nearer.score_of(number) or 0.0
        yield from _raised(some, nearer)
        yield from _changed("below", nearer, score)

    def _over(self, one: InDocument) -> Iterator[Part]:
        """The parts of what has some of the words itself and the others in what is said next."""
        assert self._node is not None
        looked_for, others = typed.apart(self._node)
        asked = aligned(self._node, self._asked or self._node)
        for part in (*looked_for, *others):
            yield from one.parts(part, asked.get(part, part))
        for part in looked_for:
            yield from one.said_next(of_next(self._scope, part), words_typed(asked.get(part, part)))

    @cached_property
    def _whole(self) -> Hits:
        return matches(self._scope, self._node, self._filters)

    @cached_property
    def _over_borders(self) -> Hits:
        assert self._node is not None
        return over_borders(self._scope, self._node, self._filters, self._whole)

    @cached_property
    def _whole_nearer(self) -> Hits:
        return nearer_first(self._scope, self._node, self._whole)

    @cached_property
    def _with_each(self) -> list[tuple[typed.Node, Hits]]:
        """Each part that is looked for, and what has it."""
        looked_for, others = typed.apart(self._node)
        return [(part, self._scope.matches(typed.All((part, *others, *self._filters)))) for part in looked_for]

    def _some(self, least: float) -> tuple[Hits, Hits]:
        """What has so much of the words, before and after those near each other came first."""
        assert self._node is not None
        if least not in self._somes:
            some = some_of(self._scope, self._node, self._filters, least)
            self._somes[least] = some, nearer_first(self._scope, self._node, some)
        return self._somes[least]


def _raised(before: float, after: float | None) -> Iterator[Part]:
    yield from _changed("nearness", before, before if after is None else after)


def _changed(why: str, before: float, after: float, asked: str = "") -> Iterator[Part]:
    if abs(after - before) > _ROUNDING:
        yield Part(after - before, why, asked, share=after / before - 1 if before else 0.0)


def _together(parts: Iterable[Part]) -> list[Part]:
    """``parts`` with those of the same words in the same place as one: a word may be typed twice."""
    found: dict[tuple[str, ...], Part] = {}
    for part in parts:
        key = (part.why, part.asked, part.found, part.field)
        found[key] = replace(part, score=part.score + found[key].score) if key in found else part
    return list(found.values())

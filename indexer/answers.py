"""Found documents as the hits of one page: neighbours or recordings together, in order, with snippet and time."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexer.document import Document
from indexer.grouping import Recording, by_recording
from indexer.matching import Hits
from indexer.ordering import order_of
from indexer.passages import passages
from indexer.plan import Scope
from indexer.request import Hit, Passage, SearchRequest
from indexer.snippet import Marks, place, snippet
from indexer.values import document_of, time_at, value_of

if TYPE_CHECKING:
    from indexer.explanation import Explanation

Explain = Callable[[Document, int, float], "Explanation"]
Answer = Recording | tuple[float, int]  # a recording, or the score and number of a moment, the best of its passage


class Page(NamedTuple):
    """The hits of one page, how many there are on all pages, and the token of the next, "" where this is the last."""

    hits: tuple[Hit, ...]
    total: int
    next: str


class Answers:
    """What was ``found`` for ``request`` as answers in the order ``sort``; ``wanted`` is what their snippets mark, and
    ``explain`` says of a document where its score comes from.
    """

    def __init__(
        self, scope: Scope, request: SearchRequest, found: Hits, sort: str, wanted: Marks, explain: Explain | None
    ) -> None:
        self._scope, self._request, self._sort = scope, request, sort
        self._wanted, self._explain = wanted, explain
        self._passages = passages(scope, found) if request.merge else None
        self._found = self._passages.best if self._passages else found

    def page(self) -> Page:
        """The page that the request asks for."""
        request, seen = self._request, self._request.seen
        end = request.offset + request.limit
        ordered = self._ordered(seen.count + end + 1)
        total = len(ordered) if request.group else len(self._found.numbers)
        shown = list(islice(seen.rest(ordered, self._ident), request.offset, end + 1))
        more = 0 < request.limit < len(shown)
        shown = shown[: request.limit]
        hits = tuple(self._hit_of(answer) for answer in shown)
        after = seen.with_page(request.offset, list(map(self._known_by, hits))) if more else None
        token = after.token(request.signature) if after else ""
        return Page(hits, total, token)

    def _ordered(self, most: int) -> Sequence[Answer]:
        """The answers in order, at least the first ``most``; recordings all."""
        if self._request.group:
            return by_recording(self._scope, self._found, self._sort)
        return order_of(self._scope, self._found, self._sort, most)

    def _known_by(self, hit: Hit) -> str:
        """What the answer that became ``hit`` is known by, see ``_ident``."""
        if self._request.group:
            return hit.document.group
        return hit.passage.segments[0] if hit.passage else hit.document.id

    def _ident(self, answer: Answer) -> str:
        """What an answer is known by while documents arrive: a passage by its first segment, its best may change."""
        if isinstance(answer, Recording):
            return answer.group
        return str(value_of(self._scope, "id", self._span(answer[1])[0]))

    def _hit_of(self, answer: Answer) -> Hit:
        if not isinstance(answer, Recording):
            return self._hit(*answer)
        best, *more = [
            self._hit(float(self._found.scores[at]), int(self._found.numbers[at]))
            for at in answer.places(self._found)[: 1 + self._request.more].tolist()
        ]
        return replace(best, more=tuple(more), moments=answer.moments)

    def _span(self, number: int) -> tuple[int, int]:
        """The first and the last segment of the passage whose best is ``number``."""
        if self._passages is None:
            return number, number
        at = int(np.searchsorted(self._passages.best.numbers, number))
        return int(self._passages.first[at]), int(self._passages.last[at])

    def _hit(self, score: float, number: int) -> Hit:
        document = document_of(self._scope, number)
        shown = snippet(document.text, self._wanted, self._request.width)
        hit = Hit(document, score, shown, self._time(number, document))
        if self._explain:
            hit = replace(hit, explanation=self._explain(document, number, score))
        first, last = self._span(number)
        if first == last:
            return hit
        numbers = self._scope.between(first, last)
        segments = [document_of(self._scope, one) for one in numbers]
        said = (self._said(one, segment) for one, segment in zip(numbers, segments, strict=True))
        at = next((time for time in said if time is not None), segments[0].start)
        return replace(
            hit, at=at, passage=Passage(segments[0].start, segments[-1].end, tuple(one.id for one in segments))
        )

    def _time(self, number: int, document: Document) -> float | None:
        """When what was found is said, in seconds; of the segment where its text has none of it."""
        said = self._said(number, document)
        return document.start if said is None else said

    def _said(self, number: int, document: Document) -> float | None:
        """When what was found is said in a document, in seconds; None where its text has none of it."""
        at = place(document.text, self._wanted, self._request.width)
        return None if at is None else time_at(self._scope, number, document, at)

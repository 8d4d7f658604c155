"""Lists of documents by term, and queries made of them: the filters of a search, which do not score."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from typing import Any

from whoosh.matching import FilterMatcher, ListMatcher, NullMatcher, UnionMatcher
from whoosh.query import Query

MAX_LISTS = 256


def first(searcher: Any, name: str, value: str) -> int | None:
    """The number of the first document that has ``value`` in the field ``name``."""
    for leaf, offset in searcher.leaf_searchers():
        if (name, value.encode("utf-8", "replace")) in leaf.reader():
            matcher = leaf.reader().postings(name, value)
            if matcher.is_active():
                return int(offset + matcher.id())
    return None


class Postings:
    """The documents that have a term, per segment of one commit, read once."""

    def __init__(self) -> None:
        self._ids: dict[tuple[int, str, tuple[str, ...]], Sequence[int]] = {}

    def ids(self, reader: Any, name: str, *values: str) -> Sequence[int]:
        """The numbers, ascending, of the live documents of ``reader`` with any of ``values`` in ``name``."""
        at = (id(reader), name, values)
        found = self._ids.get(at)
        if found is None:
            if len(self._ids) == MAX_LISTS:
                self._ids.clear()
            found = self._ids[at] = self._read(reader, name, values)
        return found

    def _read(self, reader: Any, name: str, values: tuple[str, ...]) -> Sequence[int]:
        lists = [
            list(reader.postings(name, value).all_ids())
            for value in values
            if (name, value.encode("utf-8", "replace")) in reader
        ]
        return lists[0] if len(lists) == 1 else sorted(set().union(*lists))


class AnyOf(Query):  # type: ignore[misc]
    """Documents with any of ``values`` in the field ``name``, each with the score ``weight``.

    Stands for Whoosh's ``Require`` (in 2.7.4 it excludes what it should require), ``Prefix`` and ranges, whose
    unions of many terms are slow because every term is scored.
    """

    def __init__(self, postings: Postings, name: str, values: Iterable[str], weight: float = 0.0) -> None:
        self.postings = postings
        self.fieldname = name
        self.values = tuple(values)
        self.weight = weight

    def __hash__(self) -> int:
        return hash((self.fieldname, self.values, self.weight))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AnyOf) and (self.fieldname, self.values, self.weight) == (
            other.fieldname,
            other.values,
            other.weight,
        )

    def is_leaf(self) -> bool:
        return True

    def normalize(self) -> AnyOf:
        return self

    def estimate_size(self, reader: Any) -> int:
        return sum(reader.doc_frequency(self.fieldname, value) for value in self.values)

    estimate_min_size = estimate_size

    def matcher(self, searcher: Any, context: Any = None) -> Any:  # noqa: ARG002 (Whoosh's signature)
        ids = self.postings.ids(searcher.reader(), self.fieldname, *self.values)
        return _Flat(ids, self.weight) if ids else NullMatcher()


class Without(Query):  # type: ignore[misc]
    """What ``wanted`` finds and ``unwanted`` does not.

    Stands for Whoosh's ``AndNot``, which in 2.7.4 lets the first match through when an earlier document is unwanted.
    """

    def __init__(self, wanted: Query, unwanted: Query) -> None:
        self.wanted = wanted
        self.unwanted = unwanted

    def is_leaf(self) -> bool:
        return False

    def children(self) -> list[Query]:
        return [self.wanted]

    def estimate_size(self, reader: Any) -> int:
        return int(self.wanted.estimate_size(reader))

    estimate_min_size = estimate_size

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        left_out = set()
        matcher = self.unwanted.matcher(searcher, context)
        while matcher.is_active():
            left_out.add(matcher.id())
            matcher.next()
        found = self.wanted.matcher(searcher, context)
        return FilterMatcher(found, left_out, exclude=True) if left_out else found


class Preferred(Query):  # type: ignore[misc]
    """Documents of ``typed`` or of any of ``others``; whatever ``typed`` finds scores above what it does not.

    ``above`` is what none of the others scores more than; a document has the score of the best of them.
    """

    def __init__(self, typed: Query, others: Sequence[Query], above: float) -> None:
        self.typed = typed
        self.others = others
        self.above = above

    def is_leaf(self) -> bool:
        return False

    def children(self) -> list[Query]:
        return [self.typed, *self.others]

    def estimate_size(self, reader: Any) -> int:
        return sum(query.estimate_size(reader) for query in self.children())

    def estimate_min_size(self, reader: Any) -> int:
        return int(self.typed.estimate_min_size(reader))

    def matcher(self, searcher: Any, context: Any = None) -> Any:
        found: Any = NullMatcher()
        for matcher in [query.matcher(searcher, context) for query in self.others]:
            if matcher.is_active():
                found = _Either(found, matcher) if found.is_active() else matcher
        typed = self.typed.matcher(searcher, context)
        if not typed.is_active():
            return found
        return _Either(typed, found, self.above) if self.above else typed


class _Either(UnionMatcher):  # type: ignore[misc]
    """Documents of ``first`` or ``second`` with the better score; ``first`` is lifted by ``above``."""

    def __init__(self, first: Any, second: Any, above: float = 0.0) -> None:
        super().__init__(first, second)
        self._above = above

    def copy(self) -> _Either:
        return _Either(self.a.copy(), self.b.copy(), self._above)

    def replace(self, minquality: float = 0) -> _Either:  # noqa: ARG002 (Whoosh's signature)
        return self

    def score(self) -> float:
        here = self.id()
        scores = [0.0]
        if self.a.is_active() and self.a.id() == here:
            scores.append(self.a.score() + self._above)
        if self.b.is_active() and self.b.id() == here:
            scores.append(self.b.score())
        return max(scores)


class _Flat(ListMatcher):  # type: ignore[misc]
    """A list of documents with one score, in which a skip is a bisection."""

    def __init__(self, ids: Sequence[int], weight: float, position: int = 0) -> None:
        super().__init__(ids)
        self._i = position
        self._flat = weight

    def copy(self) -> _Flat:
        return _Flat(self._ids, self._flat, self._i)

    def skip_to(self, id: int) -> None:
        self._i = bisect_left(self._ids, id, self._i)

    def score(self) -> float:
        return self._flat

    def weight(self) -> float:
        return self._flat

    def max_quality(self) -> float:
        return self._flat

    def block_quality(self) -> float:
        return self._flat

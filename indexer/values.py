"""What the index keeps of single documents, and how often each value occurs among many: the facets."""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from operator import itemgetter
from typing import Any, NamedTuple

import numpy as np

from indexer.columns import rows
from indexer.document import Document
from indexer.plan import Scope
from indexer.postings import Numbers
from indexer.request import FACET_VALUES
from indexer.schema import decoded, document_in, row
from indexer.text import key

_TAGS, _PLACES = 4, {"collection": 2, "speaker": 3, "language": 5, "quality": 6}  # in ``indexer.schema.row``
FACETS = ("speaker", "collection", "tag", "month", "language", "quality")


def document_of(scope: Scope, number: int) -> Document:
    """The document of that number in the whole index."""
    leaf = scope.leaf_of(number)
    return document_in(leaf.stored(number - leaf.offset))


def value_of(scope: Scope, name: str, number: int) -> Any:
    """The value of a document in a column, by its number in the whole index."""
    leaf = scope.leaf_of(number)
    return leaf.column(name)[number - leaf.offset]


def time_at(scope: Scope, number: int, document: Document, character: int) -> float | None:
    """When the cue begins in which this character of the document's text is said, in seconds."""
    value = value_of(scope, "cues", number)
    if not value:
        return document.start
    cues: list[tuple[int, int]] = json.loads(value.decode())
    return cues[max(0, bisect_right(cues, character, key=itemgetter(0)) - 1)][1] / 1000


def row_of(scope: Scope, number: int) -> Sequence[Any]:
    """The shared values of a document; from its payload where the column overflowed (at 65,535 of them)."""
    value = value_of(scope, "row", number)
    return decoded(value) if value else row(document_of(scope, number))


def facets(
    scope: Scope, numbers: Numbers, most: int = FACET_VALUES, names: Sequence[str] = FACETS
) -> dict[str, list[dict[str, Any]]]:
    """How many of the documents ``numbers``, ascending, each speaker, collection, tag … has; names that differ in case
    alone are one. ``most`` values each of the facets ``names``.
    """
    counted: dict[str, dict[str, Counter[str]]] = {name: {} for name in names}

    def count(name: str, label: str, folded: str, times: int) -> None:
        counted[name].setdefault(folded, Counter())[label] += times

    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size))
        codes, shared = rows(leaf)
        times = np.bincount(codes[numbers[low:high] - leaf.offset], minlength=len(shared))
        for name in names:
            of: _Table = leaf.kept(("facet", name), partial(_table, shared, name), _size)
            counts = np.bincount(of.labels, times[of.rows], len(of.names))
            for label in np.flatnonzero(counts).tolist():
                count(name, of.names[label], of.keys[label], int(counts[label]))
    return {name: _most(values.values(), most) for name, values in counted.items()}


class _Table(NamedTuple):
    """Which rows of shared values have which labels, pair by pair (P,), and the labels' names and keys."""

    rows: Numbers
    labels: Numbers
    names: Sequence[str]
    keys: Sequence[str]


def _size(table: _Table) -> int:
    return 2 * len(table.rows) + 4 * len(table.names)


def _table(shared: Sequence[Sequence[Any]], name: str) -> _Table:
    """The labels of the rows of a segment for one facet."""
    pairs: list[tuple[int, int]] = []
    known: dict[str, int] = {}
    for number, labels in enumerate(_labels(shared, name)):
        pairs += [(number, known.setdefault(label, len(known))) for label in labels if label]
    both = np.array(pairs, np.int64).reshape(-1, 2)
    names = list(known)
    return _Table(both[:, 0], both[:, 1], names, [key(label) for label in names])


def _labels(shared: Sequence[Sequence[Any]], name: str) -> Iterator[Sequence[str]]:
    """The labels of each row for a facet, "" for none."""
    if name == "tag":
        return (values[_TAGS] for values in shared)
    if name == "month":
        return ((f"{day[:4]}-{day[4:6]}" if day else "",) for _, day, *_ in shared)
    place = _PLACES[name]
    return ((values[place],) for values in shared)


def _most(values: Iterable[Counter[str]], most: int) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"value": min(labels, key=lambda one: (-labels[one], one)), "count": labels.total()} for labels in values
    ]
    return sorted(told, key=lambda one: (-one["count"], one["value"]))[:most]

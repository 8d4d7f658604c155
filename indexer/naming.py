"""Filters by a name that nobody has: what to say of them, and the nearest name there is; of what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

from indexer import query as typed
from indexer.languages import name_of
from indexer.plan import Scope
from indexer.spelling import LONG, SHORTEST
from indexer.text import key
from indexer.values import facets

_FACETS = {"lang": "language"}  # what a field is called among the facets, where that is not its name
_TOLD = 3  # names that nobody has
_MANY = 1_000  # names looked through for how one is written


def misnamed(scope: Scope, filters: Iterable[typed.Named]) -> Iterator[str]:
    """A sentence for each of ``filters`` that no document has, of many only the first."""
    for one in islice((one for one in dict.fromkeys(filters) if not scope.count(one)), _TOLD):
        near = nearest(scope, one.field, one.value)
        told = f"; the nearest is “{near}”" if near else ""
        yield f"There is no {_FACETS.get(one.field, one.field)} “{one.value}”{told}."


def nearest(scope: Scope, field: str, value: str) -> str:
    """The name in ``field`` that ``value`` may be a misspelling of, as it is written: in whole or in one of its words
    one slip away, of longer ones two; of several the one of most documents. "" for none.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    wanted = key(value)
    limit = 0 if len(wanted) < SHORTEST else 1 if len(wanted) < LONG else 2
    known = {name: [name] for name in scope.lexicon(field)}
    in_full = {name_of(code).lower(): [code] for code in known} if field == "lang" else {}
    written = [*known.items(), *scope.names_by_word(field).items(), *in_full.items()]
    found = process.extract(wanted, [one for one, _ in written], scorer=OSA.distance, score_cutoff=limit, limit=None)
    distances: dict[str, int] = {}
    for _, distance, at in found:
        distances |= {name: min(int(distance), distances.get(name, limit)) for name in written[at][1]}
    counts = {name: scope.count(typed.Keyed(field, (name,))) for name in distances}
    near = [(distance, -counts[name], name) for name, distance in distances.items() if counts[name]]
    return _written(scope, field, min(near)[2]) if near else ""


def _written(scope: Scope, field: str, known: str) -> str:
    """A name as it is written in the documents that have it."""
    found = scope.matches(typed.Keyed(field, (known,))).numbers
    name = _FACETS.get(field, field)
    return next((one["value"] for one in facets(scope, found, _MANY)[name] if key(one["value"]) == known), known)

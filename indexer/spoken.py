"""A moment is found by what is said in it, or who says it. The title, which each moment of a recording has, adds to the
score of those; a recording for which only its title speaks is found once, at its first moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.ascending import as_places, common, less
from indexer.columns import borders
from indexer.hits import Hits
from indexer.leaf import Leaf
from indexer.matching import Evaluation
from indexer.plan import LeftOut, Scope
from indexer.postings import NO_NUMBERS, Numbers

_OF_A_MOMENT = "text", "who"


def spoken(scope: Scope, node: typed.Node | None, found: Hits) -> Hits:
    """Of what was ``found`` for ``node``, what has one of its words at least, its title aside."""
    if (by_title := found_by_title(scope, node)) is None:
        return found
    left_out: list[Numbers] = []
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        left_out.append(low + by_title(leaf, found.numbers[low:high] - leaf.offset))
    return found.without(np.concatenate(left_out))


def found_by_title(scope: Scope, node: typed.Node | None) -> LeftOut | None:
    """What tells which of the documents found for ``node`` in a segment have nothing of it but in their title; None:
    there are none.
    """
    looked_for = tuple(
        leaf for leaf in typed.positive(node) if isinstance(leaf, typed.SCORED) and not isinstance(leaf, typed.Title)
    )
    if not looked_for or scope.kind not in ("segment", "all"):
        return None
    return lambda leaf, inside: _by_title(scope, looked_for, leaf, inside)


def _by_title(scope: Scope, looked_for: Sequence[typed.Node], leaf: Leaf, inside: Numbers) -> Numbers:
    """Where among the documents ``inside``, ascending, those stand for which only the title speaks; of a recording of
    which there is nothing else, but the first.
    """
    titled = [numbers for node in looked_for if len(numbers := _titled(scope, leaf, node))] if len(inside) else []
    if not titled:
        return NO_NUMBERS
    alone = titled[0] if len(titled) == 1 else _any_of(titled, leaf.size)
    if len(looked_for) > 1:  # one may be said where another is in the title
        for node in looked_for:
            alone = _unsaid(scope, leaf, node, alone) if len(alone) else alone
    if scope.kind == "all" and len(alone):
        alone = common([alone, leaf.any_of("kind", ("segment",))], leaf.size)
    places = np.searchsorted(inside, alone.astype(inside.dtype, copy=False))
    there = np.flatnonzero(inside[np.minimum(places, len(inside) - 1)] == alone)
    return places[there][~_told_once(leaf, inside, alone[there])] if len(there) else NO_NUMBERS


def _told_once(leaf: Leaf, inside: Numbers, alone: Numbers) -> NDArray[np.bool_]:
    """Which of ``alone``, for which only the title speaks, is the first of a recording of which nothing else is among
    those ``inside``; both ascending.
    """
    ends = borders(leaf)
    of = np.searchsorted(ends, alone, side="right") - 1
    first = np.append(True, of[1:] != of[:-1])
    recordings = of[first]
    begin, end = (ends[at].astype(inside.dtype, copy=False) for at in (recordings, recordings + 1))
    found = np.searchsorted(inside, end) - np.searchsorted(inside, begin)
    others = found > np.diff(np.flatnonzero(first), append=len(of))
    first[np.flatnonzero(first)[others]] = False
    return first


def _any_of(lists: Sequence[Numbers], size: int) -> Numbers:
    """The numbers that any of ``lists`` has, all below ``size``; ascending."""
    has = np.zeros(size, bool)
    for numbers in lists:
        has[as_places(numbers)] = True
    return np.flatnonzero(has)


def _titled(scope: Scope, leaf: Leaf, node: typed.Node) -> Numbers:
    """The documents that have ``node`` in their title, and nowhere else."""

    def read() -> Numbers:
        numbers = Evaluation(scope, leaf, ("title",)).of(node).numbers
        return _unsaid(scope, leaf, node, numbers) if len(numbers) else numbers

    if isinstance(node, typed.Prefix):  # which words begin so that are looked for, the other beginnings decide too
        return read()
    found: Numbers = leaf.kept(("titled", node, scope.view.commit, scope.audience), read)
    return found


def _unsaid(scope: Scope, leaf: Leaf, node: typed.Node, numbers: Numbers) -> Numbers:
    """Those of ``numbers``, ascending, in which ``node`` is not said, nor said by whom it names."""
    if not (isinstance(node, typed.Word) and len(node.terms) == 1):
        return less(numbers, Evaluation(scope, leaf, _OF_A_MOMENT).of(node).numbers)
    (word,) = node.terms
    forms = scope.forms(word)

    def read() -> Numbers | NDArray[np.bool_]:  # as it is evaluated, without the scores; what takes less memory
        terms = [("text", word), *(("text", form) for form in forms), ("who", word)]
        said = np.zeros(leaf.size, bool)
        for name, term in terms:
            said[as_places(leaf.postings(name, term).numbers)] = True
        few = np.flatnonzero(said)
        return few if few.nbytes < said.nbytes else said

    said: Any = leaf.kept(("said by anybody", word, forms), read)
    return numbers[~said[as_places(numbers)]] if said.dtype == np.bool_ else less(numbers, said)

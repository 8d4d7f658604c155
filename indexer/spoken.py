"""A moment is found by what is said in it, or who says it. The title, which each moment of a recording has, adds to the
score of those; a recording for which only its title speaks is found once, at its first moment.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.ascending import as_places, common, less
from indexer.columns import borders
from indexer.leaf import Leaf
from indexer.matching import Evaluation, Hits
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Numbers

_OF_A_MOMENT = "text", "who"


def spoken(scope: Scope, node: typed.Node | None, found: Hits) -> Hits:
    """Of what was ``found`` for ``node``, what has one of its words at least, its title aside."""
    looked_for = tuple(
        leaf for leaf in typed.positive(node) if isinstance(leaf, typed.SCORED) and not isinstance(leaf, typed.Title)
    )
    if not looked_for or not len(found.numbers) or scope.kind not in ("segment", "all"):
        return found
    left_out: list[Numbers] = []
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        inside = found.numbers[low:high] - leaf.offset
        alone = _of_title_alone(scope, leaf, looked_for, inside)
        if len(alone):
            left_out.append(low + np.searchsorted(inside, alone[~_told_once(leaf, inside, alone)]))
    if not sum(map(len, left_out)):
        return found
    kept = np.ones(len(found.numbers), bool)
    kept[np.concatenate(left_out)] = False
    places = np.flatnonzero(kept)
    return Hits(found.numbers[places], found.scores[places])


def _told_once(leaf: Leaf, inside: Numbers, alone: Numbers) -> NDArray[np.bool_]:
    """Which of ``alone``, for which only the title speaks, is the first of a recording of which nothing else is among
    those ``inside``; both ascending.
    """
    ends = borders(leaf)
    of = np.searchsorted(ends, alone, side="right") - 1
    first = np.append(True, of[1:] != of[:-1])
    recordings = of[first]
    found = np.searchsorted(inside, ends[recordings + 1]) - np.searchsorted(inside, ends[recordings])
    others = found > np.diff(np.flatnonzero(first), append=len(of))
    first[np.flatnonzero(first)[others]] = False
    return first


def _of_title_alone(scope: Scope, leaf: Leaf, looked_for: Sequence[typed.Node], inside: Numbers) -> Numbers:
    """Those of the documents ``inside``, ascending, that are moments and have nothing of what is looked for but in
    their title; ascending.
    """
    titled = [numbers for node in looked_for if len(numbers := _titled(scope, leaf, node))]
    if not titled or not len(inside):
        return NO_NUMBERS
    alone = common([inside, titled[0] if len(titled) == 1 else np.unique(np.concatenate(titled))], leaf.size)
    if scope.kind == "all" and len(alone):
        alone = common([alone, leaf.any_of("kind", ("segment",))], leaf.size)
    if len(looked_for) > 1:  # one may be said where another is in the title
        for node in looked_for:
            alone = less(alone, _said(scope, leaf, node)) if len(alone) else alone
    return alone


def _titled(scope: Scope, leaf: Leaf, node: typed.Node) -> Numbers:
    """The documents that have ``node`` in their title, and nowhere else."""

    def read() -> Numbers:
        numbers = Evaluation(scope, leaf, ("title",)).of(node).numbers
        return less(numbers, _said(scope, leaf, node)) if len(numbers) else numbers

    if isinstance(node, typed.Prefix):  # which words begin so that are looked for, the other beginnings decide too
        return read()
    found: Numbers = leaf.kept(("titled", node, scope.view.commit, scope.audience), read)
    return found


def _said(scope: Scope, leaf: Leaf, node: typed.Node) -> Numbers:
    """The documents in which ``node`` is said, or said by whom it names; ascending."""
    if not (isinstance(node, typed.Word) and len(node.terms) == 1):
        return Evaluation(scope, leaf, _OF_A_MOMENT).of(node).numbers
    (word,) = node.terms
    forms = scope.forms(word)

    def read() -> Numbers:  # as it is evaluated, without the scores
        terms = [("text", word), *(("text", form) for form in forms), ("who", word)]
        said = np.zeros(leaf.size, bool)
        for name, term in terms:
            said[as_places(leaf.postings(name, term).numbers)] = True
        return np.flatnonzero(said).astype(np.int32)

    found: Numbers = leaf.kept(("said by anybody", word, forms), read)
    return found

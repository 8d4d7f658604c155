"""A moment is found by what is said in it, or who says it. The title, which each moment of a recording has, adds to the
score of those; a recording for which only its title speaks is found once, at its first moment.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.columns import groups
from indexer.leaf import Leaf
from indexer.matching import Evaluation, Hits, less
from indexer.plan import Scope
from indexer.postings import Numbers

_OF_A_MOMENT = "text", "who"


def spoken(scope: Scope, node: typed.Node | None, found: Hits) -> Hits:
    """Of what was ``found`` for ``node``, what has one of its words at least, its title aside."""
    looked_for = tuple(
        leaf for leaf in typed.positive(node) if isinstance(leaf, typed.SCORED) and not isinstance(leaf, typed.Title)
    )
    if not looked_for or not len(found.numbers) or scope.kind not in ("segment", "all"):
        return found
    kept = np.ones(len(found.numbers), bool)
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        inside = found.numbers[low:high] - leaf.offset
        alone = _of_title_alone(scope, leaf, looked_for, inside)
        if not alone.any():
            continue
        codes, names = groups(leaf)
        of = codes[inside]  # those of a recording stand in a row
        said = np.zeros(len(names), bool)
        said[of[~alone]] = True
        first = np.append(True, of[1:] != of[:-1])
        kept[low:high] = ~alone | (first & ~said[of])
    return found if kept.all() else Hits(found.numbers[kept], found.scores[kept])


def _of_title_alone(scope: Scope, leaf: Leaf, looked_for: Sequence[typed.Node], inside: Numbers) -> NDArray[np.bool_]:
    """Which of the documents ``inside`` (N,) are moments that have nothing of what is looked for but in their title."""
    titled = np.zeros(leaf.size, bool)
    for node in looked_for:
        titled[_titled(scope, leaf, node)] = True
    if scope.kind == "all":
        moments = np.zeros(leaf.size, bool)
        moments[leaf.any_of("kind", ("segment",))] = True
        titled &= moments
    alone = titled[inside]
    if len(looked_for) > 1 and alone.any():  # one may be said where another is in the title
        for node in looked_for:
            for numbers in _said(scope, leaf, node):
                titled[numbers] = False
        alone = titled[inside]
    return alone


def _titled(scope: Scope, leaf: Leaf, node: typed.Node) -> Numbers:
    """The documents that have ``node`` in their title, and nowhere else."""

    def read() -> Numbers:
        numbers = Evaluation(scope, leaf, ("title",)).of(node).numbers
        for others in _said(scope, leaf, node) if len(numbers) else ():
            numbers = less(numbers, others)
        return numbers

    if isinstance(node, typed.Prefix):  # which words begin so that are looked for, the other beginnings decide too
        return read()
    found: Numbers = leaf.kept(("titled", node, scope.view.commit, scope.audience), read)
    return found


def _said(scope: Scope, leaf: Leaf, node: typed.Node) -> Sequence[Numbers]:
    """The documents in which ``node`` is said, or said by whom it names."""
    if isinstance(node, typed.Word) and len(node.terms) == 1:  # as it is evaluated, without the scores
        (word,) = node.terms
        terms = [("text", form) for form in (word, *scope.forms(word))] + [("who", word)]
        return [leaf.postings(name, term).numbers for name, term in terms]
    return [Evaluation(scope, leaf, _OF_A_MOMENT).of(node).numbers]

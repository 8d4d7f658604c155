"""A moment is found by what is said in it, or who says it. The title, which each moment of a recording has, adds to the
score of those; a recording for which only its title speaks is found once, at its first moment.
"""

from __future__ import annotations

import numpy as np

from indexer import query as typed
from indexer.columns import groups
from indexer.matching import Evaluation, Hits
from indexer.plan import Scope

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
        named = Evaluation(scope, leaf, ("title",)).of(typed.Any(looked_for)).numbers
        if not len(named):
            continue
        titled = np.zeros(leaf.size, bool)
        titled[named] = True
        titled[Evaluation(scope, leaf, _OF_A_MOMENT).of(typed.Any(looked_for)).numbers] = False
        if scope.kind == "all":
            moments = np.zeros(leaf.size, bool)
            moments[leaf.any_of("kind", ("segment",))] = True
            titled &= moments
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        inside = found.numbers[low:high] - leaf.offset
        alone = titled[inside]
        codes, names = groups(leaf)
        of = codes[inside]  # those of a recording stand in a row
        said = np.zeros(len(names), bool)
        said[of[~alone]] = True
        first = np.append(True, of[1:] != of[:-1])
        kept[low:high] = ~alone | (first & ~said[of])
    return found if kept.all() else Hits(found.numbers[kept], found.scores[kept])

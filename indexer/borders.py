"""Words that are said over the border of two moments: the end of one has some of them, the start of the next the rest.

The index has the first words of what is said next with each moment (see ``indexer.schema``). Looked at only where few
moments have all words by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from indexer import query as typed
from indexer.matching import NOTHING, Hits
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Numbers
from indexer.text import alone, is_cjk


def over_borders(scope: Scope, node: typed.Node, filters: Sequence[typed.Node], found: Hits) -> Hits:
    """What has some of the words and the others at the start of what is said next; without what is ``found``, which has
    all words by itself, and what only comes before that.
    """
    parts, others = typed.apart(node)
    if len(parts) < 2:
        return NOTHING
    each = (typed.Any((part, of_next(scope, part))) for part in parts)
    hits = scope.matches(typed.All((*each, *others, *filters)))
    new = ~np.isin(hits.numbers, found.numbers) & ~np.isin(_after(scope, hits.numbers), found.numbers)
    if new.any():  # in which some of them are said, whatever its title is
        new &= np.isin(hits.numbers, scope.matches(typed.Any(parts), ("text",)).numbers)
    return Hits(hits.numbers[new], hits.scores[new])


def _after(scope: Scope, numbers: Numbers) -> Numbers:
    """For each of ``numbers``, ascending, the number of what is said next."""
    found = [NO_NUMBERS]
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size))
        found.append(leaf.offset + scope.after(leaf, numbers[low:high] - leaf.offset))
    return np.concatenate(found)


def of_next(scope: Scope, part: typed.Node) -> typed.Node:
    """``part`` as it stands at the start of what is said next, a word in its forms too; a beginning of words never."""
    match part:
        case typed.Word((word,)):
            rows = [tuple(word) if is_cjk(word) else (word,), *((form,) for form in scope.forms(word))]
            return typed.Any(tuple(map(typed.Next, rows)))
        case typed.Word(terms) | typed.Phrase(terms):
            return typed.Next(alone(terms))
        case typed.Alike(own, others):
            return typed.Any(tuple(of_next(scope, each) for each in (own, *others)))
        case typed.Any(parts) | typed.All(parts):
            return replace(part, parts=tuple(of_next(scope, each) for each in parts))
    return typed.Any(())

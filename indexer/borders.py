"""Words that are said over the border of two moments: the end of one has some of them, the start of the next the rest.

The index has the first words of what is said next with each moment (see ``indexer.schema``). Looked at only where few
moments have all words by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from indexer import query as typed
from indexer.matching import NOTHING, Hits
from indexer.plan import Scope
from indexer.schema import NEXT


def over_borders(scope: Scope, node: typed.Node, filters: Sequence[typed.Node], found: Hits) -> Hits:
    """What has some of the words and the others at the start of what is said next; without what is ``found``, which has
    all words by itself, and what only comes before that.
    """
    parts, others = typed.apart(node)
    if len(parts) < 2:
        return NOTHING
    each = (typed.Any((part, of_next(scope, part))) for part in parts)
    hits = scope.matches(typed.All((*each, *others, *filters)))
    new = ~np.isin(hits.numbers, found.numbers) & ~np.isin(hits.numbers + 1, found.numbers)
    if new.any():  # in which some of them are said, whatever its title is
        said = typed.Keyed("text", tuple(word for part in parts for word in _words(scope, part)))
        new &= np.isin(hits.numbers, scope.matches(said).numbers)
    return Hits(hits.numbers[new], hits.scores[new])


def of_next(scope: Scope, part: typed.Node) -> typed.Keyed:
    """A single word, its forms and its other names as they stand at the start of what is said next, which scores 0."""
    return typed.Keyed("text", tuple(NEXT + word for word in _words(scope, part)))


def _words(scope: Scope, part: typed.Node) -> tuple[str, ...]:
    own, others = (part.typed, part.others) if isinstance(part, typed.Alike) else (part, ())
    terms = [other.terms for other in others]
    if isinstance(own, typed.Word) and len(own.terms) == 1:
        terms = [own.terms, *((form,) for form in scope.forms(own.terms[0])), *terms]
    return tuple(word for word, *more in dict.fromkeys(terms) if not more)

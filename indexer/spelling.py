"""When nothing was found: which words are unknown, and another spelling; of what the asker may see alone."""

from __future__ import annotations

from whoosh.query import Or, Query, Term

from indexer import query as typed
from indexer.plan import BOOSTS, Scope
from indexer.schema import NEXT
from indexer.text import spans

MAX_CANDIDATES = 200
SHORTEST = 3


def unknown_words(scope: Scope, node: typed.Node | None) -> list[str]:
    """The words looked for that no document of the scope has."""
    leaves: list[typed.Node] = []
    for leaf in typed.positive(node):
        if not isinstance(leaf, typed.Alike):
            leaves.append(leaf)
        elif not scope.count(scope.build(leaf)):
            leaves.extend(typed.positive(leaf.typed))
    looked_for = dict.fromkeys(
        word for leaf in leaves if isinstance(leaf, typed.Word | typed.Phrase) for word in leaf.terms
    )
    return [word for word in looked_for if not scope.count(_anywhere(word))]


def corrected(scope: Scope, query: str, unknown: list[str]) -> str | None:
    """``query`` with each of the ``unknown`` words replaced by the nearest word there is, if there is one."""
    better = {word: near for word in unknown if (near := _nearest(scope, word))}
    if not better:
        return None
    pieces, at = [], 0
    for word, start, end in spans(query):
        if word in better:
            pieces += [query[at:start], better[word]]
            at = end
    return "".join([*pieces, query[at:]]) if pieces else None


def _anywhere(word: str) -> Query:
    return Or([Term(name, word) for name in BOOSTS])


def _nearest(scope: Scope, word: str) -> str | None:
    """The word at the least edit distance (one; for longer words also two, with the same first letter)."""
    if len(word) < SHORTEST:
        return None
    for distance in (1, 2) if len(word) > 4 else (1,):
        near: set[str] = {
            term
            for leaf, _ in scope.searcher.leaf_searchers()
            for name in BOOSTS
            for term in leaf.reader().terms_within(name, word, distance, prefix=distance - 1)
        }
        candidates = sorted(term for term in near if term != word and not term.startswith(NEXT))
        counted = [(-scope.count(_anywhere(term)), term) for term in candidates[:MAX_CANDIDATES]]
        count, nearest = min(counted, default=(0, ""))
        if count:
            return nearest
    return None

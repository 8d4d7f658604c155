"""Words that are written as one or as two: email, e-mail and e mail; database and data base; and the forms of several.

A hyphen is no letter, so what is apart is two words in a row. Which two words are one is told by what was said, of
what the asker may see alone; what is in every other moment (``be at``) is no half of a word (``beat``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import islice, product
from operator import ne

from indexer import query as typed
from indexer.plan import Scope
from indexer.spelling import is_common
from indexer.text import is_cjk

SHORTEST = 4  # letters of both together
MOST = 24  # rows of other forms that are looked for, for all words of a query together ...
LOOKED_AT = 2_000  # ... of so many


def with_compounds(scope: Scope, node: typed.Node | None) -> typed.Node | None:
    """``node`` with each plain word also as the two that it is where they were said in a row, and each two in a row
    also as the one; what was typed as one and is several also with other forms of these.
    """
    leaves = (leaf.typed if isinstance(leaf, typed.Alike) else leaf for leaf in typed.positive(node))
    several = sum(isinstance(leaf, typed.Word) and len(leaf.terms) > 1 for leaf in leaves)
    return _with_compounds(scope, node, MOST // max(1, several))


def _with_compounds(scope: Scope, node: typed.Node | None, most: int) -> typed.Node | None:
    match node:
        case typed.Word((word,)):
            return _alike(node, _apart(scope, word))
        case typed.Alike(typed.Word((word,)) as own, others):
            return _alike(own, [*(other.terms for other in others), *_apart(scope, word)])
        case typed.Word():
            return _alike(node, _in_other_forms(scope, node, most))
        case typed.Alike(typed.Word() as own, others):
            return _alike(own, [*(other.terms for other in others), *_in_other_forms(scope, own, most)])
        case typed.Not():
            return node
        case typed.All(parts, False):
            kept = _joined(scope, parts, most)
            return kept[0] if len(kept) == 1 else replace(node, parts=tuple(kept))
        case typed.Any(parts) | typed.All(parts):
            return replace(node, parts=tuple(_with_compounds(scope, part, most) or part for part in parts))
    return node


def in_pieces(scope: Scope, node: typed.Node) -> typed.Node:
    """``node`` with what was typed as one word of several terms, and is nowhere so, as all of its words."""
    if isinstance(node, typed.All):
        return replace(node, parts=tuple(piece for part in node.parts for piece in _pieces(scope, part)))
    pieces = _pieces(scope, node)
    return pieces[0] if len(pieces) == 1 else typed.All(pieces)


def _pieces(scope: Scope, node: typed.Node) -> tuple[typed.Node, ...]:
    own = node.typed if isinstance(node, typed.Alike) else node
    if not isinstance(own, typed.Word) or len(own.terms) == 1 or any(map(is_cjk, own.terms)) or scope.count(node):
        return (node,)
    terms = own.terms[:-1] if own.contracted else own.terms  # NASA's
    return tuple(typed.Word((term,)) for term in terms)


def _joined(scope: Scope, parts: Sequence[typed.Node], most: int) -> list[typed.Node]:
    """``parts`` with each two words that were also said as one taken together, from the left."""
    kept: list[typed.Node] = []
    at = 0
    while at < len(parts):
        match parts[at : at + 2]:
            case (typed.Word((one,)), typed.Word((other,))) if _are_one(scope, one, other):
                kept.append(typed.Alike(typed.All(tuple(parts[at : at + 2])), (typed.Phrase((one + other,)),)))
                at += 2
            case _:
                kept.append(_with_compounds(scope, parts[at], most) or parts[at])
                at += 1
    return kept


def _are_one(scope: Scope, one: str, other: str) -> bool:
    if not _may_be_word(one + other) or not scope.knows(one + other) or not scope.times_said(one + other):
        return False
    return not is_common(scope, one) and not is_common(scope, other)


def _apart(scope: Scope, word: str) -> tuple[tuple[str, ...], ...]:
    """The two words in a row that ``word`` is, where they were said."""
    if not _may_be_word(word):
        return ()
    return scope.view.once(("apart", word, scope.audience, scope.kind), lambda: tuple(_halves(scope, word)))


def _halves(scope: Scope, word: str) -> Iterator[tuple[str, ...]]:
    for cut in range(1, len(word)):
        halves = word[:cut], word[cut:]
        # The phrase last, which costs the most.
        if (
            all(map(scope.knows, halves))
            and not any(is_common(scope, half) for half in halves)
            and scope.count(typed.Phrase(halves))
        ):
            yield halves


def _in_other_forms(scope: Scope, word: typed.Word, most: int) -> Iterator[tuple[str, ...]]:
    """What ``word``, of several terms, is with other forms of them, ``most`` rows: the fewer are others the sooner, and
    of the last term before those before it. Of the forms of I'm nobody says any.
    """
    if word.contracted:
        return
    if _may_be_word(joined := "".join(word.terms)):
        yield from ((form,) for form in scope.forms(joined))  # email for e-mails
    rows = islice(product(*((term, *scope.forms(term)) for term in word.terms)), LOOKED_AT)
    yield from sorted(rows, key=lambda row: sum(map(ne, row, word.terms)))[1 : 1 + most]


def _may_be_word(word: str) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and not is_cjk(word)


def _alike(node: typed.Node, phrasings: Iterable[tuple[str, ...]]) -> typed.Node:
    others = tuple(map(typed.Phrase, dict.fromkeys(phrasings)))
    return typed.Alike(node, others) if others else node

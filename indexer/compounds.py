"""Words that are written as one or as two: email, e-mail and e mail; database and data base.

A hyphen is no letter, so what is apart is two words in a row. Which two words are one is told by what was said, of
what the asker may see alone; what is in every other moment (``be at``) is no half of a word (``beat``).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from indexer import query as typed
from indexer.plan import Scope
from indexer.spelling import is_common
from indexer.text import is_cjk

SHORTEST = 4  # letters of both together


def with_compounds(scope: Scope, node: typed.Node | None) -> typed.Node | None:
    """``node`` with each plain word also as the two that it is where they were said in a row, and each two in a row
    also as the one.
    """
    match node:
        case typed.Word((word,)):
            return _alike(node, _apart(scope, word))
        case typed.Alike(typed.Word((word,)) as own, others):
            return _alike(own, [*(other.terms for other in others), *_apart(scope, word)])
        case typed.Not():
            return node
        case typed.All(parts, False):
            kept = _joined(scope, parts)
            return kept[0] if len(kept) == 1 else replace(node, parts=tuple(kept))
        case typed.Any(parts) | typed.All(parts):
            return replace(node, parts=tuple(with_compounds(scope, part) or part for part in parts))
    return node


def _joined(scope: Scope, parts: Sequence[typed.Node]) -> list[typed.Node]:
    """``parts`` with each two words that were also said as one taken together, from the left."""
    kept: list[typed.Node] = []
    at = 0
    while at < len(parts):
        match parts[at : at + 2]:
            case (typed.Word((one,)), typed.Word((other,))) if _are_one(scope, one, other):
                kept.append(typed.Alike(typed.All(tuple(parts[at : at + 2])), (typed.Phrase((one + other,)),)))
                at += 2
            case _:
                kept.append(with_compounds(scope, parts[at]) or parts[at])
                at += 1
    return kept


def _are_one(scope: Scope, one: str, other: str) -> bool:
    if not _may_be_word(one + other) or not scope.knows(one + other) or not scope.times_said(one + other):
        return False
    return not is_common(scope, one) and not is_common(scope, other)


def _apart(scope: Scope, word: str) -> Iterator[tuple[str, ...]]:
    if not _may_be_word(word):
        return
    for cut in range(1, len(word)):
        halves = word[:cut], word[cut:]
        # The phrase last, which costs the most.
        if (
            all(map(scope.knows, halves))
            and not any(is_common(scope, half) for half in halves)
            and scope.count(typed.Phrase(halves))
        ):
            yield halves


def _may_be_word(word: str) -> bool:
    return len(word) >= SHORTEST and word.isalpha() and not is_cjk(word)


def _alike(node: typed.Node, phrasings: Iterable[tuple[str, ...]]) -> typed.Node:
    others = tuple(map(typed.Phrase, dict.fromkeys(phrasings)))
    return typed.Alike(node, others) if others else node

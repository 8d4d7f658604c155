"""Words that nobody said, or hardly anybody: which they are, and what may have been meant; of what the asker may see
alone.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from indexer import query as typed
from indexer.numbers import is_numeral
from indexer.plan import Scope
from indexer.query import MAX_NEAR

MOST = 8  # words that one may be a misspelling of
SHORTEST = 3
LONG = 5  # letters from which two slips are forgiven, behind the first letter
HARDLY = 3  # times that a word is said which may be a slip of whoever wrote it down
OFTENER = 20  # times as often the right one is said
_COUNTED = 100  # the more frequent of them
_LOOKED = 300  # of everybody's, where others may have said them


class Meant(NamedTuple):
    """A word that nobody said and what it may stand for: words, or two of them in a row; the nearest first."""

    word: str
    nearest: tuple[tuple[str, ...], ...]

    @property
    def node(self) -> typed.Any:
        return typed.Any(tuple(typed.Word(terms) for terms in self.nearest))


def unknown_words(scope: Scope, node: typed.Node | None) -> list[str]:
    """The words looked for that no document of the scope has, in any form."""
    leaves: list[typed.Node] = []
    for leaf in typed.positive(node):
        if not isinstance(leaf, typed.Alike):
            leaves.append(leaf)
        elif not scope.count(leaf):
            leaves.extend(typed.positive(leaf.typed))
    plain = [word for leaf in leaves if isinstance(leaf, typed.Word) for word in leaf.terms]
    quoted = [word for leaf in leaves if isinstance(leaf, typed.Phrase) for word in leaf.terms]
    return list(
        dict.fromkeys(
            [word for word in dict.fromkeys(plain) if not scope.count(typed.Word((word,)))]
            + [word for word in dict.fromkeys(quoted) if not scope.times_said(word)]  # as it was said
        )
    )


def all_meant(scope: Scope, words: Sequence[str]) -> dict[str, Meant]:
    """What each of ``words`` may be a misspelling of; of very many, only the first are looked up."""
    return {word: meant(scope, word) if number < MAX_NEAR else Meant(word, ()) for number, word in enumerate(words)}


def meant(scope: Scope, word: str) -> Meant:
    """What ``word`` may be a misspelling of: words at the least distance (one slip, of longer ones two; two letters
    swapped are one), the more frequent first; and the two words it is, where the space between them is missing.
    """
    return scope.view.once(("meant", word, scope.audience, scope.kind), lambda: _meant(scope, word))


def _meant(scope: Scope, word: str) -> Meant:
    from rapidfuzz import process  # for the searches that need it: each shell command pays for what it imports
    from rapidfuzz.distance import OSA

    if is_numeral(word):  # ten is not then
        return Meant(word, ())
    near: dict[str, int] = {}
    if len(word) >= SHORTEST and word.isalpha():  # EIP4843 is not EIP4844 misspelt
        limit = 2 if len(word) >= LONG else 1
        first = bisect_left(scope.words, len(word) - limit, key=len)
        known = scope.words[first : bisect_right(scope.words, len(word) + limit, key=len)]
        for other, distance, _ in process.extract(word, known, scorer=OSA.distance, score_cutoff=limit, limit=None):
            if other.isalpha() and (distance < 2 or other[0] == word[0]):
                near[other] = int(distance)
    pairs = tuple(_apart(scope, word))
    singles: list[tuple[str, ...]] = []
    for distance in (1,) if pairs else (1, 2):  # two slips only where nothing less explains it
        singles = [(other,) for other in _most_said(scope, (other for other in near if near[other] == distance))[:MOST]]
        if singles:
            break
    return Meant(word, (*pairs, *singles))


def oftener(scope: Scope, words: Sequence[str]) -> dict[str, Meant]:
    """What each of ``words`` that is said, but hardly ever, may be a misspelling of: the most frequent word one slip
    away, that is said many times as often. The first letter is taken to be right: words with another are not looked at.
    """
    found: dict[str, Meant] = {}
    for word in words:
        if (
            len(word) >= LONG
            and word.isalpha()
            and not is_numeral(word)
            and 0 < (said := scope.times_said(word)) <= HARDLY
        ):
            key = "oftener", word, scope.audience, scope.kind
            if near := scope.view.once(key, partial(_oftener, scope, word, said)):
                found[word] = Meant(word, ((near,),))
    return found


def _oftener(scope: Scope, word: str, said: int) -> str:
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    # Who sees little has their own looked through alone, for else they wait for what is hidden.
    said_at_all = scope.beginning_anywhere(word[0]) if scope.own is None else scope.own.anywhere
    known = [other for other in said_at_all if other[0] == word[0] and abs(len(other) - len(word)) <= 1]
    near = [other for other, *_ in process.extract(word, known, scorer=OSA.distance, score_cutoff=1, limit=None)]
    found = set(near).difference((word, *scope.forms(word)))
    times = {other: count for other in sorted(found) if (count := scope.times_said(other)) >= OFTENER * said}
    return max(times, key=lambda other: times[other], default="")


def begun(scope: Scope, beginning: str) -> str:
    """What ``beginning``, with which no word begins, may be a misspelling of: the most frequent word that begins with
    one slip less, or is so; "" for none. The first letter is taken to be right.
    """
    from rapidfuzz import process
    from rapidfuzz.distance import OSA

    if len(beginning) < SHORTEST or not beginning.isalpha():
        return ""

    def heads() -> list[str]:
        first = bisect_left(scope.words, len(beginning), key=len)
        return sorted({word[: len(beginning)] for word in scope.words[first:] if word[0] == beginning[0]})

    known = scope.view.once(("heads", beginning[0], len(beginning)), heads)
    near = [head for head, *_ in process.extract(beginning, known, scorer=OSA.distance, score_cutoff=1, limit=None)]
    words = {word for head in near for word in scope.beginning_anywhere(head) if word.isalpha()}
    return next(iter(_most_said(scope, words)), "")


def _most_said(scope: Scope, words: Iterable[str]) -> list[str]:
    """Those of ``words`` that the asker finds, the most frequent first; of very many, of the most frequent at all.

    Who sees little has their own looked through alone, for else they wait for what is hidden.
    """
    if (own := scope.own) is not None:
        counted = [(-own.anywhere[word], word) for word in words if word in own.anywhere]
    else:
        counted = [(-scope.frequency(word), word) for word in words]
    most = _COUNTED if scope.asker is None or own is not None else _LOOKED  # what is hidden takes nobody's place
    said = ((-scope.times_said(word), word) for _, word in sorted(counted)[:most])
    return [word for count, word in sorted(said) if count]


def plain_words(node: typed.Node | None) -> list[str]:
    """The words typed outside of quotation marks, which another may stand for."""
    found: list[str] = []
    for leaf in typed.positive(node):
        inner = typed.positive(leaf.typed) if isinstance(leaf, typed.Alike) else [leaf]
        found += [word for one in inner if isinstance(one, typed.Word) for word in one.terms]
    return list(dict.fromkeys(found))


def with_near(scope: Scope, node: typed.Node | None) -> typed.Node | None:
    """``node`` with each word that may be spelled otherwise as what it may be."""
    match node:
        case typed.Near(word):
            return typed.Any((typed.Word((word,)), *meant(scope, word).node.parts))
        case typed.Not(part):
            return typed.Not(with_near(scope, part) or part)
        case typed.Any(parts) | typed.All(parts):
            return replace(node, parts=tuple(with_near(scope, part) or part for part in parts))
    return node


def with_meant(node: typed.Node, unknown: dict[str, Meant]) -> typed.Node:
    """``node`` with what may be meant in the place of each of the ``unknown`` words."""
    match node:
        case typed.Word((word,)) if word in unknown and unknown[word].nearest:
            return unknown[word].node
        case typed.Word(terms) if not unknown.keys().isdisjoint(terms):
            nearest = [unknown[word].nearest[:1] if word in unknown else () for word in terms]
            meant = (term for word, near in zip(terms, nearest, strict=True) for term in (*near, (word,))[0])
            return replace(node, terms=tuple(meant))
        case typed.Any(parts):
            return typed.Any(tuple(with_meant(part, unknown) for part in parts))
        case typed.All(parts, by_hand):
            return typed.All(tuple(with_meant(part, unknown) for part in parts), by_hand)
        case typed.Alike():
            inside = with_meant(node.typed, unknown)
            return node if inside == node.typed else inside
    return node


def respelled(
    query: str, words: Iterable[typed.Typed], unknown: dict[str, Meant], said: frozenset[str] = frozenset()
) -> str:
    """``query`` with each unknown one of its ``words`` as it is among those ``said``, else as the nearest there is."""
    pieces, at = [], 0
    for word, start, end, _ in words:
        if word in unknown and unknown[word].nearest:
            choice = next(
                (terms for terms in unknown[word].nearest if said.issuperset(terms)), unknown[word].nearest[0]
            )
            pieces += [query[at:start], " ".join(choice)]
            at = end
    return "".join([*pieces, query[at:]])


def _apart(scope: Scope, word: str) -> Iterator[tuple[str, ...]]:
    """The two words in a row that ``word`` is without the space, where they were said."""
    for cut in range(1, len(word)):
        pair = word[:cut], word[cut:]
        if not all(map(scope.knows, pair)) or all(is_common(scope, half) for half in pair):
            continue  # two words that are everywhere tell nothing, and take long to look for in a row
        if scope.count(typed.Phrase(pair)):
            yield pair


def is_common(scope: Scope, word: str) -> bool:
    """Whether the asker finds ``word`` everywhere; its documents are looked through only where all have it so often."""
    return scope.frequency(word) > scope.many and scope.times_said(word) > scope.many

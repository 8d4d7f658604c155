"""What comes after BM25F: moments that have most of the words, and words that stand near each other.

Works on what was found for the whole index. Knows nothing of snippets or of who asks.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from indexer import query as typed
from indexer.hits import NOTHING, Hits
from indexer.leaf import Leaf
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, PLACE, PLACE_BITS, Numbers, Scores
from indexer.spoken import spoken

FEW = 10  # hits with all words; with fewer, those with most of the words are shown after them
MOST_OF = 0.6  # of what the words tell
BELOW = 0.99  # of the least score of a hit with all words, the best of one with most of them
LOOKED_AT = 200  # of the best hits, for words that stand together
NEAR = 1.0  # by how much the score grows where all words stand in a row as they were typed
BACKWARDS = 0.5  # of that, where they stand the other way round


def some_of(scope: Scope, node: typed.Node, filters: Sequence[typed.Node], least: float = 0.0) -> Hits:
    """What has the share ``least`` or more of what ``node`` asks for, and two words or more, a rare word counting more
    than a common one (without ``least``, what has any); its score is the less, the more it lacks.
    """
    parts, others = typed.apart(node)
    if len(parts) <= 1:
        return NOTHING
    found = [scope.matches(typed.All((part, *others, *filters))) for part in parts]
    numbers, places = np.unique(np.concatenate([each.numbers for each in found]), return_inverse=True)
    if not len(numbers):
        return NOTHING
    # By what the asker may see: what is hidden must not decide what is found. A word nobody said counts nothing.
    weights = [np.log1p(len(numbers) / len(each.numbers)) if len(each.numbers) else 0.0 for each in found]
    scores = np.bincount(places, np.concatenate([each.scores for each in found]), len(numbers))
    has = [np.full(len(each.numbers), weight) for each, weight in zip(found, weights, strict=True)]
    share = np.bincount(places, np.concatenate(has), len(numbers)) / sum(weights)
    enough = (share >= least) & (np.bincount(places, minlength=len(numbers)) >= (2 if least else 1))
    return spoken(scope, node, Hits(numbers[enough].astype(np.int64), (scores * share)[enough]))


def with_some_of(scope: Scope, node: typed.Node, filters: Sequence[typed.Node], found: Hits) -> Hits:
    """``found``, which has all words, and below it what has most of them; where there is neither, what has any."""
    if len(typed.apart(node)[0]) <= 1:
        return found
    some = some_of(scope, node, filters, MOST_OF)
    if not len(found.numbers) and not len(some.numbers):
        some = some_of(scope, node, filters)
    some = nearer_first(scope, node, some)
    new = ~np.isin(some.numbers, found.numbers)
    return below(found, Hits(some.numbers[new], some.scores[new]))


def below(found: Hits, others: Hits) -> Hits:
    """``found``, and ``others``, of which none is among them, with scores below all of those."""
    if not len(found.numbers) or not len(others.numbers):
        return found if len(found.numbers) else others
    scores = others.scores * min(1.0, BELOW * float(found.scores.min()) / max(float(others.scores.max()), 1e-9))
    both = np.concatenate([found.numbers, others.numbers])
    order = np.argsort(both)
    return Hits(both[order], np.concatenate([found.scores, scores])[order])


def nearer_first(scope: Scope, node: typed.Node | None, found: Hits) -> Hits:
    """``found`` with the scores of the best raised where the words stand near each other, up to twice for a row."""
    slots = list(_slots(scope, node))
    if len(slots) < 2 or not len(found.numbers):
        return found
    scores = found.scores.copy()
    if len(scores) > LOOKED_AT:
        best = np.sort(np.argpartition(scores, len(scores) - LOOKED_AT)[-LOOKED_AT:])
    else:
        best = np.arange(len(scores))
    scores[best] *= 1 + NEAR * _nearness(scope, slots, found.numbers[best])
    return Hits(found.numbers, scores)


def _slots(scope: Scope, node: typed.Node | None) -> Iterator[tuple[str, ...]]:
    """The words that were typed, in order, each with whatever may stand in its place."""
    match node:
        case typed.Word(terms):
            for word in terms:
                yield word, *scope.forms(word)
        case typed.Alike(typed.All((typed.Word((_,)), typed.Word((_,)))), others) if pairs := [
            other.terms for other in others if len(other.terms) == 2
        ]:  # we are, we re: word for word
            for slot, alike in zip(_slots(scope, node.typed), zip(*pairs, strict=True), strict=True):
                yield tuple(dict.fromkeys((*slot, *alike)))
        case typed.Alike() | typed.Any():  # one of several: any of its words
            others = node.others if isinstance(node, typed.Alike) else ()
            inside = node.typed if isinstance(node, typed.Alike) else typed.All(node.parts)
            known = [word for slot in _slots(scope, inside) for word in slot]
            if slot := tuple(dict.fromkeys([*known, *(word for other in others for word in other.terms)])):
                yield slot
        case typed.All(parts):
            for part in parts:
                yield from _slots(scope, part)


def _nearness(scope: Scope, slots: Sequence[tuple[str, ...]], numbers: Numbers) -> Scores:
    """From 0 to 1 for each document (N,), ascending: how near each word stands to the one typed before it."""
    said: list[list[Numbers]] = [[] for _ in slots]
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        if low < high:
            for places, slot in zip(said, slots, strict=True):
                places.append((low << PLACE_BITS) + _places(leaf, slot, numbers[low:high] - leaf.offset))
    # All pairs of neighbours at once, those of the second below those of the first, and so on.
    count = len(slots) - 1
    below = [(number * len(numbers)) << PLACE_BITS for number in range(count)]
    each = [np.concatenate(places) for places in said]
    first = np.concatenate([places + at for places, at in zip(each[:-1], below, strict=True)])
    second = np.concatenate([places + at for places, at in zip(each[1:], below, strict=True)])
    near: Scores = _pairs(first, second, count * len(numbers)).reshape(count, -1).sum(axis=0)
    return near / count


def _places(leaf: Leaf, terms: tuple[str, ...], numbers: Numbers) -> Numbers:
    """Where any of ``terms`` is said in the documents ``numbers``, ascending, as keys of a document's place in
    ``numbers`` and the word's in it.
    """
    if (keys := leaf.places("text", terms)) is not None:
        begins = numbers << PLACE_BITS
        first, end = np.searchsorted(keys, (begins, begins + (PLACE + 1)))
        counts = end - first
        which = np.repeat(np.arange(len(numbers)), counts)
        at = np.arange(len(which)) + (first - (np.cumsum(counts) - counts))[which]
        said: Numbers = (which << PLACE_BITS) + (keys[at] & PLACE)
        return said
    found = []
    for term in terms:
        which, counts, places = leaf.said("text", term, numbers)
        if len(which):
            found.append((np.repeat(which, counts) << PLACE_BITS) + places)
    return np.sort(np.concatenate(found)) if found else NO_NUMBERS


def _pairs(first: Numbers, second: Numbers, count: int) -> Scores:
    """For each of so many documents: 1 where ``second`` follows right after ``first``, less the farther it is, less
    backwards, 0 without one.
    """
    best = np.zeros(count)
    if not len(first) or not len(second):
        return best
    after = np.searchsorted(second, first, side="right")
    for at, worth in ((after, 1.0), (after - 1, BACKWARDS)):
        there = (at >= 0) & (at < len(second))
        here, other = first[there], second[at[there]]
        same = (here >> PLACE_BITS == other >> PLACE_BITS) & (here != other)
        near = worth / np.abs(other[same] - here[same])
        np.maximum.at(best, here[same] >> PLACE_BITS, near)
    return best

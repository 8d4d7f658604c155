"""The best few words of a text around what was looked for, as HTML: escaped, with ``<b>`` marks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from typing import NamedTuple

from indexer import query as typed
from indexer.said import Said
from indexer.text import alone, is_cjk

WIDTH = 200


class Run(NamedTuple):
    """Words that were typed as one thing: where one of its ``phrases`` is said, that is marked, else its ``words``."""

    phrases: tuple[tuple[str, ...], ...]
    words: frozenset[str]


@dataclass(frozen=True)
class Marks:
    """What to mark: folded words, beginnings of words, phrases, and runs of words."""

    words: frozenset[str] = frozenset()
    prefixes: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()
    runs: tuple[Run, ...] = ()


class _Mark(NamedTuple):
    start: int
    end: int
    of: tuple[str, ...]


def marks(node: typed.Node | None, forms: Callable[[str], Iterable[str]] = lambda _: ()) -> Marks:
    """What a hit of ``node`` may show; ``forms`` are the other forms of a word, which are found too."""
    single: set[str] = set()
    prefixes: list[str] = []
    phrases: list[tuple[str, ...]] = []
    runs: list[Run] = []
    for leaf in _leaves(node):
        if isinstance(leaf, typed.Alike):  # of plain words: twenty five
            own = marks(leaf.typed, forms)
            parts = typed.positive(leaf.typed)
            row = tuple(word for part in parts if isinstance(part, typed.Word) for word in part.terms)
            runs.append(Run((alone(row), *(alone(other.terms) for other in leaf.others)), own.words))
            phrases += [*own.phrases, *(alone(other.terms) for other in leaf.others if len(other.terms) > 1)]
            single.update(other.terms[0] for other in leaf.others if len(other.terms) == 1)
        elif isinstance(leaf, typed.Prefix):
            prefixes.append(leaf.term)
        elif isinstance(leaf, typed.Word | typed.Phrase):
            if len(leaf.terms) == 1:
                single.update(leaf.terms)
                if isinstance(leaf, typed.Word):
                    single.update(forms(leaf.terms[0]))
            else:
                phrases.append(alone(leaf.terms))
            if isinstance(leaf, typed.Word):  # most of its pairs are enough
                phrases += [tuple(term) for term in leaf.terms if len(term) == 2 and is_cjk(term)]
    return Marks(frozenset(single), tuple(prefixes), tuple(phrases), tuple(runs))


def _leaves(node: typed.Node | None) -> Iterator[typed.Node]:
    for leaf in typed.positive(node):
        if isinstance(leaf, typed.Alike) and not isinstance(leaf.typed, typed.All):
            yield from typed.positive(leaf.typed)
            yield from leaf.others
        else:
            yield leaf


def snippet(text: str, wanted: Marks, width: int = WIDTH) -> str:
    """Some ``width`` characters of ``text`` in whole words, where most of ``wanted`` is, else from the start."""
    said, found, best = _look(text, wanted, width)
    low, high = _window(text, best, width)
    low, high = _whole_words(said, low, high, width)
    escaped = partial(escape, quote=False) if "&" in text or "<" in text or ">" in text else str
    pieces, at = [], low
    for first, last in _apart(found):
        start, end = max(first, at), min(last, high)
        if start < end:
            pieces += [escaped(text[at:start]), "<b>", escaped(text[start:end]), "</b>"]
            at = end
    pieces.append(escaped(text[at:high]))
    shown = " ".join("".join(pieces).split())
    return ("… " if low > 0 else "") + shown + (" …" if high < len(text.rstrip()) else "")


def place(text: str, wanted: Marks, width: int = WIDTH) -> int | None:
    """Where in ``text`` the marks of its snippet begin, in characters; None where nothing ``wanted`` is in it."""
    _, found, best = _look(text, wanted, width)
    return best[0] if found else None


@lru_cache(maxsize=8)  # a hit is asked for its snippet, then for its place
def _look(text: str, wanted: Marks, width: int) -> tuple[Said, list[_Mark], tuple[int, int]]:
    """The words of ``text``, the marks in it, and from where to where the best of them are."""
    said = Said(text)
    found = _find(said, wanted)
    return said, found, _best(found, width)


def _apart(found: list[_Mark]) -> Iterator[tuple[int, int]]:
    """The stretches that ``found``, in order, cover: a phrase of words that repeat overlaps with itself."""
    if not found:
        return
    start, end = found[0].start, found[0].end
    for mark in found:
        if mark.start >= end:
            yield start, end
            start = mark.start
        end = max(end, mark.end)
    yield start, end


def _find(said: Said, wanted: Marks) -> list[_Mark]:
    """The marks in order; a phrase is one mark, if only a part of it at the border of the text."""
    single = set(wanted.words)
    found: list[_Mark] = []

    def row(first: int, count: int, phrase: tuple[str, ...]) -> _Mark:
        return _Mark(said.tokens[first][1], said.tokens[first + count - 1][2], phrase)

    def whole(phrase: tuple[str, ...]) -> list[_Mark]:
        if not said.has_any(phrase[:1]):
            return []
        words, count = said.words, len(phrase)
        starts = (at for at, word in enumerate(words) if word == phrase[0] and tuple(words[at : at + count]) == phrase)
        return [row(at, count, phrase) for at in starts]

    for run in wanted.runs:
        rows = [mark for phrase in run.phrases for mark in whole(phrase)]
        found += rows
        if not rows:
            single |= run.words
    for tokens in (said.of(single), said.beginning(wanted.prefixes), said.spelled(single)):
        found += [_Mark(start, end, (word,)) for word, start, end in tokens]
    for phrase in wanted.phrases:
        marked = whole(phrase)
        if not marked and said.has_any(phrase[:1]):
            count = len(phrase)
            shorter = range(min(count - 1, len(said.words)), 0, -1)
            ends = (row(len(said.words) - n, n, phrase) for n in shorter if tuple(said.words[-n:]) == phrase[:n])
            marked = [mark for mark in (next(ends, None),) if mark]
        found += marked
    return sorted(set(found), key=lambda mark: (mark.start, -mark.end)) if len(found) > 1 else found


def _window(text: str, best: tuple[int, int], width: int) -> tuple[int, int]:
    """The ``best`` part in ``width`` characters, with as much before as after it."""
    start, end = best
    spare = max(0, width - (end - start))
    low = max(0, min(start - spare // 2, len(text) - width))
    return low, min(len(text), low + width)


def _best(found: list[_Mark], width: int) -> tuple[int, int]:
    """From the first to the last of the most different things within ``width`` characters."""
    best, chosen = (0, 0), (0, 0)
    kinds = len({mark.of for mark in found})
    for number, first in enumerate(found):
        things: set[tuple[str, ...]] = set()
        end = first.end
        for mark in found[number:]:
            if mark.end > first.start + width:
                break
            if mark.of not in things:
                things.add(mark.of)
                end = max(end, mark.end)
                if len(things) == kinds:
                    break
        worth = (sum(len(thing) for thing in things), first.start - end)  # of as much, what stands nearest together
        if worth > best:
            best, chosen = worth, (first.start, end)
    return chosen


def _whole_words(said: Said, low: int, high: int, width: int) -> tuple[int, int]:
    """The window without the words it cuts, unless nothing would be left."""
    if low == 0 and high >= len(said.text):
        return low, high
    if (inside := said.whole_words(low, high)) is None:
        return low, min(high, low + width)
    start = 0 if low == 0 else inside[0]
    end = high if high >= len(said.text) else inside[1]
    return start, max(start, end)

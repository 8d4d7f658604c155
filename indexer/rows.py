"""Words in a row, as texts say them: which begin like what was typed, what stands before them and what after. Pure.

A text is not taken apart into all its words where that can be helped: a few of them are asked for.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from operator import itemgetter

from indexer.text import spaced, spans

BEFORE = 2  # words that what follows is told by
LONGEST = 3  # words of a continuation
PLACES = 200  # of a text, that are looked at: no moment has more; of a page of another datasource the first
_GAP = 100  # signs between two words, behind which the one does not go on with the other
_ON = re.compile(r"\s*|[\s'’-]")  # between two words where the second goes on with what the first began
_APOSTROPHES = ("'", "’")
_HAS_NOT = re.compile(r"n['’]t\b", re.IGNORECASE)
_NEXT = re.compile("[^ ]+")
_TOKEN, _OBJECTS = 24, 64  # numbers of eight bytes that a token takes, and what is kept of a text beside its letters
_START, _END = itemgetter(1), itemgetter(2)
Terms = tuple[str, ...]
Token = tuple[str, int, int]  # a folded word, where it starts and ends


class Text:
    """A text of which single words and their neighbours are asked for."""

    __slots__ = ("_spaced", "_tokens", "text")

    def __init__(self, text: str, most: int) -> None:
        """``most``: characters of it that are read; of a longer text not the last word of these, which may be cut."""
        self.text = read = text[:most]
        # With a space before and behind, so that a place in the text is one before it here.
        self._spaced = None if (plain := spaced(read)) is None else f" {plain} "
        self._tokens = list(spans(read)) if plain is None else []
        if len(text) > most and self._spaced is not None:
            self._spaced = self._spaced[: self._spaced.rstrip().rfind(" ") + 1]
        elif len(text) > most:
            del self._tokens[-1:]

    @property
    def size(self) -> int:
        """What it takes, in numbers of eight bytes."""
        return len(self.text) // 8 + len(self._spaced or "") // 8 + _TOKEN * len(self._tokens) + _OBJECTS

    def beginning(self, prefix: str) -> Iterator[Token]:
        """Each word that begins with ``prefix``, in order."""
        if (told := self._spaced) is None:
            yield from (token for token in self._tokens if token[0].startswith(prefix))
            return
        wanted = f" {prefix}"
        at = told.find(wanted)
        while at >= 0:
            end = told.index(" ", at + 1)
            yield told[at + 1 : end], at, end - 1
            at = told.find(wanted, end)

    def each(self, word: str) -> Iterator[Token]:
        """Each time that ``word`` is said, in order."""
        return (token for token in self.beginning(word) if token[0] == word)

    def before(self, start: int) -> Token | None:
        """The last word that ends at this place or not long before it."""
        if (told := self._spaced) is None:
            place = bisect_right(self._tokens, start, key=_END) - 1
            return self._tokens[place] if place >= 0 else None
        end, least = start, start - _GAP
        while end >= 0 and end > least and told[end] == " ":
            end -= 1
        if end < 0 or told[end] == " ":
            return None
        at = told.rfind(" ", 0, end)
        return told[at + 1 : end + 1], at, end

    def after(self, end: int) -> Token | None:
        """The first word that starts at this place or behind it."""
        if (told := self._spaced) is None:
            place = bisect_left(self._tokens, end, key=_START)
            return self._tokens[place] if place < len(self._tokens) else None
        found = _NEXT.search(told, end + 1)
        return (found[0], found.start() - 1, found.end() - 1) if found else None

    def is_part(self, start: int, end: int) -> bool:
        """Whether what stands there is no word of its own: the ll of we'll, the shouldn of shouldn't."""
        return self.text[max(0, start - 1) : start] in _APOSTROPHES or bool(_HAS_NOT.match(self.text, end - 1))

    def goes_on(self, end: int, start: int) -> bool:
        """Whether what starts at the one place goes on with what ends at the other."""
        return (start - end == 1 and self.text[end] == " ") or bool(_ON.fullmatch(self.text, end, start))


@dataclass
class Rows:
    """Words in a row as they follow the context, by how many words of it stand before them; ``qualified`` documents,
    ``surfaces``: how each is written, and how often so.
    """

    qualified: int = 0
    follow: tuple[Counter[Terms], ...] = field(default_factory=lambda: tuple(Counter() for _ in range(BEFORE + 1)))
    surfaces: dict[Terms, Counter[str]] = field(default_factory=dict)

    def read(self, text: Text, context: Terms, prefix: str) -> None:
        """Adds what ``text`` says after the ``context``, beginning with ``prefix``; without a context, anywhere."""
        found = text.beginning(prefix) if prefix else _following(text, context[-1])
        for word, start, end in islice(found, PLACES):
            if text.is_part(start, end):
                continue
            self._written((word,), text.text[start:end])
            depth = _depth(text, start, context)
            if context and not depth:
                continue
            follow = self.follow[depth]
            row: Terms = (word,)
            follow[row] += 1
            stop = end
            while len(row) < LONGEST and (on := text.after(stop)) and text.goes_on(stop, on[1]):
                row, stop = (*row, on[0]), on[2]
                if not text.is_part(start, stop):
                    self._written(row, " ".join(text.text[start:stop].split()))
                    follow[row] += 1

    def best(self) -> Counter[Terms]:
        """What follows the longest part of the context that anything follows."""
        return next((follow for follow in reversed(self.follow) if follow), Counter())

    def _written(self, row: Terms, surface: str) -> None:
        if (known := self.surfaces.get(row)) is None:
            known = self.surfaces[row] = Counter()
        known[surface] += 1


def _following(text: Text, word: str) -> Iterator[Token]:
    """Each word that stands right after ``word``."""
    return (token for _, _, end in text.each(word) if (token := text.after(end)))


def _depth(text: Text, start: int, context: Terms) -> int:
    """How many of the last words of ``context`` stand right before this place."""
    depth = 0
    for word in reversed(context[-BEFORE:]):
        before = text.before(start)
        if before is None or before[0] != word or not text.goes_on(before[2], start):
            break
        depth, start = depth + 1, before[1]
    return depth


def likeliest(surfaces: Counter[str]) -> str:
    """How it is written most often; of equals in small letters."""
    return min(surfaces, key=lambda one: (-surfaces[one], not one.islower(), one))

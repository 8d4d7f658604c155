"""How a word that was begun goes on, and what is said after it, in documents that somebody may see.

Words are counted by the index. What follows what is read from the texts of some documents, spread evenly over those
that qualify: the index knows words in a row too, but reading the places of every word that might follow takes longer.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.begun import Typed
from indexer.matching import Evaluation
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Leaf, Numbers
from indexer.spelling import is_common
from indexer.text import spans
from indexer.values import document_of

LOOKED_AT = 64  # documents whose texts are read for what follows
BEGUN = 6  # the most frequent words whose own continuations are looked for, where nothing stands before them
BEFORE = 2  # words that what follows is told by
LONGEST = 3  # words of a continuation
TWICE = 2  # times that several words in a row are said, to be more than chance
SAID = ("segment", "other")  # kinds of documents: nobody said what the model wrote, and an outline repeats
_FREQUENT = 0.1  # of the documents, of which a word is in no more that tells where to look
_ON = re.compile(r"\s*|[\s'’-]")  # between two words where the second goes on with what the first began
Terms = tuple[str, ...]


@dataclass(frozen=True)
class Ending:
    """How the last word goes on, and perhaps words after it: ``text`` as it is said in some document, ``said`` in so
    many documents (its first word). ``follows``: how often it is said after the words before it, in the documents that
    were looked at; of several words ``part`` is how often their first one goes on so.
    """

    terms: Terms
    text: str
    said: int
    follows: int = 0
    part: float = 1.0


@dataclass
class Rows:
    """Words in a row as they follow the context, by how many words of it stand before them; ``qualified`` documents,
    ``surfaces``: how each is written, and how often so.
    """

    qualified: int = 0
    follow: tuple[Counter[Terms], ...] = field(default_factory=lambda: tuple(Counter() for _ in range(BEFORE + 1)))
    surfaces: dict[Terms, Counter[str]] = field(default_factory=dict)

    def read(self, text: str, context: Terms, prefix: str) -> None:
        """Adds what ``text`` says after the ``context``, beginning with ``prefix``; without a context, anywhere."""
        tokens = list(spans(text))
        for at, (word, start, end) in enumerate(tokens):
            if not word.startswith(prefix) or _is_rest(text, start):
                continue
            depth = _depth(tokens, at, context, text)
            if prefix or depth:
                self.surfaces.setdefault((word,), Counter())[text[start:end]] += 1
            if context and not depth:
                continue
            for size in range(1, LONGEST + 1):
                row = tuple(token[0] for token in tokens[at : at + size])
                if size > 1:
                    before = tokens[at + size - 2 : at + size]
                    if len(row) < size or not _ON.fullmatch(text, before[0][2], before[1][1]):
                        break
                    said = " ".join(text[start : before[1][2]].split())
                    self.surfaces.setdefault(row, Counter())[said] += 1
                self.follow[depth][row] += 1

    def best(self) -> Counter[Terms]:
        """What follows the longest part of the context that anything follows."""
        return next((follow for follow in reversed(self.follow) if follow), Counter())


def _depth(tokens: Sequence[tuple[str, int, int]], at: int, context: Terms, text: str) -> int:
    """How many of the last words of ``context`` stand right before the token."""
    depth = 0
    for word in reversed(context[-BEFORE:]):
        place = at - depth - 1
        if place < 0 or tokens[place][0] != word or not _ON.fullmatch(text, tokens[place][2], tokens[place + 1][1]):
            break
        depth += 1
    return depth


def _is_rest(text: str, start: int) -> bool:
    """Whether what starts there is no word of its own: the ll of we'll."""
    return text[max(0, start - 1) : start] in ("'", "’")


class Said:
    """What is said in the documents that the asker may see and that pass the filters."""

    def __init__(self, scope: Scope, filters: Sequence[typed.Node]) -> None:
        self.scope, self.filters = scope, filters
        self.leaves = [(leaf, self._said(leaf)) for leaf in scope.view.leaves]

    def _said(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Which documents of a segment count."""
        other = tuple(kind for kind in self.scope.kinds if kind not in SAID)

        def made() -> NDArray[np.bool_]:
            said = self.scope.open(leaf).copy()
            said[leaf.any_of("kind", other)] = False
            return said

        found: NDArray[np.bool_] = leaf.kept(("said", self.scope.audience, self.scope.view.commit), made)
        if self.filters:
            passed = np.zeros(leaf.size, bool)
            passed[Evaluation(self.scope, leaf).of(typed.All(tuple(self.filters))).numbers] = True
            return found & passed
        return found

    def _once(self, key: tuple[object, ...], make: Callable[[], int]) -> int:
        # Of filters there is no end: what is kept until the next commit has names that are the archive's.
        return make() if self.filters else self.scope.view.once((*key, self.scope.audience), make)

    def numbers(self, word: str) -> list[Numbers]:
        """The documents with ``word``, of each segment of the index."""
        return [(found := leaf.postings("text", word).numbers)[said[found]] for leaf, said in self.leaves]

    def count(self, word: str) -> int:
        """In how many documents ``word`` is said."""
        return self._once(("said in", word), lambda: sum(map(len, self.numbers(word)))) if word else 0

    def frequent(self, prefix: str, most: int) -> dict[str, int]:
        """The most frequent words that begin with ``prefix``, itself too, and in how many documents each is.

        In how many of all documents a word is stands in the index, and is no less than in how many of these: so once
        it is less than the least of those found, no more need be counted.
        """
        known: Counter[str] = Counter()
        for leaf, _ in self.leaves:
            known.update(leaf.frequencies("text", prefix))
        others = sum(leaf.size - int(np.count_nonzero(said)) for leaf, said in self.leaves)
        everything = self.scope.asker is None and not self.filters
        found: dict[str, int] = {}
        counts: list[int] = []  # a heap: the least first
        for word, times in known.most_common():
            if len(counts) >= most and (times < counts[0] or (everything and times == counts[0])):
                break
            # For the owner nothing is hidden but what was deleted; what is in more documents than that is not.
            if count := times if everything and times > others else self.count(word):
                found[word] = count
                heappush(counts, count) if len(counts) < most else heappushpop(counts, count)
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:most])

    def rows(self, asked: Typed, spoken: dict[str, int]) -> Rows:
        """What follows, as it is said in some documents."""
        qualified = self._after(asked.context, spoken) if asked.context else self._begun(asked.last, spoken)
        rows = Rows(len(qualified))
        chosen = qualified[np.linspace(0, len(qualified) - 1, min(len(qualified), LOOKED_AT)).astype(np.int64)]
        for number in dict.fromkeys(chosen.tolist()):
            rows.read(document_of(self.scope, number).text, asked.context, asked.last)
        return rows

    def _after(self, context: Terms, spoken: dict[str, int]) -> Numbers:
        """Documents with the last words of the context, and any of the words that may be meant now."""
        *earlier, last = context[-BEFORE:]
        telling = [] if any(times > _FREQUENT * self.scope.size for times in spoken.values()) else list(spoken)
        found = []
        for (leaf, _), numbers in zip(self.leaves, self.numbers(last), strict=True):
            for word in earlier:
                both = np.intersect1d(numbers, leaf.postings("text", word).numbers, assume_unique=True)
                numbers = both if len(both) else numbers
            if telling and len(numbers) > LOOKED_AT:
                has = np.zeros(leaf.size, bool)
                for word in telling:
                    has[leaf.postings("text", word).numbers] = True
                numbers = numbers[has[numbers]]
            found.append(numbers + leaf.offset)
        return np.concatenate(found) if found else NO_NUMBERS

    def _begun(self, last: str, spoken: dict[str, int]) -> Numbers:
        """Documents with the most frequent of the words that may be meant, as many of each."""
        likely = [word for word in dict.fromkeys((last, *spoken)) if not self._common(word)][:BEGUN]
        found = [
            (numbers + leaf.offset)[:: len(numbers) // (LOOKED_AT // BEGUN) + 1]
            for word in likely
            for (leaf, _), numbers in zip(self.leaves, self.numbers(word), strict=True)
        ]
        return np.unique(np.concatenate(found)) if found else NO_NUMBERS

    def _common(self, word: str) -> bool:
        return is_common(self.scope, word)

    def endings(self, asked: Typed, spoken: dict[str, int], rows: Rows) -> Iterator[Ending]:
        """Every ending there is proof of: words first, that which was typed too, then several in a row."""
        follow = rows.best()
        counted = spoken | {word: self.count(word) for (word, *_) in follow if word not in spoken}
        for word, said in counted.items():
            if text := self._as_said(word, rows.surfaces.get((word,))):
                yield Ending((word,), text, said, follow[(word,)] if asked.context else 0)
        begun = set()  # of two words that go on in many ways the most frequent
        for terms, times in sorted(follow.items(), key=lambda one: (-one[1], -len(one[0]), one[0])):
            if len(terms) > 1 and times >= TWICE and terms[:2] not in begun and not self._common(terms[-1]):
                begun.add(terms[:2])
                part = times / (follow[terms[:1]] + TWICE)
                yield Ending(terms, _likeliest(rows.surfaces[terms]), counted[terms[0]], times, part)

    def _as_said(self, word: str, surfaces: Counter[str] | None) -> str:
        """The word as it is written in a document; "" where none has it."""
        if surfaces:
            return _likeliest(surfaces)
        for (leaf, _), numbers in zip(self.leaves, self.numbers(word), strict=True):
            for number in numbers[:2].tolist():
                text = document_of(self.scope, number + leaf.offset).text
                for one, start, end in spans(text):
                    if one == word and not _is_rest(text, start):
                        return text[start:end]
        return ""


def _likeliest(surfaces: Counter[str]) -> str:
    """How it is written most often; of equals in small letters."""
    return min(surfaces, key=lambda one: (-surfaces[one], not one.islower(), one))

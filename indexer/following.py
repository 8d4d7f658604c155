"""How a word that was begun goes on, and what is said after it, in documents that somebody may see.

Words are counted by the index. What follows what is read from the texts of some documents, spread evenly over those
that qualify: the index knows words in a row too, but reading the places of every word that might follow takes longer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from heapq import heappush, heappushpop
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.ascending import common
from indexer.begun import Typed
from indexer.leaf import Leaf
from indexer.matching import Evaluation
from indexer.own import SAID
from indexer.plan import Scope
from indexer.postings import NO_NUMBERS, Numbers
from indexer.rows import BEFORE, Rows, Terms, Text, likeliest
from indexer.values import document_of

TEXTS = 40  # documents whose texts are read for what follows ...
CHARACTERS = 50_000  # ... of each so many: a moment has a thousand, a page of another datasource perhaps millions
BEGUN = 6  # the most frequent words whose own continuations are looked for, where nothing stands before them
TRIED = 5  # documents in which a word may be but the rest of another
TWICE = 2  # times that several words in a row are said, to be more than chance
LISTS = 1_000  # lists of words that are looked through for who does not see all
_FREQUENT = 0.1  # of the documents, of which a word is in no more that tells where to look


@dataclass(frozen=True)
class Ending:
    """How the last word goes on, and perhaps words after it.

    ``text``: as it is written where it was read, "" where the word was only counted; ``said`` in so many documents (its
    first word). ``follows``: how often it is said after the words before it, in the documents that were looked at; of
    several words ``part`` is how often their first one goes on so. ``common``: it is counted, but ends nothing.
    """

    terms: Terms
    text: str
    said: int
    follows: int = 0
    part: float = 1.0
    common: bool = False


class Said:
    """What is said in the documents that the asker may see and that pass the filters."""

    def __init__(self, scope: Scope, filters: Sequence[typed.Node]) -> None:
        self.scope, self.filters = scope, filters
        self.leaves = [(leaf, self._said(leaf)) for leaf in scope.view.leaves]
        self._others = sum(leaf.size - int(np.count_nonzero(said)) for leaf, said in self.leaves)
        # From the owner nothing is hidden, and how many documents have a word is told by the index: with outlines and
        # samples, and what was deleted lately; but no word is told that only those have.
        self._everything = scope.asker is None and not filters
        self._own = scope.own.said if scope.own else None

    def _seen(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Which documents of a segment the asker may see, filters aside."""
        other = tuple(kind for kind in self.scope.kinds if kind not in SAID)

        def made() -> NDArray[np.bool_]:
            said = self.scope.open(leaf).copy()
            said[leaf.any_of("kind", other)] = False
            return said

        found: NDArray[np.bool_] = leaf.kept(("said", self.scope.audience, self.scope.view.commit), made)
        return found

    def _said(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Which documents of a segment count."""
        found = self._seen(leaf)
        if self.filters:
            passed = np.zeros(leaf.size, bool)
            passed[Evaluation(self.scope, leaf).of(typed.All(tuple(self.filters))).numbers] = True
            return found & passed
        return found

    def numbers(self, word: str) -> list[Numbers]:
        """The documents with ``word``, of each segment of the index."""
        if self._own is not None and word not in self._own:
            return [NO_NUMBERS] * len(self.leaves)
        return [(found := leaf.numbers("text", word))[said[found]] for leaf, said in self.leaves]

    def count(self, word: str, among: int) -> int:
        """In how many documents ``word`` is said, that ``among`` of the index have."""
        if self._everything and among > self._others:
            return among
        if self._own is not None and (not self.filters or word not in self._own):
            return self._own[word]
        # Of filters there is no end: what is kept until the next commit has names that are the archive's.
        if self.filters:
            return sum(map(len, self.numbers(word)))
        key = "said in", word, self.scope.audience
        return self.scope.view.once(key, lambda: sum(map(len, self.numbers(word))))

    def frequent(self, prefix: str, most: int) -> dict[str, int]:
        """The most frequent words that begin with ``prefix``, itself too, and in how many documents each is.

        In how many of all documents a word is stands in the index, and is no less than in how many of these: so once
        it is less than the least of those found, no more need be counted. Of what may be hidden all the same only so
        many are looked through.
        """
        known: Counter[str] = Counter()
        if self._own is None:
            for leaf, _ in self.leaves:
                known.update(leaf.frequencies("text", prefix))
        else:
            known.update({word: times for word, times in self._own.items() if word.startswith(prefix)})
        found: dict[str, int] = {}
        counts: list[int] = []  # a heap: the least first
        for word, times in known.most_common(LISTS if self.scope.asker and self._own is None else None):
            if len(counts) >= most and (times < counts[0] or (self._everything and times == counts[0])):
                break
            if count := self.count(word, times):
                found[word] = count
                heappush(counts, count) if len(counts) < most else heappushpop(counts, count)
        return dict(sorted(found.items(), key=lambda one: (-one[1], one[0]))[:most])

    def rows(self, asked: Typed, spoken: dict[str, int]) -> Rows:
        """What follows, as it is said in some documents."""
        qualified = self._after(asked.context, spoken) if asked.context else self._begun(asked.last, spoken)
        rows = Rows(len(qualified))
        for number in _spread(qualified, TEXTS).tolist():
            rows.read(self._text(number), asked.context, asked.last)
        return rows

    def _text(self, number: int) -> Text:
        """What a document says, of a long one the first; who types on is answered from the same again and again."""
        leaf = self.scope.leaf_of(number)
        key = "text", number - leaf.offset
        found: Text = leaf.kept(
            key, lambda: Text(document_of(self.scope, number).text, CHARACTERS), lambda text: text.size
        )
        return found

    def _after(self, context: Terms, spoken: dict[str, int]) -> Numbers:
        """Documents with the last words of the context, and any of the words that may be meant now."""
        *earlier, last = context[-BEFORE:]
        telling = [] if any(times > _FREQUENT * self.scope.size for times in spoken.values()) else list(spoken)
        found = []
        for (leaf, _), numbers in zip(self.leaves, self.numbers(last), strict=True):
            for word in earlier:
                both = common([numbers, leaf.numbers("text", word)])
                numbers = both if len(both) else numbers
            if telling and len(numbers) > TEXTS:
                has = np.zeros(leaf.size, bool)
                for word in telling:
                    has[leaf.numbers("text", word)] = True
                numbers = numbers[has[numbers]]
            found.append(numbers + leaf.offset)
        return np.concatenate(found) if found else NO_NUMBERS

    def _begun(self, last: str, spoken: dict[str, int]) -> Numbers:
        """Documents with the most frequent of the words that may be meant, as many of each."""
        likely = [word for word in dict.fromkeys((last, *spoken)) if not self._common(word)][:BEGUN]
        found = [
            _spread(
                np.concatenate(
                    [each + leaf.offset for (leaf, _), each in zip(self.leaves, self.numbers(word), strict=True)]
                ),
                TEXTS // len(likely),
            )
            for word in likely
        ]
        numbers = np.sort(np.concatenate(found)) if found else NO_NUMBERS
        return numbers[np.append(True, numbers[1:] != numbers[:-1])] if len(numbers) else numbers

    def _among(self, word: str) -> int:
        """How many documents of the index have ``word``."""
        return sum(leaf.frequency("text", word) for leaf, _ in self.leaves)

    def _common(self, word: str) -> bool:
        """Whether ``word`` is in very many documents; it is counted only where that is not clear without."""
        among, most = self._among(word), self.scope.many
        return among > most and (among - self._others > most or self.count(word, among) > most)

    def endings(self, asked: Typed, spoken: dict[str, int], rows: Rows) -> Iterator[Ending]:
        """Every ending there is proof of: words first, that which was typed too, then several in a row."""
        follow = rows.best()
        if asked.last:
            spoken = spoken | {word: self.count(word, self._among(word)) for word, *_ in follow if word not in spoken}
        else:  # what follows is all that may be meant
            spoken = {word: times for (word, *more), times in follow.items() if not more}
        for word, said in spoken.items():
            surfaces = rows.surfaces.get((word,))
            yield Ending(
                (word,),
                likeliest(surfaces) if surfaces else "",
                said,
                follow[(word,)] if asked.context else 0,
                common=bool(asked.context) and self._common(word),
            )
        begun = set()  # of two words that go on in many ways the most frequent
        for terms, times in sorted(follow.items(), key=lambda one: (-one[1], -len(one[0]), one[0])):
            if len(terms) > 1 and times >= TWICE and terms[:2] not in begun and not self._common(terms[-1]):
                begun.add(terms[:2])
                part = times / (follow[terms[:1]] + TWICE)
                yield Ending(terms, likeliest(rows.surfaces[terms]), spoken.get(terms[0], times), times, part)

    def as_said(self, word: str) -> str:
        """The word as it is written in the first document that has it as a word of its own; "" where none has."""
        for leaf, said in self.leaves:
            for number in islice(leaf.first_of("text", word, said), TRIED):
                text = self._text(number + leaf.offset)
                for _, start, end in text.each(word):
                    if not text.is_part(start, end):
                        return text.text[start:end]
        return ""


def _spread(numbers: Numbers, most: int) -> Numbers:
    """At most so many of the ``numbers``, spread evenly over them."""
    # No two are the same, as they are one apart or more.
    return numbers[np.linspace(0, len(numbers) - 1, min(len(numbers), most)).astype(np.int64)]

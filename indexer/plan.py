"""What one person may see of one commit, and which words, names and days there are to look for in it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from itertools import islice
from math import log
from operator import attrgetter
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.access import INTERSECTION, Asker
from indexer.forms import forms_of
from indexer.hits import Hits
from indexer.languages import codes_of
from indexer.leaf import Leaf
from indexer.matching import BOOSTS, Evaluation
from indexer.own import Own, own_words
from indexer.postings import Numbers
from indexer.properties import terms_with
from indexer.schema import NEXT
from indexer.text import alone, key, words
from indexer.view import View

BY_PEOPLE = "by people"  # every kind but what a model wrote
MAX_EXPANSIONS = 2_500  # words that the beginnings in a query stand for, all together

# Where among what was found in a segment, by its numbers in that, those stand that are not to be found.
LeftOut = Callable[[Leaf, Numbers], Numbers]

_OFFSET = attrgetter("offset")
_COMMON, _FEW = 0.04, 20  # see ``many``


@dataclass
class Scope:
    """One commit, seen by one asker (None: the owner), in one kind of document."""

    view: View
    asker: Asker | None
    kind: str = "segment"
    hints: list[str] = field(default_factory=list)
    # Looked up once, and not with each word that is searched beside them.
    _beginnings: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    _names: dict[tuple[str, str], Sequence[str]] = field(default_factory=dict)
    _properties: dict[tuple[str, tuple[str, ...]], tuple[str, ...]] = field(default_factory=dict)

    def leaf_of(self, number: int) -> Leaf:
        """The segment that holds a document."""
        leaves = self.view.leaves
        return leaves[bisect_right(leaves, number, key=_OFFSET) - 1]

    def lexicon(self, name: str, prefix: str = "") -> Iterable[str]:
        """The terms of a field, ascending: of all documents, so never to be shown without a look at who asks."""
        parts = [leaf.terms(name, prefix) for leaf in self.view.leaves]
        return parts[0] if len(parts) == 1 else sorted(set().union(*parts))

    def matches(self, node: typed.Node, names: Sequence[str] = tuple(BOOSTS), left_out: LeftOut | None = None) -> Hits:
        """What ``node`` finds of the kinds looked for that the asker may see, by number, with scores; its words in the
        fields ``names``, and without what is ``left_out``.

        The asker's rights are part of every search: whatever is counted or shown of its matches keeps to them.
        """
        found: list[Hits] = []
        for leaf in self.view.leaves:
            hits = Evaluation(self, leaf, names).among(node, self._visible(leaf))
            if left_out:
                hits = hits.without(left_out(leaf, hits.numbers))
            found.append(hits)
        return Hits.joined(found, [leaf.offset for leaf in self.view.leaves])

    def _visible(self, leaf: Leaf) -> NDArray[np.bool_] | None:
        """Which documents of a segment are there still, of the kinds looked for, and open to the asker; None: all."""

        def made() -> NDArray[np.bool_] | Literal[False]:
            visible = self.open(leaf).copy()
            visible[leaf.any_of("kind", self._other_kinds)] = False
            return visible if not visible.all() else False

        key = "visible", self._openers, self._other_kinds, self.view.commit
        found: NDArray[np.bool_] | Literal[False] = leaf.kept(key, made)
        return found if found is not False else None

    def open(self, leaf: Leaf) -> NDArray[np.bool_]:
        """Which documents of a segment are there still, and open to the asker."""

        def made() -> NDArray[np.bool_]:
            there = np.ones(leaf.size, bool) if leaf.live is None else leaf.live
            if self._openers is None:
                return there
            opened = np.zeros(leaf.size, bool)
            opened[leaf.any_of("access", self._openers)] = True
            return opened & there

        found: NDArray[np.bool_] = leaf.kept(("open", self._openers, self.view.commit), made)
        return found

    def after(self, leaf: Leaf, inside: Numbers) -> Numbers:
        """For each of the documents ``inside`` of a segment the next that the asker may see; past the last none."""
        if self.asker is None:  # what was deleted went with all of its recording
            return inside + 1
        seen = np.append(np.flatnonzero(self.open(leaf)), leaf.size)
        found: Numbers = seen[np.searchsorted(seen, inside + 1)]
        return found

    def between(self, first: int, last: int) -> list[int]:
        """Which documents from ``first`` to ``last``, of one segment, the asker may see."""
        leaf = self.leaf_of(first)
        seen = self.open(leaf)[first - leaf.offset : last - leaf.offset + 1]
        return (first + np.flatnonzero(seen)).tolist()

    @property
    def audience(self) -> tuple[str, ...] | None:
        """What tells scores of one asker from those of another."""
        return self._openers

    def count(self, node: typed.Node) -> int:
        """How many documents ``node`` finds."""
        return len(self.matches(node).numbers)

    @cached_property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of documents that are looked for, of those there are."""
        by_people = self.kind == BY_PEOPLE

        def made() -> tuple[str, ...]:
            known = self.lexicon("kind")
            return tuple(
                sorted(kind for kind in known if self.kind in ("all", kind) or (by_people and kind != "sample"))
            )

        return self.view.once(("kinds", self.kind), made)

    @cached_property
    def _other_kinds(self) -> tuple[str, ...]:
        def made() -> tuple[str, ...]:
            return tuple(sorted(set(self.lexicon("kind")).difference(self.kinds)))

        return self.view.once(("other kinds", self.kind), made)

    @cached_property
    def _openers(self) -> tuple[str, ...] | None:
        """The access tokens that let the asker see a document; None for the owner."""
        if self.asker is None:
            return None
        opened = (token for token in self.lexicon("access", INTERSECTION) if self.asker.opens(token))
        return tuple(sorted({*self.asker.tokens(), *opened}))

    @cached_property
    def languages(self) -> tuple[str, ...]:
        """The languages that are spoken in what the asker may see, and English, for where nobody says."""
        spoken = (name for name in self.lexicon("lang") if self.asker is None or self._documents("lang", name))
        return tuple(dict.fromkeys(["en", *spoken]))

    def forms(self, word: str) -> tuple[str, ...]:
        """The other words with the stem of ``word``, of what the asker may see."""
        return self.view.once(("forms", word, self._openers), lambda: self._forms(word))

    def _forms(self, word: str) -> tuple[str, ...]:
        found = forms_of(word, self.languages, lambda start: self.lexicon("text", start))
        return found if self.asker is None else tuple(form for form in found if self._documents("text", form))

    @cached_property
    def own(self) -> Own | None:
        """The asker's own words, where they see little."""
        return own_words(self)

    @property
    def words(self) -> Sequence[str]:
        """Every word of texts, titles and speakers' names, of all documents, the shortest first."""
        if self.view.words is None:
            known = {word for name in BOOSTS for word in self.lexicon(name) if not word.startswith(NEXT)}
            self.view.words = sorted(sorted(known), key=len)
        return self.view.words

    def beginning_anywhere(self, prefix: str) -> set[str]:
        """The words of texts, titles and speakers' names that begin so, of all documents. Of all three: what a person
        sees in a title alone must not be told by whether it is in a hidden text, too.
        """
        return {word for name in BOOSTS for word in self.lexicon(name, prefix)}

    def knows(self, word: str) -> bool:
        """Whether any text, title or name has ``word``, of all documents."""
        return any(leaf.has(name, word) for leaf in self.view.leaves for name in BOOSTS)

    def frequency(self, word: str) -> int:
        """In how many texts, titles and names a word is, of all documents."""
        coded = word.encode("utf-8", "replace")

        def count() -> int:
            return sum(int(self.view.reader.doc_frequency(name, coded)) for name in BOOSTS)

        return self.view.once(("frequency", word), count)

    def times_said(self, word: str) -> int:
        """How many documents that the asker may see have ``word``, as it is."""
        either = typed.Any(tuple(typed.Keyed(name, (word,)) for name in BOOSTS))
        return self.view.once(("said", word, self._openers, self.kind), lambda: self.count(either))

    def names(self, name: str, value: str) -> Sequence[str]:
        """The speakers, collections, tags or codes of languages that ``value`` names.

        A name that nobody has in full stands for all names with its words: ``anna`` for Anna Maier.
        """
        if (found := self._names.get((name, value))) is None:
            found = self._names[name, value] = self._named(name, value)
        return found

    def _named(self, name: str, value: str) -> Sequence[str]:
        if name == "lang":
            return codes_of(value)
        exact = key(value)
        # A name that only hidden documents have must not stand before a longer one that may be seen.
        if name == "tag" or self.count(typed.Keyed(name, (exact,))):
            return (exact,)
        by_word = self.names_by_word(name)
        having = [by_word.get(part, ()) for part in set(alone(words(value)))]
        return tuple(sorted(set(having[0]).intersection(*having[1:]))) if having else ()

    def property_terms(self, name: str, values: tuple[str, ...]) -> tuple[str, ...]:
        """The terms of the property ``name`` with any of ``values``, however they are written."""
        if (found := self._properties.get((name, values))) is None:
            found = self._properties[name, values] = terms_with(self, name, values)
        return found

    def names_by_word(self, name: str) -> Mapping[str, Sequence[str]]:
        """The values of a field by each of their words, of all documents."""

        def made() -> dict[str, list[str]]:
            found: dict[str, list[str]] = {}
            for known in self.lexicon(name):
                for word in set(alone(words(known))):
                    found.setdefault(word, []).append(known)
            return found

        return self.view.once(("names", name), made)

    def days(self, after: date | None, before: date | None, name: str = "recorded") -> tuple[str, ...]:
        """The days recorded on (or ``updated``), from the day ``after`` on and earlier than the day ``before``."""
        low = after.strftime("%Y%m%d") if after else ""
        high = before.strftime("%Y%m%d") if before else "99999999"
        days: tuple[str, ...] = self.view.once(("days", name), lambda: tuple(self.lexicon(name)))
        return days[bisect_left(days, low) : bisect_left(days, high)]

    def beginning(self, name: str, prefix: str) -> tuple[str, ...]:
        """The words of a field that begin with ``prefix``; of very many, in all that is searched, only the first."""
        if (found := self._beginnings.get((name, prefix))) is None:
            left = max(0, MAX_EXPANSIONS - sum(map(len, self._beginnings.values())))
            there = iter(self.lexicon(name, prefix))
            if self.asker is not None:  # what is hidden must not take the place of what may be seen
                there = (term for term in there if self._documents(name, term))
            terms = list(islice(there, left + 1))
            if len(terms) > left:
                self.hints.append(f"Very many words begin with {prefix}: not all of them were searched.")
            found = self._beginnings[name, prefix] = tuple(terms[:left])
        return found

    def rarity(self, name: str, word: str) -> float:
        """Whoosh's inverse document frequency of a word, among what the asker may see."""
        if self.asker is not None:
            return log(self.size / (self._documents(name, word) + 1)) + 1

        def among_all() -> float:
            reader = self.view.reader
            having = reader.doc_frequency(name, word.encode("utf-8", "replace"))
            return log(reader.doc_count_all() / (having + 1)) + 1

        return self.view.once(("rarity", name, word), among_all)

    def average_length(self, name: str) -> float:
        """Words of a field in the middle, of what the asker may see."""
        if self.asker is None:
            return self.view.reader.field_length(name) / self.view.reader.doc_count_all() or 1.0

        def average() -> float:
            lengths = (self.open(leaf) @ leaf.lengths(name) for leaf in self.view.leaves)
            return float(sum(lengths)) / self.size or 1.0

        return self.view.once(("average", name, self._openers), average)

    def _documents(self, name: str, term: str) -> int:
        """In how many documents that the asker may see, of every kind, the field ``name`` has ``term``."""

        def count() -> int:
            lists = ((leaf, leaf.numbers(name, term)) for leaf in self.view.leaves)
            return sum(int(np.count_nonzero(self.open(leaf)[numbers])) for leaf, numbers in lists if len(numbers))

        return self.view.once(("documents", name, term, self._openers), count)

    @cached_property
    def size(self) -> int:
        """How many documents the asker may see, of every kind, and one, for there may be none."""
        return 1 + sum(int(np.count_nonzero(self.open(leaf))) for leaf in self.view.leaves)

    @property
    def many(self) -> float:
        """In so many documents, of all that the asker may see, is what is everywhere."""
        return many(self.size)


def many(documents: int) -> float:
    """In how many of so many documents a word is that is everywhere and tells nothing (they, which, should, time, two):
    every twenty-fifth; few documents tell nothing about how common a word is.
    """
    return max(_FEW, _COMMON * documents)

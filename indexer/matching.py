"""Which documents of one segment of the index a query finds, and their scores: BM25F as Whoosh has it, on arrays.

https://whoosh.readthedocs.io: a field's score of a word is idf * w * (K1 + 1) / (w + K1 * (1 - B + B * length / mean));
fields and words are added up. Equal to Whoosh's own to rounding; what is ours on top is in ``Alike`` and in the forms.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from indexer import query as typed
from indexer.ascending import as_places, common, less
from indexer.columns import starts
from indexer.hits import NOTHING, Hits, flat
from indexer.leaf import Leaf
from indexer.postings import PLACE_BITS, Numbers, Scores, TermPostings
from indexer.schema import BORDER, NEXT
from indexer.text import alone

if TYPE_CHECKING:
    from indexer.plan import Scope

# What a word is worth where it is found; the title's words come back with every segment of the recording.
BOOSTS = {"text": 1.0, "title": 0.6, "who": 0.6}
FORM = 0.6  # what another form of a word is worth beside the typed one
OTHER = 0.8  # what another name for the same thing is worth
K1, B = 1.2, 0.75
_MANY = 16  # one document in so many has a word of which is kept, which have it


class Evaluation:
    """Evaluates the nodes of ``indexer.query`` in one segment, words in the fields ``names``; ``scope`` knows what
    holds for the whole index.
    """

    def __init__(self, scope: Scope, leaf: Leaf, names: Sequence[str] = tuple(BOOSTS)) -> None:
        self._scope = scope
        self._leaf = leaf
        self._names = names

    def among(self, node: typed.Node, visible: NDArray[np.bool_] | None) -> Hits:
        """What ``node`` finds of the documents that are ``visible`` (size,); None: all are."""
        if isinstance(node, typed.Any):
            return self._sum(map(self.of, node.parts), visible)
        return self.of(node).among(visible)

    def of(self, node: typed.Node) -> Hits:
        """What ``node`` finds, deleted documents included."""
        match node:
            case typed.Word((word,)):
                return self._word(word)
            case typed.Word(terms) | typed.Phrase(terms):
                return self._phrase(terms)
            case typed.Next(terms):
                row = [NEXT + term for term in terms]
                return self._kept(("next", *terms), lambda: flat(self._in_a_row("text", row).numbers))
            case typed.Title(terms):
                return self._kept(("title", *terms), lambda: self._in_a_row("title", terms))
            case typed.Prefix(prefix):
                return self._sum(
                    flat(self._leaf.any_of(name, self._scope.beginning(name, prefix)), BOOSTS[name])
                    for name in self._names
                )
            case typed.Near(word):  # ``indexer.spelling`` says what else it may be
                return self._word(word)
            case typed.Named(name, value):
                return flat(self._leaf.any_of(name, self._scope.names(name, value)))
            case typed.Keyed(name, keys):
                return flat(self._leaf.any_of(name, keys))
            case typed.Within(start, end):
                return flat(self._leaf.kept(("within", start, end), lambda: self._within(start, end)))
            case typed.Recorded():
                return flat(self._recorded(node))
            case typed.Property(name, values):
                return flat(self._leaf.any_of("property", self._scope.property_terms(name, values)))
            case typed.Not(part):
                return flat(less(self._everything(), self._as_said(part).numbers))
            case typed.Alike(typed.Word((_,))):
                return self._kept(("alike", node), lambda: self._marked(self._alike(node)))
            case typed.Alike():
                return self._alike(node)
            case typed.Any(parts):
                return self._sum(map(self.of, parts))
            case typed.All(parts):
                return self._all(parts)

    def _everything(self) -> Numbers:
        return self._leaf.any_of("kind", self._scope.kinds)

    def _within(self, start: float, end: float) -> Numbers:
        moments = self._leaf.any_of("kind", ("segment",))
        begin = starts(self._leaf)[moments] / 1000
        return moments[(begin >= start) & (begin < end)]

    def _recorded(self, node: typed.Recorded) -> Numbers:
        found = self._leaf.any_of("recorded", self._scope.days(node.after, node.before))
        if not node.updated:
            return found
        changed = self._leaf.any_of("updated", self._scope.days(None, None, "updated"))
        then = self._leaf.any_of("updated", self._scope.days(node.after, node.before, "updated"))
        return np.union1d(less(found, changed), then)

    def _as_said(self, node: typed.Node) -> Hits:
        """What is left out: of a word not its other forms."""
        match node:
            case typed.Word((word,)):
                terms = (self._term(name, word, BOOSTS[name]) for name in self._names)
                return self._kept(("as said", word), lambda: self._sum(terms))
            case typed.Alike(own, others):
                return self._sum([self._as_said(own), *map(self.of, others)])
            case typed.Any(parts):
                return self._sum(map(self._as_said, parts))
            case typed.All(parts):
                return self._all(parts, self._as_said)
        return self.of(node)

    def _word(self, word: str) -> Hits:
        """A word in text, title or the speaker's name, or in the text another form of it."""
        return self._kept(("word", word), lambda: self._marked(self._forms_of(word)))

    def _marked(self, hits: Hits) -> Hits:
        """``hits`` of a word, which all score, with which documents have it, where many do."""
        if len(hits.numbers) * _MANY < self._leaf.size:
            return hits
        has = np.zeros(self._leaf.size, bool)
        has[as_places(hits.numbers)] = True
        return hits._replace(has=has)

    def _kept(self, what: tuple[Hashable, ...], make: Callable[[], Hits]) -> Hits:
        """What ``make`` returns, kept for this commit and who asks: by what they may see a word is rare."""
        key = *what, self._names, self._scope.view.commit, self._scope.audience
        found: Hits = self._leaf.kept(key, make, attrgetter("kept_size"))
        return found

    def _forms_of(self, word: str) -> Hits:
        found = [self._term(name, word, BOOSTS[name]) for name in self._names]
        if "text" in self._names and (forms := self._scope.forms(word)):
            most = self._scope.rarity("text", word)
            # A rare form must not be worth more than the word itself.
            worth = {form: FORM * min(1.0, most / self._scope.rarity("text", form)) for form in forms}
            found += [self._term("text", form, boost) for form, boost in worth.items()]
        return self._sum(found)

    def _term(self, name: str, term: str, boost: float) -> Hits:
        postings = self._leaf.postings(name, term)
        if not len(postings.numbers):
            return NOTHING
        return Hits(postings.numbers, boost * self._scores(name, term, postings.numbers, postings.weights))

    def _scores(self, name: str, term: str, numbers: Numbers, weights: NDArray[np.float32]) -> Scores:
        norms = K1 * ((1 - B) + B * self._leaf.lengths(name, numbers) / self._scope.average_length(name))
        often = weights.astype(np.float64)
        scores: Scores = self._scope.rarity(name, term) * (often * (K1 + 1)) / (often + norms)
        return scores

    def _phrase(self, terms: Sequence[str]) -> Hits:
        fields = [(name, row) for name, row in rows(terms) if name in self._names]
        return self._kept(("phrase", *terms), lambda: self._sum(self._in_a_row(*one) for one in fields))

    def _in_a_row(self, name: str, terms: Sequence[str]) -> Hits:
        boost = BOOSTS[name]
        if len(terms) == 1:
            return self._term(name, terms[0], boost)
        if not all(self._leaf.has(name, term) for term in terms):  # then no list has to be read
            return NOTHING
        lists = [self._leaf.postings(name, term) for term in terms]
        numbers = self._one_after_another(name, terms, lists)
        scores = np.zeros(len(numbers))
        for term, postings in zip(terms, lists, strict=True):
            weights = postings.weights[np.searchsorted(postings.numbers, numbers)]
            scores += self._scores(name, term, numbers, weights)
        return Hits(numbers, boost * scores)

    def _one_after_another(self, name: str, terms: Sequence[str], lists: Sequence[TermPostings]) -> Numbers:
        """The documents in which ``terms`` are said one right after the other; the rarest are looked at first, so that
        of the places of common words only those are read that still matter.
        """
        numbers, ends = common([each.numbers for each in lists]), None
        for index in sorted(range(len(terms)), key=lambda index: len(lists[index].numbers)):
            if not len(numbers):
                break
            which, counts, words = self._leaf.said(name, terms[index], numbers)
            of = np.repeat(numbers[which].astype(np.int64) << PLACE_BITS, counts)
            keys = of + words + (len(terms) - index)  # where the row would end, were this word at its place in it
            ends = keys if ends is None else common([ends, keys])
            numbers = ends >> PLACE_BITS
            numbers = numbers[np.append(True, numbers[1:] != numbers[:-1])] if len(numbers) else numbers
        return numbers

    def _all(self, parts: Sequence[typed.Node], of: Callable[[typed.Node], Hits] | None = None) -> Hits:
        wanted = [(of or self.of)(part) for part in parts if not isinstance(part, typed.Not)]
        numbers = self._common(wanted) if wanted else self._everything()
        for part in parts:
            if isinstance(part, typed.Not) and len(numbers):
                numbers = less(numbers, self._as_said(part.part).numbers)
        scores = np.zeros(len(numbers))
        for each in wanted:
            scores += each.scores_of(numbers, self._leaf.size)
        return Hits(numbers, scores)

    def _common(self, wanted: Sequence[Hits]) -> Numbers:
        """The documents that all of ``wanted`` have; one look at each where it is known which have a word."""
        first, *others = sorted(wanted, key=lambda hits: len(hits.numbers))
        numbers = first.numbers
        for hits in others:
            if hits.has is None:
                numbers = common([numbers, hits.numbers], self._leaf.size)
            else:
                numbers = numbers[np.flatnonzero(hits.has[as_places(numbers)])]
        return numbers

    def _alike(self, node: typed.Alike) -> Hits:
        """Documents of what was typed or of any of the others, with the best of their scores; another name for it, and
        were it the rarer one, is worth no more than what was typed.
        """
        most = self._rarity(leaf_terms(node.typed))
        found = [self.of(node.typed)]
        for other in node.others:
            hits = self.of(other)
            worth = OTHER * min(1.0, most / max(self._rarity(other.terms), 1e-9))
            found.append(Hits(hits.numbers, hits.scores * worth))
        found = [hits for hits in found if len(hits.numbers)]
        if len(found) <= 1:
            return found[0] if found else NOTHING
        best, has = np.zeros(self._leaf.size), np.zeros(self._leaf.size, bool)
        for hits in found:
            places = as_places(hits.numbers)
            best[places] = np.maximum(best[places], hits.scores)
            has[places] = True
        numbers = np.flatnonzero(has)
        return Hits(numbers, best[numbers])

    def _rarity(self, terms: Iterable[str]) -> float:
        return sum(self._scope.rarity("text", term) for term in terms)

    def _sum(self, parts: Iterable[Hits], visible: NDArray[np.bool_] | None = None) -> Hits:
        """Documents of any of ``parts``, of those that are ``visible``, their scores added up."""
        some = [part for part in parts if len(part.numbers)]
        if len(some) <= 1:
            return some[0].among(visible) if some else NOTHING
        scores = np.zeros(self._leaf.size)
        for part in some:
            np.add.at(scores, part.numbers, part.scores)  # two thirds of the time of adding to what was taken out
        has = scores > 0
        if not all(part.has is not None or part.scores.all() for part in some):  # filters find and add nothing
            for part in some:
                has[as_places(part.numbers)] = True
        if visible is not None:
            has &= visible
        numbers = np.flatnonzero(has)  # of booleans it takes a tenth of the time that it takes of scores
        return Hits(numbers, scores[numbers])


def leaf_terms(node: typed.Node) -> list[str]:
    """The words of what was typed, as far as they are words."""
    return [term for leaf in typed.positive(node) if isinstance(leaf, typed.Word | typed.Phrase) for term in leaf.terms]


def rows(terms: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """``terms`` in a row as fields have them: in one, or from the end of one segment into the start of the next, where
    no pair of characters stands over the border.
    """
    single = alone(terms)
    cuts = range(max(1, len(terms) - BORDER), len(terms))
    over = [(*single[:cut], *(NEXT + word for word in single[cut:])) for cut in cuts]
    paired = len(terms) > 1 and single[-2] + terms[-1] == terms[-2]  # which tells the last character already
    inside = terms[:-1] if paired else terms
    return [(name, inside) for name in BOOSTS] + [("text", crossing) for crossing in over]

"""From what was typed to a Whoosh query, within what the asker may see."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from whoosh.query import And, Or, Query, Term
from whoosh.query import Phrase as WhooshPhrase

from indexer import query as typed
from indexer.access import INTERSECTION, Asker
from indexer.postings import AnyOf, Preferred, Without
from indexer.schema import BORDER, NEXT
from indexer.store import View
from indexer.text import key, words

# What a word is worth where it is found; the title's words come back with every segment of the recording.
BOOSTS = {"text": 1.0, "title": 0.6, "who": 0.6}
MAX_EXPANSIONS = 5_000


@dataclass
class Scope:
    """One commit, seen by one asker (None: the owner), in one kind of document."""

    view: View
    asker: Asker | None
    kind: str = "segment"
    hints: list[str] = field(default_factory=list)

    @property
    def searcher(self) -> Any:
        return self.view.searcher

    def lexicon(self, name: str, prefix: str = "") -> Iterable[str]:
        """The terms of a field: of all documents, so never to be shown without a look at who asks."""
        return (term.decode() for term in self.searcher.reader().expand_prefix(name, prefix))

    def any_of(self, name: str, values: Iterable[str], weight: float = 0.0) -> Query:
        return AnyOf(self.view.postings, name, values, weight)

    def everything(self) -> Query:
        """All documents of the kinds looked for."""
        return self.any_of("kind", sorted(self._kinds()[0]))

    def within(self, query: Query) -> Query:
        """``query`` among the documents that are of the kind and that the asker may see.

        The asker's rights are part of the query: whatever is counted or shown of its matches keeps to them.
        """
        parts = [query]
        if self.asker is not None:
            opened = (token for token in self.lexicon("access", INTERSECTION) if self.asker.opens(token))
            parts.append(self.any_of("access", sorted({*self.asker.tokens(), *opened})))
        _, others = self._kinds()
        narrowed = And(parts) if len(parts) > 1 else query
        # Nearly all documents are segments: leaving the others out is quicker than looking each segment up.
        return Without(narrowed, self.any_of("kind", sorted(others))) if others else narrowed

    def matches(self, query: Query) -> Iterator[tuple[float, int]]:
        """Score and number of each document that ``query`` finds ``within`` the scope, by number."""
        narrowed = self.within(query)
        for leaf, offset in self.searcher.leaf_searchers():
            matcher = narrowed.matcher(leaf, leaf.context(needs_current=True))
            while matcher.is_active():
                yield matcher.score(), offset + matcher.id()
                matcher.next()

    def count(self, query: Query) -> int:
        """How many documents ``query`` finds."""
        return sum(1 for _ in self.matches(query))

    def _kinds(self) -> tuple[set[str], set[str]]:
        kinds = set(self.lexicon("kind"))
        wanted = kinds if self.kind == "all" else kinds & {self.kind}
        return wanted, kinds - wanted

    def build(self, node: typed.Node) -> Query:
        """``node`` as a Whoosh query."""
        match node:
            case typed.Word((word,)):
                return _or([Term(name, word, boost=boost) for name, boost in BOOSTS.items()])
            case typed.Word(terms) | typed.Phrase(terms):
                return _phrase(terms)
            case typed.Title(terms):
                return _in_a_row("title", terms)
            case typed.Prefix(prefix):
                return _or([self._prefix(name, prefix, boost) for name, boost in BOOSTS.items()])
            case typed.Named(name, value):
                return self.named(name, [value])
            case typed.Recorded(after, before):
                return self.recorded(after, before)
            case typed.Not(part):
                return Without(self.everything(), self.build(part))
            case typed.Alike():
                return self._alike(node)
            case typed.Any(parts):
                return _or([self.build(part) for part in parts])
            case typed.All(parts):
                wanted = [self.build(part) for part in parts if not isinstance(part, typed.Not)]
                unwanted = [self.build(part.part) for part in parts if isinstance(part, typed.Not)]
                found = And(wanted) if len(wanted) > 1 else (wanted or [self.everything()])[0]
                return Without(found, _or(unwanted)) if unwanted else found

    def named(self, name: str, values: Iterable[str]) -> Query:
        """Documents whose speaker, collection or tag is one of ``values``.

        A name that nobody has in full stands for all names with its words: ``anna`` for Anna Maier.
        """
        keys: set[str] = set()
        for value in values:
            exact = key(value)
            # A name that only hidden documents have must not stand before a longer one that may be seen.
            if self.count(self.any_of(name, [exact])):
                keys.add(exact)
            elif name != "tag" and (parts := set(words(value))):
                keys.update(known for known in self.lexicon(name) if parts.issubset(words(known)))
        return self.any_of(name, sorted(keys))

    def recorded(self, after: date | None, before: date | None) -> Query:
        """Documents recorded on the day ``after`` or later, and earlier than the day ``before``."""
        low = after.strftime("%Y%m%d") if after else ""
        high = before.strftime("%Y%m%d") if before else "99999999"
        return self.any_of("recorded", [day for day in self.lexicon("recorded") if low <= day < high])

    def _alike(self, node: typed.Alike) -> Query:
        others = [self.build(other) for other in node.others]
        return Preferred(self.build(node.typed), others, max(map(self._at_most, others), default=0.0))

    def _at_most(self, query: Query) -> float:
        """What ``query``, of words and phrases, scores less than: BM25F gives a word less than K1 + 1 times its idf."""
        if isinstance(query, Or):
            return sum(map(self._at_most, query))
        words = [query.text] if isinstance(query, Term) else query.words
        reader = self.searcher.reader()
        if not all((query.fieldname, word.encode("utf-8", "replace")) in reader for word in words):
            return 0.0
        rarity = sum(self.searcher.idf(query.fieldname, word.encode("utf-8", "replace")) for word in words)
        return float(query.boost * (self.searcher.weighting.K1 + 1) * rarity)

    def _prefix(self, name: str, prefix: str, boost: float) -> Query:
        terms: list[str] = []
        for term in self.lexicon(name, prefix):
            if len(terms) == MAX_EXPANSIONS:
                self.hints.append(f"Very many words begin with {prefix}: not all of them were searched.")
                break
            terms.append(term)
        return self.any_of(name, terms, boost)


def _or(queries: list[Query]) -> Query:
    return queries[0] if len(queries) == 1 else Or(queries)


def _in_a_row(name: str, terms: tuple[str, ...]) -> Query:
    boost = BOOSTS[name]
    return Term(name, terms[0], boost=boost) if len(terms) == 1 else WhooshPhrase(name, list(terms), boost=boost)


def _phrase(terms: tuple[str, ...]) -> Query:
    """``terms`` in a row, in one segment or from the end of one into the start of the next."""
    cuts = range(max(1, len(terms) - BORDER), len(terms))
    over = [(*terms[:cut], *(NEXT + word for word in terms[cut:])) for cut in cuts]
    return Or([_in_a_row(name, terms) for name in BOOSTS] + [_in_a_row("text", crossing) for crossing in over])

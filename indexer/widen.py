"""A query taken wider: where it names a thing by one of its names, the others find it too.

Pure, on the tree of ``indexer.query``. What means the same is the caller's to say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from indexer import query as typed
from indexer.numbers import LONGEST
from indexer.spellings import others
from indexer.text import is_cjk, words

Synonyms = tuple[tuple[str, ...], ...]
Terms = tuple[str, ...]
MAX_OTHERS = 64  # phrasings that one name brings along


def widen(node: typed.Node | None, synonyms: Synonyms) -> typed.Node | None:
    """``node`` with every word, run of plain words or phrase that is one of ``synonyms`` an ``Alike`` of all of them,
    and every word or run of words that may be written otherwise one of its spellings.

    Each of ``synonyms`` is a set of phrasings that mean the same. Beginnings of words, filters, and words
    inside of a longer phrase stay as they are, as do the spellings of what stands in quotation marks.
    """
    if node is None:
        return None
    table, longest = _table(synonyms)
    return _Widening(table, max(longest, LONGEST)).of(node)


@lru_cache(maxsize=4)
def _table(synonyms: Synonyms) -> tuple[dict[Terms, tuple[Terms, ...]], int]:
    """The other phrasings of each, in words, and how many words the longest has."""
    table: dict[Terms, tuple[Terms, ...]] = {}
    for phrasings in synonyms:
        alike = tuple(dict.fromkeys(terms for phrasing in phrasings if (terms := tuple(words(phrasing)))))
        for terms in alike:
            same = (*table.get(terms, ()), *(other for other in alike if other != terms))
            if same:
                table[terms] = tuple(dict.fromkeys(same))[:MAX_OTHERS]
    return table, max(map(len, table), default=0)


class _Widening:
    def __init__(self, table: dict[Terms, tuple[Terms, ...]], longest: int) -> None:
        self._table = table
        self._longest = longest

    def of(self, node: typed.Node) -> typed.Node:
        match node:
            case typed.Word(terms, contracted):
                return self._alike(node, self._others(terms, together=not contracted, letters=not contracted))
            case typed.Phrase(terms):
                return self._alike(node, self._table.get(terms, ()))
            case typed.Not(part):
                return typed.Not(self.of(part))
            case typed.Any(parts):
                return typed.Any(tuple(map(self.of, parts)))
            case typed.All(parts, True):  # AND stands between some of them: no run
                return replace(node, parts=tuple(map(self.of, parts)))
            case typed.All(parts):
                kept = self._runs(parts)
                return kept[0] if len(kept) == 1 else replace(node, parts=tuple(kept))
        return node

    def _runs(self, parts: Sequence[typed.Node]) -> list[typed.Node]:
        """``parts``, with the longest run of plain words that is a phrasing as one, from the left."""
        kept: list[typed.Node] = []
        at = 0
        while at < len(parts):
            size = self._run(parts, at)
            if size > 1:
                run = tuple(parts[at : at + size])
                kept.append(self._alike(typed.All(run), self._of_run(run)))
            else:
                size = 1
                kept.append(self.of(parts[at]))
            at += size
        return kept

    def _run(self, parts: Sequence[typed.Node], at: int) -> int:
        """How many parts from ``at`` on are together a phrasing, 0 for none."""
        longest, terms = 0, 0
        for size, part in enumerate(parts[at:], 1):
            if not isinstance(part, typed.Word) or (terms := terms + len(part.terms)) > self._longest:
                break
            if size > 1 and self._of_run(parts[at : at + size]):
                longest = size
        return longest

    def _of_run(self, parts: Sequence[typed.Node]) -> tuple[Terms, ...]:
        """The other phrasings of plain words in a row."""
        words = [part for part in parts if isinstance(part, typed.Word)]
        terms = tuple(term for word in words for term in word.terms)
        return self._others(terms, letters=not any(word.contracted for word in words))

    def _others(self, terms: Terms, *, together: bool = False, letters: bool = True) -> tuple[Terms, ...]:
        """The other phrasings of ``terms``; ``together``: they were typed as one, with a sign between them that may be
        left out; ``letters``: single ones may be an acronym.
        """
        found = [*self._table.get(terms, ()), *others(terms, letters=letters, together=together)]
        if together and len(terms) > 1 and all(map(str.isalpha, terms)) and not any(map(is_cjk, terms)):
            found.append(("".join(terms),))  # email for e-mail
        return tuple(dict.fromkeys(found))

    def _alike(self, node: typed.Node, phrasings: Sequence[Terms]) -> typed.Node:
        return typed.Alike(node, tuple(map(typed.Phrase, phrasings))) if phrasings else node

"""What somebody may mean who has typed the beginning of a query: how its last word goes on, and what is said after it;
speakers and titles. All of it, counts and spelling too, is read from documents they may see.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from indexer import query as typed
from indexer.access import Asker
from indexer.begun import read
from indexer.document import Document
from indexer.following import Ending, Said
from indexer.ordering import order_of
from indexer.plan import Scope
from indexer.rows import Rows, Terms
from indexer.store import Index
from indexer.text import key, words
from indexer.values import document_of, facets

_LAST = "\U0010ffff"  # sorts after every character
_FEW = 24  # names whose lists are read one by one
_OF_A_NAME = 40  # numbers of eight bytes that keeping a name and its count takes
SHORTEST = 2  # letters from which a word is completed that stands alone; after one there are too many


@dataclass(frozen=True)
class Completions:
    """``before`` stays of what was typed, ``last`` is the word that is completed; ``after``: it follows others.

    ``qualified`` documents have words that an ending may follow, of ``size``. ``speakers`` with their moments,
    ``titles`` with those of the recording; both stand for all that was typed, but for what is ``kept``.
    """

    before: str = ""
    last: str = ""
    after: bool = False
    endings: tuple[Ending, ...] = ()
    qualified: int = 0
    size: int = 1
    speakers: tuple[tuple[str, int], ...] = ()
    titles: tuple[tuple[Document, int], ...] = ()
    kept: str = ""


def complete(
    index: Index, typed_so_far: str, asker: Asker | None, most: int, filters: Sequence[typed.Node] = ()
) -> Completions:
    """Up to ``most`` words, speakers and titles for the beginning of a query, of documents that pass the ``filters``,
    and what is said after its words.
    """
    asked = read(typed_so_far)
    with index.reading() as view:
        scope = Scope(view, asker, "all")
        if asked.name is not None:
            found = _speakers(scope, words(asked.name), filters, most)
            return Completions(asked.before, speakers=found, kept=asked.before)
        terms = (*asked.context, *([asked.last] if asked.last else []))
        if not terms:
            return Completions(asked.before)
        archive = Said(scope, filters)
        spoken = archive.frequent(asked.last, most) if len(asked.last) >= (1 if asked.context else SHORTEST) else {}
        rows = archive.rows(asked, spoken) if asked.context or spoken else Rows()
        return Completions(
            asked.before,
            asked.last,
            bool(asked.context),
            tuple(archive.endings(asked, spoken, rows)),
            rows.qualified,
            scope.size,
            _speakers(scope, terms, filters, most) if asked.whole else (),
            _titles(scope, terms, bool(asked.last), filters, most) if asked.whole else (),
        )


def as_said(index: Index, terms: Sequence[str], asker: Asker | None, filters: Sequence[typed.Node]) -> dict[str, str]:
    """How each of these words is written in a document; "" where none has it, or has it any more."""
    with index.reading() as view:
        said = Said(Scope(view, asker, "all"), filters)
        return {word: said.as_said(word) for word in terms}


def _speakers(
    scope: Scope, terms: Sequence[str], filters: Sequence[typed.Node], most: int
) -> tuple[tuple[str, int], ...]:
    """Who has a name with all of ``terms``, at the beginning of its words, and in how many moments they speak."""
    keys = _names(scope, terms)
    if not keys:
        return ()
    if not filters and len(keys) > _FEW:
        spoken = _speaking(scope)
        heard = [spoken[name] for name in keys if name in spoken]
        return tuple(sorted(heard, key=lambda one: (-one[1], one[0]))[:most])
    found = scope.matches(typed.All((typed.Keyed("speaker", keys), *filters))).numbers
    return tuple((one["value"], one["count"]) for one in facets(scope, found, most, ("speaker",))["speaker"])


def _speaking(scope: Scope) -> Mapping[str, tuple[str, int]]:
    """All who speak in what the asker may see, and in how many moments, by their folded names. One look at each
    document takes as long as the lists of some dozens, and as many may have a name with a word that begins so.
    """

    def counted() -> Mapping[str, tuple[str, int]]:
        seen = np.concatenate([np.flatnonzero(scope.open(leaf)) + leaf.offset for leaf in scope.view.leaves])
        told = facets(scope, seen, len(seen), ("speaker",))["speaker"]
        return {key(one["value"]): (one["value"], one["count"]) for one in told}

    # With what is read of a segment, whose size is bounded: every asker has a map of their own.
    found: Mapping[str, tuple[str, int]] = scope.view.leaves[0].kept(
        ("speaking", scope.audience, scope.view.commit), counted, lambda names: _OF_A_NAME * len(names)
    )
    return found


def _names(scope: Scope, terms: Sequence[str]) -> tuple[str, ...]:
    """The speakers' names in which each of ``terms`` begins a word, ascending; of all documents."""
    by_word = scope.view.once(
        ("names by word",), lambda: sorted((word, name) for name in scope.lexicon("speaker") for word in words(name))
    )
    found = [
        {name for _, name in by_word[bisect_left(by_word, (term,)) : bisect_left(by_word, (term + _LAST,))]}
        for term in terms
    ]
    return tuple(sorted(set.intersection(*found)) if found else scope.lexicon("speaker"))


def _titles(
    scope: Scope, terms: Sequence[str], unfinished: bool, filters: Sequence[typed.Node], most: int
) -> tuple[tuple[Document, int], ...]:
    """What has all words in its title, the last one perhaps ``unfinished``: recordings, and documents of others; the
    newest first, with how many documents are of it.
    """
    parts: list[typed.Node] = [typed.Keyed("title", (term,)) for term in (terms[:-1] if unfinished else terms)]
    if unfinished:
        parts.append(typed.Keyed("title", scope.beginning("title", terms[-1])))
    kinds = typed.Keyed("kind", ("transcript", "other"))
    found = scope.matches(typed.All((*parts, kinds, *filters)))
    titled = [document_of(scope, number) for _, number in order_of(scope, found, "date", most)]
    return tuple((one, _weight(scope, one, tuple(terms))) for one in titled)


def _weight(scope: Scope, one: Document, terms: Terms) -> int:
    """How many moments a recording has; of those whose title only contains the ``terms``, a quarter of them."""
    count = scope.view.once(
        ("moments", one.group, scope.audience), lambda: scope.count(typed.Keyed("group", (one.group,)))
    )
    begins = all(word.startswith(term) for word, term in zip(words(one.recording), terms, strict=False))
    return count if begins else -(-count // 4)

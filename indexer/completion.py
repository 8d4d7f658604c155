"""What somebody may mean who has typed the beginning: words of the archive, titles and speakers, as far as they may
see them. How often a word is there, and which come first, is counted in what they may see.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexer import query as typed
from indexer.access import Asker
from indexer.document import Document
from indexer.ordering import order_of
from indexer.plan import Scope
from indexer.schema import NEXT
from indexer.store import Index
from indexer.text import alone, is_cjk, spans, words
from indexer.values import document_of, facets

COUNTED = 2_000  # words with one beginning whose documents are counted; of more, only the shortest
SHORTEST = 2  # letters from which a word is completed; after one there are too many


@dataclass(frozen=True)
class Completions:
    """``words`` end the query's last one, the most frequent first; ``speakers`` have a name with all that was typed;
    ``documents``, the newest first, a title.
    """

    words: tuple[str, ...] = ()
    speakers: tuple[str, ...] = ()
    documents: tuple[Document, ...] = ()


def complete(
    index: Index, typed_so_far: str, asker: Asker | None, most: int, filters: Sequence[typed.Node] = ()
) -> Completions:
    """Up to ``most`` of each kind for the beginning of a query, of documents that pass the ``filters``."""
    terms = alone(words(typed_so_far)) if len(typed_so_far) <= typed.MAX_CHARACTERS else []
    last = "" if typed_so_far[-1:].isspace() or not terms else terms[-1]
    if not terms:
        return Completions()
    with index.reading() as view:
        scope = Scope(view, asker, "all")
        return Completions(
            _words(scope, last, filters)[:most] if len(last) >= SHORTEST and not is_cjk(last) else (),
            _speakers(scope, terms, filters, most),
            _titles(scope, terms, bool(last), filters, most),
        )


def last_word(typed_so_far: str) -> int:
    """Where the last word of a query begins, in characters."""
    return max((start for _, start, _ in spans(typed_so_far)), default=len(typed_so_far))


def _words(scope: Scope, prefix: str, filters: Sequence[typed.Node]) -> tuple[str, ...]:
    """The words of texts that begin with ``prefix``, itself apart, the most frequent first."""

    def often(word: str) -> int:
        if scope.asker is None and not filters:
            return scope.frequency(word)
        return scope.count(typed.All((typed.Keyed("text", (word,)), *filters)))

    def counted() -> tuple[str, ...]:
        known = sorted(
            (word for word in scope.lexicon("text", prefix) if word != prefix), key=lambda one: (len(one), one)
        )
        counts: dict[str, int] = {}
        for word in known:
            if not word.startswith(NEXT) and (times := often(word)):
                counts[word] = times
                if len(counts) == COUNTED:
                    break
        return tuple(sorted(counts, key=lambda word: (-counts[word], word)))

    if filters:  # of which there is no end: what is kept until the next commit has names that are the archive's
        return counted()
    return scope.view.once(("completions", prefix, scope.audience), counted)


def _speakers(scope: Scope, terms: Sequence[str], filters: Sequence[typed.Node], most: int) -> tuple[str, ...]:
    def named(name: str) -> bool:
        own = words(name)
        return all(any(word.startswith(term) for word in own) for term in terms)

    keys = tuple(filter(named, scope.lexicon("speaker")))
    found = scope.matches(typed.All((typed.Keyed("speaker", keys), *filters))).numbers
    return tuple(one["value"] for one in facets(scope, found, most)["speaker"])


def _titles(
    scope: Scope, terms: Sequence[str], unfinished: bool, filters: Sequence[typed.Node], most: int
) -> tuple[Document, ...]:
    """What has all words in its title, the last one perhaps ``unfinished``: recordings, and documents of others."""
    parts: list[typed.Node] = [typed.Keyed("title", (term,)) for term in (terms[:-1] if unfinished else terms)]
    if unfinished:
        parts.append(typed.Keyed("title", scope.beginning("title", terms[-1])))
    kinds = typed.Keyed("kind", ("transcript", "other"))
    found = scope.matches(typed.All((*parts, kinds, *filters)))
    return tuple(document_of(scope, number) for _, number in order_of(scope, found, "date", most))

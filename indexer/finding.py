"""What matches a request, and what is said where nothing does: all words, then most of them, then what may be meant."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from indexer import query as typed
from indexer import spelling
from indexer.borders import over_borders
from indexer.compounds import in_pieces
from indexer.hits import Hits
from indexer.naming import misnamed
from indexer.ordering import order_of
from indexer.plan import Scope
from indexer.ranking import FEW, below, nearer_first, with_some_of
from indexer.request import SearchRequest
from indexer.spoken import found_by_title
from indexer.syntax import parse
from indexer.text import words
from indexer.values import document_of
from indexer.widen import widen

_SAID = {"segment": "moment", "sample": "sample", "transcript": "transcript", "all": "document"}


def read(request: SearchRequest, query: str) -> typed.Parsed:
    """``query`` as it is searched, with the other names and spellings of its words."""
    parsed = parse(query)
    return replace(parsed, node=widen(parsed.node, request.synonyms))


class Found(NamedTuple):
    """What matches ``node``, and another spelling of the query that may be meant; ``corrected``: it is that which was
    searched.
    """

    node: typed.Node | None
    hits: Hits
    suggestion: str | None = None
    corrected: bool = False


def find(scope: Scope, request: SearchRequest, parsed: typed.Parsed) -> Found:
    """What matches, and what may have been meant.

    All words first. Where nothing has them all, words that nobody said stand for what may have been meant; where few
    have, those with most of the words come after them, and where none has most, those with any.
    """
    node, filters = parsed.node, filters_of(scope, request)
    found = nearer_first(scope, node, matches(scope, node, filters))
    if len(found.numbers) or node is None:
        oftener = _oftener(scope, request, parsed, filters, len(found.numbers))
        return Found(node, _with_few(scope, node, filters, found), oftener)
    unknown = spelling.all_meant(scope, spelling.unknown_words(scope, node)) if request.spelling else {}
    respelled = spelling.with_meant(node, unknown)
    if respelled != node:
        respelled = in_pieces(scope, respelled)
        some = nearer_first(scope, respelled, matches(scope, respelled, filters))
        some = below(some, over_borders(scope, respelled, filters, some))
        some = with_some_of(scope, respelled, filters, some)
        if len(some.numbers):
            return Found(respelled, some, _told(scope, request, parsed, some, unknown), corrected=True)
    pieces = in_pieces(scope, node)  # what was typed as one word of several terms, and nobody says in a row
    if pieces != node:
        found = nearer_first(scope, pieces, matches(scope, pieces, filters))
    if request.spelling and not len(found.numbers):
        _explain(scope, request, replace(parsed, node=pieces), list(unknown))
    found = _with_few(scope, pieces, filters, found)
    if pieces != node and len(found.numbers):
        scope.hints.append("What was typed as one word is nowhere said in a row: its parts were searched apart.")
    better = spelling.respelled(request.query, parsed.words, unknown)  # what stands in quotation marks too
    finds = better != request.query and len(matches(scope, read(request, better).node, filters).numbers)
    return Found(pieces, found, better if finds else None)


def _oftener(
    scope: Scope, request: SearchRequest, parsed: typed.Parsed, filters: Sequence[typed.Node], found: int
) -> str | None:
    """The query with words that are said very much more often in the place of those that hardly anybody said, where
    that finds more than was ``found``.
    """
    if not request.spelling or not (near := spelling.oftener(scope, spelling.plain_words(parsed.node))):
        return None
    better = spelling.respelled(request.query, _plain(parsed), near)
    return better if len(matches(scope, read(request, better).node, filters).numbers) > found else None


def _plain(parsed: typed.Parsed) -> list[typed.Typed]:
    """The words that were typed outside of quotation marks."""
    return [word for word in parsed.words if not word.quoted]


def _with_few(scope: Scope, node: typed.Node | None, filters: Sequence[typed.Node], found: Hits) -> Hits:
    """``found``, and where that is few, what has most of the words after it, which a hint says."""
    whole = len(found.numbers)
    if whole >= FEW or node is None:
        return found
    found = below(found, over_borders(scope, node, filters, found))
    whole = len(found.numbers)
    found = with_some_of(scope, node, filters, found)
    if (more := len(found.numbers) - whole) > 0:
        scope.hints.append(
            f"{whole:,} {'has' if whole == 1 else 'have'} all of these words; {more:,} more"
            f" {'has' if more == 1 else 'have'} most of them."
            if whole
            else "Nothing has all of these words together; what is shown has some of them."
        )
    return found


def _told(
    scope: Scope, request: SearchRequest, parsed: typed.Parsed, found: Hits, unknown: dict[str, spelling.Meant]
) -> str:
    """Says in a hint what was searched for in the place of what was typed, and returns that."""
    replaced = {word: unknown[word] for word in spelling.plain_words(parsed.node) if word in unknown}
    best = order_of(scope, found, "relevance", 1)[0]
    said = frozenset(words(document_of(scope, best[1]).text))
    better = spelling.respelled(request.query, _plain(parsed), replaced, said)
    wrong = ", ".join(f"“{word}”" for word in replaced)
    scope.hints.append(f"No {_SAID[scope.kind]} has {wrong}: what is shown was found for “{better}”.")
    return better


def filters_of(scope: Scope, request: SearchRequest) -> list[typed.Node]:
    """What the request filters by, beside the query."""
    filters: list[typed.Node] = [
        typed.Keyed(name, tuple(dict.fromkeys(key for value in values for key in scope.names(name, value))))
        for name, values in _named(request)
        if values
    ]
    if request.after or request.before:
        filters.append(typed.Recorded(request.after, request.before))
    return [*filters, *request.filters]


def _named(request: SearchRequest) -> Sequence[tuple[str, tuple[str, ...]]]:
    return (("speaker", request.speakers), ("collection", request.collections), ("tag", request.tags))


def matches(scope: Scope, node: typed.Node | None, filters: Sequence[typed.Node] = ()) -> Hits:
    """All that match, with their scores."""
    parts = [*([] if node is None else [node]), *filters]
    whole = parts[0] if len(parts) == 1 else typed.All(tuple(parts))
    return scope.matches(whole, left_out=found_by_title(scope, node))


def _explain(scope: Scope, request: SearchRequest, parsed: typed.Parsed, unknown: Sequence[str]) -> None:
    """Adds to the hints why nothing was found; ``unknown`` are the words nobody said."""
    if unknown:
        listed = ", ".join(f"“{word}”" for word in unknown)
        scope.hints.append(f"No {_SAID[scope.kind]} has the word{'s' if len(unknown) > 1 else ''} {listed}.")
    elif others := _withoutfilters_of(scope, request, parsed):
        scope.hints.append(f"The filters leave out all {others:,} that match: try without one of them.")
    elif parsed.scored and not typed.apart(parsed.node)[0] and len(request.query.split()) > 1:
        scope.hints.append("Try fewer words, or without quotation marks.")
    if scope.kind != "all" and parsed.node is not None:
        everything = replace(scope, kind="all", hints=[])
        if everywhere := len(matches(everything, parsed.node, filters_of(everything, request)).numbers):
            scope.hints.append(f"{everywhere:,} of another kind match: try --kind all.")
    given = [typed.Named(name, value) for name, values in _named(request) for value in values]
    inside = (leaf for leaf in typed.positive(parsed.node) if isinstance(leaf, typed.Named))
    scope.hints += misnamed(scope, (*inside, *given))


def _withoutfilters_of(scope: Scope, request: SearchRequest, parsed: typed.Parsed) -> int:
    """How many would match without the filters, typed or given; 0 where there are none."""
    bare = typed.unfiltered(parsed.node)
    if bare is None or (bare == parsed.node and not request.filtered):
        return 0
    return scope.count(bare)

"""A query that is being typed, read: its last word, and the plain words before it. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from indexer.query import MAX_CHARACTERS
from indexer.syntax import FIELDS
from indexer.text import alone, is_cjk, spans, words

_OPERATORS = ("AND", "OR", "NOT")
_SPEAKER = re.compile(r'(?:^|(?<=[\s(-]))speaker:("?)([^"]*)\Z', re.IGNORECASE)


@dataclass(frozen=True)
class Typed:
    """A query so far: ``before`` stays, ``last`` is its last word, "" where none is begun. ``context``: the plain words
    before that; ``whole``: they are all there is. ``name``: the beginning of a speaker's, for ``speaker:na``.
    """

    before: str
    last: str = ""
    context: tuple[str, ...] = ()
    whole: bool = True
    name: str | None = None


def read(query: str) -> Typed:
    """``query`` as far as it was typed."""
    if len(query) > MAX_CHARACTERS:
        return Typed(query)
    if (named := _SPEAKER.search(query)) and (named[1] or " " not in named[2]):
        return Typed(query[: named.start()], name=named[2], whole=False)
    tail = _plain_tail(query)
    found = list(spans(tail))
    if not found or is_cjk(found[-1][0]):
        return Typed(query, whole=len(tail) == len(query), context=alone(words(tail)))
    begun = found[-1][2] == len(tail)
    last, start = (found[-1][0], found[-1][1]) if begun else ("", len(tail))
    context = tuple(word for word, *_ in (found[:-1] if begun else found))
    return Typed(query[: len(query) - len(tail) + start], last, context, len(tail) == len(query))


def _plain_tail(query: str) -> str:
    """The end of ``query`` that is plain words: behind fields, operators and what is left out."""
    start = len(query)
    for token in reversed(list(re.finditer(r"\S+", query))):
        field_name = token[0].partition(":")[0].lower() if ":" in token[0] else ""
        if token[0] in _OPERATORS or field_name in FIELDS or token[0][0] == "-" or token[0][-1] in '")':
            return query[token.end() :].lstrip() if token.end() < len(query) else ""
        start = token.start() + (token[0][0] in '"(')
        if token[0][0] in '"(':
            break
    return query[start:]

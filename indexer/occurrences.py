"""How often, and when, words are said in one recording: counted in its whole text, over the borders of segments too."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from html import escape
from itertools import groupby
from typing import Any, NamedTuple

from indexer import query as typed
from indexer import spelling
from indexer.compounds import with_compounds
from indexer.document import Document
from indexer.finding import read
from indexer.matching import leaf_terms
from indexer.plan import Scope
from indexer.request import SearchRequest
from indexer.search import since
from indexer.snippet import Marks, marks
from indexer.store import Index
from indexer.text import acronyms, alone, spans
from indexer.values import document_of, time_at

AROUND = 80  # characters shown of what is said
_CONDITIONS = (typed.Named, typed.Keyed, typed.Recorded, typed.Within, typed.Not)


@dataclass(frozen=True)
class Occurrence:
    """One time that something is said: ``word`` as it was asked for, ``said`` as it is, ``at`` its cue's start, in
    seconds; ``place`` is from where to where in the segment's text, in characters.
    """

    word: str
    said: str
    at: float | None
    segment: Document
    place: tuple[int, int]

    @property
    def snippet(self) -> str:
        """What is said around it, as HTML: made for those that are shown, of what may be very many."""
        return _shown(self.segment.text, *self.place)

    def to_json(self) -> dict[str, Any]:
        of = self.segment
        told = {"word": self.word, "said": self.said, "at": self.at, "url": of.url, "snippet": self.snippet}
        return told | {"speaker": of.speaker, "segment_id": of.id}


@dataclass(frozen=True)
class Count:
    """How often one word or phrase of the query is said, and in which forms."""

    word: str
    count: int
    said: dict[str, int]


@dataclass(frozen=True)
class Occurrences:
    """All ``occurrences`` in order of time, counted for each of ``words``; ``total`` is how many there are."""

    query: str
    took_ms: float
    words: tuple[Count, ...]
    occurrences: tuple[Occurrence, ...]
    hints: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        return len(self.occurrences)

    def to_json(self) -> dict[str, Any]:
        return {
            "query": self.query,
            "total": self.total,
            "took_ms": self.took_ms,
            "words": [asdict(count) for count in self.words],
            "occurrences": [one.to_json() for one in self.occurrences],
            "hints": list(self.hints),
        }


class _Token(NamedTuple):
    word: str
    segment: int  # which of the recording's
    start: int  # in its text
    end: int


class _Said(NamedTuple):
    """A stretch of tokens, and the word or phrase it is an occurrence of."""

    first: int
    last: int
    word: str


def occurrences(index: Index, group: str, request: SearchRequest) -> Occurrences:
    """How often what ``request`` asks for is said in the recording ``group``, in the segments its asker may see.

    Words and phrases are counted one by one, in all their forms and names; filters and NOT choose among the segments.
    """
    began = time.perf_counter()
    parsed = read(request, request.query)
    hints = list(parsed.hints)
    with index.reading() as view:
        scope = Scope(view, request.asker, "segment", hints)
        node = _as_meant(scope, with_compounds(scope, spelling.with_near(scope, parsed.node)))
        leaves = _leaves(node)
        conditions = [leaf for leaf in _parts(node) if isinstance(leaf, _CONDITIONS)]
        numbers = scope.matches(typed.All((typed.Keyed("group", (group,)), *conditions))).numbers.tolist()
        segments = [document_of(scope, number) for number in numbers]
        tokens = [_Token(word, at, *span) for at, one in enumerate(segments) for word, *span in spans(one.text)]
        joined = _joined(tokens, segments)
        names = {leaf: _name(leaf, request.query, parsed.words) for leaf in leaves}
        things = _wanted(scope, names).items()
        found = sorted(said for name, wanted in things for said in _find(tokens, joined, name, wanted))
        told = []
        for said in found:
            row = tokens[said.first : said.last + 1]
            first, segment = row[0], segments[row[0].segment]
            end = max(one.end for one in row if one.segment == first.segment)
            at = time_at(scope, numbers[first.segment], segment, first.start)
            told.append(Occurrence(said.word, _as_said(row, segments), at, segment, (first.start, end)))
    if not leaves:
        hints.append("Type what to count: words, or a phrase in quotation marks.")
    counts = [_count(name, told) for name in dict.fromkeys(names.values())]
    return Occurrences(request.query, since(began), tuple(counts), tuple(told), tuple(dict.fromkeys(hints)))


def _as_meant(scope: Scope, node: typed.Node | None) -> typed.Node | None:
    """``node`` with what is most likely meant for each word that nobody said anywhere, which a hint says."""
    if node is None:
        return None
    nearest: dict[str, spelling.Meant] = {}
    for word in spelling.unknown_words(scope, node):
        nearest[word] = meant = spelling.Meant(word, spelling.meant(scope, word).nearest[:1])
        told = "".join(f": “{' '.join(terms)}” is counted for it" for terms in meant.nearest)
        scope.hints.append(f"Nobody said “{word}”{told}.")
    return spelling.with_meant(node, nearest)


def _parts(node: typed.Node | None) -> Sequence[typed.Node]:
    return node.parts if isinstance(node, typed.All) else () if node is None else (node,)


def _leaves(node: typed.Node | None) -> list[typed.Node]:
    """What is counted: words, beginnings and phrases, each once."""
    kinds = (typed.Word, typed.Phrase, typed.Prefix, typed.Alike)
    return list(dict.fromkeys(leaf for leaf in typed.positive(node) if isinstance(leaf, kinds)))


def _name(leaf: typed.Node, query: str, written: Sequence[typed.Typed]) -> str:
    """What is counted, as it was typed; a single word folded."""
    if isinstance(leaf, typed.Prefix):
        return f"{leaf.term}*"
    terms = leaf_terms(leaf.typed if isinstance(leaf, typed.Alike) else leaf)
    row = alone(terms)
    for at in range(len(written) - len(row) + 1 if len(row) > 1 else 0):
        if tuple(word for word, *_ in written[at : at + len(row)]) == row:
            return " ".join(query[written[at].start : written[at + len(row) - 1].end].split())
    return " ".join(terms)


def _as_said(row: Sequence[_Token], segments: Sequence[Document]) -> str:
    """What a stretch of tokens is in the text; a single word folded."""
    if len(row) == 1:
        return row[0].word
    stretches = groupby(row, key=lambda one: one.segment)
    within = ((segments[at].text, list(ones)) for at, ones in stretches)
    return " ".join(" ".join(text[ones[0].start : ones[-1].end] for text, ones in within).split())


def _wanted(scope: Scope, names: Mapping[typed.Node, str]) -> dict[str, Marks]:
    """For each thing that is counted, by its name, its words, beginnings and phrases."""
    wanted: dict[str, list[typed.Node]] = {}
    for leaf, name in names.items():
        if isinstance(leaf, typed.Alike) and isinstance(leaf.typed, typed.All):
            # "twenty five" is 25 where both stand in a row: neither word is an occurrence of it.
            leaf = replace(leaf, typed=typed.Phrase(tuple(leaf_terms(leaf.typed))))
        wanted.setdefault(name, []).append(leaf)
    return {name: marks(typed.Any(tuple(leaves)), scope.forms) for name, leaves in wanted.items()}


def _joined(tokens: Sequence[_Token], segments: Sequence[Document]) -> dict[int, tuple[str, int]]:
    """The words that are said letter by letter and how many tokens each is, by the first of them."""
    starts = {(one.segment, one.start): at for at, one in enumerate(tokens)}
    ends = {(one.segment, one.end): at for at, one in enumerate(tokens)}
    found = {}
    for number, segment in enumerate(segments):
        for word, start, end in acronyms(segment.text):
            if (first := starts.get((number, start))) is not None and (last := ends.get((number, end))) is not None:
                found[first] = word, last - first + 1
    return found


def _find(tokens: Sequence[_Token], joined: Mapping[int, tuple[str, int]], name: str, wanted: Marks) -> Iterator[_Said]:
    """Where ``wanted`` is among ``tokens``; of several things that begin at one the longest, none within another."""
    longest = sorted(wanted.phrases, key=len, reverse=True)
    at = 0
    while at < len(tokens):
        size = next((len(row) for row in longest if _is_row(tokens, at, row)), 0)
        word = tokens[at].word
        if not size and at in joined and joined[at][0] in wanted.words:
            size = joined[at][1]
        if not size and (word in wanted.words or (wanted.prefixes and word.startswith(wanted.prefixes))):
            size = 1
        if size:
            yield _Said(at, at + size - 1, name)
        at += size or 1


def _is_row(tokens: Sequence[_Token], at: int, row: Sequence[str]) -> bool:
    if tokens[at].word != row[0] or at + len(row) > len(tokens):
        return False
    return all(token.word == word for token, word in zip(tokens[at : at + len(row)], row, strict=True))


def _shown(text: str, start: int, end: int) -> str:
    """What is said around an occurrence, in whole words, as HTML with that one marked."""
    low = text.rfind(" ", 0, max(0, start - AROUND)) + 1
    high = text.find(" ", end + AROUND)
    high = len(text) if high < 0 else high
    before, said, after = (escape(part, quote=False) for part in (text[low:start], text[start:end], text[end:high]))
    shown = " ".join(f"{before}<b>{said}</b>{after}".split())
    return ("… " if low else "") + shown + (" …" if high < len(text.rstrip()) else "")


def _count(name: str, told: Sequence[Occurrence]) -> Count:
    said = Counter(one.said for one in told if one.word == name)
    return Count(name, said.total(), dict(said.most_common()))

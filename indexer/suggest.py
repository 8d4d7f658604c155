"""Suggestions for a query that is being typed: what completes it, ranked together; and what was meant, where nothing
begins so.

What is suggested, and how it is written, is said in documents that the asker may see. A language model, where one is
given, only says how likely each is after the words typed before it: by what it has read itself it can change the order,
and nothing else; what stands where it does for that alone is marked. Ranking is pure; the index is read in
``indexer.completion``, the network is the caller's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from indexer import query as typed
from indexer import spelling
from indexer.access import Asker
from indexer.begun import read
from indexer.completion import Completions, as_said, complete
from indexer.document import Document
from indexer.following import Ending
from indexer.plan import BY_PEOPLE, Scope
from indexer.spelling import Meant
from indexer.store import Index
from indexer.syntax import parse
from indexer.text import spans

LIKELY = 12  # endings that a model is asked about, half a millisecond each
FAR = 24  # characters before an ending that the model is told
LITTLE = 10  # times something followed, below which words are shown that nobody said there
COUNTED = 20  # words that are looked for at least, and ranked
MODEL = 0.6  # the network's part in how likely a word is, where little was seen after those before it
SEEN = 2  # times something followed, from which that counts as much as how often a word is said at all
WORD, CONTINUATION, EXPECTED, SPEAKER, TITLE = "word", "continuation", "expected", "speaker", "title"
IN_DOUBT = ", in doubt"
NAMES = {WORD: "word", CONTINUATION: "phrase", EXPECTED: "model expects", SPEAKER: "speaker", TITLE: "recording"}
Expect = Callable[[Sequence[str]], Sequence[float]]  # texts -> the natural logarithm of each one's probability


@dataclass(frozen=True)
class Suggestion:
    """``text`` is the whole query completed, a speaker's name or a title; ``query`` what to search for then.

    ``kind``: a word that goes on as some word of the archive; a continuation as the words before it go on somewhere; a
    word that is expected, by the network, where nobody said it after those; a speaker; or the title of ``document``.
    ``score``: the share of it in all that may be meant, of 1.
    """

    text: str
    kind: str
    query: str
    score: float
    document: Document | None = None
    ending: Ending | None = None

    @property
    def told(self) -> str:
        """What it is, in words for people: the same wherever suggestions are shown."""
        return NAMES[self.kind] + (IN_DOUBT if self.document and self.document.held else "")

    def to_json(self) -> dict[str, Any]:
        told: dict[str, Any] = {
            "text": self.text,
            "kind": self.kind,
            "told": self.told,
            "query": self.query,
            "score": round(self.score, 4),
        }
        if (one := self.document) is None:
            return told
        return told | {"id": one.id, "url": one.url} | ({"held": True} if one.held else {})


@dataclass(frozen=True)
class Suggestions:
    """The likeliest first. ``did_you_mean``: the query that they complete, where nothing begins like the one typed."""

    query: str
    did_you_mean: str | None = None
    suggestions: tuple[Suggestion, ...] = ()

    def to_json(self) -> dict[str, Any]:
        told = [one.to_json() for one in self.suggestions]
        return {"query": self.query, "did_you_mean": self.did_you_mean, "suggestions": told}


def suggest(
    index: Index,
    query: str,
    asker: Asker | None,
    most: int,
    expect: Expect | None = None,
    filters: Sequence[typed.Node] = (),
) -> Suggestions:
    """At most ``most`` suggestions for the beginning of a query, of documents that pass the ``filters``."""
    counted = max(most, COUNTED)
    found = complete(index, query, asker, counted, filters)
    begun = bool(found.endings or found.speakers or found.titles)
    if meant := respelled(index, query, asker, begun=begun):
        respelt = complete(index, meant, asker, counted, filters)
        if respelt.endings or respelt.speakers or respelt.titles:
            found = replace(respelt, last="")  # which is news, as it is
        else:
            meant = None
    suggestions = ranked(found, most, expect)
    bare = [one.ending.terms[0] for one in suggestions if one.ending and not one.ending.text]
    written = as_said(index, bare, asker, filters) if bare else {}
    return Suggestions(query, meant, tuple(_written(suggestions, found.before, written)))


def ranked(found: Completions, most: int, expect: Expect | None = None) -> tuple[Suggestion, ...]:
    """The likeliest ``most`` of all kinds, and of each kind there is at least the best."""
    shares = _shares(found, {})
    expected: dict[Ending, float] = {}
    if expect and found.after:
        words = [one for one in shares if len(one.terms) == 1 and not one.common]
        likely = sorted(words, key=lambda one: (-shares[one], one.terms))[:LIKELY]
        expected = _expected(likely, found.before, expect)
        shares = _shares(found, expected)
    lent = {one: (1 - _trust(found)) * MODEL * share for one, share in expected.items()}  # what the network adds
    named = sum(count for _, count in found.speakers) + sum(count for _, count in found.titles)
    said = sum(one.said for one in found.endings if len(one.terms) == 1)
    spoken = found.qualified if found.after and found.qualified else said
    whole = (named + spoken) or 1
    suggestions = [
        Suggestion(
            text := found.before + _text(one),
            _kind(one, share, lent.get(one, 0.0)),
            text,
            share * spoken / whole,
            ending=one,
        )
        for one, share in shares.items()
        if one.terms != (found.last,)  # nothing is completed by that
        and not one.common
        and (one.follows or not found.after or _seen(found) < LITTLE)
    ]
    suggestions += [
        Suggestion(name, SPEAKER, f"{found.kept}speaker:{quoted(name)}", count / whole)
        for name, count in found.speakers
    ]
    suggestions += [
        Suggestion(one.title or "Untitled", TITLE, f"title:{quoted(one.recording)}", count / whole, one)
        for one, count in found.titles
    ]
    return _fairly(sorted(suggestions, key=lambda one: (-one.score, one.text, one.query)), most)


def _written(suggestions: Sequence[Suggestion], before: str, written: dict[str, str]) -> Iterator[Suggestion]:
    """The suggestions, words that were only counted as they are written; without what is none: the ll of we'll."""
    for one in suggestions:
        if one.ending is None or one.ending.text:
            yield one
        elif word := written[one.ending.terms[0]]:
            yield replace(one, text=before + word, query=before + word)


def respelled(index: Index, query: str, asker: Asker | None, *, begun: bool) -> str | None:
    """``query`` with each word that nobody said as what may be meant; None where there is nothing to mend. The last
    word is left alone where it has ``begun`` something.
    """
    asked = read(query)
    with index.reading() as view:
        scope = Scope(view, asker, BY_PEOPLE)
        unsaid = [word for word in dict.fromkeys(asked.context) if not _is_said(scope, word)]
        unknown = spelling.all_meant(scope, unsaid)
        if asked.last and not begun and not _is_said(scope, asked.last):
            word = spelling.begun(scope, asked.last)
            unknown[asked.last] = Meant(asked.last, ((word,),)) if word else spelling.meant(scope, asked.last)
    meant = spelling.respelled(query, parse(query).words, unknown)
    return meant if meant != query else None


def _is_said(scope: Scope, word: str) -> bool:
    return scope.knows(word) and scope.times_said(word) > 0


def quoted(value: str) -> str:
    """A value of a field as it is typed."""
    value = value.replace('"', " ").strip()
    return f'"{value}"' if len(list(spans(value))) > 1 or not value.isalnum() else value


def _text(ending: Ending) -> str:
    return ending.text or ending.terms[0]


def _kind(ending: Ending, share: float, lent: float) -> str:
    if ending.follows:
        return CONTINUATION
    return EXPECTED if 2 * lent > share else WORD  # most of its share is what the network adds


def _trust(found: Completions) -> float:
    """What it counts, of 1, how often something was said after the words before."""
    seen = _seen(found)
    return seen / (seen + SEEN)


def _seen(found: Completions) -> int:
    """How often anything was said after the words before, of what may be meant."""
    return sum(one.follows for one in found.endings if len(one.terms) == 1) if found.after else 0


def _shares(found: Completions, expected: Mapping[Ending, float]) -> dict[Ending, float]:
    """How likely each ending is, of 1.

    Of a word: how often it was said after those before it, and how likely it is at all, the less of this the more often
    anything was seen there (the interpolation of Witten and Bell, 1991). How likely at all is partly what the network
    expects, partly how often it is said, weighed by what a search for it tells, the logarithm of its rarity: "the" is
    no good guess for "th". Words in a row are a part of their first.
    """
    singles = [one for one in found.endings if len(one.terms) == 1]
    weights = [one.said * math.log(1 + found.size / max(1, one.said)) for one in singles]
    whole = sum(weights) or 1.0
    part = MODEL if expected else 0.0
    seen, trust = _seen(found), _trust(found)
    shares: dict[Ending, float] = {}
    for one, weight in zip(singles, weights, strict=True):
        at_all = (1 - part) * weight / whole + part * expected.get(one, 0.0)
        shares[one] = trust * one.follows / (seen or 1) + (1 - trust) * at_all
    first = {one.terms[0]: shares[one] for one in singles}
    return shares | {one: one.part * first.get(one.terms[0], 0.0) for one in found.endings if len(one.terms) > 1}


def _expected(likely: Sequence[Ending], before: str, expect: Expect) -> dict[Ending, float]:
    """How likely the network finds each of these, of 1 together; nothing where it does not know."""
    told = expect([f"{before[-FAR:]}{_text(one)} " for one in likely])
    most = max((one for one in told if math.isfinite(one)), default=0.0)
    odds = [math.exp(one - most) if math.isfinite(one) else 0.0 for one in told]
    whole = sum(odds)
    return {one: odd / whole for one, odd in zip(likely, odds, strict=True)} if whole else {}


def _fairly(suggestions: Sequence[Suggestion], most: int) -> tuple[Suggestion, ...]:
    """The first ``most``; the best of a kind that has none among them takes the place of the last of a kind with
    several.
    """
    kept = list(suggestions[:most])
    for one in suggestions[most:]:
        kinds = [other.kind for other in kept]
        if one.kind in kinds:
            continue
        place = next((at for at in reversed(range(len(kept))) if kinds.count(kinds[at]) > 1), None)
        if place is None:
            break
        del kept[place]
        kept.append(one)
    return tuple(kept)

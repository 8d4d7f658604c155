"""Known-item queries: what somebody types who remembers a moment, made from the moment's own words.

One seed gives the same queries for the same moments. Pure; knows nothing of engines.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass

from connector.transcripts.english import known_words
from indexer.text import words

KINDS = ("exact", "shuffled", "inflected", "misspelt", "synonym", "speaker")
FEWEST, MOST = 3, 5  # words of a query
_COMMON = 150  # of the archive's most frequent words, but at most a tenth: nobody remembers a moment by them
_CONTENT = 2  # words of a query that are others
_LONG = 5  # letters of a word that is misspelt
_TRIES = 60  # moments looked at for each query that is wanted
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True, slots=True)
class Moment:
    """A segment as it is searched."""

    id: str
    title: str
    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class KnownItem:
    """A query of a kind, of plain words, the id of the moment it is meant to find, and who said it, if asked."""

    kind: str
    query: str
    wanted: str
    speaker: str = ""


Window = tuple[str, ...]


class KnownItems:
    """Makes queries for ``moments``; ``synonyms`` are sets of phrasings that mean the same."""

    def __init__(self, moments: Sequence[Moment], synonyms: Sequence[Sequence[str]] = (), seed: int = 1) -> None:
        self._moments = moments
        self._said = [words(moment.text) for moment in moments]
        self._all = "\n".join(f" {' '.join(said)} " for said in self._said)
        counts = Counter(word for said in self._said for word in said)
        self._vocabulary = counts.keys()
        self._common = {word for word, _ in counts.most_common(min(_COMMON, len(counts) // 10))}
        self._synonyms = [[tuple(words(one)) for one in phrasings] for phrasings in synonyms]
        self._seed = seed

    def of(self, kind: str, count: int) -> list[KnownItem]:
        """Up to ``count`` queries of one of ``KINDS``, each of another moment; fewer where the archive has no more."""
        rng = random.Random(f"{self._seed} {kind}")
        make: dict[str, Callable[[int, random.Random], Iterator[KnownItem]]] = {
            "exact": self._exact,
            "shuffled": self._shuffled,
            "inflected": self._inflected,
            "misspelt": self._misspelt,
            "synonym": self._synonym,
            "speaker": self._of_speaker,
        }
        found: list[KnownItem] = []
        order = list(range(len(self._moments)))
        rng.shuffle(order)
        for number in order[: count * _TRIES]:
            found.extend(make[kind](number, rng))
            if len(found) >= count:
                break
        return found[:count]

    def _exact(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        if window := self._window(number, rng):
            yield self._item("exact", window, number)

    def _shuffled(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        if window := self._window(number, rng):
            order = list(window)
            rng.shuffle(order)
            if tuple(order) != window:
                yield self._item("shuffled", order, number)

    def _inflected(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        if not (window := self._window(number, rng)):
            return
        changed = [word if word in self._common else inflected(word, self._vocabulary, rng) or word for word in window]
        if tuple(changed) != window:
            yield self._item("inflected", changed, number)

    def _misspelt(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        if not (window := self._window(number, rng)):
            return
        long = [place for place, word in enumerate(window) if len(word) >= _LONG and word not in self._common]
        if not long:
            return
        place = rng.choice(long)
        wrong = misspelt(window[place], rng)
        if wrong not in self._vocabulary and wrong not in known_words():
            yield self._item("misspelt", [*window[:place], wrong, *window[place + 1 :]], number)

    def _synonym(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        """A word or two beside a term, and the term by another of its names."""
        said = self._said[number]
        for phrasings in rng.sample(self._synonyms, len(self._synonyms)):
            for phrasing in phrasings:
                place = _find(said, phrasing)
                others = [other for other in phrasings if other != phrasing and _find(said, other) < 0]
                beside = [word for word in said[max(0, place - 4) : place + len(phrasing) + 4]
                          if word not in self._common and word not in phrasing]  # fmt: skip
                if place >= 0 and others and len(beside) >= _CONTENT:
                    yield self._item("synonym", [*beside[:_CONTENT], *rng.choice(others)], number)
                    return

    def _of_speaker(self, number: int, rng: random.Random) -> Iterator[KnownItem]:
        speaker = self._moments[number].speaker
        if speaker and (window := self._window(number, rng)):
            yield self._item("speaker", window, number, speaker)

    def _item(self, kind: str, said: Sequence[str], number: int, speaker: str = "") -> KnownItem:
        return KnownItem(kind, " ".join(said), self._moments[number].id, speaker)

    def _window(self, number: int, rng: random.Random) -> Window:
        """Three to five words in a row that are said in this order in this moment alone; () where it has none."""
        said = self._said[number]
        size = rng.randint(FEWEST, MOST)
        if len(said) < size:
            return ()
        start = rng.randrange(len(said) - size + 1)
        window = tuple(said[start : start + size])
        content = [word for word in window if word not in self._common and len(word) > 2]
        if len(content) < _CONTENT or self._all.count(f" {' '.join(window)} ") != 1:
            return ()
        return window


def inflected(word: str, said: Collection[str], rng: random.Random) -> str:
    """Another form of an English ``word``, by the rules that most follow; "" where none of them is ``said`` anywhere.

    By rules, not by a stemmer: what an engine stems with must not tell what it is asked.
    """
    forms: list[str] = []
    stems = [word]
    for ending, instead in (("ies", "y"), ("es", ""), ("s", ""), ("ing", ""), ("ing", "e"), ("ed", ""), ("ed", "e")):
        if word.endswith(ending) and len(word) - len(ending) > 2:
            stems.append(word[: -len(ending)] + instead)
    for stem in stems:
        forms += [stem, stem + "s", stem + "ed", stem + "ing"]
        if stem.endswith("e"):
            forms += [stem + "d", stem[:-1] + "ing"]
        if stem.endswith("y"):
            forms += [stem[:-1] + "ies", stem[:-1] + "ied"]
    known = sorted({form for form in forms if form != word and form in said and form in known_words()})
    return rng.choice(known) if known else ""


def misspelt(word: str, rng: random.Random) -> str:
    """``word`` with one slip of the finger behind its first letter: two swapped, one missing, added, or wrong."""
    place = rng.randrange(1, len(word) - 1)
    slip = rng.randrange(4)
    if slip == 0:
        return word[:place] + word[place + 1] + word[place] + word[place + 2 :]
    if slip == 1:
        return word[:place] + word[place + 1 :]
    return word[:place] + rng.choice(_LETTERS) + word[place + (slip == 2) :]


def _find(said: Sequence[str], phrase: Window) -> int:
    for place in range(len(said) - len(phrase) + 1):
        if tuple(said[place : place + len(phrase)]) == phrase:
            return place
    return -1

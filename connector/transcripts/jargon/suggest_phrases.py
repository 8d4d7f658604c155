"""The phrases of an archive, what in it sounds like a term, and where: the second of two readings. Pure."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, zip_longest

from connector.transcripts.jargon.sounds import LONG_CODE, code_of, is_heard, is_heard_phrase, joined_code, tail_of
from connector.transcripts.jargon.suggest_words import MIN_COUNT, MIN_TRANSCRIPTS, TOKEN, Vocabulary, bare

Cues = Sequence[tuple[float, str]]  # start in seconds, cleaned text
Phrase = tuple[str, ...]  # words in lower case

MAX_COUNTED = 400_000  # different phrases; beyond that the rarest are let go
COMMON = 1.2e-4  # share of all English words from which a word makes no phrase special
OVERUSED = 40.0  # times as often as in general English, from which a known word makes a phrase a term
TIED = 3.0  # nats: how much likelier the words of a term stand together than apart
PART_OF_TERM = 0.3  # of all that is said of a term a phrase with it makes up, to be a term of its own
PART_OF_PHRASE = 0.6  # of all that is said of two words the three make up, to stand in their place
EXAMPLE = 45  # characters on each side
_BREAK = "|"  # stands for a mark: no phrase goes over it


@dataclass(frozen=True)
class Example:
    """Where something is said: some words around it, and the start in seconds of the cue it begins in."""

    transcript_id: str
    start: float
    text: str


class HeardPhrases:
    """Filled by ``add``, asked when all is added: ``heard`` is, by term, what sounds like it, counted."""

    def __init__(self, words: Vocabulary) -> None:
        self.words = words
        self.counts: Counter[Phrase] = Counter()
        self.spread: Counter[Phrase] = Counter()
        self.heard: dict[str, Counter[Phrase]] = defaultdict(Counter)
        self.examples: dict[Phrase, Example] = {}
        self._bare = {form: bare(form) for form in words.forms}
        self._codes = {word: code_of(word) for word in words.counts}
        self._tails = {word: tail_of(code) for word, code in self._codes.items()}
        self._special = {word for word in words.counts if words.is_special(word, COMMON)}
        self._unseen = {word for word in words.unknown if words.counts[word] > 1}
        # Of terms that sound alike the most frequent, which comes first, is the one that stays.
        coded = ((self._codes[term], term) for term in reversed(words.terms))
        self._by_code = {code: term for code, term in coded if len(code) >= LONG_CODE - 1}

    def add(self, ident: str, cues: Cues) -> None:
        """Counts what is said in the transcript ``ident``."""
        text = " ".join(text for _, text in cues)
        tokens = [self._bare.get(token, _BREAK) for token in TOKEN.findall(text)]
        new: dict[Phrase, int] = {}
        for at, token in enumerate(tokens):
            if token in self._unseen:
                self._unseen.discard(token)
                new[token,] = at
        for term, at, size in self._sounding(tokens):
            phrase = tuple(tokens[at : at + size])
            self.heard[term][phrase] += 1
            new.setdefault(phrase, at)
        runs = list(self._runs(tokens))
        self.counts.update(phrase for phrase, _ in runs)
        self.spread.update({phrase for phrase, _ in runs})
        for phrase, at in runs:
            if phrase not in self.examples and self.counts[phrase] > 1:
                new.setdefault(phrase, at)
        if len(self.counts) > MAX_COUNTED:
            self.counts = Counter({phrase: count for phrase, count in self.counts.items() if count > 1})
            self.spread = Counter({phrase: self.spread[phrase] for phrase in self.counts})
        self._show(ident, cues, text, {phrase: at for phrase, at in new.items() if phrase not in self.examples})

    def terms(self, single: Mapping[str, int], mended: frozenset[str]) -> dict[Phrase, list[Phrase]]:
        """The phrases that are terms, each with its likely mis-hearings.

        ``single`` counts the terms of one word: a phrase with one is a term where it makes up a good part of
        its uses. ``mended`` are words that are mis-hearings already.
        """
        kept = {phrase for phrase in self.counts if self._is_term(phrase, single, mended)}
        for three in [phrase for phrase in kept if len(phrase) == 3]:
            for two in (three[:2], three[1:]):
                if self.counts[three] > PART_OF_PHRASE * self.counts[two]:
                    kept.discard(two)
        alike: dict[str, list[Phrase]] = defaultdict(list)
        for phrase in self.counts:
            alike[self._code(phrase)].append(phrase)
        found: dict[Phrase, list[Phrase]] = {}
        taken: set[Phrase] = set()
        for phrase in sorted(kept, key=lambda one: (-self.counts[one], one)):
            if phrase not in taken:
                others = alike[self._code(phrase)]
                found[phrase] = [one for one in others if is_heard_phrase(phrase, one, self.counts, mended)]
                taken.update(found[phrase])
        return found

    def _is_term(self, phrase: Phrase, single: Mapping[str, int], mended: frozenset[str]) -> bool:
        count, words = self.counts[phrase], self.words
        if count < 2 * MIN_COUNT or self.spread[phrase] <= MIN_TRANSCRIPTS or not mended.isdisjoint(phrase):
            return False
        apart = sum(math.log(words.counts[word] / words.total) for word in phrase)
        return (
            math.log(count / words.total) - apart > TIED * (len(phrase) - 1)
            and any(word in words.unknown or words.overuse(word) > OVERUSED for word in phrase)
            and all(count > PART_OF_TERM * single.get(word, 0) for word in phrase)
            and not any(map(words.english.is_pair, phrase, phrase[1:]))
        )

    def _code(self, phrase: Phrase) -> str:
        return joined_code(*(self._codes[word] for word in phrase))

    def _runs(self, tokens: list[str]) -> Iterator[tuple[Phrase, int]]:
        """Two and three special words in a row, and where."""
        special = [token if token in self._special else None for token in tokens]
        for at, (one, two, three) in enumerate(zip_longest(special, special[1:], special[2:])):
            if one and two:
                yield (one, two), at
                if three:
                    yield (one, two, three), at

    def _sounding(self, tokens: list[str]) -> Iterator[tuple[str, int, int]]:
        """The terms that two or three words in a row sound like, where, and how many words."""
        by_code, unknown, is_pair = self._by_code, self.words.unknown, self.words.english.is_pair
        codes = [self._codes.get(token, _BREAK) for token in tokens]
        tails = [self._tails.get(token, _BREAK) for token in tokens]
        twos = list(map(str.__add__, codes, tails[1:]))
        for size, joined in ((2, twos), (3, map(str.__add__, twos, tails[2:]))):
            for at, code in enumerate(joined):
                if code in by_code:
                    several = tokens[at : at + size]
                    if is_heard(by_code[code], several, unknown, self._special) and not any(
                        map(is_pair, several, several[1:])
                    ):
                        yield by_code[code], at, size

    def _show(self, ident: str, cues: Cues, text: str, new: Mapping[Phrase, int]) -> None:
        """Takes an example of each of the ``new`` phrases, which stand at that token."""
        if not new:
            return
        spans = [match.span() for match in TOKEN.finditer(text)]
        starts = list(accumulate((len(said) + 1 for _, said in cues), initial=0))
        for phrase, at in new.items():
            low, high = spans[at][0], spans[at + len(phrase) - 1][1]
            start = cues[bisect_right(starts, low) - 1][0]
            self.examples[phrase] = Example(ident, start, _around(text, low, high))


def _around(text: str, low: int, high: int) -> str:
    """The characters ``low`` to ``high`` of ``text`` with whole words on both sides."""
    begin, end = max(0, low - EXAMPLE), min(len(text), high + EXAMPLE)
    if begin:
        begin = text.find(" ", begin, low) + 1 or low
    if end < len(text):
        end = max(high, text.rfind(" ", high, end))
    return ("… " if begin else "") + text[begin:end] + (" …" if end < len(text) else "")

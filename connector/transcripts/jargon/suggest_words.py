"""The words of an archive, and which of them general English does not know: the first of two readings. Pure."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from connector.transcripts import english

MIN_COUNT = 5
MIN_TRANSCRIPTS = 2
MAX_TERMS = 2_000  # unknown words that are looked at as terms

TOKEN = re.compile(r"[^\W\d_]\w*(?:['’][^\W\d_]+)?|[^\w\s'’-]")  # a word, or a mark that parts phrases
_FIRST = re.compile(r"(?:\A|[.!?…][\"”’)]{0,2}\s)\s*[\"“‘(]?([^\W\d_]\w*(?:['’][^\W\d_]+)?)")
_ROLE = re.compile(r"[(\[|/@]| [-–—] ")  # what follows a person's name is their house
_PART = re.compile(r"\w{2,}")
_ENDINGS = (
    "s",
    "es",
    "ed",
    "d",
    "ing",
    "er",
    "ers",
    "or",
    "ors",
    "ly",
    "able",
    "ness",
    "al",
    "y",
    "ish",
    "ize",
    "ized",
)
_BEGINNINGS = frozenset(("un", "re", "non", "pre", "sub", "multi", "post", "over", "anti", "super"))
_ELSEWHERE = (("or", "our"), ("our", "or"), ("iz", "is"), ("is", "iz"), ("yz", "ys"), ("er", "re"))  # of the Atlantic
_RARE = 1e-8  # share of a word that English does not have


@dataclass(frozen=True)
class GeneralEnglish:
    """``shares``: words in lower case, each with its share of all; ``is_pair``: do two often stand side by side?"""

    shares: Mapping[str, float]
    is_pair: Callable[[str, str], bool]


@cache
def general_english() -> GeneralEnglish:
    """English as the frequency lists have it; half a second and 60 MB, on first use."""
    words, pairs = english.word_list(), english.pair_list()
    size, index = len(words.index), words.index

    def is_pair(first: str, second: str) -> bool:
        one, two = index.get(first), index.get(second)
        if one is None or two is None:
            return False
        at = bisect_left(pairs.keys, one * size + two)
        return at < len(pairs.keys) and int(pairs.keys[at]) == one * size + two

    shares = {word: math.exp(log) for word, log in zip(index, words.logs.tolist(), strict=True)}
    return GeneralEnglish(shares, is_pair)


def parts_of_names(names: Iterable[str]) -> frozenset[str]:
    """The words, in lower case, that the ``names`` of people are made of: "Ann Lee (Bakery)" is ann, lee."""
    return frozenset(part.lower() for name in names for part in _PART.findall(_ROLE.split(name)[0]))


def bare(word: str) -> str:
    """``word`` in lower case, without a possessive."""
    lower = word.lower().replace("’", "'")
    return lower[:-2] if lower.endswith("'s") else lower


@dataclass
class Vocabulary:
    """Filled by ``add``, asked when all is added. ``spread`` counts the transcripts that have a word."""

    english: GeneralEnglish
    people: frozenset[str] = frozenset()
    forms: Counter[str] = field(default_factory=Counter)
    spread: Counter[str] = field(default_factory=Counter)
    _first: Counter[str] = field(default_factory=Counter)

    def add(self, text: str) -> None:
        """Counts the words of one transcript."""
        tokens = Counter(token for token in TOKEN.findall(text) if token[0].isalpha())
        self.forms.update(tokens)
        self._first.update(_FIRST.findall(text))
        self.spread.update({bare(token) for token in tokens})

    @cached_property
    def counts(self) -> Counter[str]:
        """How often each word is said, by the word in lower case."""
        counted: Counter[str] = Counter()
        for form, count in self.forms.items():
            counted[bare(form)] += count
        return counted

    @cached_property
    def total(self) -> int:
        return max(1, self.counts.total())

    @cached_property
    def unknown(self) -> frozenset[str]:
        """The words that are neither English nor of a person's name."""
        return frozenset(word for word in self.counts if not self._is_english(word) and not self.is_person(word))

    @cached_property
    def terms(self) -> list[str]:
        """The unknown words that are said often enough, the most frequent first; no plural beside its singular."""
        counts, unknown = self.counts, self.unknown
        often = {word for word in unknown if counts[word] >= MIN_COUNT and self.spread[word] >= MIN_TRANSCRIPTS}
        terms = (word for word in often if len(word) > 2 and not (word[-1] == "s" and word[:-1] in often))
        return sorted(terms, key=lambda word: (-counts[word], word))[:MAX_TERMS]

    def is_person(self, word: str) -> bool:
        """Whether ``word`` is a part of a person's name."""
        return word in self.people or (word.endswith("s") and word[:-1] in self.people)

    def is_special(self, word: str, common: float) -> bool:
        """Whether ``word`` can be a part of a term: no name, and below the share ``common`` of all English words."""
        whole = len(word) > 2 and "'" not in word and word not in _BEGINNINGS
        return whole and self.english.shares.get(word, 0.0) < common and not self.is_person(word)

    def form(self, word: str) -> str:
        """``word`` as it is mostly written inside of a sentence."""
        forms = self._forms.get(word)
        return min(forms, key=lambda form: (-forms[form], form)) if forms else word

    def overuse(self, word: str) -> float:
        """How many times as often as in general English ``word`` is said here."""
        return self.counts[word] / self.total / self.english.shares.get(word, _RARE)

    @cached_property
    def _forms(self) -> dict[str, Counter[str]]:
        forms: dict[str, Counter[str]] = defaultdict(Counter)
        for form, count in self.forms.items():
            if count > self._first[form]:  # a sentence gives any word a capital
                word = bare(form)
                forms[word][form[: len(word)]] += count - self._first[form]
        return forms

    def _is_english(self, word: str) -> bool:
        """Whether general English has ``word``, or what it is plainly made of."""
        shares = self.english.shares
        if word in shares or "'" in word or len(word) < 2 or word in _BEGINNINGS:
            return True
        if any(one in word and word.replace(one, other) in shares for one, other in _ELSEWHERE):
            return True
        for ending in _ENDINGS:
            stem = word.removesuffix(ending)
            if len(word) > len(stem) > 2:
                doubled = stem[:-1] if stem[-1] == stem[-2] else stem
                if stem in shares or stem + "e" in shares or doubled in shares or stem[:-1] + "y" in shares:
                    return True
        starts = (start for start in _BEGINNINGS if word.startswith(start) and len(word) > len(start) + 2)
        return any(self._is_english(word[len(start) :]) for start in starts)

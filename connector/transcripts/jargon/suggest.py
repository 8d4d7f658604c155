"""What the glossary may lack, found in the archive: words and phrases said often here and seldom elsewhere, each with
what machines made of it.

Pure and streaming: the transcripts are read twice, and only counts are kept. Proposes; a person decides.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from connector.transcripts.jargon import Glossary
from connector.transcripts.jargon.sounds import LONG_CODE, assign, code_of, joined_code
from connector.transcripts.jargon.suggest_phrases import Cues, Example, HeardPhrases
from connector.transcripts.jargon.suggest_words import GeneralEnglish, Vocabulary, general_english, parts_of_names

Reader = Callable[[], Iterable[tuple[str, Cues]]]  # each transcript's id and cues; called twice

MAX_VARIANTS = 12
HALF = 2  # times as rare as the term what sounds like it is at least


@dataclass(frozen=True)
class Variant:
    """A rarer form that looks or sounds like a term."""

    form: str
    count: int
    example: Example | None = None


@dataclass(frozen=True)
class Suggestion:
    """A term that the glossary may want. ``misheard`` are likely mis-hearings of it, the most frequent first.

    ``count`` is how often it is said, in how many ``transcripts``; ``score`` orders suggestions, and means nothing.
    """

    name: str
    count: int
    transcripts: int
    misheard: tuple[Variant, ...] = ()
    example: Example | None = None

    @property
    def score(self) -> float:
        """Often, in many transcripts, and above all misheard: that is what a glossary mends."""
        wrong = sum(one.count for one in self.misheard)
        often = math.log2(self.count) + math.log2(self.transcripts) / 2
        return often + 1.5 * math.log2(1 + wrong) - self.name.count(" ")


def suggest(
    read: Reader,
    glossary: Glossary | None = None,
    names: Iterable[str] = (),
    *,
    limit: int = 60,
    english: GeneralEnglish | None = None,
) -> list[Suggestion]:
    """Proposed entries of the glossary, the most useful first.

    ``read`` is called twice; cues are cleaned, their texts one language's, English. A term is said at least
    five times in two transcripts, a phrase ten times in three. ``names`` are of people, whose parts are no
    terms. What ``glossary`` has, in whatever phrasing, is left out.
    """
    words = Vocabulary(english or general_english(), parts_of_names(names))
    for _, cues in read():
        words.add(" ".join(text for _, text in cues))
    phrases = HeardPhrases(words)
    for ident, cues in read():
        phrases.add(ident, cues)
    single = _single(words, phrases)
    several = _several(words, phrases, single)
    known = {key for term in (glossary or Glossary()).terms for text in term.phrasings for key in _keys(text)}
    found = (_without(one, known) for one in _one_each([*single, *several]) if _keys(one.name)[0] not in known)
    return sorted(found, key=lambda one: (-one.score, one.name))[:limit]


def _single(words: Vocabulary, phrases: HeardPhrases) -> list[Suggestion]:
    """The terms of one word, with what is misheard as another word or as several."""
    counts = words.counts
    variants = assign(words.terms, counts, (word for word in words.unknown if counts[word] > 1), words.people)
    taken = {word for several in variants.values() for word in several}
    found = []
    for term in words.terms:
        if term in taken:
            continue
        heard = [Variant(words.form(one), counts[one], phrases.examples.get((one,))) for one in variants.get(term, ())]
        heard += [
            Variant(" ".join(one), count, phrases.examples.get(one))
            for one, count in phrases.heard.get(term, {}).items()
            if count > 1 and count * HALF < counts[term]
        ]
        plural = counts[term + "s"] if term + "s" in words.unknown else 0
        found.append(
            Suggestion(
                words.form(term),
                counts[term] + plural,
                words.spread[term],
                _ordered(heard),
                phrases.examples.get((term,)),
            )
        )
    return found


def _several(words: Vocabulary, phrases: HeardPhrases, single: list[Suggestion]) -> list[Suggestion]:
    """The terms of two or three words."""
    mended = frozenset(variant.form.lower() for one in single for variant in one.misheard)
    terms = phrases.terms({one.name.lower(): one.count for one in single}, mended)
    return [
        Suggestion(
            " ".join(map(words.form, phrase)),
            phrases.counts[phrase],
            phrases.spread[phrase],
            _ordered(Variant(" ".join(one), phrases.counts[one], phrases.examples.get(one)) for one in heard),
            phrases.examples.get(phrase),
        )
        for phrase, heard in terms.items()
    ]


def _ordered(variants: Iterable[Variant]) -> tuple[Variant, ...]:
    return tuple(sorted(variants, key=lambda one: (-one.count, one.form)))[:MAX_VARIANTS]


def _one_each(found: Iterable[Suggestion]) -> list[Suggestion]:
    """Of those that sound alike (a word, and the same in two) the most frequent; the others are its mis-hearings."""
    kept: dict[str, Suggestion] = {}
    for one in sorted(found, key=lambda one: (-one.count, one.name)):
        code = joined_code(*map(code_of, one.name.split(" ")))
        place = code if len(code) >= LONG_CODE else one.name
        first = kept.setdefault(place, one)
        if first is not one and one.count * HALF < first.count:
            own = Variant(one.name, one.count, one.example)
            others = [variant for variant in first.misheard if variant.form.lower() != one.name.lower()]
            kept[place] = replace(first, misheard=_ordered([*others, own]))
    return list(kept.values())


def _keys(text: str) -> tuple[str, str]:
    """``text`` as it is compared with the glossary, and its plural."""
    key = "".join(re.findall(r"\w+", text.lower()))
    return key, key + "s"


def _without(one: Suggestion, known: set[str]) -> Suggestion:
    return replace(one, misheard=tuple(variant for variant in one.misheard if _keys(variant.form)[0] not in known))

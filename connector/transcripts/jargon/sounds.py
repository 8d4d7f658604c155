"""What looks or sounds like another word: how a rarer form is told for a mis-hearing of a term.

Pure. Sound codes are Metaphone's (Lawrence Philips, 1990) with voiced and unvoiced consonants as one, as a microphone
often has them: "cooper netties" and "Kubernetes" are both KPRNTS.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence

import jellyfish
import numpy as np
from rapidfuzz import fuzz, process

_VOICES = str.maketrans(
    {"B": "P", "D": "T", "G": "K", "V": "F", "Z": "S", "J": "X", "0": "T", "H": "", "W": "", "Y": ""}
)
_VOWELS = "AEIOU"
_ENDINGS = ("s", "es", "e", "ed", "ing", "er", "ers", "ly", "al", "y", "ies", "ied", "ation", "ations")
SPELLED = 84.0  # per cent of characters in common, from which two words are spelled alike
SOUNDED = 70.0  # the same for two that sound the same
GUESSED = 55.0  # for several words that sound like a long one, which a machine spells as it can
LONG = 8  # letters
LONG_CODE = 5  # sounds
RARER = 4  # times as rare as the term a mis-hearing is at least


def code_of(word: str) -> str:
    """The consonants of ``word`` as they sound, and its first vowel if it begins with one."""
    return jellyfish.metaphone(word).translate(_VOICES).replace(" ", "")


def joined_code(first: str, *others: str) -> str:
    """The code of several words said as one: a vowel counts at the very start alone."""
    return first + "".join(other.lstrip(_VOWELS) for other in others)


def tail_of(code: str) -> str:
    """What a word's ``code`` adds to that of the words before it."""
    return code.lstrip(_VOWELS)


def assign(
    terms: Sequence[str], counts: Mapping[str, int], rarer: Iterable[str], people: Iterable[str]
) -> dict[str, list[str]]:
    """The mis-hearings of each term: of the ``rarer`` words each goes to the term it looks or sounds most like.

    None goes to a term that it is not four times as rare as, or where the name of one of the ``people`` is as near.
    """
    found: dict[str, list[str]] = defaultdict(list)
    words, names = sorted(rarer), sorted(people)
    if not terms or not words:
        return found
    alike = process.cdist(words, terms, scorer=fuzz.ratio, dtype=np.uint8, score_cutoff=SOUNDED)
    codes = [code_of(term) for term in terms]
    for number, word in enumerate(words):
        near = [(int(alike[number, at]), -int(at)) for at in np.flatnonzero(alike[number])]
        fitting = [
            (like, at)
            for like, at in near
            if _is_rarer(counts[word], counts[terms[-at]], terms[-at], like)
            and _is_misheard(word, terms[-at], codes[-at], like)
        ]
        if fitting:
            like, at = max(fitting)
            if not process.extractOne(word, names, scorer=fuzz.ratio, score_cutoff=max(75, like)):
                found[terms[-at]].append(word)
    return found


def _is_rarer(count: int, of: int, term: str, like: int) -> bool:
    """A long word that differs in a letter is hardly another one, and may be misheard half of the time."""
    return count * (2 if len(term) >= LONG and like > SPELLED else RARER) <= of


def _is_misheard(word: str, term: str, code: str, like: int) -> bool:
    if word == term or len(term) < 5 or _digits(word) != _digits(term) or _is_inflected(word, term):
        return False
    if code_of(word) == code:
        return len(code) > 2 or like >= SPELLED
    return like >= SPELLED and len(term) > 5 and word[0] == term[0]


def is_heard(term: str, words: Sequence[str], unknown: Container[str], rare: Container[str]) -> bool:
    """Whether ``words``, which sound as ``term`` does, are likely to be it.

    Among ``unknown`` words a machine lost its way; everyday words (none of the ``rare``) have a meaning of
    their own, unless together they spell the term.
    """
    joined = "".join(words)
    if joined == term:
        return True
    if term in words or joined == term + "s" or not all(word in rare for word in words):
        return False
    lost = any(word in unknown for word in words)
    least = SPELLED if not lost else GUESSED if len(code_of(term)) >= LONG_CODE else SOUNDED
    return bool(fuzz.ratio(joined, term) >= least)


def is_heard_phrase(
    phrase: Sequence[str], other: Sequence[str], counts: Mapping[tuple[str, ...], int], mended: Container[str]
) -> bool:
    """Whether ``other``, which sounds as ``phrase`` does, is likely to be it; not by a word ``mended`` anyway."""
    if len(phrase) != len(other) or counts[tuple(other)] * RARER > counts[tuple(phrase)]:
        return False
    changed = [(one, two) for one, two in zip(phrase, other, strict=True) if one != two]
    return bool(changed) and all(
        two not in mended
        and _digits(one) == _digits(two)
        and not _is_inflected(two, one)
        and fuzz.ratio(one, two) >= 50
        for one, two in changed
    )


def _digits(word: str) -> str:
    return "".join(filter(str.isdigit, word))


def _is_inflected(word: str, term: str) -> bool:
    """Whether the two are one word with other endings (tokenizer, tokenizes)."""
    short, long = sorted((word, term), key=len)
    return long in (short + "d", short + "r", short + "rs") or not _stems(word).isdisjoint(_stems(term))


def _stems(word: str) -> set[str]:
    return {word} | {word.removesuffix(ending) for ending in _ENDINGS if len(word) > len(ending) + 2}

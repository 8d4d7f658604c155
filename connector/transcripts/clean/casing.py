"""Captions in capitals, as broadcasters write them, in sentence case.

What capitals hide cannot be known: names other than those before a colon, of days and of months become lower
case, and so do acronyms that can be spoken as a word, but for the best known (NASA). Kept are words with digits or
dots, and words without a vowel (HTML). German nouns lose their capital; Turkish has two lower cases
of I, and is for others to leave alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_MOST = 0.6  # share of a transcript's characters that must be in capitals
_WORD = re.compile(r"([\"'“”‘’«»(¿¡-]*)([^\W\d_]+(?:['’-][^\W\d_]+)*)([\"'“”‘’«»)\].,;:!?…-]*)")
_NAME = re.compile(r"(?:[^\s:]{1,30} ){0,2}[^\s:]{2,30}:(?=\s)")
_ENDS_SENTENCE = re.compile(r"[.!?…][\"'“”‘’»)\]]*\Z")
_VOWEL = re.compile("[aeiouyáàâäãåéèêëíìîïóòôöõøúùûüýæœаеёиоуыэюяіїєαεηιουωάέήίόύώ]")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_NO_ACRONYMS = _words("mr mrs ms dr vs st hmm hm mm mmm shh sh psst th nd rd nth pst grr brr")
# With a vowel, and no word of the languages people write captions in: not AIDS, WHO, AI (Italian), MIT (German), USA
# (Spanish), EU (Portuguese).
_ACRONYMS = _words(
    "nasa nato unesco unicef unhcr opec fifa uefa fema osha noaa asean aclu ncaa nba espn fbi cia nsa faa fda "
    "irs uk ufo ceo cfo cto cpu gpu url faq diy atm usb ibm hiv dna rna"
)
_CAPITAL = _words(
    "mr mrs ms dr monday tuesday wednesday thursday friday saturday sunday january february april june july august "
    "september october november december english"
)


def shouts(text: str) -> bool:
    """Whether ``text`` is written in capitals, but for a letter or two (McDONALD).

    Letters that have no case, as Chinese ones between acronyms, say that it is not.
    """
    upper = sum(map(str.isupper, text))
    if upper < 2:
        return False
    lower = sum(map(str.islower, text))
    return upper >= 4 * lower and upper + lower >= sum(map(str.isalpha, text))


def mostly_shouts(texts: Sequence[str]) -> bool:
    """Whether most of a transcript is in capitals: only then are they its spelling and no stress."""
    capitals = sum(len(text) for text in texts if text.isupper() and shouts(text))
    return capitals > 0 and capitals >= _MOST * sum(map(len, texts))


def sentence_case(text: str, *, opens: bool) -> str:
    """``text``, which is in capitals, in sentence case; ``opens`` says whether a sentence starts with it."""
    name = _NAME.match(text)
    parts = text.split(" ")
    position = 0
    for number, part in enumerate(parts):
        named = name is not None and position < name.end()
        parts[number] = _cased(part, capital=opens or named)
        if part:
            opens = ends_sentence(part) or (named and part.endswith(":"))
        position += len(part) + 1
    return " ".join(parts)


def ends_sentence(text: str) -> bool:
    return _ENDS_SENTENCE.search(text[-4:]) is not None


def _cased(token: str, *, capital: bool) -> str:
    match = _WORD.fullmatch(token)
    if match is None:  # digits, dots inside, signs: no plain word
        return token
    opening, word, closing = match.groups()
    lower = word.lower()
    if len(word) == 1 and lower != "a" and word.isupper():
        return token
    spelled = lower in _ACRONYMS or (lower not in _NO_ACRONYMS and not _VOWEL.search(lower))
    if len(word) > 1 and word.isupper() and spelled:
        return token
    if capital or lower in _CAPITAL or lower.startswith(("i'", "i’")):
        lower = lower[0].upper() + lower[1:]
    return opening + lower + closing

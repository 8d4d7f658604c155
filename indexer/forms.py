"""The other forms a word is said in: those with the same stem, by Snowball's stemmers (https://snowballstem.org).

The index holds words as they were said, so that what was typed can score above its forms; the forms are looked up in
the index's own words when somebody searches.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

import Stemmer

# Snowball knows its languages by two letters and by three (ISO 639: de, deu, ger), but for the two Norwegians.
_SAME = dict.fromkeys(("nb", "nn", "nob", "nno"), "no")
SHORTEST = 3  # letters of a word that has forms
_LONGER = 6  # letters that a form may have more
_MOST = 4_000  # words looked at
_ALONE = frozenset({"its"})  # which is not of it, whatever its stem is
_CHANGING = "eiy"  # last letters of a stem that not all forms have: hope, hoping; study, studies


def forms_of(word: str, languages: Iterable[str], beginning: Callable[[str], Iterable[str]]) -> tuple[str, ...]:
    """The words with the stem of ``word`` in one of ``languages`` (two or three letters), ``word`` left out, sorted.

    ``beginning`` returns the words there are with some beginning.
    """
    if len(word) < SHORTEST or not word.isalpha() or word in _ALONE:
        return ()
    found: set[str] = set()
    for language in languages:
        stem = _stemmer(language)
        if stem is None:
            continue
        wanted = stem(word)
        start = wanted if wanted[-1:] not in _CHANGING or len(wanted) <= SHORTEST else wanted[:-1]
        if not word.startswith(start):  # an umlaut, an accent: the stem is spelled otherwise
            start = word[:SHORTEST]
        for number, other in enumerate(beginning(start)):
            if number == _MOST:
                break
            if len(other) <= len(word) + _LONGER and other.isalpha() and stem(other) == wanted:
                found.add(other)
    found.discard(word)
    return tuple(sorted(found))


@cache
def _stemmer(language: str) -> Callable[[str], str] | None:
    try:
        stem: Callable[[str], str] = Stemmer.Stemmer(_SAME.get(language, language)).stemWord
    except KeyError:
        return None
    return stem

"""The same words written otherwise: "don't" and dont, e-mail and email, U.S.A. and USA, twenty five and 25.

Pure, on folded words. What stands here holds for English; words apart and together hold everywhere.
"""

from __future__ import annotations

from indexer.numbers import phrasings
from indexer.text import is_cjk

Terms = tuple[str, ...]


def _words(text: str) -> list[str]:
    return text.split()


# don t, dont, do not
_NOT = ("aren", "can", "couldn", "didn", "doesn", "don", "hadn", "hasn", "haven", "isn", "mustn", "needn", "shouldn",
        "wasn", "weren", "won", "wouldn")  # fmt: skip
_WHOLE = {"can": "can", "won": "will"}
_SHORT = {_WHOLE.get(short, short[:-1]): short for short in _NOT}

# we re, we are: what is behind the apostrophe, what it stands for, and the words before it.
_CONTRACTED = {
    "m": ("am", "i"),
    "re": ("are", "you we they"),
    "s": ("is", "he she it that there here what where who how"),
    "ll": ("will", "i you he she it we they that there"),
    "ve": ("have", "i you we they"),
    "d": ("would", "i you he she it we they"),
}
_OTHER_WORDS = set(_words("ill id well wed were hell shell shed its"))  # im, thats and theyll are no words


def _contractions() -> dict[Terms, tuple[Terms, ...]]:
    """Each contraction, what it stands for and its letters together, with the others of these."""
    short = [((word, end), (word, full)) for end, (full, before) in _CONTRACTED.items() for word in before.split()]
    found: dict[Terms, tuple[Terms, ...]] = {}
    for pair in [*short, (("let", "s"), ("let", "us"))]:
        joined = "".join(pair[0])
        alike = (*pair, *([] if joined in _OTHER_WORDS else [(joined,)]))
        found |= {terms: tuple(other for other in alike if other != terms) for terms in alike}
    return found


_CONTRACTIONS = _contractions()


def others(terms: Terms, *, letters: bool = True, together: bool = False) -> tuple[Terms, ...]:
    """What ``terms``, words in a row, may be written as too; they themselves left out. ``letters``: single ones may be
    an acronym; those of I'd are none. ``together``: there was a sign between them.
    """
    found: list[Terms] = []
    if letters and len(terms) > 1 and all(len(term) == 1 and term.isalpha() and not is_cjk(term) for term in terms):
        found.append(("".join(terms),))  # U.S.A.
    if len(terms) == 2 and terms[1] == "t" and terms[0] in _NOT:
        found += [("cannot",)] if terms[0] == "can" else []
        found += [(terms[0] + "t",), (_WHOLE.get(terms[0], terms[0][:-1]), "not")]
    if len(terms) == 2 and terms[1] == "not" and (short := _SHORT.get(terms[0])):
        found += [(short, "t"), (short + "t",)] + ([("cannot",)] if short == "can" else [])
    if len(terms) == 1:
        word = terms[0]
        if word[:-1] in _NOT and word.endswith("t"):
            found += [(word[:-1], "t"), (_WHOLE.get(word[:-1], word[:-2]), "not")]
        if word == "cannot":
            found += [("can", "not"), ("can", "t"), ("cant",)]
    found += _CONTRACTIONS.get(terms, ())
    found += phrasings(terms, together=together)
    return tuple(other for other in dict.fromkeys(found) if other != terms)

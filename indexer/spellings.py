"""The same words written otherwise: "don't" and dont, e-mail and email, U.S.A. and USA, twenty five and 25.

Pure, on folded words. What stands here holds for English; words apart and together hold everywhere.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexer.text import is_cjk

Terms = tuple[str, ...]


def _words(text: str) -> list[str]:
    return text.split()


_UNITS = _words(
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_TENS = _words("twenty thirty forty fifty sixty seventy eighty ninety")
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * at for at, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_LARGEST = 1_000_000_000_000
LONGEST = 12  # words of a number
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


def others(terms: Terms, *, letters: bool = True) -> tuple[Terms, ...]:
    """What ``terms``, words in a row, may be written as too; they themselves left out. ``letters``: single ones may be
    an acronym; those of I'd are none.
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
        if word.isdigit() and word.isascii() and len(word) <= 12 and (word == "0" or word[0] != "0"):
            said = in_words(int(word))
            found.append(tuple(said))
            if "hundred" in said[:-1]:
                found.append(tuple(" ".join(said).replace("hundred ", "hundred and ").split()))
    found += _CONTRACTIONS.get(terms, ())
    value = number(terms)
    if value is not None:
        found.append((str(value),))
    return tuple(other for other in dict.fromkeys(found) if other != terms)


def number(terms: Sequence[str]) -> int | None:
    """The number that ``terms`` say in English, "and" included; None where they are none."""
    total = current = 0
    before = ""
    for place, term in enumerate(terms):
        if term == "and" and before in _SCALES and place + 1 < len(terms):
            continue
        if term in _VALUES:
            value = _VALUES[term]
            if before in _VALUES and not (_VALUES[before] >= 20 and 0 < value < 10):
                return None
            current += value
        elif term in _SCALES and before and before not in ("zero",):
            scale = _SCALES[term]
            if scale == 100:
                if not 0 < current % 1000 < 100 or current >= 100:
                    return None
                current *= 100
            else:
                if not current or (total and total < scale):
                    return None
                total, current = total + current * scale, 0
        else:
            return None
        before = term
    return total + current if before else None


def in_words(value: int) -> list[str]:
    """``value``, from 0 to below 10**12, as it is said in English, without "and"."""
    if not 0 <= value < _LARGEST:
        raise ValueError(f"{value} is not from 0 to {_LARGEST - 1}")
    if value < 20:
        return [_UNITS[value]]
    if value < 100:
        return [_TENS[value // 10 - 2], *(in_words(value % 10) if value % 10 else [])]
    for name, scale in reversed(_SCALES.items()):
        if value >= scale:
            rest = value % scale
            return [*in_words(value // scale), name, *(in_words(rest) if rest else [])]
    raise AssertionError("unreachable")

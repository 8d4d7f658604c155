"""Numbers as they are said in English and as they are written: "ten thousand", 10000 and 10,000; "nineteen eighty four"
and 1984; "twenty first" and 21st; "three point five" and 3.5.

Pure, on folded words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

Terms = tuple[str, ...]

_UNITS = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_UNITS)} | {word: 20 + 10 * at for at, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
_LARGEST = 1_000_000_000_000
_ODD = {"one": "first", "two": "second", "three": "third", "five": "fifth", "eight": "eighth", "nine": "ninth",
        "twelve": "twelfth"}  # fmt: skip
_ORDINALS = {
    word: _ODD.get(word) or (f"{word[:-1]}ieth" if word[-1] == "y" else f"{word}th")
    for word in (*_UNITS[1:], *_TENS, *_SCALES)
}
_CARDINALS = {ordinal: word for word, ordinal in _ORDINALS.items()}
_WORDS = {*_VALUES, *_SCALES, *_CARDINALS}
_YEARS = range(1300, 2100)  # said as two numbers
_NTH = re.compile(r"(0|[1-9]\d*)(st|nd|rd|th)", re.ASCII)
LONGEST = 12  # words of a number
DIGITS = 12
_PLACES = 6  # behind the point


def is_numeral(word: str) -> bool:
    """Whether ``word`` is one that numbers are said with."""
    return word in _WORDS


def phrasings(terms: Terms, *, together: bool = False) -> Iterator[Terms]:
    """How else the number ``terms`` is said or written, ``terms`` itself maybe among them; nothing where it is none.

    ``together``: typed with a sign between them, so that 3 and 5 may be 3.5.
    """
    if terms[0] not in _WORDS and not terms[0][0].isdigit():
        return
    if (value := _written(terms)) is not None or (value := number(terms)) is not None or (value := _year(terms)):
        yield (str(value),)
        if value >= 1000:
            yield tuple(f"{value:,}".split(","))
        yield from _said(value)
    if (value := _nth(terms)) is not None:
        yield (f"{value}{_ending(value)}",)
        yield from ((*said[:-1], _ORDINALS[said[-1]]) for said in _said(value) if said[-1] in _ORDINALS)
    if (point := _decimal(terms, together)) is not None:
        yield point
        whole, behind = point
        for said in _said(int(whole)):
            yield (*said, "point", *(_UNITS[int(digit)] for digit in behind))
            if len(behind) == 2 and behind[0] != "0":
                yield (*said, "point", *in_words(int(behind)))


def _said(value: int) -> Iterator[Terms]:
    """How a number is said: with "and" or without; a year as two."""
    said = tuple(in_words(value))
    yield said
    yield tuple(_with_and(said))
    if value in _YEARS:
        century, rest = divmod(value, 100)
        behind = ["hundred"] if not rest else (["oh"] if rest < 10 else []) + in_words(rest)
        yield (*in_words(century), *behind)


def _with_and(said: Terms) -> Iterator[str]:
    """One hundred and five thousand and six: behind each hundred, and before what is left in the end."""
    last = max((at for at, word in enumerate(said) if word in _SCALES), default=-1)
    for at, (word, behind) in enumerate(zip_longest(said, said[1:], fillvalue="")):
        yield word
        if behind in _VALUES and (word == "hundred" or at == last):
            yield "and"


def _written(terms: Terms) -> int | None:
    """The number that ``terms`` are digits of: 25, 10,000."""
    first, *others = terms
    if not all(term.isdigit() and term.isascii() for term in terms) or (first[0] == "0" and first != "0"):
        return None
    if others and (first == "0" or len(first) > 3 or any(len(other) != 3 for other in others)):
        return None
    return int("".join(terms)) if len("".join(terms)) <= DIGITS else None


def _year(terms: Sequence[str]) -> int | None:
    """The year that ``terms`` say as two numbers."""
    for cut in (1, 2):
        century, rest = number(terms[:cut]), terms[cut:]
        behind = number(rest[1:]) if rest[:1] in (("oh",), ("o",)) else number(rest)
        if century is None or behind is None or not 13 <= century <= 20:
            continue
        if (behind < 10) == (rest[0] in ("oh", "o")) and 0 < behind < 100:
            return 100 * century + behind
    return None


def _nth(terms: Terms) -> int | None:
    """The number of an ordinal: 21st, "twenty first"."""
    *before, last = terms
    if last in _CARDINALS:
        cardinal = (*before, _CARDINALS[last])
        return number(cardinal) or _year(cardinal)
    match = _NTH.fullmatch(last)
    return int(match[1]) if match and not before and len(match[1]) <= DIGITS else None


def _ending(value: int) -> str:
    return "th" if 10 < value % 100 < 20 else {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")


def _decimal(terms: Terms, together: bool) -> tuple[str, str] | None:
    """Before and behind the point, in digits."""
    if "point" in terms:
        at = terms.index("point")
        whole, behind = number(terms[:at]), terms[at + 1 :]
        digits = "".join(str(_VALUES.get(word, 0 if word == "oh" else 10)) for word in behind)
        if len(digits) != len(behind):  # no single digits: three point fourteen
            value = number(behind)
            digits = str(value) if value is not None and 10 <= value < 100 else ""
        return (str(whole), digits) if whole is not None and digits else None
    if not together or len(terms) != 2 or _written(terms) is not None or _written(terms[:1]) is None:
        return None
    return (terms[0], terms[1]) if re.fullmatch(f"[0-9]{{1,{_PLACES}}}", terms[1]) else None


def number(terms: Sequence[str]) -> int | None:
    """The number that ``terms`` say in English, "and" included; None where they are none.

    Added up, and right where that is said so: no number is "one million two million".
    """
    said = [term for at, term in enumerate(terms) if not _is_and(terms, at)]
    total = current = 0
    for term in said:
        if term in _VALUES:
            current += _VALUES[term]
        elif term == "hundred":
            current *= 100
        elif term in _SCALES:
            total, current = total + current * _SCALES[term], 0
        else:
            return None
    value = total + current
    if not said or value >= _LARGEST:
        return None
    hundreds, rest = divmod(value, 100)
    counted = [*in_words(hundreds), "hundred", *(in_words(rest) if rest else [])]  # twelve hundred
    return value if said == in_words(value) or (0 < hundreds < 100 and said == counted) else None


def _is_and(terms: Sequence[str], at: int) -> bool:
    around = terms[at - 1 : at + 2] if at else ()
    return len(around) == 3 and around[1] == "and" and around[0] in _SCALES and around[2] in _VALUES


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

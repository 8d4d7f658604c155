"""Which of many texts hold something: one search over all of them joined, for most hold nothing that is sought.

Knows nothing of what it seeks.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import AnyStr

END = "\x1e"  # stands between two texts, and in none
_INSTEAD = "\x1d"  # white space as well, and in no word
_BETWEEN = f" {END}\n "


def joined(texts: Sequence[str]) -> str:
    """The texts as one. Before each stand a line end and a space, and after it a space and ``END``."""
    if END in "".join(texts):
        texts = [text.replace(END, _INSTEAD) for text in texts]
    return f"\n {_BETWEEN.join(texts)} {END}"


def holding(many: AnyStr, signs: Iterable[AnyStr], end: AnyStr) -> set[int]:
    """The numbers of the texts joined in ``many`` that hold one of ``signs``; ``end`` is ``END``, or its byte."""
    found: set[int] = set()
    for sign in signs:
        if sign[-1:] not in many:  # one character is sought quicker
            continue
        number = border = 0
        place = many.find(sign)
        while place >= 0:
            number += many.count(end, border, place)
            found.add(number)
            border = many.find(end, place)
            place = many.find(sign, border)
    return found


def matching(many: str, pattern: re.Pattern[str]) -> set[int]:
    """The numbers of the texts joined in ``many`` that hold what ``pattern`` describes."""
    found: set[int] = set()
    number = border = 0
    for match in pattern.finditer(many):
        number += many.count(END, border, match.start())
        border = match.start()
        found.add(number)
    return found

"""Captions of which every line is followed by an empty one, as bad conversions of line ends leave them.

Knows nothing of what a text says.
"""

from __future__ import annotations

import re
from itertools import pairwise

_HEAD = 16 * 1024  # characters; a file is double-spaced from its beginning
# A cue's number between empty lines, and below them its times.
_NUMBER = re.compile(r"(\n[ \t]*+\n[ \t]*+)(\d{1,9}+)([ \t]*+\n(?:[ \t]*\n)++)(?=[ \t]*\d[\d:.,]{3,20}[ \t]*-->)")
_COUNTING = 0.9  # share of the numbers, and more, that are one more than the one before


def with_numbers_at_times(text: str) -> str:
    """``text`` with each cue's number right above its times, where empty lines part them; as long, line by line.

    Only where the numbers count up: else a number in a paragraph of its own is spoken.
    """
    if not _NUMBER.search(text, 0, _HEAD):
        return text
    numbers = [int(match[2]) for match in _NUMBER.finditer(text)]
    counting = sum(number == before + 1 for before, number in pairwise(numbers))
    if len(numbers) < 2 or counting < _COUNTING * (len(numbers) - 1):
        return text
    return _NUMBER.sub(lambda match: f"{match[1]}{match[3][:-1]}{match[2]}\n", text)

"""Whether links match a datasource's ``urlRegex``, which others write: never for longer than a moment.

Python's own ``re`` may take years over ``^https://(a+)+$``, and nothing else of the process runs meanwhile. ``regex``
reads the same patterns, stops in time, and lets other threads on. What it writes out of a pattern is bounded here.
"""

from __future__ import annotations

import re
import time
from functools import lru_cache
from math import prod

import regex

SECONDS = 1.0  # of the processor, for all links of one ``UrlRegex``
LARGEST = 20_000  # characters, with what is repeated a number of times written out; some 3 MB
_REPEATED = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)")
_PART = re.compile(rf"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|{_REPEATED.pattern}\s*\}}|.", re.DOTALL)
# Comments, and sets within sets: what stands there cannot be told by reading from left to right.
_UNCLEAR = re.compile(r"\(\?#|\(\?[\w-]*[xV]|\[\^?\[|\[:")


class UrlRegex:
    """One pattern, for as many links as match in ``seconds`` of the processor."""

    def __init__(self, pattern: str, seconds: float = SECONDS) -> None:
        """Raises ValueError, with what is wrong, for what is no pattern or too large a one."""
        if _size(pattern) > LARGEST:
            raise ValueError("is too large a regular expression")
        try:
            self._pattern = _compiled(pattern)
        except (regex.error, RecursionError, OverflowError) as error:
            raise ValueError(f"is no regular expression: {error}") from None
        self._left = seconds

    def fits(self, link: str) -> bool:
        """Whether the pattern is found in ``link``; raises TimeoutError where the time is over."""
        if self._left <= 0:
            raise TimeoutError
        began = time.thread_time()
        try:
            return self._pattern.search(link, timeout=self._left, concurrent=True) is not None
        finally:
            self._left -= time.thread_time() - began


@lru_cache(maxsize=8)  # as each request to the local Glean compiles its datasource's; ``regex`` itself keeps 500
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(pattern, cache_pattern=False)


def _size(pattern: str) -> int:
    """Characters of the pattern with what is repeated a number of times written out, or more.

    What stands side by side adds up, what is repeated within what is repeated multiplies.
    """
    if _UNCLEAR.search(pattern):
        return len(pattern) * prod(map(_times, _REPEATED.findall(pattern)))
    sizes, last = [0], 0  # of the groups that are open, and of what a number would repeat
    for part in _PART.finditer(pattern):
        if part[0] == "(":
            sizes.append(1)
        elif part[0] == ")" and len(sizes) > 1:
            last = sizes.pop() + 1
            sizes[-1] += last
        elif part[1] is not None:
            repeated = min(last * _times(part.groups()), LARGEST + 1)
            sizes[-1] += repeated - last
            last = repeated
        else:
            last = last if part[0] in "*+?" else len(part[0])
            sizes[-1] += len(part[0])
    return sum(sizes)


def _times(numbers: tuple[str, ...]) -> int:
    return max(1, *(int(number[:9] or 1) for number in numbers))

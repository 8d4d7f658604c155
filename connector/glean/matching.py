"""Whether links match a datasource's ``urlRegex``, which others write: never for longer than a moment.

Python's own ``re`` may take years over ``^https://(a+)+$``, and nothing else of the process runs meanwhile. ``regex``
reads the same patterns, stops in time, and lets other threads on. What it writes out of a pattern is bounded here.
"""

from __future__ import annotations

import re
import time
from math import prod

import regex

SECONDS = 1.0  # of the processor, for all links of one ``UrlRegex``
LARGEST = 1_000_000  # characters, with what is repeated a number of times written out
_REPEATED = re.compile(r"\{\s*(\d*)\s*,?\s*(\d*)")


class UrlRegex:
    """One pattern, for as many links as match in ``seconds`` of the processor."""

    def __init__(self, pattern: str, seconds: float = SECONDS) -> None:
        """Raises ValueError, with what is wrong, for what is no pattern or too large a one."""
        times = prod(max(1, *(int(number[:9] or 1) for number in found)) for found in _REPEATED.findall(pattern))
        if len(pattern) * times > LARGEST:
            raise ValueError("is too large a regular expression")
        try:
            self._pattern = regex.compile(pattern)
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

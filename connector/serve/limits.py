"""Glean's rate limits, as a switch: how much may be asked in a while, and when more may.

Each limit is a bucket that fills evenly and holds what it holds in its time; what is taken beyond goes on account, so
that one batch above the limit is let through, and the next one waits.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.serve.http import Refused

# (how much, in seconds): Glean's documented limits.
LIMITS: Mapping[str, tuple[float, float]] = {
    "address": (100, 1),
    "deployment": (8_000, 60),
    "/api/index/v1/indexdocument": (10, 1),
    "/rest/api/v1/search": (5, 1),
    "/api/search": (5, 1),
    "/rest/api/v1/autocomplete": (10, 1),
    "documents": (600, 60),  # by indexdocuments
    "processalldocuments": (1, 3 * 3600),
    "events": (1, 60),  # of a datasource
}
MOST_BUCKETS = 10_000


@dataclass
class Limits:
    """What has been taken of each limit. Safe to share between threads."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: dict[tuple[str, str], tuple[float, float]] = field(default_factory=dict)  # what is left, as of when

    def take(self, name: str, who: str = "", amount: float = 1) -> None:
        """Takes ``amount`` of a limit of ``who``; Refused with 429 and ``Retry-After`` where nothing is left of it."""
        most, seconds = LIMITS[name]
        now = self.clock()
        with self._lock:
            if len(self._taken) > MOST_BUCKETS:
                self._taken.clear()
            left, at = self._taken.get((name, who), (most, now))
            left = min(most, left + (now - at) * most / seconds)
            if left < 1:
                wait = math.ceil((1 - left) * seconds / most)
                text = f"more than {most:g} in {seconds:g} s ({name.rpartition('/')[2]}): again in {wait} s"
                raise Refused(429, text, {"retry-after": str(max(1, wait))})
            self._taken[name, who] = left - amount, now

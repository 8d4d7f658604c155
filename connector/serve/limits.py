"""Glean's rate limits, as a switch: how much may be asked in a while, and when more may.

No window of time lets more through than its limit; what would exceed it is refused whole, and takes nothing.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from connector.glean.limits import Limit
from connector.serve.http import Refused

# (how much, in seconds): Glean's documented limits.
LIMITS: Mapping[str, tuple[int, float]] = {
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
MOST_KNOWN = 10_000  # of whom one limit knows what they took


@dataclass
class Limits:
    """What has been taken of each limit. Safe to share between threads."""

    clock: Callable[[], float] = time.monotonic
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _taken: dict[str, dict[str, Limit]] = field(default_factory=lambda: {name: {} for name in LIMITS})

    def take(self, name: str, who: str = "", amount: int = 1) -> None:
        """Takes ``amount`` of a limit of ``who``; Refused with 429 and ``Retry-After`` where that is not left of it.

        More than a limit has at all is let through where nothing was taken yet; an ``amount`` of 0 asks whether
        something is left.
        """
        most, seconds = LIMITS[name]
        with self._lock:
            now, known = self.clock(), self._taken[name]
            if len(known) > MOST_KNOWN:
                known.clear()
            limit = known.setdefault(who, Limit(most, seconds))
            if (wait := limit.wait(max(1, amount), now)) > 0:
                again = max(1, math.ceil(wait))
                text = f"more than {most:,} in {seconds:g} s ({name.rpartition('/')[2]}): again in {again} s"
                raise Refused(429, text, {"retry-after": str(again)})
            if amount:
                limit.note(amount, now)

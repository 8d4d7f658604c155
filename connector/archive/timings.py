"""How long something took, time after time: a histogram with fixed bounds, as Prometheus reads one."""

from __future__ import annotations

import threading
from bisect import bisect_left
from typing import Any

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 30.0, 60.0)  # seconds


class Timings:
    """So many times up to each of BOUNDS, and above. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts = [0] * (len(BOUNDS) + 1)
        self._sum = 0.0

    def observe(self, seconds: float) -> None:
        """One more time."""
        with self._lock:
            self._counts[bisect_left(BOUNDS, seconds)] += 1
            self._sum += seconds

    def to_json(self) -> dict[str, Any]:
        """``counts``: one for each of BOUNDS, and one for what took longer; ``sum``: seconds of all."""
        with self._lock:
            return {"counts": list(self._counts), "sum": round(self._sum, 6)}

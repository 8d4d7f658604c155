"""What the daemon tells of itself to those who look: ``status``, the pages, metrics. Written into the ledger."""

from __future__ import annotations

import time
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.timings import Timings

EVERY = 2.0  # seconds at least between two notes of what we do


class Heart:
    """Beats when something changed."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._read_at: list[float] = []  # when files were read that searches do not find yet
        self._ingested = Timings()
        self._told: dict[str, Any] = {}
        self._beat_at = -EVERY
        self._progress: list[int] | None = None  # how far a long work is: done, total
        self._began = 0.0  # that work

    def took_in(self, started: float) -> None:
        """The reading of a file that is not searchable yet began at this monotonic second."""
        self._read_at.append(started)

    def searchable(self) -> None:
        """All that was read is found now."""
        for read_at in self._read_at:
            self._ingested.observe(time.monotonic() - read_at)
        self._read_at.clear()

    def at(self, done: int, total: int) -> None:
        """A long work has come so far."""
        if self._progress is None or self._progress[1] != total or done < self._progress[0]:
            self._began = time.monotonic()
        self._progress = [done, total]

    def rest(self) -> None:
        """No long work is under way any more."""
        self._progress = None

    @property
    def is_due(self) -> bool:
        """Whether it has not beaten for a while."""
        return time.monotonic() - self._beat_at >= EVERY

    def beat(self, doing: str, waiting: int, training: Any) -> None:
        """Tells what changed since; of a long work how far it is, after how many seconds."""
        now = {"doing": doing, "waiting": waiting, "training": training, "progress": self._progress}
        now["seconds"] = round(time.monotonic() - self._began, 1) if self._progress else None
        now["ingest"] = self._ingested.to_json()
        if now != self._told:
            self._ledger.set_state("daemon", now)
            self._told, self._beat_at = now, time.monotonic()

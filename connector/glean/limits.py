"""Glean's rate limits, obeyed ahead of time. Pure: the clock's reading is handed in, and who waits is somebody else."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

Done = tuple[float, int]  # when, in seconds of the caller's clock, and how many

DOCUMENTS, MINUTE = 600, 60.0  # documents by indexdocuments in any so many seconds


class Limit:
    """At most ``most`` of something in any ``seconds`` on end.

    A window that slides rather than a bucket of tokens: a full bucket and what runs into it would in the first window
    come to twice what is allowed, and a smaller bucket would keep a small push waiting for nothing. ``done`` is what
    others did before us, oldest first; ``keep`` is told what of all lies in the window, whenever that changes.
    """

    def __init__(
        self, most: int, seconds: float, done: Iterable[Done] = (), keep: Callable[[Sequence[Done]], None] | None = None
    ) -> None:
        self.most = most
        self.seconds = seconds
        self._done = deque(done)
        self._sum = sum(many for _, many in self._done)
        self._keep = keep

    def wait(self, amount: int, now: float) -> float:
        """Seconds from ``now`` until ``amount`` more may be done; more than ``most`` at once needs a whole window."""
        self._forget(now)
        over, until = self._sum + min(amount, self.most) - self.most, now
        for when, many in self._done:
            if over <= 0:
                break
            over, until = over - many, when + self.seconds
        return until - now

    def note(self, amount: int, now: float) -> None:
        """``amount`` are about to be done: who is killed meanwhile may have done them."""
        self._sum += amount
        self._add(amount, now)

    def answered(self, now: float) -> None:
        """What was noted last counts from ``now``, after the answer, so that no window there holds more than ours."""
        self._add(self._done.pop()[1], now)

    def _add(self, amount: int, now: float) -> None:
        self._forget(now)  # first: what is oldest stays first
        self._done.append((now, amount))
        if self._keep:
            self._keep(tuple(self._done))

    def _forget(self, now: float) -> None:
        """What is out of the window. A clock that was set back makes nothing later than ``now``: nobody waits longer
        than the window.
        """
        if self._done and self._done[-1][0] > now:
            self._done = deque((min(when, now), many) for when, many in self._done)
        while self._done and self._done[0][0] + self.seconds <= now:
            self._sum -= self._done.popleft()[1]

"""Glean's rate limits, obeyed ahead of time. Pure: the clock's reading is handed in, and who waits is somebody else."""

from __future__ import annotations

from collections import deque


class Limit:
    """At most ``most`` of something in any ``seconds`` on end.

    A window that slides rather than a bucket of tokens: a full bucket and what runs into it would in the first window
    come to twice what is allowed, and a smaller bucket would keep a small push waiting for nothing.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self.most = most
        self.seconds = seconds
        self._done: deque[tuple[float, int]] = deque()  # (when, how many), oldest first
        self._count = 0

    def wait(self, amount: int, now: float) -> float:
        """Seconds from ``now`` until ``amount`` more may be done; more than ``most`` at once needs a whole window."""
        self._forget(now)
        over, until = self._count + min(amount, self.most) - self.most, now
        for when, many in self._done:
            if over <= 0:
                break
            over, until = over - many, when + self.seconds
        return until - now

    def note(self, amount: int, now: float) -> None:
        """``amount`` were done; ``now`` is after the answer, so that no window there holds more than ours."""
        self._done.append((now, amount))
        self._count += amount

    def _forget(self, now: float) -> None:
        while self._done and self._done[0][0] + self.seconds <= now:
            self._count -= self._done.popleft()[1]

"""When has a file arrived in full? Pure: the clock and the look at the file are handed in.

A file has arrived when its writer closed it (or it was moved in), or when it has lain unchanged for ``settle`` seconds.
A look that shows another stamp than the last starts the wait again (paperless-ngx #1279: read before the copy ended).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from connector.daemon.inbox import Found

CLOSED_WAIT = 0.1  # seconds after a close: a program that writes in several steps closes several times
RETRY_FIRST = 1.0  # seconds until a file that could not be read (busy, disk full) is tried again; doubles
RETRY_LONGEST = 60.0


@dataclass
class _Waiting:
    due: float
    stamp: str | None
    tries: int = 0


class Arrivals:
    """Files that were reported and are not yet read. Times are monotonic seconds."""

    def __init__(self, settle: float) -> None:
        self._settle = settle
        self._waiting: dict[Path, _Waiting] = {}

    def __len__(self) -> int:
        return len(self._waiting)

    def touched(self, path: Path, now: float) -> None:
        """The file appeared or was written to."""
        self._put(path, now + self._settle)

    def closed(self, path: Path, now: float) -> None:
        """The writer closed the file, or it was moved here whole."""
        self._put(path, now + min(CLOSED_WAIT, self._settle))

    def seen(self, path: Path, stamp: str, age: float, now: float) -> None:
        """A scan found the file, last written ``age`` seconds ago. A wait under way is left as it is.

        The older is due the earlier: of two versions of a recording the later export is the one that stays.
        """
        if path not in self._waiting:
            self._waiting[path] = _Waiting(now + self._settle - max(age, 0.0), stamp)

    def again(self, path: Path, now: float, tries: int) -> float:
        """It could not be read for a reason that may pass; returns the seconds until the next try."""
        wait = min(RETRY_FIRST * 2.0**tries, RETRY_LONGEST)
        self._waiting[path] = _Waiting(now + wait, None, tries + 1)
        return wait

    def gone(self, path: Path) -> None:
        """The file vanished, or lies elsewhere now."""
        self._waiting.pop(path, None)

    def _put(self, path: Path, due: float) -> None:
        self._waiting[path] = _Waiting(due, None)

    def next_due(self) -> float | None:
        """The moment of the next look; None where nothing waits."""
        return min((waiting.due for waiting in self._waiting.values()), default=None)

    def take(self, now: float, look: Callable[[Path], Found | None], most: int) -> list[tuple[Found, int]]:
        """At most ``most`` files that have arrived by ``now``, with the tries each had; they wait no longer.

        ``look`` gives a file as it is now, None where it is gone.
        """
        ready: list[tuple[Found, int]] = []
        for path, waiting in sorted(self._waiting.items(), key=lambda item: (item[1].due, item[0])):
            if waiting.due > now or len(ready) == most:
                break
            found = look(path)
            if found is not None and waiting.stamp is not None and found.stamp != waiting.stamp:
                self._waiting[path] = _Waiting(now + self._settle, found.stamp, waiting.tries)
                continue
            del self._waiting[path]
            if found is not None:
                ready.append((found, waiting.tries))
        return ready

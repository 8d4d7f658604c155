"""What the daemon says of files: a line each while they come singly, a number now and then in a flood."""

from __future__ import annotations

import logging
import time
from collections import Counter

from connector.archive.ledger import Outcome
from connector.counting import counted
from connector.daemon.pipeline import Ingested

log = logging.getLogger("connector")

EACH = 12  # up to so many waiting files each is told of
EVERY = 5.0  # seconds between two numbers


class Telling:
    """Collects what is not told singly. Failures always are."""

    def __init__(self) -> None:
        self._untold: Counter[str] = Counter()
        self._told_at = 0.0

    def tell(self, result: Ingested, waiting: int) -> None:
        """One file was taken in while ``waiting`` lay before the daemon."""
        if result.outcome is Outcome.FAILED:
            log.warning("cannot read %s", result.error.replace("\n", "\n  "))
        elif waiting > EACH:
            self._told_at = (
                self._told_at if self._untold else time.monotonic()
            )  # a flood begins: the first number is late
            self._untold[result.outcome] += 1
        elif result.outcome is not Outcome.UNCHANGED:
            self._tell_one(result)

    def searchable(self, counts: dict[str, int], seconds: float, *, own: bool) -> None:
        """The index holds so much of each kind after ``seconds``; said only where the archive's ``own`` changed."""
        if own:
            moments = counted(counts.get("segment", 0), "moment")
            recordings = counted(counts.get("transcript", 0), "recording")
            log.info("searchable: %s of %s (%.1f s)", moments, recordings, seconds)

    def _tell_one(self, result: Ingested) -> None:
        of = f" of {', '.join(result.replaced)}" if result.replaced else ""
        of += f" from {result.moved_from}" if result.outcome is Outcome.MOVED else ""
        read = f", {result.cues:,} cues ({result.format})" if result.format else ""
        log.info("%s: %s%s%s", result.key, result.outcome, of, read)
        if result.moved_from and result.outcome is not Outcome.MOVED:
            log.info("%s: moved from %s", result.key, result.moved_from)
        for note in result.notes:
            log.info("%s: %s", result.key, note)
        if result.held:  # the reasons quote what was said: they are for `review`, not for a log
            log.warning("%s: held for %s: connector review show", result.key, counted(len(result.held), "reason"))

    def sum_up(self, waiting: int) -> None:
        """Tells the number, where there is one and it is time, or nothing waits any more."""
        if self._untold and (not waiting or time.monotonic() - self._told_at > EVERY):
            self._told_at = time.monotonic()
            outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self._untold.items())
            log.info("%s: %s; %s waiting", counted(self._untold.total(), "file"), outcomes, f"{waiting:,}")
            self._untold.clear()

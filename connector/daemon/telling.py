"""What the daemon says of files: a line each while they come singly, a number now and then in a flood."""

from __future__ import annotations

import logging
import time
from collections import Counter
from collections.abc import Sequence

from connector.archive.ledger import Outcome
from connector.counting import counted
from connector.daemon.pipeline import Ingested

log = logging.getLogger("connector")

EACH = 12  # up to so many waiting files each is told of
EVERY = 5.0  # seconds between two numbers


def about(source: str, seconds: float | None = None) -> dict[str, str | float]:
    """What a line about a source carries besides its words."""
    return {"source": source} | ({} if seconds is None else {"seconds": round(seconds, 4)})


class Told(str):
    """A line about a source, whose name goes with it into the log."""

    source: str

    @classmethod
    def of(cls, sources: Sequence[str], line: str) -> Told:
        """``line``, behind the names of ``sources`` where it does not name the first, which is what it is about."""
        made = cls(f"{', '.join(sources)}: {line}" if sources and sources[0] not in line else line)
        made.source = sources[0] if sources else ""
        return made


def to_log(line: str) -> None:
    """Says a line in the log, one about a source with its name."""
    log.info("%s", line, extra=about(line.source) if isinstance(line, Told) and line.source else None)


class Telling:
    """Collects what is not told singly. Failures always are."""

    def __init__(self) -> None:
        self._untold: Counter[str] = Counter()
        self._told_at = 0.0
        self._began = 0.0  # the flood
        self._taken = 0  # of its files
        self._news = False  # whether a file changed anything since it was said what is searchable
        self._there = (0, 0)  # moments and recordings, when it was

    def tell(self, result: Ingested, waiting: int, seconds: float) -> None:
        """One file was taken in, in so many ``seconds``, while ``waiting`` lay before the daemon."""
        self._news |= result.outcome not in (Outcome.FAILED, Outcome.UNCHANGED)
        if waiting > EACH and not self._taken:
            self._began = time.monotonic() - seconds
        self._taken += bool(self._taken or waiting > EACH)
        if result.outcome is Outcome.FAILED:
            own = result.error.startswith(f"{result.key}:")  # else of a sidecar, which may be that of many
            told = "cannot read %s" if own else "%s: waits for %s"
            said = (result.error,) if own else (result.key, result.error)
            log.warning(told, *said, extra=about(result.key, seconds))
        elif waiting > EACH:
            self._told_at = (
                self._told_at if self._untold else time.monotonic()
            )  # a flood begins: the first number is late
            self._untold[result.outcome] += 1
            if result.outcome is not Outcome.UNCHANGED:
                self._tell_one(result, logging.DEBUG, seconds)
        elif result.outcome is not Outcome.UNCHANGED:
            self._tell_one(result, logging.INFO, seconds)

    def searchable(self, counts: dict[str, int], seconds: float, *, own: bool) -> None:
        """The index holds so much of each kind after ``seconds``; said only where the archive's ``own`` changed, by a
        file or in number: what the language model thinks of hundreds is no news of that kind.
        """
        there = counts.get("segment", 0), counts.get("transcript", 0)
        if own and (self._news or there != self._there):
            log.info(
                "searchable: %s of %s (%.1f s)", counted(there[0], "moment"), counted(there[1], "recording"), seconds,
                extra={"seconds": round(seconds, 3)},
            )  # fmt: skip
            self._news, self._there = False, there

    def _tell_one(self, result: Ingested, level: int, seconds: float) -> None:
        of = f" of {', '.join(result.replaced)}" if result.replaced else ""
        of += f" from {result.moved_from}" if result.outcome is Outcome.MOVED else ""
        read = f", {result.cues:,} cues ({result.format})" if result.format else ""
        log.log(level, "%s: %s%s%s", result.key, result.outcome, of, read, extra=about(result.key, seconds))
        if result.moved_from and result.outcome is not Outcome.MOVED:
            log.log(level, "%s: moved from %s", result.key, result.moved_from, extra=about(result.key))
        for note in result.notes:
            log.log(level, "%s: %s", result.key, note, extra=about(result.key))
        if result.held:  # the reasons quote what was said: they are for `review`, not for a log
            reasons = counted(len(result.held), "reason")
            told = "%s: held for %s: connector review show"
            log.log(
                logging.WARNING if level >= logging.INFO else level, told, result.key, reasons, extra=about(result.key)
            )

    def flood(self, waiting: int) -> tuple[int, int] | None:
        """(taken in, all) of the many files that came at once, ``waiting`` of which are left; None where few came."""
        return (self._taken, self._taken + waiting) if self._taken else None

    def sum_up(self, waiting: int) -> None:
        """Tells the number, where there is one and it is time, or nothing waits any more."""
        if self._untold and (not waiting or time.monotonic() - self._told_at > EVERY):
            self._told_at = time.monotonic()
            outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self._untold.items())
            rate = self._taken / max(time.monotonic() - self._began, 1e-3)
            left = f"{waiting:,} waiting" + (f", {rate:,.1f} files/s, {waiting / rate:,.0f} s left" if waiting else "")
            log.info("%s: %s; %s", counted(self._untold.total(), "file"), outcomes, left)
            self._untold.clear()
        self._taken = self._taken if waiting else 0

"""From what is reported of the inbox to the ledger: files wait until they have arrived, then go down the line.

Works in the daemon's one thread, a piece at a time: nothing here waits. Knows nothing of the index and of trainings.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue

from connector.archive.heart import Heart
from connector.archive.ledger import Ledger, Outcome
from connector.config import Settings
from connector.daemon.inbox import Found, Inbox
from connector.daemon.missing import missing, note_missing
from connector.daemon.pipeline import ingest_safely
from connector.daemon.stability import Arrivals
from connector.daemon.telling import EACH, Telling, about
from connector.daemon.watch import Event, InboxWatch, What

log = logging.getLogger("connector")

LOOK_WAIT = 0.3  # seconds from a change of folders or sidecars to the look at the whole inbox: changes come in bursts
LOOK_REST = 10  # times as long as a look took until the next one
AT_ONCE = 50  # files taken between two looks at the queue
TRIES = 7  # of a file that cannot be read for a reason that may pass: a minute, with the waits doubling
TRIES_ONCE = 3  # with `--once`


class Intake:
    """Of one inbox. ``look_at`` is the moment of the next look at all of it, 0 for at once; ``quiet_since`` when the
    last file was taken in; monotonic seconds. ``changed`` is called whenever the ledger has become another.
    """

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        queue: SimpleQueue[Event],
        telling: Telling,
        heart: Heart,
        changed: Callable[[], None],
        *,
        once: bool,
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._telling = telling
        self._heart = heart
        self._changed = changed
        self._once = once
        self._inbox = Inbox(settings)
        self._arrivals = Arrivals(settings.ingest.settle)
        self._watch = InboxWatch(settings.inbox, queue, else_every=settings.ingest.rescan)
        self._check_missing = False
        self._said: set[str] = set()
        self.look_at = 0.0
        self.quiet_since = time.monotonic()

    @property
    def waiting(self) -> int:
        """How many files were reported and are not yet read."""
        return len(self._arrivals)

    @property
    def drained(self) -> bool:
        """Whether nothing waits, and nothing has to be looked at."""
        return not self.waiting and not self._check_missing and self.look_at > 0

    def next_due(self) -> float | None:
        """The moment at which the next file may have arrived; None where none waits."""
        return self._arrivals.next_due()

    def stop(self) -> None:
        """Nothing is reported any more."""
        self._watch.stop()

    def note(self, event: Event) -> None:
        """Something was reported."""
        now = time.monotonic()
        if event.what in (What.LOOK, What.GONE):
            self._arrivals.gone(event.path)
            self.look_at = min(self.look_at, now + LOOK_WAIT)
        elif event.what is not What.WAKE and self._inbox.takes(event.path):
            (self._arrivals.closed if event.what is What.CLOSED else self._arrivals.touched)(event.path, now)

    def look(self) -> None:
        """At the whole inbox: for what the system did not report, and for what is gone."""
        started = time.monotonic()
        self.look_at = started + self._settings.ingest.rescan
        if not self._watch.is_there(only_look=self._once):
            return
        known = {source.path: source for source in self._ledger.sources()}
        now, wall = time.monotonic(), time.time()
        present, unreadable = set(), list[OSError]()
        for found in self._inbox.scan(on_error=unreadable.append):
            present.add(found.key)
            source = known.get(found.key)
            if source is None or source.stamp != found.stamp or source.state == "missing":
                self._arrivals.seen(found.path, found.stamp, wall - found.modified, now)
        for error in unreadable:
            if str(error) not in self._said:
                self._said.add(str(error))
                log.warning("cannot look at %s: %s", error.filename, error.strerror)
        self._check_missing = not unreadable and bool(missing(known.values(), present))
        # a look at very many files must not be all that is done
        self.look_at = max(self.look_at, time.monotonic() + LOOK_REST * (time.monotonic() - started))

    def note_missing(self) -> None:
        """Looks again for what is gone, now that a file that was only moved has been taken in under its new name."""
        if not self._check_missing or self.waiting:
            return
        self._check_missing = False
        unreadable: list[OSError] = []
        present = {found.key for found in self._inbox.scan(on_error=unreadable.append)}
        gone = missing(self._ledger.sources(), present)
        if gone and not unreadable and self._settings.inbox.is_dir():
            for key in gone:
                log.log(logging.INFO if len(gone) <= EACH else logging.DEBUG, "%s: gone", key, extra=about(key))
            log.info(note_missing(self._ledger, gone, remove=self._settings.ingest.on_delete == "remove"))
            self._changed()
            self.look_at = 0.0  # an older version that is still there may have to be read again

    def take_in(self, go_on: Callable[[], bool], show: Callable[[int, int], None]) -> None:
        """Some of the files that have arrived, as long as ``go_on`` says so; ``show`` is told how many of many."""
        waiting = self.waiting
        taken = self._arrivals.take(time.monotonic(), self._find, AT_ONCE)
        for number, (found, tries) in enumerate(taken, start=1):
            if not go_on():
                break
            self._take_in_one(found, tries, waiting)
            self.quiet_since = time.monotonic()
            if flood := self._telling.flood(self.waiting + len(taken) - number):
                show(*flood)
        self._telling.sum_up(self.waiting)

    def _find(self, path: Path) -> Found | None:
        try:
            return self._inbox.find(path)
        except OSError:  # the next look at the inbox tells
            return None

    def _take_in_one(self, found: Found, tries: int, waiting: int) -> None:
        started = time.monotonic()
        try:
            result = ingest_safely(found, self._inbox, self._ledger, self._settings)
        except FileNotFoundError:
            return
        except (OSError, sqlite3.OperationalError) as error:
            self._try_again(found, tries, error)
            return
        self._telling.tell(result, waiting, time.monotonic() - started)
        if result.outcome not in (Outcome.UNCHANGED, Outcome.FAILED):
            self._changed()
            self._heart.took_in(started)

    def _try_again(self, found: Found, tries: int, error: Exception) -> None:
        """For a reason that may pass (a busy file, a full disk) a file waits; said once; given up where it stays."""
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        if tries + 1 >= (TRIES_ONCE if self._once else TRIES) and isinstance(error, OSError):
            self._ledger.fail(found.key, stamp=found.stamp, error=f"{found.key}: {reason}")
            told = "cannot read %s: %s; it is tried again when it changes"
            log.error(told, found.key, reason, extra=about(found.key))
            return
        self._arrivals.again(found.path, time.monotonic(), tries)
        if tries == 0:
            log.warning("%s: %s; trying again", found.key, reason, extra=about(found.key))

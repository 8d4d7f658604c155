"""The loop of the daemon: reports come in, files that have arrived go down the line, the index follows, training waits.

One thread does all the work; the observer's and the child's only put into its queue. Every wait has an end, every
failure is said and tried again, and nothing that goes wrong with one file keeps the next from its turn.
"""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType

from watchdog.observers.api import BaseObserver

from connector.archive.groups import nothing
from connector.archive.ledger import Outcome
from connector.archive.writer import Archive
from connector.daemon.inbox import Inbox
from connector.daemon.operations import OPERATIONS
from connector.daemon.pipeline import Ingested, ingest
from connector.daemon.stability import Arrivals
from connector.daemon.training import Message, Training
from connector.daemon.watch import Event, What, watch
from connector.errors import ConnectorError
from indexer import IndexProblem

log = logging.getLogger("connector")

TICK = 0.5  # seconds between two looks at intents and due work while nothing is reported
LOOK_WAIT = 0.3  # seconds from a change of folders or sidecars to the look at the whole inbox: changes come in bursts
AT_ONCE = 50  # files taken between two looks at the queue
SYNC_EVERY = 2.0  # seconds between two commits to the index while files keep coming
ONCE_TRIES = 3
TELL_EACH = 12  # up to so many waiting files each is told of; above it a line every few seconds
TELL_EVERY = 5.0
HEARTBEAT = 2.0


class Daemon:
    """Watches the inbox of ``archive`` until it is told to stop."""

    def __init__(
        self, archive: Archive, config_file: Path, show: Callable[[Message], None], *, once: bool = False
    ) -> None:
        self._archive = archive
        self._settings = archive.settings
        self._once = once
        self._queue: SimpleQueue[Event] = SimpleQueue()
        self._inbox = Inbox(self._settings)
        self._arrivals = Arrivals(self._settings.ingest.settle)
        self._training = Training(
            archive, config_file, log.info, lambda: self._queue.put(Event(What.WAKE, config_file))
        )
        self._show = show
        self._stopping = False
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None
        self._look_at = 0.0
        self._check_missing = False
        self._unsynced = False
        self._sync_failed = False
        self._sync_at = 0.0
        self._quiet_since = time.monotonic()
        self._told_at = 0.0
        self._untold: Counter[str] = Counter()
        self._since = datetime.now(UTC).isoformat(timespec="seconds")
        self._shown: object = ()
        self._beat_at = -HEARTBEAT

    # -- life

    def run(self) -> None:
        """Until SIGTERM or Ctrl-C; with ``once`` until nothing is left to do."""
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            self._sync()
            while not self._stopping:
                self._turn()
                if self._once and self._drained():
                    break
            if self._training.running:
                log.info("stopping: the training saves, and goes on there the next time")
            self._training.stop()
            self._sync()
            self._heartbeat(None)
        finally:
            if self._observer:
                self._observer.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._stopping = True
        self._queue.put(Event(What.WAKE, Path()))
        signal.signal(number, signal.SIG_DFL)  # a second Ctrl-C means it

    def _drained(self) -> bool:
        busy = len(self._arrivals) or self._unsynced or self._check_missing or self._training.running
        return not busy and self._queue.empty() and not self._training_due()

    def _turn(self) -> None:
        now = time.monotonic()
        if now >= self._look_at:
            self._look()
        self._take_in()
        self._sync_if_due()
        if self._check_missing and not len(self._arrivals):
            self._note_missing()
        self._carry_out_intents()
        self._train_if_due()
        self._wait()

    def _wait(self) -> None:
        """Until something is reported or due; takes in all reports there are."""
        now = time.monotonic()
        moments = [now + TICK, self._look_at, self._arrivals.next_due() or now + TICK]
        if self._unsynced:
            moments.append(self._sync_at)
        try:
            event = self._queue.get(timeout=max(0.0, min(moments) - now))
            while True:
                self._note(event)
                event = self._queue.get_nowait()
        except Empty:
            return

    def _note(self, event: Event) -> None:
        now = time.monotonic()
        if event.what is What.WAKE:
            return
        if event.what in (What.LOOK, What.GONE):
            self._arrivals.gone(event.path)
            self._look_at = min(self._look_at, now + LOOK_WAIT)
        elif self._inbox.takes(event.path):
            (self._arrivals.closed if event.what is What.CLOSED else self._arrivals.touched)(event.path, now)

    # -- files

    def _look(self) -> None:
        """At the whole inbox: for what the system did not report, and for what is gone."""
        self._look_at = time.monotonic() + self._settings.ingest.rescan
        if not self._watch_the_inbox():
            return
        known = {source.path: source for source in self._archive.ledger.sources()}
        now, wall = time.monotonic(), time.time()
        present = set()
        for found in self._inbox.scan():
            present.add(found.key)
            source = known.get(found.key)
            if source is None or source.stamp != found.stamp or source.state == "missing":
                self._arrivals.seen(found.path, found.stamp, wall - found.modified, now)
        gone = {
            key for key, source in known.items() if source.state != "missing" and not Path(key).is_absolute()
        } - present
        self._check_missing = bool(gone)

    def _watch_the_inbox(self) -> bool:
        """Watches the inbox, anew where the folder is another than before; False while it is not there."""
        try:
            info = self._settings.inbox.stat()
        except OSError as error:
            if self._watched != (0, 0):
                log.warning("the inbox %s is gone (%s); waiting for it", self._settings.inbox, error.strerror)
            self._watched = (0, 0)
            return False
        if self._watched != (info.st_dev, info.st_ino) and not self._once:
            if self._observer:
                self._observer.stop()
            self._observer = watch(self._settings.inbox, self._queue)
            log.info("watching %s", self._settings.inbox)
        self._watched = (info.st_dev, info.st_ino)
        return True

    def _take_in(self) -> None:
        waiting = len(self._arrivals)
        ready = self._arrivals.take(time.monotonic(), self._stamp, AT_ONCE)
        for path, tries in ready:
            if self._stopping:
                self._arrivals.again(path, time.monotonic(), 0)
                continue
            self._take_in_one(path, tries, each=waiting <= TELL_EACH)
        if ready:
            self._quiet_since = time.monotonic()
        if self._untold and (not len(self._arrivals) or time.monotonic() - self._told_at > TELL_EVERY):
            self._told_at = time.monotonic()
            outcomes = ", ".join(f"{count:,} {outcome}" for outcome, count in self._untold.items())
            log.info("%s files: %s; %s waiting", f"{self._untold.total():,}", outcomes, f"{len(self._arrivals):,}")
            self._untold.clear()

    def _stamp(self, path: Path) -> str | None:
        found = self._inbox.find(path)
        return found.stamp if found else None

    def _take_in_one(self, path: Path, tries: int, *, each: bool) -> None:
        found = self._inbox.find(path)
        if found is None:
            return
        try:
            result = ingest(found, self._inbox, self._archive.ledger, self._settings)
        except FileNotFoundError:
            return
        except (OSError, sqlite3.OperationalError) as error:
            reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
            if self._once and tries + 1 >= ONCE_TRIES:
                log.error("%s: %s; left for the next run", found.key, reason)
                return
            wait = self._arrivals.again(path, time.monotonic(), tries)
            log.warning("%s: %s; trying again in %.0f s", found.key, reason, wait)
            return
        except Exception as error:  # the edge: one file must never stop the next
            log.exception("%s: internal error", found.key)
            self._archive.ledger.fail(found.key, stamp=found.stamp, error=f"{found.key}: internal error: {error!r}")
            return
        self._tell(result, each=each)
        if result.outcome in (Outcome.NEW, Outcome.UPDATED, Outcome.METADATA, Outcome.TWIN):
            self._unsynced = True

    def _tell(self, result: Ingested, *, each: bool) -> None:
        """A line a file while they come singly; a number now and then while they come in hundreds. Failures always."""
        if result.outcome is Outcome.FAILED:
            log.warning("cannot read %s", result.error.replace("\n", "; "))
        elif not each:
            self._untold[result.outcome] += 1
        elif result.outcome is not Outcome.UNCHANGED:
            log.info("%s: %s, %s cues (%s)", result.key, result.outcome, f"{result.cues:,}", result.format)
            for note in result.notes:
                log.info("%s: %s", result.key, note)

    def _note_missing(self) -> None:
        """Sources that are in the ledger and no longer on disk."""
        self._check_missing = False
        if not self._settings.inbox.is_dir():
            return
        ledger = self._archive.ledger
        present = {found.key for found in self._inbox.scan()}
        gone = [
            source.path
            for source in ledger.sources()
            if source.state != "missing" and not Path(source.path).is_absolute() and source.path not in present
        ]
        if not gone:
            return
        remove = self._settings.ingest.on_delete == "remove"
        if remove:
            lost, have = ledger.lost_transcripts(gone), len(ledger.transcript_ids())
            if lost and len(lost) * 5 >= have:
                log.warning(
                    "%s of %s transcripts lost their files at once: a fifth or more, so they are kept."
                    " `connector forget ID` removes one.", len(lost), have,
                )  # fmt: skip
                remove = False
        removed = ledger.mark_missing(gone, remove=remove)
        log.info(
            "%s files are gone; %s",
            f"{len(gone):,}",
            f"{len(removed)} transcripts removed" if removed else "kept searchable",
        )
        self._unsynced = True

    # -- the index

    def _sync_if_due(self) -> None:
        next_due = self._arrivals.next_due()
        now = time.monotonic()
        idle = not self._sync_failed and (next_due is None or next_due > now)
        if self._unsynced and (idle or now >= self._sync_at):
            self._sync()

    def _sync(self) -> None:
        """Brings the index to the ledger; where that fails for a reason that may pass, again in a while."""
        started = time.monotonic()
        self._sync_at = started + SYNC_EVERY
        try:
            groups = self._archive.view.sync()
        except (OSError, sqlite3.OperationalError, IndexProblem) as error:
            log.error("the index could not be brought up to date: %s; trying again in %.0f s", error, SYNC_EVERY)
            self._unsynced = self._sync_failed = True
            return
        self._unsynced = self._sync_failed = False
        if groups:
            counts = self._archive.view.index.counts()
            log.info(
                "searchable: %s moments of %s recordings (%.1f s)",
                f"{counts.get('segment', 0):,}", f"{counts.get('transcript', 0):,}", time.monotonic() - started,
            )  # fmt: skip

    # -- what others ask, and training

    def _carry_out_intents(self) -> None:
        self._heartbeat("working" if len(self._arrivals) else "waiting for files")
        for number, command, arguments in self._archive.ledger.waiting_intents():
            log.info("asked to %s %s", command, arguments or "")
            try:
                answer = self._carry_out(command, arguments)
            except ConnectorError as error:
                self._archive.ledger.finish_intent(number, "failed", {"error": error.message, "hint": error.hint})
            except Exception as error:  # the edge: a request must not stop the daemon
                log.exception("%s: internal error", command)
                self._archive.ledger.finish_intent(number, "failed", {"error": f"internal error: {error!r}"})
            else:
                self._archive.ledger.finish_intent(number, "done", answer)

    def _carry_out(self, command: str, arguments: dict[str, object]) -> dict[str, object]:
        if command in ("train", "sample"):
            self._training.start(command, arguments)
            return {"started": True}
        if command == "forget":
            self._training.abandon()
        return OPERATIONS[command](self._archive, arguments, log.info, nothing)

    def _heartbeat(self, doing: str | None) -> None:
        """What ``status`` shows of us; written when it changes, not more often than every HEARTBEAT seconds."""
        if doing and time.monotonic() - self._beat_at < HEARTBEAT:
            return
        now: dict[str, object] | None = None
        if doing:
            now = {
                "pid": os.getpid(),
                "since": self._since,
                "doing": doing,
                "waiting": len(self._arrivals),
                "training": self._training.progress,
            }
        if now != self._shown:
            self._archive.ledger.set_state("daemon", now)
            self._shown, self._beat_at = now, time.monotonic()

    def _training_due(self) -> bool:
        return self._settings.train.auto and not self._stopping and self._training.due()

    def _train_if_due(self) -> None:
        for message in self._training.poll():
            self._show(message)
        if self._training.running or len(self._arrivals) or self._unsynced:
            return
        wait = 0.0 if self._once else self._settings.train.debounce
        if time.monotonic() - self._quiet_since >= wait and self._training_due():
            self._training.start("train", {})

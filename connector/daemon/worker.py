"""The loop of the daemon: reports come in, files that have arrived go down the line, the index follows, training waits.

One thread does all the work; the observer's and the child's only put into its queue. Every wait has an end, every
failure is said and tried again, and nothing that goes wrong with one file keeps the next from its turn.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any

from connector.archive.groups import Progress
from connector.archive.heart import Heart
from connector.archive.lookup import transcript_named
from connector.archive.requests import RESCAN
from connector.archive.writer import Archive, Writer
from connector.daemon.decisions import as_seen
from connector.daemon.intake import Intake
from connector.daemon.jargon import JargonFollower
from connector.daemon.operations import OPERATIONS, StoppedError, carry_out_intents
from connector.daemon.pushing import Pushing
from connector.daemon.sweeping import Sweeping
from connector.daemon.telling import Telling, to_log
from connector.daemon.training import CHANGING, RETRY_FIRST, Message, Training
from connector.daemon.watch import Event, What
from connector.errors import NotSetUpError
from indexer import IndexProblem

log = logging.getLogger("connector")

TICK = 0.5  # seconds between two looks at intents and due work while nothing is reported
SYNC_EVERY = 2.0  # seconds between two commits to the index while files keep coming
STOP_WAIT = 2.0  # seconds that what is under way gets to be finished when the daemon shall stop


class Daemon:
    """Watches the inbox of ``archive`` until it is told to stop; ``show`` is handed the messages of trainings, and
    through ``writer`` others have the index follow what they put into the ledger.
    """

    def __init__(
        self, archive: Archive, config_file: Path, show: Callable[[Message], None], *, once: bool = False
    ) -> None:
        self._archive = archive
        self._settings = archive.settings
        self._show = show
        self._once = once
        self._stopping = False
        self._stop_by = 0.0
        self._queue: SimpleQueue[Event] = SimpleQueue()
        self._telling = Telling()
        self._training = Training(archive, config_file, to_log, lambda: self._queue.put(Event(What.WAKE, Path())))
        self._jargon = JargonFollower(archive, to_log)
        self.writer = Writer(lambda: archive.view.index, lambda: self._queue.put(Event(What.WAKE, Path())))
        self._pushing = Pushing(archive.ledger, self._settings, config_file, to_log)
        self._sweeping = Sweeping(archive.ledger)
        self._heart = Heart(archive.ledger)
        self._intake = Intake(
            archive.ledger, self._settings, self._queue, self._telling, self._heart, self._changed, once=once
        )
        self._asked = ""  # the command that somebody has us do now
        self._unsynced = True  # at a start: what the index may have missed
        self._sync_at = 0.0

    def run(self, ready: Callable[[], None] = lambda: None) -> None:
        """Until SIGTERM or Ctrl-C; with ``once`` until nothing is left to do. ``ready`` when those are heeded."""
        previous = {number: signal.signal(number, self._on_signal) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            ready()
            self._archive.ledger.reopen_intents()
            while not self._stopping:
                self._turn_safely()
                if self._once and self._drained():
                    break
            if self._training.running and not self._training.scoring:
                log.info("stopping: the training saves, and goes on there the next time")
            self._training.stop()
            self._jargon.stop()
            self._pushing.stop()
            if self._unsynced:
                self._sync()
        finally:
            self._intake.stop()
            for number, handler in previous.items():
                signal.signal(number, handler)

    def _on_signal(self, number: int, _: FrameType | None) -> None:
        self._stopping = True
        self._stop_by = time.monotonic() + STOP_WAIT
        self._queue.put(Event(What.WAKE, Path()))
        signal.signal(number, signal.SIG_DFL)  # a second Ctrl-C means it

    def _turn_safely(self) -> None:
        """The edge: whatever goes wrong in a turn is said, and the daemon goes on; with ``once`` it ends."""
        try:
            self._turn()
        except Exception:
            if self._once:
                raise
            log.exception("internal error; going on")
            time.sleep(TICK)

    def _turn(self) -> None:
        if time.monotonic() >= self._intake.look_at:
            self._look()
        self._intake.take_in(lambda: not self._stopping, self._show_files)
        self._unsynced |= self._jargon.step()
        self._unsynced |= self._sweeping.step()
        if self.writer.demanded.is_set():
            self.writer.demanded.clear()
            self._unsynced = True
        self._sync_if_due()
        self._intake.note_missing()
        self._heartbeat()
        carry_out_intents(self._archive.ledger, self._carry_out, self._go_on)
        self._train_if_due()
        self._push_if_due()
        self._wait()

    def _drained(self) -> bool:
        busy = self._unsynced or self._jargon.busy or self._training.running or self._pushing.running
        return not busy and self._intake.drained and self._queue.empty() and not self._due() and not self._pushing.due()

    def _wait(self) -> None:
        """Until something is reported or due; takes in all reports there are."""
        now = time.monotonic()
        tick = now + TICK
        moments = [now if self._jargon.busy else tick, self._intake.look_at, self._intake.next_due() or tick]
        if self._unsynced:
            moments.append(self._sync_at)
        try:
            event = self._queue.get(timeout=max(0.0, min(moments) - now))
            while True:
                self._intake.note(event)
                event = self._queue.get_nowait()
        except Empty:
            return

    def _look(self) -> None:
        self._intake.look()  # first: what is wrong with a glossary keeps no file out
        self._jargon.look()

    def _changed(self) -> None:
        self._unsynced = True

    def _show_files(self, done: int, total: int) -> None:
        self._show({"event": "files", "done": done, "total": total})

    # -- the index

    def _sync_if_due(self) -> None:
        """At once where no file is ready to be taken in, else every SYNC_EVERY seconds: a flood shares commits."""
        now = time.monotonic()
        next_due = self._intake.next_due()
        if self._unsynced and (now >= self._sync_at or next_due is None or next_due > now):
            self._sync()

    def _sync(self) -> None:
        """Brings the index to the ledger; where that fails for a reason that may pass, again in a while.

        Told to stop, it soon gives up what it is at: the next start replays the rest.
        """
        started = time.monotonic()
        self._sync_at = started + SYNC_EVERY
        try:
            own = self._archive.view.own_changed()
            groups = self._archive.view.sync(self._go_on)
        except StoppedError:
            return
        except (OSError, sqlite3.OperationalError, IndexProblem) as error:
            log.error("the index could not be brought up to date: %s; trying again", error)
            time.sleep(min(TICK, SYNC_EVERY))  # nothing else helps while the disk is full
            self._unsynced = True
            return
        self._unsynced = False
        self.writer.shown()
        self._heart.searchable()
        self._heart.rest()
        if groups:
            self._keep_within_rights()
            self._telling.searchable(self._archive.view.index.counts(), time.monotonic() - started, own=own)

    # -- what others ask, and training

    def _carry_out(self, command: str, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
        if command in ("train", "sample", "import"):
            self._training.start(command, arguments)
            self._unsynced = True  # what a scoring that made way had told
            return {"started": True}
        if command == RESCAN:
            return self._rescan()
        if command == "forget":
            transcript_named(self._archive.ledger, arguments["id"])  # nothing is given up for an id that names none
            self._training.abandon()
        if command == "reject":
            rows = [as_seen(self._archive.ledger, name, arguments) for name in arguments["ids"]]
            if self._training.reads(row.id for row in rows):  # an older version may keep the id
                self._training.abandon()
        self._asked = command
        try:
            return OPERATIONS[command](self._archive, arguments, to_log, progress)
        except StoppedError:
            self._unsynced = True  # what was done until then
            raise
        finally:
            self._asked = ""
            self._heart.rest()
            self._keep_within_rights()

    def _keep_within_rights(self) -> None:
        self._unsynced |= self._training.keep_within_rights()

    def _rescan(self) -> dict[str, Any]:
        """Looks at the inbox now, whatever has been reported."""
        self._look()
        if not self._settings.inbox.is_dir():
            raise NotSetUpError(f"the inbox {self._settings.inbox} is gone", hint="It is taken up when it is back.")
        return {"waiting": self._intake.waiting}

    def _go_on(self, done: int, total: int) -> None:
        """Progress of what takes long: beats the heart, and ends it where the daemon shall stop and it takes longer."""
        self._heart.at(done, total)
        self._heartbeat()
        if self._stopping and done < total and time.monotonic() >= self._stop_by:
            raise StoppedError(done, total)

    def _heartbeat(self) -> None:
        """What ``status`` shows of us."""
        if self._heart.is_due:
            self._heart.beat(self._doing(), self._intake.waiting, self._training.progress)

    def _doing(self) -> str:
        if self._asked:
            return f"doing what was asked: {self._asked}"
        if self._intake.waiting:
            return "working"
        if self._training.scoring:
            return "asking the language model about new transcripts"
        if self._jargon.busy:
            return "correcting by the changed glossary"
        return "pushing to Glean" if self._pushing.running else "waiting for files"

    def _due(self) -> str | None:
        """What a child is to do: ``train``, where the settings say so, else ``score``; None for nothing."""
        return None if self._stopping else self._training.due(train=self._settings.train.auto)

    def _train_if_due(self) -> None:
        for message in self._training.poll():
            self._unsynced |= message["event"] in CHANGING
            if message["event"] == "reads":  # closed since it looked; or its configuration is another by now
                self._unsynced |= self._training.keep_within_rights(wait=RETRY_FIRST)
            self._show(message)
        if self._training.running or self._at_work():
            return
        wait = 0.0 if self._once else self._settings.train.debounce
        if time.monotonic() - self._intake.quiet_since >= wait and (command := self._due()):
            self._training.start(command, {})

    def _at_work(self) -> bool:
        """Whether files are ready to be taken in, or the index is behind them."""
        next_due = self._intake.next_due()
        files_ready = next_due is not None and (self._once or next_due <= time.monotonic())
        return files_ready or self._unsynced or self._jargon.busy

    def _push_if_due(self) -> None:
        """Once it has been quiet, and once more for what changed meanwhile."""
        self._pushing.step()
        wait = 0.0 if self._once else self._settings.push.debounce
        if not self._at_work() and time.monotonic() - self._intake.quiet_since >= wait and self._pushing.due():
            self._pushing.start()

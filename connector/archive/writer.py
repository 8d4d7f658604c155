"""One process writes: the lock of the data folder, who holds it, and what its holder works with."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from connector.archive.glossary import follow_glossary
from connector.archive.groups import Progress, nothing
from connector.archive.heart import Heart
from connector.archive.ledger import Ledger
from connector.archive.view import View
from connector.config import Settings
from connector.errors import NotSetUpError
from indexer.store import Index

Say = Callable[[str], None]
Holder = dict[str, Any]  # pid, command, since, and where it serves: address

FOLLOW_WAIT = 30.0  # seconds a change waits to be shown by the index; it is kept all the same, and shown later
LOCK_WAIT = 1.0  # seconds: somebody who only looks whether it is held has it for a moment
DAEMON, SERVER = "run", "serve"
KEEPERS = (DAEMON, SERVER)  # the commands that do not end by themselves, and carry out what others ask for


class DataFolderInUseError(NotSetUpError):
    """Another process holds the writer's lock."""


@dataclass(frozen=True)
class Archive:
    """What the writer holds: the ledger, and the index kept in step with it."""

    settings: Settings
    ledger: Ledger
    view: View


class Writer:
    """The door to whoever holds the archive in this process: it is asked to bring the index to the ledger, and says
    when that is done. One thread works there, any number wait here.
    """

    def __init__(self, index: Callable[[], Index], wake: Callable[[], None] = lambda: None) -> None:
        """``index``: as it is now; ``wake``: has the holder's loop look at ``demanded``."""
        self.index = index
        self.demanded = threading.Event()
        self._wake = wake
        self._changed = threading.Condition()
        self._closed = False

    def follow(self, generation: int, wait: float = FOLLOW_WAIT) -> bool:
        """Waits until the index shows ``generation``; whether it does."""
        with self._changed:
            if self.index().generation >= generation:
                return True
            self.wake()
            self._changed.wait_for(lambda: self._closed or self.index().generation >= generation, wait)
            return self.index().generation >= generation

    def wake(self) -> None:
        """Has the holder look at once at what waits in the ledger."""
        self.demanded.set()
        self._wake()

    def close(self) -> None:
        """Nobody waits any more; what is not shown yet is shown at the next start."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def shown(self) -> None:
        """The holder's word that the index has moved on."""
        with self._changed:
            self._changed.notify_all()


@contextmanager
def writing(settings: Settings, command: str, say: Say, progress: Progress = nothing) -> Iterator[Archive]:
    """Holds the data folder's lock for ``command``, with ledger and index; DataFolderInUseError where another does.
    ``progress`` is of what has to be put together, or built, anew before.
    """
    make_folders(settings)
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=LOCK_WAIT)
    except Timeout:
        holder = holder_of(settings) or {"command": "?", "pid": "?"}
        raise DataFolderInUseError(
            f"`connector {holder['command']}` (process {holder['pid']}) works on {settings.data}",
            hint="One process writes: wait for it, or stop it first. Searching goes on meanwhile.",
        ) from None
    try:
        with Ledger.open(settings.ledger_file, create=True) as ledger:
            now = datetime.now(UTC).isoformat(timespec="seconds")
            ledger.set_state("holder", {"pid": os.getpid(), "command": command, "since": now})
            try:
                told = _of_the_start(ledger, progress) if command == DAEMON else lambda _: progress
                ledger.set_default(settings.permissions.payload(), told("putting together who may see what"))
                if command not in ("jargon", DAEMON):  # which tell themselves, and the daemon has more to do meanwhile
                    follow_glossary(ledger, settings, say)
                with View(ledger, settings, say, told("building the index anew")) as view:
                    yield Archive(settings, ledger, view)
            finally:
                ledger.set_state("holder", None)
    finally:
        lock.release()


def _of_the_start(ledger: Ledger, progress: Progress) -> Callable[[str], Progress]:
    """``progress`` of what is done by name, which those who look see too: the daemon does not tell them yet."""
    heart = Heart(ledger)
    heart.beat("starting", 0, None)

    def of(doing: str) -> Progress:
        def follow(done: int, total: int) -> None:
            progress(done, total)
            heart.at(done, total)
            if heart.is_due:
                heart.beat(doing, 0, None)

        return follow

    return of


def note_address(archive: Archive, address: str) -> None:
    """The holder serves the archive there, which others may want to know."""
    archive.ledger.set_state("holder", (archive.ledger.get_state("holder") or {}) | {"address": address})


def is_held(lock: Path) -> bool:
    """Whether a process has this lock now."""
    if not lock.exists():
        return False
    try:
        with FileLock(lock, timeout=0):
            return False
    except Timeout:
        return True


def holder_of(settings: Settings) -> Holder | None:
    """Who writes now; None where nobody does, whatever a killed one left behind."""
    if not settings.ledger_file.exists():
        return None
    with suppress(Timeout), FileLock(settings.lock_file, timeout=0):
        return None
    with Ledger.open(settings.ledger_file) as ledger:
        holder: Holder | None = ledger.get_state("holder")
    return holder


def make_folders(settings: Settings) -> None:
    """The folders the configuration names; what is under ``data`` is for its owner's eyes."""
    settings.inbox.mkdir(parents=True, exist_ok=True)
    for folder in (settings.data, settings.model_folder, settings.log_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

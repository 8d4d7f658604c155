"""One process writes: the lock of the data folder, who holds it, and what its holder works with."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from filelock import FileLock, Timeout

from connector.archive.glossary import follow_glossary
from connector.archive.ledger import Ledger
from connector.archive.view import View
from connector.config import Settings
from connector.errors import NotSetUpError

Say = Callable[[str], None]
Holder = dict[str, Any]  # pid, command, since

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


@contextmanager
def writing(settings: Settings, command: str, say: Say) -> Iterator[Archive]:
    """Holds the data folder's lock for ``command``, with ledger and index; DataFolderInUseError where another does."""
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
                if command not in ("jargon", DAEMON):  # which tell themselves, and the daemon has more to do meanwhile
                    follow_glossary(ledger, settings, say)
                with View(ledger, settings, say) as view:
                    yield Archive(settings, ledger, view)
            finally:
                ledger.set_state("holder", None)
    finally:
        lock.release()


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

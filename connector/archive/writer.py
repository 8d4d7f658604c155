"""One process writes: the lock of the data folder, and what its holder works with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from filelock import FileLock, Timeout

from connector.archive.ledger import Ledger
from connector.archive.view import View
from connector.config import Settings
from connector.errors import NotSetUpError

Say = Callable[[str], None]


class DataFolderInUseError(NotSetUpError):
    """Another process holds the writer's lock."""


@dataclass(frozen=True)
class Archive:
    """What the writer holds: the ledger, and the index kept in step with it."""

    settings: Settings
    ledger: Ledger
    view: View


@contextmanager
def writing(settings: Settings, say: Say) -> Iterator[Archive]:
    """Holds the data folder's lock, its ledger and its index; DataFolderInUseError where another process does."""
    make_folders(settings)
    lock = FileLock(settings.lock_file)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise DataFolderInUseError(
            f"another connector works on {settings.data}{_by_whom(settings)}",
            hint="One process writes; stop that one first. Searching goes on meanwhile.",
        ) from None
    try:
        with Ledger.open(settings.ledger_file, create=True) as ledger, View(ledger, settings, say) as view:
            yield Archive(settings, ledger, view)
    finally:
        lock.release()


def is_locked(settings: Settings) -> bool:
    """Whether some process holds the data folder now."""
    if not settings.lock_file.exists():
        return False
    try:
        with FileLock(settings.lock_file, timeout=0):
            return False
    except Timeout:
        return True


def make_folders(settings: Settings) -> None:
    """The folders the configuration names; what is under ``data`` is for its owner's eyes."""
    settings.inbox.mkdir(parents=True, exist_ok=True)
    for folder in (settings.data, settings.model_folder, settings.log_folder):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)


def _by_whom(settings: Settings) -> str:
    if not settings.ledger_file.exists():
        return ""
    with Ledger.open(settings.ledger_file) as ledger:
        daemon = ledger.get_state("daemon")
    return f" (process {daemon['pid']}, since {daemon['since']})" if daemon else ""

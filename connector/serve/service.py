"""What handlers work with: the settings, the ledger, the index, who asks, and the one way to change the archive."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from connector.archive.asking import person
from connector.archive.documents import fingerprint
from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.errors import ConfigError, NotSetUpError
from connector.serve.http import Refused
from connector.serve.limits import Limits
from connector.serve.tokens import Tokens, load_tokens
from indexer import IndexProblem
from indexer.access import Asker
from indexer.store import Index

T = TypeVar("T")
FOLLOW_WAIT = 30.0  # seconds a change waits to be shown by the index; then it is kept all the same, and shown later
RETRY = "30"  # seconds, where the archive cannot be written now


class Writer:
    """The door to whoever holds the archive in this process: it is asked to bring the index to the ledger, and says
    when that is done. One thread works there, any number wait here.
    """

    def __init__(self, index: Callable[[], Index], wake: Callable[[], None] = lambda: None) -> None:
        """``index``: as it is now; ``wake``: has the holder's loop look at ``demanded``."""
        self.index = index
        self._wake = wake
        self._changed = threading.Condition()
        self.demanded = threading.Event()

    def follow(self, generation: int, wait: float = FOLLOW_WAIT) -> bool:
        """Waits until the index shows ``generation``; whether it does."""
        with self._changed:
            if self.index().generation >= generation:
                return True
            self.demanded.set()
            self._wake()
            return self._changed.wait_for(lambda: self.index().generation >= generation, wait)

    def shown(self) -> None:
        """The holder's word that the index has moved on."""
        with self._changed:
            self._changed.notify_all()


class Service:
    """One served archive. Safe to share between threads."""

    def __init__(
        self, settings: Settings, identity_file: Path, writer: Writer | None = None, limits: Limits | None = None
    ) -> None:
        """``writer`` None: another process holds the archive; it is searched as that one goes on."""
        self.settings = settings
        self.identity_file = identity_file
        self.writer = writer
        self._limits = limits
        self._fingerprint = fingerprint(settings)
        self._lock = threading.Lock()
        self._ledgers: list[Ledger] = []
        self._reader: Index | None = None
        self._tokens: tuple[float, Tokens] | None = None

    def take(self, limit: str, who: str = "", amount: float = 1) -> None:
        """Takes ``amount`` of a rate limit of ``who``, where there are limits; Refused with 429 above it."""
        if self._limits:
            self._limits.take(limit, who, amount)

    # -- who asks

    @property
    def tokens(self) -> Tokens:
        """The tokens there are now; the file is read again when it changes."""
        file = self.settings.tokens_file
        try:
            stamp = file.stat().st_mtime if file else 0.0
        except OSError:
            stamp = 0.0
        if self._tokens is None or self._tokens[0] != stamp:
            self._tokens = stamp, load_tokens(file)
        return self._tokens[1]

    def asker(self, email: str) -> Asker:
        """The person with this address and what they are in every datasource; Refused where it is none."""
        try:
            with self.ledger() as ledger:
                return person(email, self.identity_file, ledger)
        except ConfigError as error:
            raise Refused(400, error.message) from error

    # -- what there is

    @contextmanager
    def ledger(self) -> Iterator[Ledger]:
        """The ledger, for this thread until the end of the block."""
        with self._lock:
            ledger = self._ledgers.pop() if self._ledgers else None
        if ledger is None:
            try:
                ledger = Ledger.open(self.settings.ledger_file, shared=True)
            except NotSetUpError as error:
                raise Refused(503, error.message, {"retry-after": RETRY}) from error
        try:
            yield ledger
        finally:
            with self._lock:
                self._ledgers.append(ledger)

    def index(self, asker: Asker | None = None) -> Index:
        """The index at its newest commit, for ``asker``; Refused where there is none that may be shown to them."""
        try:
            index = self.writer.index() if self.writer else self._opened()
        except IndexProblem as error:
            raise Refused(503, f"there is no index to search: {error}", {"retry-after": RETRY}) from error
        if asker is not None and index.fingerprint != self._fingerprint:
            text = "config.yaml has changed since the index was made, and with it maybe who may see what"
            raise Refused(503, text, {"retry-after": RETRY})
        return index

    def _opened(self) -> Index:
        with self._lock:
            if self._reader is None:
                self._reader = Index.open(self.settings.index_folder)
        self._reader.refresh()
        return self._reader

    # -- changing it

    def change(self, act: Callable[[Ledger], T], *, wait: bool = True) -> T:
        """What ``act`` returns of the ledger it changes, once the index shows it too (with ``wait``).

        Refused with 503 where another process holds the archive, or has the ledger busy.
        """
        if self.writer is None:
            text = "another process works on this archive, so it takes no documents here: have `connector run` serve"
            raise Refused(503, f"{text} it (`serve: true` in config.yaml)", {"retry-after": RETRY})
        try:
            with self.ledger() as ledger:
                done = act(ledger)
                generation = ledger.generation()
        except sqlite3.OperationalError as error:
            raise Refused(503, f"the ledger could not be written: {error}", {"retry-after": "1"}) from error
        if wait:
            self.writer.follow(generation)
        return done

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def close(self) -> None:
        """Closes what was opened here; nothing may be asked any more."""
        with self._lock:
            for ledger in self._ledgers:
                ledger.close()
            self._ledgers.clear()
            if self._reader is not None:
                self._reader.close()

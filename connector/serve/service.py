"""What handlers work with: the settings, the ledger, the index, who asks, and the one way to change the archive."""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from connector.archive.asking import everywhere
from connector.archive.documents import fingerprint
from connector.archive.expecting import Network
from connector.archive.ledger import Ledger
from connector.archive.timings import Timings
from connector.archive.writer import Writer
from connector.config import Settings
from connector.errors import ConfigError, NotSetUpError
from connector.identity import Identity, asker_in, load_identity
from connector.permissions import EMAIL
from connector.serve.http import Refused
from connector.serve.limits import Limits
from connector.serve.tokens import Tokens, load_tokens
from indexer import IndexProblem
from indexer.access import Asker
from indexer.store import Index

log = logging.getLogger("connector")

T = TypeVar("T")
# of the path as OpenAPI writes it, the body and what stands behind the "?" of a request; raises Refused
Check = Callable[[str, Any, Sequence[tuple[str, str]]], None]
_Stamp = tuple[int, int, int] | None
MOST_KNOWN = 10_000  # people whose groups are remembered
RETRY = "30"  # seconds, where the archive cannot be written now


@dataclass
class _People:
    """identity.yaml as it was read, and who has asked since."""

    stamp: _Stamp
    identity: Identity | None
    _askers: dict[str, Asker] = field(default_factory=dict)

    def asker(self, email: str) -> Asker:
        """What the person is in the archive's own datasource."""
        if len(self._askers) > MOST_KNOWN:
            self._askers.clear()
        if (found := self._askers.get(email)) is None:
            found = self._askers[email] = asker_in(self.identity, email)
        return found


def _stamp(file: Path) -> _Stamp:
    """What changes with a file; None where there is none."""
    try:
        told = file.stat()
    except OSError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


def _generation(settings: Settings) -> int:
    """The ledger's now; 0 where there is none."""
    if not settings.ledger_file.exists():
        return 0
    with Ledger.open(settings.ledger_file) as ledger:
        return ledger.generation()


def no_index(text: str, problem: IndexProblem, asker: Asker | None, retry: str) -> Refused:
    """The answer where the index is missing or damaged; what the matter is, and where it lies, is told to the owner."""
    return Refused(503, f"{text}: {problem}" if asker is None else text, {"retry-after": retry})


class Service:
    """One served archive. Safe to share between threads."""

    def __init__(
        self,
        settings: Settings,
        identity_file: Path,
        writer: Writer | None = None,
        *,
        limits: Limits | None = None,
        check: Check | None = None,
    ) -> None:
        """``writer`` None: another process holds the archive; it is searched as that one goes on. ``check``: of every
        request, see ``connector.serve.checking``.
        """
        self.check = check
        self.tokens_needed = False  # once there was a token, for as long as this serves
        self.settings = settings
        self.identity_file = identity_file
        self.writer = writer
        self.network = Network(settings)
        self._limits = limits
        self._begun = _generation(settings)
        self.searched = Timings()
        self._fingerprint = fingerprint(settings)
        self._lock = threading.Lock()
        self._ledgers: list[Ledger] = []
        self._reader: Index | None = None
        self._tokens: tuple[_Stamp, Tokens] | None = None
        self._known: _People | None = None

    def take(self, limit: str, who: str = "", amount: int = 1) -> None:
        """Takes ``amount`` of a rate limit of ``who``, where there are limits; Refused with 429 above it."""
        if self._limits:
            self._limits.take(limit, who, amount)

    # -- who asks

    @property
    def tokens(self) -> Tokens:
        """The tokens there are now; the file is read again when it changes."""
        file = self.settings.tokens_file
        stamp = _stamp(file)
        if self._tokens is None or self._tokens[0] != stamp:
            try:
                self._tokens = stamp, load_tokens(file)
            except (ConfigError, OSError) as error:
                log.error("%s", error)
                raise Refused(503, "the file of tokens cannot be read") from error
            self.tokens_needed = self.tokens_needed or bool(self._tokens[1])
        return self._tokens[1]

    def asker(self, email: str) -> Asker:
        """The person with this address and what they are in every datasource; Refused where it is none."""
        email = email.strip().lower()
        if not EMAIL.fullmatch(email):
            raise Refused(400, f"`{email[:80]}` is no e-mail address")
        try:
            here = self._people().asker(email)
        except (ConfigError, OSError) as error:
            log.error("%s", error)
            raise Refused(503, "identity.yaml cannot be read") from error
        with self.ledger() as ledger:
            return everywhere(here, ledger, self.settings.glean.datasource)

    def _people(self) -> _People:
        stamp = _stamp(self.identity_file)
        if self._known is None or self._known.stamp != stamp:
            self._known = _People(stamp, load_identity(self.identity_file))
        return self._known

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
            raise no_index("there is no index to search", error, asker, RETRY) from error
        if asker is not None and index.fingerprint != self._fingerprint:
            text = "config.yaml has changed since the index was made, and with it maybe who may see what"
            raise Refused(503, text, {"retry-after": RETRY})
        return index

    def demand_ready(self) -> None:
        """Refused with 503 until the index shows what the ledger held when this server began."""
        if self.index().generation < self._begun:
            raise Refused(503, "the index does not show yet what was there at the start", {"retry-after": RETRY})

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
            text = "another process holds this archive; documents are taken here once it has ended for a while, or have"
            raise Refused(503, f"{text} `connector run` serve it (`serve: true`)", {"retry-after": RETRY})
        try:
            with self.ledger() as ledger:
                done = act(ledger)
                generation = ledger.generation()
        except sqlite3.OperationalError as error:
            raise Refused(503, f"the ledger could not be written: {error}", {"retry-after": "1"}) from error
        if wait:
            self.writer.follow(generation)
        return done

    def take_over(self, writer: Writer | None) -> None:
        """The archive is held by this process from now on; or, with None, no longer."""
        self.writer = writer

    def now(self) -> float:
        """Seconds since 1970."""
        return time.time()

    def close(self) -> None:
        """Closes what was opened here; nothing may be asked any more."""
        self.network.close()
        with self._lock:
            for ledger in self._ledgers:
                ledger.close()
            self._ledgers.clear()
            if self._reader is not None:
                self._reader.close()

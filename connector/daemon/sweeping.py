"""The deletion of what others no longer send here, once it has waited as long as it must."""

from __future__ import annotations

import logging
import sqlite3
import time

from connector.archive.ledger import Ledger
from connector.counting import counted

log = logging.getLogger("connector")

EVERY = 3_600.0  # seconds between two looks; the wait is of days
AGAIN = 60.0  # seconds until one that failed


class Sweeping:
    """Looks at the start, and every hour."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._due = 0.0

    def step(self) -> bool:
        """Whether something was deleted, which the index does not show yet."""
        now = time.monotonic()
        if now < self._due:
            return False
        try:
            gone = self._ledger.drop_stale()
        except (OSError, sqlite3.OperationalError) as error:  # a full disk, a lock: it passes
            self._due = now + AGAIN
            log.error("what others no longer send could not be deleted: %s; trying again", error)
            return False
        self._due = now + EVERY
        if gone:
            log.info("%s of other datasources deleted: no upload had brought them for days", counted(gone, "document"))
        return gone > 0

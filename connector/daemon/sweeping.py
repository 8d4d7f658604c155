"""The deletion of what others no longer send here, once it has waited as long as it must."""

from __future__ import annotations

import logging
import time

from connector.archive.ledger import Ledger
from connector.counting import counted

log = logging.getLogger("connector")

EVERY = 3_600.0  # seconds between two looks; the wait is of days


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
        gone = self._ledger.drop_stale()
        self._due = now + EVERY
        if gone:
            log.info("%s of other datasources deleted: no upload had brought them for days", counted(gone, "document"))
        return gone > 0

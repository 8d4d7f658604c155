"""What becomes of the archive while a push is under way: what was forgotten, held back or closed since then goes not.

A push may last for hours, and is made of the archive of one moment.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from connector.archive.documents import SAMPLE, group_of
from connector.archive.ledger import Ledger
from connector.glean.fingerprint import same_audience
from connector.glean.spool import Entry, Payload, key_of

Leaving = Callable[[str], Iterable[Payload]]  # the documents of a group that leave as things stand now


class Meanwhile:
    """Asked before each request what may still go. ``generation`` is the ledger's of when the push was planned."""

    def __init__(self, ledger: Ledger, generation: int, leaving: Leaving) -> None:
        self._ledger = ledger
        self._seen = generation
        self._leaving = leaving
        self._changed: set[str] = set()
        self._now: dict[str, dict[str, Payload]] = {}  # what leaves of groups that changed, by key
        self.withheld: set[str] = set()

    def may_go(self, batch: Sequence[Entry]) -> list[Entry]:
        """Those that still leave, to the same people; of the rest the next push carries what has become of it."""
        if changes := self._ledger.changes_since(self._seen):
            self._seen = changes[-1][0]
            self._changed |= {group for _, group in changes}
            self._now.clear()
        due = [entry for entry in batch if not self._changed or self._is_due(entry)]
        if self._changed:
            self.withheld |= {entry.key for entry in batch}
            self.withheld -= {entry.key for entry in due}
        return due

    def now(self, key: str) -> Payload | None:
        """A document as it would leave now; None where it does not."""
        group = group_of(*key.split("/"))
        if group not in self._now:
            self._now[group] = {key_of(one["objectType"], one["id"]): one for one in self._leaving(group)}
        return self._now[group].get(key)

    def _is_due(self, entry: Entry) -> bool:
        object_type, ident = entry.key.split("/")
        # samples are of all that their model read, whichever of it changed
        if group_of(object_type, ident) not in self._changed and object_type != SAMPLE:
            return True
        now = self.now(entry.key)
        return now is not None and same_audience(entry.hash, now)

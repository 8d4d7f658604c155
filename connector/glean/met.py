"""What was met already, of however many: hashes in a table that SQLite keeps on the disk beyond its cache of two
megabytes, under no name, so that it is gone with whoever asked, killed or not.

In memory a set of them would grow by some hundred bytes a document.
"""

from __future__ import annotations

import sqlite3
import weakref
from collections.abc import Iterable
from hashlib import blake2b


class Met:
    """Hashes of 64 bits, each with another one of what it stood for. For the thread that made it alone."""

    def __init__(self) -> None:
        self._db = sqlite3.connect("", isolation_level=None)
        weakref.finalize(self, self._db.close)
        self._db.execute("PRAGMA journal_mode = OFF")  # nothing is ever undone
        self._db.execute("CREATE TABLE met (key INTEGER PRIMARY KEY, content INTEGER NOT NULL)")
        self._db.execute("BEGIN")

    def put(self, key: int, content: int = 0) -> bool:
        """Whether ``key`` is new; where it was there before, what it stood for stays."""
        return self._db.execute("INSERT OR IGNORE INTO met VALUES (?, ?)", (key, content)).rowcount == 1

    def put_all(self, pairs: Iterable[tuple[int, int]]) -> None:
        """The same for (key, content); of a key that comes twice the last content counts."""
        self._db.executemany("INSERT OR REPLACE INTO met VALUES (?, ?)", pairs)

    def pop(self, key: int) -> int | None:
        """What ``key`` stood for, and it is met no more; None where it was not."""
        found = self._db.execute("DELETE FROM met WHERE key = ? RETURNING content", (key,)).fetchone()
        return int(found[0]) if found else None

    def __contains__(self, key: int) -> bool:
        return self._db.execute("SELECT 1 FROM met WHERE key = ?", (key,)).fetchone() is not None


def short(text: str) -> int:
    """64 bits of the hash of ``text``, as SQLite holds whole numbers."""
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), signed=True)

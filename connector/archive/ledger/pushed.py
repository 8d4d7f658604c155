"""The ledger's part about Glean: what it certainly holds of ours, and what is on its way.

The table is the pusher's own. Who pushes holds a lock of their own and not the writer's: SQLite lets a short write of
another process in between two of the daemon's, and nothing else in the ledger is touched.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from connector.archive.ledger.file import LedgerFile

PACE = "push_pace"  # the state that holds, by destination, what went there in the last minute
UPLOAD = "upload"  # the kind of the bulk uploads themselves: number -> what was in it; NULL while it is unfinished

STEP = 5000  # rows a transaction


class PushedLedger(LedgerFile):
    """What was pushed where. ``destination`` is a server's address and a datasource there, ``kind`` one of things.

    A hash says what the other side certainly holds; NULL, that something was sent or deleted there, and no answer came:
    it may hold the former, the latter or nothing.
    """

    def pushed(self, destination: str, kind: str) -> dict[str, str | None]:
        """Hash (None: not certain) by key."""
        query = "SELECT key, hash FROM pushed WHERE destination = ? AND kind = ?"
        return {row["key"]: row["hash"] for row in self._db.execute(query, (destination, kind))}

    def pushed_counts(self, destination: str) -> dict[str, tuple[int, int]]:
        """(held for certain, not certain) by kind."""
        query = (
            "SELECT kind, count(hash) AS certain, count(*) - count(hash) AS unsure FROM pushed"
            " WHERE destination = ? AND kind != ? GROUP BY kind ORDER BY kind"
        )
        rows = self._db.execute(query, (destination, UPLOAD))
        return {row["kind"]: (row["certain"], row["unsure"]) for row in rows}

    def pushed_documents(self) -> dict[str, int]:
        """Documents that are there or may be, by every destination that was ever pushed to."""
        query = "SELECT destination, sum(kind = 'document') AS n FROM pushed GROUP BY destination ORDER BY 1"
        return {row["destination"]: row["n"] for row in self._db.execute(query)}

    def note_sent(self, destination: str, kind: str, keys: Iterable[str]) -> None:
        """Before a request: what it is about is not certain until the answer comes."""
        self._note(destination, kind, dict.fromkeys(keys))

    def note_held(self, destination: str, kind: str, hashes: Mapping[str, str]) -> None:
        """After the answer: the other side holds these."""
        self._note(destination, kind, hashes)

    def _note(self, destination: str, kind: str, hashes: Mapping[str, str | None]) -> None:
        self._in_steps(
            "INSERT OR REPLACE INTO pushed VALUES (?, ?, ?, ?)",
            [(destination, kind, key, content) for key, content in hashes.items()],
        )

    def note_gone(self, destination: str, kind: str, keys: Iterable[str]) -> None:
        """After the answer: the other side holds these no more."""
        self._in_steps(
            "DELETE FROM pushed WHERE destination = ? AND kind = ? AND key = ?",
            [(destination, kind, key) for key in keys],
        )

    def doubt_pushed(self) -> bool:
        """Nothing is certain any more: what is there may be of later than this ledger. Whether anything was."""
        with self._transaction():
            query = "UPDATE pushed SET hash = NULL WHERE kind != ? AND hash NOT NULL"
            return bool(self._db.execute(query, (UPLOAD,)).rowcount)

    def _in_steps(self, query: str, rows: Sequence[tuple[str | None, ...]]) -> None:
        """Short transactions, so that the daemon never waits for its turn; half of them done says nothing untrue."""
        for start in range(0, len(rows), STEP):
            with self._transaction():
                self._db.executemany(query, rows[start : start + STEP])

    def begin_upload(self, destination: str) -> tuple[int, bool]:
        """A bulk upload begins: its number, and whether one before it was never finished."""
        before = self.pushed(destination, UPLOAD)
        number = 1 + max(map(int, before), default=0)
        self.note_sent(destination, UPLOAD, [str(number)])
        return number, None in before.values()

    def end_upload(self, destination: str, number: int, content: str) -> None:
        """The upload was finished, and none before it is unfinished any more."""
        with self._transaction():
            self._db.execute("DELETE FROM pushed WHERE destination = ? AND kind = ?", (destination, UPLOAD))
            self._db.execute("INSERT INTO pushed VALUES (?, ?, ?, ?)", (destination, UPLOAD, str(number), content))

    def sent_lately(self, destination: str) -> list[tuple[float, int]]:
        """(when, in seconds since 1970, how many) of the documents that may have been sent one by one of late."""
        return [(when, many) for when, many in (self.get_state(PACE) or {}).get(destination, ())]

    def note_lately(self, destination: str, done: Sequence[tuple[float, int]]) -> None:
        """For the next process: the other side's limit of a minute does not begin anew with it."""
        self.set_state(PACE, (self.get_state(PACE) or {}) | {destination: done})

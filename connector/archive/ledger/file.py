"""The ledger's file: SQLite opened, its schema brought up to date, transactions, what changed since when.

WAL and ``synchronous=FULL``: what is acknowledged stays. One process writes; any number read and leave intents for the
writer. Knows nothing of what is kept in the tables of ``Ledger``.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

from connector.archive.ledger.migrations import migrate
from connector.archive.rows import dump
from connector.errors import BadInputError, NotSetUpError

COPIED_PAGES = 1_000  # of 4 kB, between two moments at which Ctrl-C is heard


def schema_of(file: Path) -> int:
    """The number of the ledger's schema, with nothing changed; 0: it is no ledger. Raises sqlite3.DatabaseError."""
    db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=15)
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


class LedgerFile:
    """An open ledger file. Use as a context manager; used by one thread at a time, which made it unless ``shared``."""

    def __init__(self, db: sqlite3.Connection, clock: Callable[[], datetime]) -> None:
        self._db = db
        self._clock = clock

    @classmethod
    def open(
        cls,
        file: Path,
        *,
        create: bool = False,
        shared: bool = False,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> Self:
        """Opens the ledger, its schema brought up to date; NotSetUpError where there is none and ``create`` is off."""
        if not create and not file.exists():
            raise NotSetUpError(
                f"nothing has been taken in yet ({file} does not exist)",
                hint="Start the daemon with `connector run`, or take files in with `connector ingest PATH`.",
            )
        file.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(file, timeout=15, isolation_level=None, check_same_thread=not shared)
        db.row_factory = sqlite3.Row
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("PRAGMA synchronous = FULL")
            db.execute("PRAGMA foreign_keys = ON")
            db.execute("PRAGMA secure_delete = ON")  # a forgotten transcript leaves no bytes in free pages
            migrate(db)
        except sqlite3.DatabaseError as error:
            db.close()
            if isinstance(error, sqlite3.OperationalError):  # locked, disk full, no right to write: it passes
                raise
            raise NotSetUpError(
                f"{file} is no ledger, or is damaged: {error}",
                hint="Restore it from a backup; or move it away, and the inbox is taken in anew.",
            ) from error
        except NotSetUpError:
            db.close()
            raise
        return cls(db, clock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._db.close()

    # -- generations: what changed since when

    def generation(self) -> int:
        """The number of the newest change; a view that shows it shows everything."""
        return int(self._db.execute("SELECT coalesce(max(generation), 0) FROM changes").fetchone()[0])

    def changes_since(self, generation: int) -> list[tuple[int, str]]:
        """(generation, group) of every group changed after ``generation``, oldest change first."""
        query = "SELECT generation, group_id FROM changes WHERE generation > ? ORDER BY generation"
        return [(row["generation"], row["group_id"]) for row in self._db.execute(query, (generation,))]

    def _changed(self, group: str) -> None:
        self._db.execute(
            "INSERT INTO changes (group_id, generation)"
            " VALUES (?, (SELECT coalesce(max(generation), 0) + 1 FROM changes))"
            " ON CONFLICT (group_id) DO UPDATE SET generation = excluded.generation",
            (group,),
        )

    # -- intents and state

    def add_intent(self, command: str, arguments: dict[str, Any]) -> int:
        """Asks the writer to carry out ``command``; returns the intent's number."""
        with self._transaction():
            query = "INSERT INTO intents (command, arguments, state) VALUES (?, ?, 'waiting')"
            told = json.dumps(arguments)  # in ASCII: a path may be no text
            return int(self._db.execute(query, (command, told)).lastrowid or 0)

    def waiting_intents(self) -> list[tuple[int, str, dict[str, Any]]]:
        query = "SELECT id, command, arguments FROM intents WHERE state = 'waiting' ORDER BY id"
        return [(row["id"], row["command"], json.loads(row["arguments"])) for row in self._db.execute(query)]

    def begin_intent(self, number: int) -> bool:
        """The writer works on it from now on; False where it was withdrawn meanwhile."""
        with self._transaction():
            query = "UPDATE intents SET state = 'working' WHERE id = ? AND state = 'waiting'"
            return bool(self._db.execute(query, (number,)).rowcount)

    def reopen_intents(self) -> None:
        """What a killed writer had begun waits again, but for what was to be stopped."""
        with self._transaction():
            self._db.execute("UPDATE intents SET state = 'waiting' WHERE state = 'working'")
            self._db.execute("DELETE FROM intents WHERE state = 'stopping'")

    def withdraw_intent(self, number: int) -> None:
        """Nobody waits for it any more."""
        with self._transaction():
            self._db.execute("DELETE FROM intents WHERE id = ?", (number,))

    def stop_intent(self, number: int) -> str:
        """Nobody wants it any more: one that waits is withdrawn, of one under way the writer is asked to stop. Returns
        its state then, or ``withdrawn``.
        """
        with self._transaction():
            if self._db.execute("DELETE FROM intents WHERE id = ? AND state = 'waiting'", (number,)).rowcount:
                return "withdrawn"
            self._db.execute("UPDATE intents SET state = 'stopping' WHERE id = ? AND state = 'working'", (number,))
        return self.intent(number)[0]

    def finish_intent(self, number: int, state: str, answer: Any) -> None:
        """``state`` is done, failed or stopped; older finished ones are dropped."""
        with self._transaction():
            query = "UPDATE intents SET state = ?, answer = ? WHERE id = ?"
            self._db.execute(query, (state, json.dumps(answer), number))
            query = "DELETE FROM intents WHERE state IN ('done', 'failed', 'stopped') AND id < ?"
            self._db.execute(query, (number - 100,))

    def intent(self, number: int) -> tuple[str, Any]:
        """(state, answer) of an intent."""
        row = self._db.execute("SELECT state, answer FROM intents WHERE id = ?", (number,)).fetchone()
        return (row["state"], json.loads(row["answer"]) if row["answer"] else None) if row else ("failed", None)

    def get_state(self, key: str) -> Any:
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row else None

    def set_state(self, key: str, value: Any) -> None:
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, dump(value)))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Whatever is read inside is of one moment, though another process writes meanwhile."""
        self._db.execute("BEGIN")
        try:
            yield
        finally:
            self._db.execute("ROLLBACK")

    def problem(self) -> str:
        """What is damaged in the file; "" where it is whole."""
        found = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
        return "" if found == "ok" else found

    def fold(self) -> None:
        """All of the ledger in its one file, which is to be moved."""
        self._db.execute("PRAGMA journal_mode = DELETE")

    def copy_to(self, file: Path) -> None:
        """A whole copy of this moment in a new ``file``, while another process goes on writing.

        By SQLite's online backup. Inside a transaction that reads, it goes on with what that sees; else each write of
        another process would have it begin anew. What is of the running program alone is not in the copy.
        """
        copy = sqlite3.connect(file, isolation_level=None)
        try:
            with self.snapshot():
                self.generation()  # the snapshot begins with what is read first
                self._db.backup(copy, pages=COPIED_PAGES)
            copy.execute("PRAGMA journal_mode = DELETE")
            copy.execute("PRAGMA secure_delete = ON")
            copy.execute("DELETE FROM intents")
            copy.execute("DELETE FROM state WHERE key IN ('holder', 'daemon')")
            problem = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        finally:
            copy.close()
        if problem != "ok":
            raise BadInputError(f"the ledger is damaged: {problem}", hint="Go on with an earlier backup.")

    def _now(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

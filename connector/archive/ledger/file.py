"""The ledger's file: SQLite opened, its schema brought up to date, transactions, what changed since when.

WAL and ``synchronous=FULL``: what is acknowledged stays. One process writes, any number read. Knows nothing of what is
kept in the tables of ``Ledger``.
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

    # -- state

    def get_state(self, key: str) -> Any:
        row = self._db.execute("SELECT value FROM state WHERE key = ?", (key,)).fetchone()
        return json.loads(row["value"]) if row else None

    def set_state(self, key: str, value: Any) -> None:
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (key, dump(value)))

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Whatever is read inside is of one moment, though another process writes meanwhile. Nothing is written inside:
        it would be taken back.
        """
        self._db.execute("BEGIN")
        self._db.execute("PRAGMA query_only = ON")
        try:
            yield
        finally:
            self._db.execute("PRAGMA query_only = OFF")
            self._db.execute("ROLLBACK")

    def problem(self) -> str:
        """What is damaged in the file, or would act by itself whenever it is written to; "" where it is whole."""
        found = str(self._db.execute("PRAGMA quick_check(1)").fetchone()[0])
        if found != "ok":
            return found
        own = self._db.execute("SELECT type, name FROM sqlite_schema WHERE type NOT IN ('table', 'index')").fetchone()
        return f"no ledger has a {own[0]} ({own[1]})" if own else ""

    def fold(self) -> None:
        """All of the ledger in its one file, which is to be moved."""
        self._db.execute("PRAGMA journal_mode = DELETE")

    def copy_to(self, file: Path) -> None:
        """A whole copy of this moment in a new ``file``, while another process goes on writing.

        By SQLite's online backup. Inside a transaction that reads, it goes on with what that sees; else each write of
        another process would have it begin anew.
        """
        with LedgerFile(sqlite3.connect(file, isolation_level=None), self._clock) as copy:
            with self.snapshot():
                self.generation()  # the snapshot begins with what is read first
                self._db.backup(copy._db, pages=COPIED_PAGES)
            copy.fold()
            problem = copy.problem()
        if problem:
            raise BadInputError(f"the ledger is damaged: {problem}", hint="Go on with an earlier backup.")

    def _now(self) -> str:
        return self._clock().isoformat(timespec="seconds")

    @contextmanager
    def together(self) -> Iterator[None]:
        """What is done within is done as a whole or not at all; other writers wait."""
        with self._transaction():
            yield

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        if self._db.in_transaction:  # it is part of that one
            yield
            return
        try:
            self._db.execute("BEGIN IMMEDIATE")
            yield
            self._db.execute("COMMIT")
        except BaseException:  # Ctrl-C may come at any of these: what has begun must not stay open
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise

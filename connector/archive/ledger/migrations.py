"""The ledger's schema as numbered steps. A released step is never changed; new ones are added below."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from connector.archive.ledger.first_schemas import (
    m001_first_tables,
    m002_verdicts_and_versions,
    m003_moved_files,
    m004_plausibility,
    m005_pushed,
    m006_other_datasources,
)
from connector.errors import NotSetUpError


def m007_pages_and_scoped_groups(db: sqlite3.Connection) -> None:
    """The page an upload brought last; others' recordings apart from their other documents by name; users by their id.

    There are ledgers of schema 6 that have the column and the names already.
    """
    if "page" not in {row[1] for row in db.execute("PRAGMA table_info(uploads)")}:
        db.execute("ALTER TABLE uploads ADD COLUMN page TEXT NOT NULL DEFAULT ''")  # the hash of what was taken last
    db.execute("CREATE INDEX foreign_users_by_id ON foreign_users (datasource, user_id)")
    of_recordings = "IN ('Transcript', 'TranscriptSegment', 'TranscriptSample')"
    renamed = db.execute(
        "UPDATE foreign_documents SET group_id = datasource || ':' || substr(group_id, length(datasource) + 1)"  # noqa: S608
        f" WHERE object_type {of_recordings} AND instr(group_id, datasource || '/') = 1 RETURNING group_id"
    ).fetchall()
    newest = "(SELECT coalesce(max(generation), 0) + 1 FROM changes)"
    for group in sorted({row[0] for row in renamed}):
        db.execute(f"INSERT OR REPLACE INTO changes VALUES (?, {newest})", (group,))  # noqa: S608
    # A staged document is its group as JSON, a line break and its payload.
    db.execute(
        "UPDATE staged SET payload = '\"' || datasource || ':' || substr(payload, length(datasource) + 2) FROM uploads"  # noqa: S608
        f" WHERE number = upload AND kind = 'documents' AND substr(key, 1, instr(key, '/') - 1) {of_recordings}"
        " AND instr(payload, '\"' || datasource || '/') = 1"
    )


def m008_who_named_them(db: sqlite3.Connection) -> None:
    """Whose speakers a version has that names none itself.

    Where that is not known, it was the first of those it replaced, one that says who may see it if any does; the files
    are read again, and those that name their speakers told from it. Where it replaced none, it is its own file.
    """
    db.execute("ALTER TABLE transcripts ADD COLUMN named_by TEXT")  # sha256 of the file; NULL: not known, nor hidden
    db.execute("ALTER TABLE transcripts ADD COLUMN unnamed INTEGER NOT NULL DEFAULT 0")  # 1: these are not shown
    db.execute(
        "UPDATE transcripts SET named_by = (SELECT sha256 FROM sources WHERE transcript_id = id AND replaced"
        " ORDER BY json_extract(sources.metadata, '$.permissions') IS NULL, number LIMIT 1)"
        " WHERE id IN (SELECT transcript_id FROM sources WHERE replaced)"
    )
    db.execute(
        "UPDATE sources SET stamp = '' WHERE state = 'indexed' AND NOT replaced"
        " AND transcript_id IN (SELECT id FROM transcripts WHERE named_by NOT NULL)"
    )
    db.execute(
        "UPDATE transcripts SET named_by = (SELECT sources.sha256 FROM sources WHERE transcript_id = id"
        " AND state != 'duplicate' ORDER BY state = 'missing', number LIMIT 1) WHERE named_by IS NULL"
    )


def m009_samples_of_what_was_read(db: sqlite3.Connection) -> None:
    """A sample that begins with words of a transcript its checkpoint has not read goes: it is shown to whoever may see
    what was read, and forgotten with that alone.
    """
    samples = "SELECT checkpoint_id, samples.number, sources, read FROM samples JOIN checkpoints ON checkpoint_id = id"
    for checkpoint, number, sources, read in db.execute(samples).fetchall():
        if {source[:20] for source in json.loads(sources)} <= set(json.loads(read)):  # a segment's id begins so
            continue
        db.execute("DELETE FROM samples WHERE checkpoint_id = ? AND number = ?", (checkpoint, number))
        newest = "(SELECT coalesce(max(generation), 0) + 1 FROM changes)"
        db.execute(f"INSERT OR REPLACE INTO changes VALUES (?, {newest})", (checkpoint,))  # noqa: S608
        db.execute("INSERT OR REPLACE INTO state VALUES ('purge', 'true')")  # what was forgotten may be among it


MIGRATIONS: list[Callable[[sqlite3.Connection], None]] = [
    m001_first_tables,
    m002_verdicts_and_versions,
    m003_moved_files,
    m004_plausibility,
    m005_pushed,
    m006_other_datasources,
    m007_pages_and_scoped_groups,
    m008_who_named_them,
    m009_samples_of_what_was_read,
]


def migrate(db: sqlite3.Connection) -> None:
    """Brings the ledger to the newest schema, each step in a transaction of its own."""
    version = db.execute("PRAGMA user_version").fetchone()[0]
    if version > len(MIGRATIONS):
        raise NotSetUpError(
            f"the ledger is of schema {version}, newer than this program's {len(MIGRATIONS)}",
            hint="Run the newer version of the connector on this data folder.",
        )
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            step(db)
            db.execute(f"PRAGMA user_version = {number}")
        except BaseException:
            db.execute("ROLLBACK")
            raise
        db.execute("COMMIT")

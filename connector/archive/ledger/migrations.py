"""The ledger's schema as numbered steps. A released step is never changed; new ones are added below."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable

from connector.errors import NotSetUpError
from connector.transcripts.sketch import sketch
from connector.transcripts.transcript import Cue


def m001_first_tables(db: sqlite3.Connection) -> None:
    """Sources, transcripts, checkpoints and samples, what changed since when, and what others ask the writer to do."""
    db.execute(
        """
        CREATE TABLE transcripts (
            id TEXT PRIMARY KEY,
            format TEXT NOT NULL,
            cues TEXT NOT NULL,          -- JSON [[start, end, speaker, text], ...]: as parsed, not cleaned
            cues_hash TEXT NOT NULL,
            metadata TEXT NOT NULL,      -- JSON of Metadata, as merged for the transcript's first source
            permissions TEXT,            -- JSON out of the metadata; NULL: the configuration's default
            verdict TEXT NOT NULL        -- accepted | held
        ) STRICT
        """
    )
    db.execute("CREATE INDEX transcripts_by_cues ON transcripts (cues_hash)")
    db.execute(
        """
        CREATE TABLE sources (
            number INTEGER PRIMARY KEY,
            path TEXT NOT NULL UNIQUE,   -- relative to the inbox; absolute for what `ingest` was given elsewhere
            state TEXT NOT NULL,         -- indexed | failed | forgotten | missing
            stamp TEXT NOT NULL,         -- what the file system says of the file and its sidecars
            sha256 TEXT,
            transcript_id TEXT REFERENCES transcripts (id) ON DELETE SET NULL,
            metadata TEXT,               -- JSON of Metadata, as merged for this source
            error TEXT,                  -- why it failed, or what is wrong with its sidecar
            seen TEXT NOT NULL           -- UTC, when this row was last changed
        ) STRICT
        """
    )
    db.execute("CREATE INDEX sources_by_transcript ON sources (transcript_id)")
    db.execute(
        "CREATE TABLE tombstones (sha256 TEXT PRIMARY KEY, transcript_id TEXT NOT NULL, at TEXT NOT NULL) STRICT"
    )
    db.execute(
        """
        CREATE TABLE checkpoints (
            id TEXT PRIMARY KEY,
            number INTEGER NOT NULL,
            corpus TEXT NOT NULL,        -- hash of the texts it was trained for, so that the same are not trained again
            read TEXT NOT NULL,          -- JSON list of every transcript it and its parents read
            report TEXT NOT NULL,        -- JSON: parent, losses, steps, seconds, verdict in words
            open INTEGER NOT NULL        -- 1: read only what every user of the datasource may see
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE samples (
            checkpoint_id TEXT NOT NULL REFERENCES checkpoints (id) ON DELETE CASCADE,
            number INTEGER NOT NULL,
            prompt TEXT NOT NULL,
            seed INTEGER NOT NULL,
            temperature REAL NOT NULL,
            top_k INTEGER NOT NULL,
            text TEXT NOT NULL,
            sources TEXT NOT NULL,       -- JSON list of segment ids
            PRIMARY KEY (checkpoint_id, number)
        ) STRICT
        """
    )
    # One row a group of documents (a transcript, or a checkpoint's samples): the generation that last changed it.
    db.execute("CREATE TABLE changes (group_id TEXT PRIMARY KEY, generation INTEGER NOT NULL UNIQUE) STRICT")
    db.execute(
        """
        CREATE TABLE intents (
            id INTEGER PRIMARY KEY,
            command TEXT NOT NULL,
            arguments TEXT NOT NULL,     -- JSON
            state TEXT NOT NULL,         -- waiting | working | done | failed
            answer TEXT                  -- JSON
        ) STRICT
        """
    )
    db.execute("CREATE TABLE state (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT")  # JSON values


def m002_verdicts_and_versions(db: sqlite3.Connection) -> None:
    """What the quality gate says, what people decided, and what tells another version of a recording."""
    db.execute("ALTER TABLE transcripts ADD COLUMN judgement TEXT")  # JSON: grade, scores, reasons, doubts
    db.execute("ALTER TABLE sources ADD COLUMN guessed TEXT NOT NULL DEFAULT '[]'")  # JSON: keys nobody wrote down
    db.execute("ALTER TABLE transcripts ADD COLUMN sha256 TEXT")  # of the file whose words are shown
    db.execute("ALTER TABLE sources ADD COLUMN replaced INTEGER NOT NULL DEFAULT 0")  # 1: by another file
    db.execute("ALTER TABLE sources ADD COLUMN media TEXT")  # the recording beside it, relative to the inbox
    db.execute("CREATE TABLE decisions (sha256 TEXT PRIMARY KEY, decision TEXT NOT NULL, at TEXT NOT NULL) STRICT")
    db.execute(
        """
        CREATE TABLE sketches (
            hash INTEGER NOT NULL,
            transcript_id TEXT NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
            PRIMARY KEY (hash, transcript_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX sketches_by_transcript ON sketches (transcript_id)")
    db.execute(
        """
        CREATE TABLE unusual_words (     -- words of a transcript that general English does not know
            word TEXT NOT NULL,
            transcript_id TEXT NOT NULL REFERENCES transcripts (id) ON DELETE CASCADE,
            PRIMARY KEY (word, transcript_id)
        ) STRICT, WITHOUT ROWID
        """
    )
    db.execute("CREATE INDEX unusual_words_by_transcript ON unusual_words (transcript_id)")
    for ident, cues in db.execute("SELECT id, cues FROM transcripts").fetchall():
        db.executemany(
            "INSERT INTO sketches VALUES (?, ?)",
            [(number, ident) for number in sketch([Cue(*values) for values in json.loads(cues)])],
        )


def m003_moved_files(db: sqlite3.Connection) -> None:
    """What a file's former names said of its recording; they have no rows any more."""
    db.execute("ALTER TABLE sources ADD COLUMN former TEXT NOT NULL DEFAULT '[]'")  # JSON: Metadata, latest first


def m004_plausibility(db: sqlite3.Connection) -> None:
    """What a language model thinks of a transcript's words; no row where it was not asked about these yet."""
    db.execute(
        """
        CREATE TABLE plausibility (
            transcript_id TEXT PRIMARY KEY REFERENCES transcripts (id) ON DELETE CASCADE,
            model TEXT NOT NULL,         -- which was asked; another one is asked anew
            threshold REAL NOT NULL,     -- bits a character that hold a transcript, when it was asked
            weighed TEXT NOT NULL        -- JSON: bits, load, unlike, doubts
        ) STRICT
        """
    )


def m005_pushed(db: sqlite3.Connection) -> None:
    """What Glean holds of ours; the pusher's own table."""
    db.execute(
        """
        CREATE TABLE pushed (
            destination TEXT NOT NULL,   -- address of the server, and the datasource there
            kind TEXT NOT NULL,          -- datasource | user | group | membership | document | upload
            key TEXT NOT NULL,
            hash TEXT,                   -- of what it certainly holds; NULL: something was sent and not acknowledged
            PRIMARY KEY (destination, kind, key)
        ) STRICT, WITHOUT ROWID
        """
    )


def m006_other_datasources(db: sqlite3.Connection) -> None:
    """What others index here beside the archive's own: their datasources, documents, people, and uploads under way."""
    db.execute("CREATE TABLE datasources (name TEXT PRIMARY KEY, config TEXT NOT NULL) STRICT")  # JSON, as it came
    db.execute(
        """
        CREATE TABLE foreign_documents (
            datasource TEXT NOT NULL REFERENCES datasources (name),
            object_type TEXT NOT NULL,
            id TEXT NOT NULL,            -- in lower case
            group_id TEXT NOT NULL,      -- what is replaced as one in the index
            payload TEXT,                -- canonical JSON; NULL: deleted, and known for its version and history
            version INTEGER NOT NULL,    -- as its sender counts; 0: they do not
            at INTEGER NOT NULL,         -- ms since 1970: when it was uploaded, or deleted
            stale_at INTEGER,            -- ms since 1970: when it goes, since the last upload was without it
            PRIMARY KEY (datasource, object_type, id)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX foreign_documents_by_group ON foreign_documents (group_id)")
    db.execute("CREATE INDEX foreign_documents_stale ON foreign_documents (stale_at) WHERE stale_at NOT NULL")
    db.execute(
        """
        CREATE TABLE foreign_users (
            datasource TEXT NOT NULL REFERENCES datasources (name),
            email TEXT NOT NULL,         -- in lower case
            user_id TEXT NOT NULL,       -- how the datasource calls them, "" for by their address
            active INTEGER NOT NULL,
            payload TEXT NOT NULL,       -- JSON, as it came
            version INTEGER NOT NULL,
            at INTEGER NOT NULL,         -- ms since 1970
            PRIMARY KEY (datasource, email)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX foreign_users_by_email ON foreign_users (email)")
    db.execute(
        """
        CREATE TABLE foreign_groups (
            datasource TEXT NOT NULL REFERENCES datasources (name),
            name TEXT NOT NULL,
            version INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (datasource, name)
        ) STRICT
        """
    )
    db.execute(
        """
        CREATE TABLE foreign_memberships (
            datasource TEXT NOT NULL REFERENCES datasources (name),
            group_name TEXT NOT NULL,
            is_group INTEGER NOT NULL,   -- 1: the member is a group, else a user, by address or id
            member TEXT NOT NULL,        -- an address in lower case
            version INTEGER NOT NULL,
            at INTEGER NOT NULL,
            PRIMARY KEY (datasource, group_name, is_group, member)
        ) STRICT
        """
    )
    db.execute("CREATE INDEX foreign_memberships_by_member ON foreign_memberships (datasource, is_group, member)")
    db.execute(
        """
        CREATE TABLE uploads (
            number INTEGER PRIMARY KEY,
            datasource TEXT NOT NULL REFERENCES datasources (name),
            kind TEXT NOT NULL,          -- documents | users | groups | memberships
            subject TEXT NOT NULL,       -- of memberships the group, else ""
            upload_id TEXT NOT NULL,
            began INTEGER NOT NULL,      -- ms since 1970
            ended INTEGER,               -- NULL: under way
            paused INTEGER NOT NULL      -- 1: what was not in it is kept for a while, for it was much
        ) STRICT
        """
    )
    db.execute("CREATE INDEX uploads_by_datasource ON uploads (datasource, kind, subject)")
    db.execute(
        """
        CREATE TABLE staged (            -- what an upload has brought so far
            upload INTEGER NOT NULL REFERENCES uploads (number) ON DELETE CASCADE,
            key TEXT NOT NULL,
            payload TEXT NOT NULL,       -- JSON
            UNIQUE (upload, key)
        ) STRICT
        """
    )


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

"""The steps to the ledger's first six schemas, which are as they were: see ``migrations``."""

from __future__ import annotations

import json
import sqlite3

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

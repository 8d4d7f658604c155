"""The ledger: the one truth every view is derived from. Sources, transcripts, checkpoints and samples.

It knows what these are and what happens to one when another goes, nothing of documents, of Whoosh or of threads.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from enum import StrEnum
from typing import Any

from connector.archive.ledger_file import LedgerFile
from connector.archive.metadata import Metadata
from connector.archive.rows import CheckpointRow, SampleRow, SourceRow, TranscriptRow, dump
from connector.transcripts.transcript import Cue, Reading

ID_LENGTH = 20
PURGE = "purge"  # the state that says: views still hold words of what was forgotten


class Outcome(StrEnum):
    """What taking in one source came to."""

    NEW = "new"
    UPDATED = "updated"  # another version of a transcript we have
    METADATA = "metadata"  # the same words; what people say about them changed
    TWIN = "twin"  # another file with words we have
    UNCHANGED = "unchanged"
    FORGOTTEN = "forgotten"  # a person had it deleted; the file is left alone
    FAILED = "failed"


def transcript_id(origin: str) -> str:
    """A fixed-width id (``t`` and 19 hex digits of SHA-256) that Glean takes anywhere."""
    return "t" + hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()[: ID_LENGTH - 1]


def share_words(some: Sequence[Cue], others: Sequence[Cue]) -> bool:
    """Whether two readings may be of one recording: a tenth of the shorter one's three-word runs are in the other."""
    first, second = _runs(some), _runs(others)
    return len(first & second) * 10 >= min(len(first), len(second))


def _runs(cues: Sequence[Cue]) -> set[tuple[str, ...]]:
    words = " ".join(cue.text for cue in cues).lower().split()
    return set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}


class Ledger(LedgerFile):
    """What is known of every file, recording, checkpoint and sample."""

    # -- sources and transcripts

    def accept(
        self, path: str, *, stamp: str, sha256: str, metadata: Metadata, reading: Reading
    ) -> tuple[Outcome, str]:
        """Takes in one well-read source; returns what it came to and the transcript's id. One transaction."""
        cues = dump([[cue.start, cue.end, cue.speaker, cue.text] for cue in reading.cues])
        cues_hash = hashlib.sha256(cues.encode("utf-8", "surrogatepass")).hexdigest()
        with self._transaction():
            known = self.source(path)
            ident = self._identity(known, metadata, sha256, cues_hash, reading.cues)
            have = self.transcript(ident)
            if have is None:
                outcome = Outcome.NEW
                self._db.execute(
                    "INSERT INTO transcripts (id, format, cues, cues_hash, metadata, verdict, permissions)"
                    " VALUES (?, ?, ?, ?, '', 'accepted', NULL)",
                    (ident, reading.format, cues, cues_hash),
                )
            elif have.cues_hash != cues_hash:
                outcome = Outcome.UPDATED
                self._db.execute(
                    "UPDATE transcripts SET format = ?, cues = ?, cues_hash = ? WHERE id = ?",
                    (reading.format, cues, cues_hash, ident),
                )
                self._changed(ident)
            else:
                outcome = Outcome.UNCHANGED if known and known.transcript_id == ident else Outcome.TWIN
            self._put_source(
                path,
                "indexed",
                stamp,
                sha256,
                ident,
                metadata.model_dump_json(exclude_unset=True, by_alias=True),
            )
            if known and known.transcript_id and known.transcript_id != ident:
                self._leave(known)
            if self._refresh_metadata(ident) and outcome is Outcome.UNCHANGED:
                outcome = Outcome.METADATA
        return outcome, ident

    def _leave(self, known: SourceRow) -> None:
        """The file holds another recording now. What it held stays with its other files; overwritten, it is gone."""
        assert known.transcript_id is not None
        others = "SELECT 1 FROM sources WHERE transcript_id = ?"
        if known.state != "missing" and not self._db.execute(others, (known.transcript_id,)).fetchone():
            self._delete_transcript(known.transcript_id)
        else:
            self._refresh_metadata(known.transcript_id)

    def _identity(
        self, known: SourceRow | None, metadata: Metadata, sha256: str, cues_hash: str, cues: Sequence[Cue]
    ) -> str:
        """Given once: a known file keeps its id, a moved or twin file inherits it, new cues are hashed."""
        row = self._db.execute("SELECT id FROM transcripts WHERE cues_hash = ?", (cues_hash,)).fetchone()
        if row and not metadata.id:
            return str(row["id"])
        if known and known.transcript_id:
            shared = self._db.execute(
                "SELECT 1 FROM sources WHERE transcript_id = ? AND path != ? AND state != 'missing' AND sha256 != ?",
                (known.transcript_id, known.path, sha256),
            ).fetchone()
            have = self.transcript(known.transcript_id)
            reused = known.state == "missing" and have is not None and not share_words(have.cues, cues)
            if not shared and not reused:
                return known.transcript_id
        if metadata.id:
            return transcript_id(f"id:{metadata.id}")
        attempt = 0
        while True:  # a recording that was edited since may still go by the hash of these cues
            ident = transcript_id(f"cues:{cues_hash}:{attempt}")
            if not self._db.execute("SELECT 1 FROM transcripts WHERE id = ?", (ident,)).fetchone():
                return ident
            attempt += 1

    def _refresh_metadata(self, ident: str) -> bool:
        """A transcript carries the metadata of its first source that is still there; True where that changed it."""
        row = self._db.execute(
            "SELECT metadata FROM sources WHERE transcript_id = ? AND metadata IS NOT NULL"
            " ORDER BY state = 'missing', number LIMIT 1",
            (ident,),
        ).fetchone()
        have = self._db.execute("SELECT metadata FROM transcripts WHERE id = ?", (ident,)).fetchone()
        if row is None or have is None or row["metadata"] == have["metadata"]:
            return False
        permissions = json.loads(row["metadata"]).get("permissions")
        self._db.execute(
            "UPDATE transcripts SET metadata = ?, permissions = ? WHERE id = ?",
            (row["metadata"], dump(permissions) if permissions is not None else None, ident),
        )
        self._changed(ident)
        return True

    def fail(self, path: str, *, stamp: str, error: str, sha256: str | None = None) -> None:
        """Remembers why a source could not be read; what was read of it before stays."""
        known = self.source(path)
        with self._transaction():
            self._put_source(
                path, "failed", stamp, known.sha256 if known and known.transcript_id else sha256,
                known.transcript_id if known else None, known.metadata if known else None, error,
            )  # fmt: skip

    def skip_forgotten(self, path: str, *, stamp: str, sha256: str) -> bool:
        """True where a person had this content deleted: the file is noted and left alone."""
        row = self._db.execute("SELECT 1 FROM tombstones WHERE sha256 = ?", (sha256,)).fetchone()
        if row:
            with self._transaction():
                self._put_source(path, "forgotten", stamp, sha256, None, None)
        return row is not None

    def _put_source(
        self,
        path: str,
        state: str,
        stamp: str,
        sha256: str | None,
        ident: str | None,
        metadata: str | None,
        error: str | None = None,
    ) -> None:
        self._db.execute(
            "INSERT INTO sources (path, state, stamp, sha256, transcript_id, metadata, error, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET (state, stamp, sha256, transcript_id, metadata, error, seen) ="
            " (excluded.state, excluded.stamp, excluded.sha256, excluded.transcript_id, excluded.metadata,"
            " excluded.error, excluded.seen)",
            (path, state, stamp, sha256, ident, metadata, error, self._now()),
        )

    def mark_missing(self, paths: Iterable[str], *, remove: bool = False) -> list[str]:
        """The files are gone. With ``remove`` transcripts that no file is left of go too; returns their ids."""
        removed = []
        with self._transaction():
            for path in paths:
                source = self.source(path)
                if source is None:
                    continue
                if source.transcript_id is None:  # failed or forgotten, and now gone: nothing to remember it for
                    self._db.execute("DELETE FROM sources WHERE path = ?", (path,))
                    continue
                self._db.execute("UPDATE sources SET state = 'missing', seen = ? WHERE path = ?", (self._now(), path))
                if remove and not self._is_present(source.transcript_id):
                    self._db.execute("DELETE FROM sources WHERE transcript_id = ?", (source.transcript_id,))
                    self._delete_transcript(source.transcript_id)
                    removed.append(source.transcript_id)
                else:
                    self._refresh_metadata(source.transcript_id)
        return removed

    def lost_transcripts(self, paths: Iterable[str]) -> set[str]:
        """The transcripts that would have no source left if ``paths`` were gone."""
        gone = set(paths)
        lost = set()
        for ident in {s.transcript_id for p in gone if (s := self.source(p)) and s.transcript_id}:
            rows = self._db.execute("SELECT path FROM sources WHERE transcript_id = ? AND state != 'missing'", (ident,))
            if all(row["path"] in gone for row in rows):
                lost.add(ident)
        return lost

    def _is_present(self, ident: str) -> bool:
        query = "SELECT 1 FROM sources WHERE transcript_id = ? AND state != 'missing'"
        return self._db.execute(query, (ident,)).fetchone() is not None

    def forget(self, ident: str) -> bool:
        """Deletes a transcript and every checkpoint that read it, and bars its content; False where it is unknown."""
        with self._transaction():
            if self.transcript(ident) is None:
                return False
            for row in self._db.execute(
                "SELECT DISTINCT sha256 FROM sources WHERE transcript_id = ?", (ident,)
            ).fetchall():
                self._db.execute(
                    "INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)", (row["sha256"], ident, self._now())
                )
            self._db.execute(
                "UPDATE sources SET state = 'forgotten', transcript_id = NULL, metadata = NULL, error = NULL"
                " WHERE transcript_id = ?",
                (ident,),
            )
            self._delete_transcript(ident)
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, 'true')", (PURGE,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log would still hold the deleted pages
        return True

    def _delete_transcript(self, ident: str) -> None:
        self._db.execute("DELETE FROM transcripts WHERE id = ?", (ident,))
        self._changed(ident)
        for checkpoint in self.checkpoints():
            if ident in checkpoint.read:
                self._delete_checkpoint(checkpoint.id)

    def named_by_another(self, path: str, name: str, sha256: str) -> str | None:
        """The other file that is there, with other content, whose sidecar gave its recording the id ``name``."""
        query = (
            "SELECT path FROM sources WHERE transcript_id = ? AND path != ? AND sha256 != ? AND state != 'missing'"
            " AND json_extract(metadata, '$.id') = ?"
        )
        row = self._db.execute(query, (transcript_id(f"id:{name}"), path, sha256, name)).fetchone()
        return row["path"] if row else None

    def source(self, path: str) -> SourceRow | None:
        row = self._db.execute("SELECT * FROM sources WHERE path = ?", (path,)).fetchone()
        return SourceRow.of(row) if row else None

    def sources(self, state: str | None = None) -> Iterator[SourceRow]:
        """Every source, or those in ``state``, in order of first sight."""
        for row in self._db.execute("SELECT * FROM sources WHERE ?1 IS NULL OR state = ?1 ORDER BY number", (state,)):
            yield SourceRow.of(row)

    def transcript(self, ident: str) -> TranscriptRow | None:
        row = self._db.execute("SELECT * FROM transcripts WHERE id = ?", (ident,)).fetchone()
        return TranscriptRow.of(row) if row else None

    def transcript_ids(self) -> list[str]:
        return [row["id"] for row in self._db.execute("SELECT id FROM transcripts ORDER BY id")]

    def accepted(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        """(id, hash of the cues, permissions or None for the default) of every accepted transcript, by id."""
        query = "SELECT id, cues_hash, permissions FROM transcripts WHERE verdict = 'accepted' ORDER BY id"
        for row in self._db.execute(query):
            yield row["id"], row["cues_hash"], json.loads(row["permissions"]) if row["permissions"] else None

    # -- checkpoints and samples

    def add_checkpoint(self, checkpoint: CheckpointRow) -> None:
        """Records a checkpoint; its samples follow with ``put_samples``."""
        with self._transaction():
            self._db.execute(
                "INSERT OR REPLACE INTO checkpoints (id, number, corpus, read, report, open) VALUES (?, ?, ?, ?, ?, ?)",
                (
                    checkpoint.id,
                    checkpoint.number,
                    checkpoint.corpus,
                    dump(checkpoint.read),
                    dump(checkpoint.report),
                    checkpoint.open,
                ),
            )
            self._changed(checkpoint.id)

    def put_samples(self, checkpoint_id: str, samples: Iterable[SampleRow]) -> None:
        """The samples of a checkpoint, in place of those it had; none where the checkpoint is gone."""
        with self._transaction():
            if self.checkpoint(checkpoint_id) is None:
                return
            self._db.execute("DELETE FROM samples WHERE checkpoint_id = ?", (checkpoint_id,))
            self._db.executemany(
                "INSERT INTO samples (checkpoint_id, number, prompt, seed, temperature, top_k, text, sources)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [
                    (
                        checkpoint_id,
                        s.number,
                        s.prompt,
                        s.seed,
                        s.temperature,
                        s.top_k,
                        s.text,
                        dump(s.sources),
                    )
                    for s in samples
                ],
            )
            self._changed(checkpoint_id)

    def remove_checkpoints(self, idents: Iterable[str]) -> None:
        """Deletes the checkpoints and their samples."""
        with self._transaction():
            for ident in idents:
                self._delete_checkpoint(ident)

    def _delete_checkpoint(self, ident: str) -> None:
        self._db.execute("DELETE FROM checkpoints WHERE id = ?", (ident,))
        self._changed(ident)

    def checkpoints(self) -> list[CheckpointRow]:
        """Every checkpoint, oldest first."""
        return [CheckpointRow.of(row) for row in self._db.execute("SELECT * FROM checkpoints ORDER BY number, id")]

    def checkpoint(self, ident: str) -> CheckpointRow | None:
        row = self._db.execute("SELECT * FROM checkpoints WHERE id = ?", (ident,)).fetchone()
        return CheckpointRow.of(row) if row else None

    def samples(self, checkpoint_id: str) -> list[SampleRow]:
        query = "SELECT * FROM samples WHERE checkpoint_id = ? ORDER BY number"
        return [SampleRow.of(row) for row in self._db.execute(query, (checkpoint_id,))]

    def groups(self) -> list[str]:
        """The groups of documents there are: transcripts and checkpoints, by id."""
        query = "SELECT id FROM transcripts UNION ALL SELECT id FROM checkpoints ORDER BY id"
        return [row["id"] for row in self._db.execute(query)]

    def counts(self) -> dict[str, dict[str, int]]:
        """Sources by state, transcripts by verdict."""
        count = "SELECT {0} AS name, count(*) AS number FROM {1} GROUP BY {0} ORDER BY {0}"
        return {
            "sources": {row["name"]: row["number"] for row in self._db.execute(count.format("state", "sources"))},
            "transcripts": {
                row["name"]: row["number"] for row in self._db.execute(count.format("verdict", "transcripts"))
            },
        }

    def without_link(self) -> int:
        """How many transcripts no video link is known for."""
        query = "SELECT count(*) FROM transcripts WHERE json_extract(metadata, '$.url') IS NULL"
        return int(self._db.execute(query).fetchone()[0])

"""The ledger: the one truth every view is derived from. Sources and transcripts, and which file is which recording.

It knows what these are and what happens to one when another goes, nothing of documents, of Whoosh or of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from connector.archive.ledger.gone import Gone, GoneLedger
from connector.archive.ledger.identity import COUNTS, Duplicates, Identity, Outcome
from connector.archive.ledger.intents import IntentLedger
from connector.archive.ledger.pushed import PushedLedger
from connector.archive.ledger.reading import GLOSSARY
from connector.archive.ledger.uploads import UploadLedger
from connector.archive.metadata import Metadata
from connector.archive.rows import PackedCues, SourceRow, dump
from connector.transcripts.jargon import Glossary

__all__ = ["Accepted", "Duplicates", "Gone", "Ledger", "Outcome"]

PURGE = "purge"  # the state that says: views still hold words of what was forgotten
_NEW_WORDS = (Outcome.NEW, Outcome.UPDATED)


class Accepted(NamedTuple):
    """What became of a well-read source: the transcript it is of, its verdict, the files it took the place of."""

    outcome: Outcome
    transcript_id: str
    verdict: str = "accepted"
    replaced: tuple[str, ...] = ()
    unnamed: bool = False  # the speakers that another version named are for other people
    audience_kept: bool = False  # the file says nothing of who may see it; others of the recording do, or did


class Ledger(GoneLedger, PushedLedger, UploadLedger, IntentLedger):
    """What is known of every file, recording, checkpoint and sample, what Glean holds, what others index here, and ask
    of who writes.
    """

    # -- taking in

    def accept(
        self,
        path: str,
        *,
        stamp: str,
        sha256: str,
        metadata: Metadata,
        format: str,
        cues: PackedCues,
        guessed: Iterable[str] = (),
        media: str | None = None,
        judgement: Mapping[str, Any] | None = None,
        unusual: Iterable[str] = (),
        duplicates: Duplicates = "replace",
        identity: Identity | None = None,
        moved_from: str | None = None,
        named_by: str | None = None,
    ) -> Accepted:
        """Takes in one well-read source, in one transaction.

        ``guessed`` are the keys of ``metadata`` that nobody wrote down; ``judgement`` is the quality gate's (None:
        not asked, the verdict stays), ``unusual`` are the words that general English does not know; ``moved_from`` is
        the path, now gone, that had these bytes of the same recording; ``named_by`` is the hash of the file whose
        speakers the cues have, None: it is this one.
        """
        with self._transaction():
            known = self.source(path)
            ident, outcome, state, _ = identity or self.identify(path, metadata, sha256, cues, duplicates)
            orphaned = self._orphaned(ident)
            if state == "indexed":
                outcome = self._put_words(ident, format, cues, sha256, outcome, unusual)
            if outcome is Outcome.TWIN and known and known.transcript_id == ident:
                outcome = Outcome.UNCHANGED
            written = metadata.model_dump_json(exclude_unset=True, by_alias=True)
            error = None
            if known and (known.transcript_id != ident or state == "duplicate"):
                self._hand_over(known)
            elif known and known.sha256 != sha256:
                if moved_from or self.twins_of(path, sha256, ident):
                    self._disown(path)
                if named_by or state == "replaced":
                    self._keep_namer(known)
            if state == "duplicate":
                what = "the same words as" if self.has_cues(ident, cues.hash) else "another version of"
                error = f"{path}: {what} {self._title(ident)} ({ident})"
            self._put_source(
                path, state, stamp, sha256, ident, written, error, dump(sorted(guessed)), media,
                replaced=state == "replaced",
            )  # fmt: skip
            if orphaned:
                self._put_former(path, orphaned, ident)
            if state == "indexed":
                self._put_namer(ident, named_by or sha256, anew=outcome in _NEW_WORDS)
                if outcome not in _NEW_WORDS:
                    self._put_back(ident, sha256)
            if moved_from:
                if state == "duplicate" and (before := self.source(moved_from)):
                    self._hand_over(before)
                self._take_over(path, moved_from)
                outcome = Outcome.MOVED if outcome in (Outcome.TWIN, Outcome.UNCHANGED) else outcome
            replaced = self._replace_others(ident, path, sha256) if outcome in _NEW_WORDS else ()
            if replaced and outcome is Outcome.UPDATED:
                outcome = Outcome.VERSION
            if state == "replaced":
                self._revive(ident)  # an older version may have been written over the newest
            if known and known.transcript_id and known.transcript_id != ident:
                self._leave(known)
            verdict = self._judge(ident, judgement) if state == "indexed" else "accepted"
            changed = self._refresh_metadata(ident)
            query = "SELECT permissions NOT NULL, unnamed FROM transcripts WHERE id = ?"
            says_who, unnamed = self._db.execute(query, (ident,)).fetchone() or (False, False)
            if unnamed and state == "indexed" and named_by is None:  # another file's are hidden: it says them, too
                self._put_namer(ident, sha256, anew=True)
                changed |= self._refresh_metadata(ident)
                (unnamed,) = self._db.execute("SELECT unnamed FROM transcripts WHERE id = ?", (ident,)).fetchone()
            if changed and outcome is Outcome.UNCHANGED:
                outcome = Outcome.METADATA
            kept = state != "duplicate" and metadata.permissions is None and bool(says_who)
        return Accepted(outcome, ident, verdict, replaced, bool(unnamed), kept)

    def _put_words(
        self,
        ident: str,
        format: str,
        cues: PackedCues,
        sha256: str,
        outcome: Outcome,
        unusual: Iterable[str],
    ) -> Outcome:
        """The transcript's row with these cues; returns what that made of it."""
        have = self.transcript(ident)
        if have is None:
            outcome = Outcome.NEW
            self._db.execute(
                "INSERT INTO transcripts (id, format, cues, cues_hash, sha256, metadata, verdict, permissions)"
                " VALUES (?, ?, ?, ?, ?, '', 'accepted', NULL)",
                (ident, format, cues.json, cues.hash, sha256),
            )
        elif have.cues_hash != cues.hash:
            outcome = Outcome.UPDATED
            self._db.execute(
                "UPDATE transcripts SET format = ?, cues = ?, cues_hash = ?, sha256 = ? WHERE id = ?",
                (format, cues.json, cues.hash, sha256, ident),
            )
            self._db.execute("DELETE FROM plausibility WHERE transcript_id = ?", (ident,))  # it was of other words
            self._changed(ident)
        else:
            return outcome
        self._db.execute("DELETE FROM sketches WHERE transcript_id = ?", (ident,))
        self._db.executemany("INSERT INTO sketches VALUES (?, ?)", [(n, ident) for n in cues.sketch])
        self._db.execute("DELETE FROM unusual_words WHERE transcript_id = ?", (ident,))
        self._db.executemany("INSERT INTO unusual_words VALUES (?, ?)", [(word, ident) for word in unusual])
        return outcome

    def _put_namer(self, ident: str, sha256: str, *, anew: bool) -> None:
        """The speakers shown are those of the file with this hash, where they were said ``anew``, or where no file is
        there any more of which they were.
        """
        self._db.execute(
            "UPDATE transcripts SET named_by = ?1 WHERE id = ?2 AND named_by IS NOT ?1 AND (?3 OR NOT EXISTS"
            " (SELECT 1 FROM sources WHERE transcript_id = id AND sources.sha256 = named_by"
            " AND state IN ('indexed', 'failed') AND NOT replaced))",
            (sha256, ident, anew),
        )

    def _put_back(self, ident: str, sha256: str) -> None:
        """An older version that was to be read again, as no other was there, stays what it was: this one is."""
        self._db.execute(
            "UPDATE sources SET state = 'replaced'"
            " WHERE transcript_id = ? AND state = 'indexed' AND replaced AND sha256 != ?",
            (ident, sha256),
        )

    def _replace_others(self, ident: str, path: str, sha256: str) -> tuple[str, ...]:
        """The transcript's other files hold an older version now; returns their paths."""
        where = f"transcript_id = ? AND path != ? AND sha256 != ? AND {COUNTS}"
        rows = self._db.execute(f"SELECT path FROM sources WHERE {where} ORDER BY number", (ident, path, sha256))  # noqa: S608
        paths = tuple(row["path"] for row in rows.fetchall())
        # one whose sidecar is wrong still says so
        state = "CASE state WHEN 'failed' THEN state ELSE 'replaced' END"
        self._db.execute(f"UPDATE sources SET replaced = 1, state = {state} WHERE {where}", (ident, path, sha256))  # noqa: S608
        return paths

    def _leave(self, known: SourceRow) -> None:
        """The file holds another recording now. What it held stays with its other files; overwritten, it is gone."""
        assert known.transcript_id is not None
        others = "SELECT 1 FROM sources WHERE transcript_id = ? AND state != 'duplicate'"
        if known.state != "missing" and not self._db.execute(others, (known.transcript_id,)).fetchone():
            self._delete_transcript(known.transcript_id)
        else:
            self._revive(known.transcript_id)
            self._refresh_metadata(known.transcript_id)
            self._ask_for_names(known.transcript_id)

    def set_glossary(self, glossary: Glossary, concerned: Iterable[str]) -> None:
        """Documents are corrected by ``glossary`` from now on; the transcripts concerned count as changed."""
        with self._transaction():
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, ?)", (GLOSSARY, dump(glossary.to_json())))
            for ident in concerned:
                self._changed(ident)

    # -- sources that are not taken in, or gone

    def fail(self, path: str, *, stamp: str, error: str, sha256: str | None = None) -> None:
        """Remembers why a source could not be read; what was read of it before stays."""
        known = self.source(path)
        kept = known if known and known.transcript_id and known.state != "duplicate" else None
        error = error.encode("utf-8", "backslashreplace").decode()  # a name that is no text may be in it
        with self._transaction():
            self._put_source(
                path, "failed", stamp, kept.sha256 if kept else sha256, kept.transcript_id if kept else None,
                kept.metadata if kept else None, error, self._guessed(path), kept.media if kept else None,
                replaced=bool(kept and kept.replaced),
            )  # fmt: skip

    def skip_barred(self, path: str, *, stamp: str, sha256: str) -> Outcome | None:
        """FORGOTTEN or REJECTED where a person decided that of this content: the file is noted and left alone."""
        if self._db.execute("SELECT 1 FROM tombstones WHERE sha256 = ?", (sha256,)).fetchone():
            outcome, error = Outcome.FORGOTTEN, None
        elif self.decision(sha256) == "rejected":
            outcome, error = Outcome.REJECTED, f"{path}: rejected by a person"
        else:
            return None
        with self._transaction():
            known = self.source(path)
            if known is None or known.state != outcome or known.stamp != stamp:
                if known:
                    self._hand_over(known)
                self._put_source(path, str(outcome), stamp, sha256, None, None, error)
                if known and known.transcript_id:
                    self._leave(known)
        return outcome

    def _guessed(self, path: str) -> str:
        row = self._db.execute("SELECT guessed FROM sources WHERE path = ?", (path,)).fetchone()
        return row["guessed"] if row else "[]"

    def _put_source(
        self,
        path: str,
        state: str,
        stamp: str,
        sha256: str | None,
        ident: str | None,
        metadata: str | None,
        error: str | None = None,
        guessed: str = "[]",
        media: str | None = None,
        *,
        replaced: bool = False,
    ) -> None:
        self._db.execute(
            "INSERT INTO sources"
            " (path, state, stamp, sha256, transcript_id, metadata, error, guessed, media, replaced, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
            " ON CONFLICT (path) DO UPDATE SET"  # what its former names said is of the recording it was, of these bytes
            " former = CASE WHEN transcript_id != excluded.transcript_id OR (transcript_id IS NULL OR"
            " excluded.transcript_id IS NULL) AND sha256 IS NOT excluded.sha256 THEN '[]' ELSE former END,"
            " (state, stamp, sha256, transcript_id, metadata, error, guessed, media, replaced, seen) ="
            " (excluded.state, excluded.stamp, excluded.sha256, excluded.transcript_id, excluded.metadata,"
            " excluded.error, excluded.guessed, excluded.media, excluded.replaced, excluded.seen)",
            (path, state, stamp, sha256, ident, metadata, error, guessed, media, replaced, self._now()),
        )

    def forgotten_transcripts(self) -> set[str]:
        """The ids of those that a person has forgotten."""
        return {row["transcript_id"] for row in self._db.execute("SELECT transcript_id FROM tombstones")}

    def forget(self, ident: str) -> bool:
        """Deletes a transcript and every checkpoint that read it, and bars its content; False where it is unknown."""
        with self._transaction():
            if self.transcript(ident) is None:
                return False
            for sha256 in self._hashes(ident):
                self._db.execute("INSERT OR REPLACE INTO tombstones VALUES (?, ?, ?)", (sha256, ident, self._now()))
            self._db.execute(
                "UPDATE sources SET state = 'forgotten', transcript_id = NULL, metadata = NULL, error = NULL,"
                " former = '[]'"
                " WHERE transcript_id = ?",
                (ident,),
            )
            self._delete_transcript(ident)
            # what was asked and answered may hold its words
            self._db.execute("DELETE FROM intents WHERE answer NOT NULL")
            self._db.execute("INSERT OR REPLACE INTO state VALUES (?, 'true')", (PURGE,))
        self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # the log would still hold the deleted pages
        return True

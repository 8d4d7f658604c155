"""What the quality gate and people say of a transcript: its verdict, and decisions that stay with the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.archive.ledger.identity import COUNTS, IdentityLedger
from connector.archive.rows import TranscriptRow, dump


class ReviewLedger(IdentityLedger):
    """Verdicts and decisions."""

    def _judge(self, ident: str, judgement: Mapping[str, Any] | None) -> str:
        """The transcript's verdict from now on: the gate's and the language model's, where a person has not decided
        about these bytes.
        """
        row = self._db.execute("SELECT verdict FROM transcripts WHERE id = ?", (ident,)).fetchone()
        verdict = str(row["verdict"])
        if judgement is not None:
            told = {key: value for key, value in judgement.items() if key != "verdict"}
            query = "UPDATE transcripts SET judgement = ? WHERE id = ? AND judgement IS NOT ?"
            text = dump(told)
            if self._db.execute(query, (text, ident, text)).rowcount:
                self._changed(ident)
            verdict = self._weighed_verdict(ident, judgement["verdict"])
        if self.is_approved(ident):
            verdict = "accepted"
        self._set_verdict(ident, verdict)
        return verdict

    def _weighed_verdict(self, ident: str, gates: str) -> str:
        """The gate's verdict, or ``held`` where the language model has said since that it must be."""
        row = self.transcript(ident)
        return "held" if row and row.weighed_json and row.judgement.get("grade") == "low" else gates

    def put_weighed(
        self, ident: str, cues_hash: str, weighed: Mapping[str, Any], *, model: str, threshold: float
    ) -> str | None:
        """Keeps what the language model thinks of these words of a transcript; its verdict, where that changes it.

        Nothing is kept where it has other words by now, or is gone. What a person approved stays so.
        """
        with self._transaction():
            row = self.transcript(ident)
            if row is None or row.cues_hash != cues_hash:
                return None
            self._db.execute(
                "INSERT OR REPLACE INTO plausibility VALUES (?, ?, ?, ?)", (ident, model, threshold, dump(weighed))
            )
            return self._verdict_since(row)

    def drop_weighed(self) -> list[str]:
        """What the language model thought counts no more; the transcripts whose verdict that changes."""
        with self._transaction():
            idents = [row["transcript_id"] for row in self._db.execute("SELECT transcript_id FROM plausibility")]
            return [ident for ident in idents if self._drop_weighed(ident)]

    def _drop_weighed(self, ident: str) -> str | None:
        row = self.transcript(ident)
        assert row is not None
        self._db.execute("DELETE FROM plausibility WHERE transcript_id = ?", (ident,))
        return self._verdict_since(row)

    def _verdict_since(self, before: TranscriptRow) -> str | None:
        """The verdict, where it is another than ``before``; documents are derived anew where they show a change."""
        now = self.transcript(before.id)
        assert now is not None
        if any(before.judgement.get(key) != now.judgement.get(key) for key in ("grade", "doubts")):
            self._changed(before.id)
        held = now.judgement.get("grade") == "low" and not self.is_approved(before.id)
        verdict = "held" if held else "accepted"
        self._set_verdict(before.id, verdict)
        return verdict if verdict != before.verdict else None

    def _set_verdict(self, ident: str, verdict: str) -> None:
        query = "UPDATE transcripts SET verdict = ?1 WHERE id = ?2 AND verdict != ?1"
        if self._db.execute(query, (verdict, ident)).rowcount:
            self._changed(ident)

    def approve(self, ident: str) -> None:
        """A person says that the transcript is good enough, whatever the gate says of these bytes."""
        with self._transaction():
            self._decide(ident, "approved")
            self._set_verdict(ident, "accepted")

    def let_go(self, ident: str) -> list[str]:
        """The transcript goes, and its files are to be read again: returns their paths."""
        with self._transaction():
            paths = self._indexed(ident)
            self._db.execute("UPDATE sources SET stamp = '', transcript_id = NULL WHERE transcript_id = ?", (ident,))
            self._delete_transcript(ident)
        return paths

    def _indexed(self, ident: str) -> list[str]:
        query = "SELECT path FROM sources WHERE transcript_id = ? AND state = 'indexed' ORDER BY number"
        return [row["path"] for row in self._db.execute(query, (ident,)).fetchall()]

    def _decide(self, ident: str, decision: str) -> None:
        """The decision is about the bytes whose words are shown; what nobody looked at is asked about anew."""
        gone = f"state = 'missing' AND EXISTS (SELECT 1 FROM sources WHERE transcript_id = ?1 AND {COUNTS})"  # noqa: S608
        shown = "SELECT DISTINCT sha256 FROM sources WHERE transcript_id = ?1 AND NOT replaced AND state != 'duplicate'"
        shown += f" AND NOT ({gone})"
        for row in self._db.execute(shown, (ident,)).fetchall():
            decided = (row["sha256"], decision, self._now())
            self._db.execute("INSERT OR REPLACE INTO decisions VALUES (?, ?, ?)", decided)

    def readmit(self, path: str) -> bool:
        """A person changed their mind about a rejected file: it is approved, and read at the next look at it."""
        with self._transaction():
            source = self.source(path)
            if source is None or source.state != "rejected":
                return False
            self._db.execute("INSERT OR REPLACE INTO decisions VALUES (?, 'approved', ?)", (source.sha256, self._now()))
            self._db.execute("UPDATE sources SET stamp = '' WHERE sha256 = ?", (source.sha256,))
        return True

    def _revive(self, ident: str) -> str | None:
        """Where only older versions of a transcript are left, the newest is to be read again: returns its path.

        Until it has been, its words are not those that are shown, and so it counts as replaced.
        """
        if self._db.execute(f"SELECT 1 FROM sources WHERE transcript_id = ? AND {COUNTS}", (ident,)).fetchone():  # noqa: S608
            return None
        query = (
            "SELECT path, sha256 FROM sources WHERE transcript_id = ? AND state = 'replaced'"
            " ORDER BY number DESC LIMIT 1"
        )
        newest = self._db.execute(query, (ident,)).fetchone()
        if newest is None:
            return None
        self._db.execute(
            "UPDATE sources SET state = 'indexed', stamp = ''"
            " WHERE transcript_id = ? AND state = 'replaced' AND sha256 = ?",
            (ident, newest["sha256"]),
        )
        return str(newest["path"])

    def _hashes(self, ident: str) -> list[str]:
        query = (
            "SELECT sha256 FROM sources WHERE transcript_id = ?1 AND sha256 NOT NULL"
            " UNION SELECT sha256 FROM transcripts WHERE id = ?1 AND sha256 NOT NULL"
        )
        return [row["sha256"] for row in self._db.execute(query, (ident,)).fetchall()]

    def _delete_transcript(self, ident: str) -> None:
        self._let_in(ident)
        self._db.execute("DELETE FROM transcripts WHERE id = ?", (ident,))
        self._changed(ident)
        self._unlearn(ident)

    def _let_in(self, ident: str) -> None:
        """A version that was left out for this one is to be looked at again."""
        self._db.execute("UPDATE sources SET stamp = '' WHERE transcript_id = ? AND state = 'duplicate'", (ident,))

    def _unlearn(self, ident: str) -> None:
        """The checkpoints that read it go."""
        for checkpoint in self.checkpoints():
            if ident in checkpoint.read:
                self._delete_checkpoint(checkpoint.id)

"""What the quality gate and people say of a transcript: its verdict, and decisions that stay with the bytes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connector.archive.ledger.identity import IdentityLedger
from connector.archive.rows import dump


class ReviewLedger(IdentityLedger):
    """Verdicts and decisions."""

    def _judge(self, ident: str, sha256: str, judgement: Mapping[str, Any] | None) -> str:
        """The transcript's verdict from now on: the gate's, where a person has not decided about these bytes."""
        row = self._db.execute("SELECT verdict FROM transcripts WHERE id = ?", (ident,)).fetchone()
        verdict = str(row["verdict"])
        if judgement is not None:
            told = {key: value for key, value in judgement.items() if key != "verdict"}
            query = "UPDATE transcripts SET judgement = ? WHERE id = ? AND judgement IS NOT ?"
            text = dump(told)
            if self._db.execute(query, (text, ident, text)).rowcount:
                self._changed(ident)
            verdict = judgement["verdict"]
        if self.decision(sha256) == "approved":
            verdict = "accepted"
        self._set_verdict(ident, verdict)
        return verdict

    def _set_verdict(self, ident: str, verdict: str) -> None:
        query = "UPDATE transcripts SET verdict = ?1 WHERE id = ?2 AND verdict != ?1"
        if self._db.execute(query, (verdict, ident)).rowcount:
            self._changed(ident)

    def approve(self, ident: str) -> None:
        """A person says that the transcript is good enough, whatever the gate says of these bytes."""
        with self._transaction():
            for sha256 in self._hashes(ident):
                self._db.execute("INSERT OR REPLACE INTO decisions VALUES (?, 'approved', ?)", (sha256, self._now()))
            self._set_verdict(ident, "accepted")

    def reject(self, ident: str) -> None:
        """A person says that it is no transcript worth having: it goes, and stays away while its files are the same."""
        with self._transaction():
            title = self._title(ident)
            for sha256 in self._hashes(ident):
                self._db.execute("INSERT OR REPLACE INTO decisions VALUES (?, 'rejected', ?)", (sha256, self._now()))
            self._db.execute(
                "UPDATE sources SET state = 'rejected', transcript_id = NULL, error = path || ?"
                " WHERE transcript_id = ? AND state != 'missing'",
                (f": {title}, rejected by a person", ident),
            )
            self._delete_transcript(ident)

    def readmit(self, path: str) -> bool:
        """A person changed their mind about a rejected file: it is approved, and read at the next look at it."""
        with self._transaction():
            source = self.source(path)
            if source is None or source.state != "rejected":
                return False
            self._db.execute("INSERT OR REPLACE INTO decisions VALUES (?, 'approved', ?)", (source.sha256, self._now()))
            self._db.execute("UPDATE sources SET stamp = '' WHERE path = ?", (path,))
        return True

    def _hashes(self, ident: str) -> list[str]:
        query = "SELECT DISTINCT sha256 FROM sources WHERE transcript_id = ? AND sha256 NOT NULL"
        return [row["sha256"] for row in self._db.execute(query, (ident,)).fetchall()]

    def _delete_transcript(self, ident: str) -> None:
        # a version that was left out for this one is to be looked at again
        self._db.execute("UPDATE sources SET stamp = '' WHERE transcript_id = ? AND state = 'duplicate'", (ident,))
        self._db.execute("DELETE FROM transcripts WHERE id = ?", (ident,))
        self._changed(ident)
        for checkpoint in self.checkpoints():
            if ident in checkpoint.read:
                self._delete_checkpoint(checkpoint.id)

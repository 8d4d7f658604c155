"""The ledger's part about the model: checkpoints, what each has read, and the samples drawn from it."""

from __future__ import annotations

from collections.abc import Iterable

from connector.archive.ledger.file import LedgerFile
from connector.archive.rows import CheckpointRow, SampleRow, dump


class ModelLedger(LedgerFile):
    """Checkpoints and samples. A checkpoint goes with every transcript it has read (``Ledger``)."""

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

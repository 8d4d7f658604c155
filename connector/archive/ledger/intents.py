"""The ledger's part about what other processes ask of the one that writes.

waiting ◀──▶ working ──▶ done | failed
   │            └──▶ stopping ──▶ stopped | done | failed
   └──▶ withdrawn: the row is gone

What is working waits again where its writer puts it back or was killed; what was stopping under a killed one is gone.
"""

from __future__ import annotations

import json
from typing import Any

from connector.archive.ledger.file import LedgerFile


class IntentLedger(LedgerFile):
    """Intents: a command and its arguments, where they stand, and what was answered."""

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
        return self._move_intent(number, "waiting", "working")

    def put_back_intent(self, number: int) -> bool:
        """It waits again, for the next writer; False where it is to be stopped."""
        return self._move_intent(number, "working", "waiting")

    def _move_intent(self, number: int, before: str, after: str) -> bool:
        with self._transaction():
            query = "UPDATE intents SET state = ? WHERE id = ? AND state = ?"
            return bool(self._db.execute(query, (after, number, before)).rowcount)

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
        self._move_intent(number, "working", "stopping")
        return self.intent(number)[0]

    def finish_intent(self, number: int, state: str, answer: Any) -> None:
        """``state`` is done, failed or stopped; older finished ones are dropped."""
        with self._transaction():
            query = "UPDATE intents SET state = ?, answer = ? WHERE id = ?"
            self._db.execute(query, (state, json.dumps(answer), number))
            self._db.execute("DELETE FROM intents WHERE answer NOT NULL AND id < ?", (number - 100,))

    def intent(self, number: int) -> tuple[str, Any]:
        """(state, answer) of an intent; its state is ``gone`` where it is there no more."""
        row = self._db.execute("SELECT state, answer FROM intents WHERE id = ?", (number,)).fetchone()
        return (row["state"], json.loads(row["answer"]) if row["answer"] else None) if row else ("gone", None)

    def disown(self) -> None:
        """What is of the programs that used this file goes: who held it, and what others asked them to do."""
        with self._transaction():
            self._db.execute("DELETE FROM intents")
            self._db.execute("DELETE FROM state WHERE key IN ('holder', 'daemon')")

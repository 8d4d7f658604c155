"""How another process has the holder of the archive do something: it leaves an intent in the ledger, and waits."""

from __future__ import annotations

import time
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.writer import DAEMON, holder_of
from connector.config import Settings
from connector.errors import BadInputError, NotSetUpError

BEGIN_WAIT = 30.0  # seconds the holder gets to begin what it is asked for
AGAIN = "Run the command again."
RESCAN = "rescan"

Answer = dict[str, Any]


def ask(ledger: Ledger, settings: Settings, command: str, arguments: Answer, progress: Progress = nothing) -> Answer:
    """Leaves an intent and waits: a while for the holder to begin, then for as long as it works on it.

    Raises BadInputError with what the holder says where it fails, NotSetUpError where it is gone or does not begin.
    """
    number = ledger.add_intent(command, arguments)
    deadline = time.monotonic() + BEGIN_WAIT
    while True:
        state, answer = ledger.intent(number)
        if state == "done":
            return dict(answer)
        if state == "failed":
            raise BadInputError(answer["error"], hint=answer["hint"])
        gone = holder_of(settings) is None
        if gone or (state == "waiting" and time.monotonic() > deadline):
            ledger.withdraw_intent(number)
            if gone:
                raise NotSetUpError("the daemon ended before it was done; nothing is left waiting", hint=AGAIN)
            busy = (ledger.get_state("daemon") or {}).get("doing", "busy")
            told = f"the daemon is {busy}, and did not begin within {BEGIN_WAIT:.0f} s; nothing is left waiting"
            raise NotSetUpError(told, hint=AGAIN)
        if state == "working" and (far := (ledger.get_state("daemon") or {}).get("progress")):
            progress(*far)
        time.sleep(0.05)


def rescan(ledger: Ledger, settings: Settings) -> Answer:
    """Has the daemon look at the whole inbox now: ``{"waiting": files to be taken in}``; NotSetUpError without one."""
    holder = holder_of(settings)
    if holder is None or holder["command"] != DAEMON:
        by = "`connector serve` alone does not" if holder else "the daemon does not run"
        raise NotSetUpError(
            f"nothing watches the inbox: {by}",
            hint="`connector run` does, and serves too; `connector run --once` takes in what is there.",
        )
    return ask(ledger, settings, RESCAN, {})

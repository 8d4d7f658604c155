"""How another process has the holder of the archive do something: it leaves an intent in the ledger, and waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.writer import DAEMON, Say, holder_of
from connector.config import Settings
from connector.errors import BadInputError, NotSetUpError

BEGIN_WAIT = 30.0  # seconds the holder gets to begin what it is asked for
LOOK_EVERY = 0.05  # seconds
AGAIN = "Run the command again."
RESCAN = "rescan"

Answer = dict[str, Any]


def ask(
    ledger: Ledger,
    settings: Settings,
    command: str,
    arguments: Answer,
    progress: Progress = nothing,
    *,
    say: Say = lambda _: None,
    wake: Callable[[], None] = lambda: None,
) -> Answer:
    """Leaves an intent and waits: a while for the holder to begin, then for as long as it works on it. ``wake``: has a
    holder in this process look at once, or tells that it was asked. Ctrl-C and SIGTERM withdraw it, or have the holder
    stop, which is waited for; a second one leaves it to that.

    Raises BadInputError with what the holder says where it fails, NotSetUpError where it is gone or does not begin.
    """
    number = ledger.add_intent(command, arguments)
    try:
        wake()
        return _waited_for(ledger, settings, number, progress)[1]
    except (KeyboardInterrupt, SystemExit):
        left = ledger.stop_intent(number)
        if left == "withdrawn":
            say("the daemon had not begun it; nothing is left waiting")
            raise
        if left == "stopping":
            say("asked the daemon to stop; it ends with what it is at (Ctrl-C again: it is left to that)")
        state, answer = _waited_for(ledger, settings, number, progress)
        if state == "done":
            return answer
        say(f"the daemon stopped after {answer['done']:,} of {answer['total']:,}; run it again for the rest")
        raise


def _waited_for(ledger: Ledger, settings: Settings, number: int, progress: Progress) -> tuple[str, Answer]:
    """How an intent ended, and the answer; raises as ``ask``."""
    deadline = time.monotonic() + BEGIN_WAIT
    while True:
        state, answer = _looked_at(ledger, number)
        if answer is not None:
            return state, answer
        gone = holder_of(settings) is None
        if gone or (state == "waiting" and time.monotonic() > deadline):
            ledger.withdraw_intent(number)
            if gone:
                raise NotSetUpError("the daemon ended before it was done; nothing is left waiting", hint=AGAIN)
            busy = (ledger.get_state("daemon") or {}).get("doing", "busy")
            told = f"the daemon is {busy}, and did not begin within {BEGIN_WAIT:.0f} s; nothing is left waiting"
            raise NotSetUpError(told, hint=AGAIN)
        if state != "waiting" and (far := (ledger.get_state("daemon") or {}).get("progress")):
            progress(*far)
        time.sleep(LOOK_EVERY)


def ask_and_go_on(
    ledger: Ledger, settings: Settings, command: str, arguments: Answer, *, wake: Callable[[], None], most: float
) -> Answer | None:
    """``ask``, for at most ``most`` seconds; None where it is not done by then, and will be."""
    number = ledger.add_intent(command, arguments)
    wake()
    deadline = time.monotonic() + most
    while (answer := _looked_at(ledger, number)[1]) is None and time.monotonic() < deadline:
        if holder_of(settings) is None:
            ledger.withdraw_intent(number)
            raise NotSetUpError("nobody holds the archive", hint="Start `connector run`.")
        time.sleep(LOOK_EVERY)
    return answer


def _looked_at(ledger: Ledger, number: int) -> tuple[str, Answer | None]:
    """Where it stands, and what was answered, or how far it came; None while it waits or is worked on.

    Raises BadInputError where it failed, NotSetUpError where nobody is at it any more.
    """
    state, answer = ledger.intent(number)
    if state == "failed":
        raise BadInputError(answer["error"], hint=answer["hint"])
    if state == "gone":
        told = "the daemon has no answer to it any more: it ended, or forgot a transcript meanwhile"
        raise NotSetUpError(told, hint=AGAIN)
    return state, answer


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

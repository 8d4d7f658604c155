"""Asking whoever holds the archive to do something: an intent in the ledger, and the wait for its answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.writer import holder_of
from connector.config import Settings
from connector.errors import BadInputError, NotSetUpError

Answer = dict[str, Any]

BEGIN_WAIT = 30.0  # seconds the holder gets to begin what it is asked for
_LOOK_EVERY = 0.05


def ask(
    ledger: Ledger,
    settings: Settings,
    command: str,
    arguments: Answer,
    *,
    wake: Callable[[], None] = lambda: None,
) -> Answer:
    """Leaves an intent and waits: a while for the holder to begin, then for as long as it works on it.

    ``wake``: has it look at once. BadInputError with what it refuses; NotSetUpError where nobody does it: then nothing
    is left waiting.
    """
    number = ledger.add_intent(command, arguments)
    wake()
    deadline = time.monotonic() + BEGIN_WAIT
    while (answer := _answer(ledger, number)) is None:
        gone = holder_of(settings) is None
        waits = ledger.intent(number)[0] == "waiting"
        if gone or (waits and time.monotonic() > deadline):
            ledger.withdraw_intent(number)
            reason = "ended before it was done" if gone else f"did not begin within {BEGIN_WAIT:.0f} s"
            raise NotSetUpError(f"the daemon {reason}; nothing is left waiting", hint="Run the command again.")
        time.sleep(_LOOK_EVERY)
    return answer


def ask_and_go_on(
    ledger: Ledger, settings: Settings, command: str, arguments: Answer, *, wake: Callable[[], None], most: float
) -> Answer | None:
    """``ask``, for at most ``most`` seconds; None where it is not done by then, and will be."""
    number = ledger.add_intent(command, arguments)
    wake()
    deadline = time.monotonic() + most
    while (answer := _answer(ledger, number)) is None and time.monotonic() < deadline:
        if holder_of(settings) is None:
            ledger.withdraw_intent(number)
            raise NotSetUpError("nobody holds the archive", hint="Start `connector run`.")
        time.sleep(_LOOK_EVERY)
    return answer


def _answer(ledger: Ledger, number: int) -> Answer | None:
    """What was answered, None while it waits or is worked on; BadInputError where it was refused."""
    state, answer = ledger.intent(number)
    if state == "failed":
        raise BadInputError(answer["error"], hint=answer["hint"])
    return dict(answer) if state == "done" else None

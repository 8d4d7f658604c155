"""Takes back everything of this archive from a place it was pushed to: one that ``config.yaml`` names no more, or not.

A datasource's configuration stays there: Glean's indexing API has no way to delete it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.pushes import PUSH_BEGUN, noting
from connector.config import Settings
from connector.errors import BadInputError, NotSetUpError
from connector.glean.destination import TOKEN, Destination, Token, place_of, token_of
from connector.glean.plan import DATASOURCE, IDENTITY, KINDS, Plan, Wanted, plan
from connector.glean.push import carry_out
from connector.glean.pushing import Report, alone, report_of
from connector.glean.remote import Remote
from connector.glean.spool import Spool


def destination_named(ledger: Ledger, place: str) -> Destination:
    """The one of those pushed to that ``place`` names: SERVER/DATASOURCE, or the datasource where that is enough."""
    known = [Destination(*key.split(" ")) for key in ledger.pushed_documents()]
    found = [one for one in known if place in (one.datasource, f"{one.server}/{one.datasource}")]
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{one.server}/{one.datasource}" for one in found or known) or "nowhere yet"
    what = "several places" if found else "no place that was pushed to"
    raise BadInputError(f"{place}: {what}", hint=f"This archive was pushed to: {names}")


@contextmanager
def withdrawal(ledger: Ledger, settings: Settings, destination: Destination) -> Iterator[Plan]:
    """What takes back all that is known to be there."""
    with Spool(settings.data) as nothing_wanted:
        held = {kind: ledger.pushed(destination.key, kind) for kind in KINDS} | {DATASOURCE: {}}
        wanted = Wanted({kind: {} for kind in (DATASOURCE, *IDENTITY)}, nothing_wanted, ledger.generation())
        yield plan(wanted, held, bulk_above=settings.push.bulk_above)


def withdraw(
    settings: Settings,
    place: str,
    *,
    yes_delete: bool = False,
    progress: Callable[[str], AbstractContextManager[Progress]] = lambda _: nullcontext(nothing),
) -> Report:
    """Deletes what ``place`` holds of this archive, one thing after another; interrupted, it is gone on with. Until it
    is done it is told of as the push under way; then, where one was stopped on its way elsewhere, as before of that,
    unless this was stopped itself on the way.

    Raises as ``push`` does.
    """
    started = time.monotonic()
    with alone(settings), Ledger.open(settings.ledger_file) as ledger, ExitStack() as stack:
        destination = destination_named(ledger, place)
        remote = stack.enter_context(Remote(destination, _token(destination, settings)))
        todo = stack.enter_context(withdrawal(ledger, settings, destination))
        before = ledger.get_state(PUSH_BEGUN)
        with progress("withdrawing") as taking:
            try:
                done = carry_out(
                    todo, ledger, remote, destination=destination.key, command=f"connector push --withdraw {place}",
                    yes_delete=yes_delete, progress=noting(ledger, destination.server, destination.datasource, taking),
                )  # fmt: skip
            except BadInputError:  # nothing was sent
                ledger.set_state(PUSH_BEGUN, before)
                raise
        went_elsewhere = before and Destination(before["server"], before["datasource"]) != destination
        ledger.set_state(PUSH_BEGUN, before if went_elsewhere else None)
        seconds = time.monotonic() - started
        return report_of(ledger, settings, destination, todo, done, seconds, seconds)


def _token(destination: Destination, settings: Settings) -> Token:
    """Another server is never shown the token that was written down for the one of ``config.yaml``."""
    here = place_of(settings).partition(" ")[0] == destination.server
    push = settings.push if here else settings.push.model_copy(update={"token_file": None})
    if not here and not os.environ.get(TOKEN, "").strip():
        raise NotSetUpError(
            f"no token for {destination.server}, which is not the server that is pushed to now",
            hint=f"Set ${TOKEN} to an indexing API token of that server.",
        )
    return token_of(push)

"""A push from the archive as it stands: one at a time, what came of it kept for ``status``.

It takes no writer's lock: the daemon goes on taking files in meanwhile.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from connector.archive.groups import Progress, group_documents, leaving, nothing, outgoing
from connector.archive.ledger import Ledger
from connector.archive.pushes import PUSH_BEGUN, PUSH_FAILED, PUSH_LAST, elsewhere, mark_of, noting
from connector.archive.rows import dump
from connector.archive.writer import LOCK_WAIT
from connector.config import Settings
from connector.errors import ConnectorError, NotSetUpError, RemoteError
from connector.glean.account import Pushed
from connector.glean.destination import Destination, destination_of, place_of, token_of
from connector.glean.gate import Gate, demand
from connector.glean.guards import asked_reasons, reasons
from connector.glean.identity import groups, memberships, users
from connector.glean.limits import DOCUMENTS, MINUTE, Limit
from connector.glean.plan import DATASOURCE, GROUP, KINDS, MEMBERSHIP, USER, Plan, Wanted, plan
from connector.glean.push import carry_out
from connector.glean.remote import Remote
from connector.glean.sending import Say
from connector.glean.spool import Spool
from connector.identity import Identity, load_identity

Report = dict[str, Any]
Connect = Callable[..., Remote]


class PushUnderWayError(NotSetUpError):
    """Another process pushes from this data folder."""


@contextmanager
def planned(
    ledger: Ledger,
    settings: Settings,
    identity_file: Path,
    destination: Destination,
    *,
    full: bool = False,
    progress: Progress = nothing,
    say: Say = lambda _: None,
) -> Iterator[Plan]:
    """What a push would do; the documents lie on disk as long as it is open. PayloadError where one breaks a rule."""
    with Spool(settings.data) as spool:
        generation = ledger.generation()  # before they are read: what changes between is taken for changed
        wanted = Wanted(_things(ledger, settings, identity_file, spool, progress, say), spool, generation)
        held = {kind: ledger.pushed(destination.key, kind) for kind in KINDS}
        forgotten = ledger.forgotten_transcripts()
        yield plan(wanted, held, bulk_above=settings.push.bulk_above, full=full, forgotten=forgotten)


def push(
    settings: Settings,
    identity_file: Path,
    *,
    full: bool = False,
    yes_delete: bool = False,
    restart: bool = False,
    mark: str = "",
    progress: Callable[[str], AbstractContextManager[Progress]] = lambda _: nullcontext(nothing),
    say: Say = lambda _: None,
    connect: Connect = Remote,
) -> Report:
    """Makes Glean hold what may leave, and returns what was done; ``mark`` is remembered as its state of things, told
    by who looks for changes with earlier settings. Raises as ``carry_out`` does, NotSetUpError where no
    server or token is told, PushUnderWayError where another process pushes.
    """
    started = time.monotonic()
    with alone(settings), Ledger.open(settings.ledger_file) as ledger, ExitStack() as stack:
        mark = mark or mark_of(ledger, settings, identity_file, place_of(settings))
        try:
            destination, token = destination_of(settings), token_of(settings.push)
            remote = stack.enter_context(connect(destination, token, pace=pace(ledger, destination)))
            noting(ledger, destination.server, destination.datasource)
            with progress("reading") as reading:
                plan = planned(ledger, settings, identity_file, destination, full=full, progress=reading, say=say)
                todo = stack.enter_context(plan)
            begun = time.monotonic()
            with progress("pushing") as sending:
                done = carry_out(
                    todo, ledger, remote, destination=destination.key,
                    leaving=lambda group: leaving(group_documents(ledger, group, settings), settings),
                    people=lambda: _still_there(identity_file),
                    yes_delete=yes_delete, restart=restart, say=say,
                    progress=noting(ledger, destination.server, destination.datasource, sending),
                )  # fmt: skip
        except ConnectorError as error:
            ledger.set_state(PUSH_FAILED, {"reason": error.message, "at": _now(), "mark": mark})
            raise
        now = time.monotonic()
        report = report_of(ledger, settings, destination, todo, done, now - begun, now - started)
        ledger.set_state(PUSH_LAST, report | {"refused": len(done.refused), "at": _now(), "mark": mark})
        ledger.set_state(PUSH_FAILED, None)
        ledger.set_state(PUSH_BEGUN, None)
    return report


def pace(ledger: Ledger, destination: Destination) -> Limit:
    """The limit of documents a minute, which goes on from one push to the next."""
    key = destination.key
    return Limit(DOCUMENTS, MINUTE, ledger.sent_lately(key), partial(ledger.note_lately, key))


def reasons_now(todo: Plan, settings: Settings, destination: Destination) -> list[str]:
    """Why it would not be done without a person's word. Where only Glean can tell it is asked, and nothing is sent."""
    told = reasons(todo)
    if not todo.bulk:
        return told
    try:
        with Remote(destination, token_of(settings.push)) as remote:
            return told + asked_reasons(todo, remote)
    except (NotSetUpError, RemoteError) as error:
        return [*told, f"whether others have documents there could not be asked: {error.message}"]


def _things(
    ledger: Ledger, settings: Settings, identity_file: Path, spool: Spool, progress: Progress, say: Say
) -> dict[str, dict[str, dict[str, Any]]]:
    """The documents go into ``spool``; returns the rest of what Glean is told, by kind and key."""
    gate = Gate(settings, load_identity(identity_file))
    spool.fill(outgoing(ledger, settings, progress), gate.check)
    report = gate.close()
    demand(report)
    for warning in report.warnings:
        say(warning)
    return {DATASOURCE: {settings.glean.datasource: gate.datasource}, **_people(gate.identity)}


def _people(identity: Identity) -> dict[str, dict[str, dict[str, Any]]]:
    return {
        USER: {user["email"]: user for user in users(identity)},
        GROUP: {group["name"]: group for group in groups(identity)},
        MEMBERSHIP: {dump(membership): membership for membership in memberships(identity)},
    }


def _still_there(identity_file: Path) -> dict[str, AbstractSet[str]]:
    """The keys of the users and memberships of identity.yaml as it is now. Without it nobody is in a group, and the
    users are those whom documents name.
    """
    identity = load_identity(identity_file)
    if identity is None:
        return {MEMBERSHIP: frozenset()}
    people = _people(identity)
    return {kind: people[kind].keys() for kind in (USER, MEMBERSHIP)}


def report_of(
    ledger: Ledger,
    settings: Settings,
    destination: Destination,
    todo: Plan,
    done: Pushed,
    sending: float,
    seconds: float,
) -> Report:
    """What was done, where, how fast; and which other places still hold documents of this archive."""
    documents = done.sent.get("document", 0)
    return {
        "server": destination.server,
        "datasource": destination.datasource,
        "way": "bulk" if todo.bulk else "single",
        "sent": done.sent,
        "removed": done.removed,
        "unchanged": {kind: found.unchanged for kind, found in todo.differences.items()},
        "refused": done.refused,
        "withheld": done.withheld,
        "elsewhere": elsewhere(ledger, place_of(settings)),
        "seconds": round(seconds, 3),
        "documents_a_second": round(documents / sending, 1) if sending else 0.0,
    }


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Held by one push of a data folder at a time; PushUnderWayError for a second."""
    if not settings.ledger_file.exists():
        Ledger.open(settings.ledger_file)  # says what is missing, and makes no folder
    lock = FileLock(settings.push_lock_file)
    try:
        lock.acquire(timeout=LOCK_WAIT)
    except Timeout:
        raise PushUnderWayError(
            f"another push from {settings.data} is under way", hint="Wait for it to end: `connector status` shows it."
        ) from None
    try:
        yield
    finally:
        lock.release()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")

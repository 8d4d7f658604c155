"""What changes the archive besides the daemon's own watching. Whoever holds the lock carries it out.

A command that finds the daemon at work leaves an intent in the ledger; the daemon runs the same function.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from connector.archive.checkpoints import reconcile
from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger, Outcome
from connector.archive.lookup import transcript_named
from connector.archive.pushes import elsewhere, told_elsewhere
from connector.archive.requests import ask
from connector.archive.writer import KEEPERS, Archive, DataFolderInUseError, Say, holder_of, writing
from connector.config import Settings
from connector.counting import counted
from connector.daemon import decisions
from connector.daemon.decisions import Answer
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import Ingested, ingest_safely
from connector.daemon.telling import Telling, Told
from connector.errors import ConnectorError
from connector.glean.destination import place_of

log = logging.getLogger("connector")

SYNC_EVERY = 5.0  # seconds between two commits to the index while many files are taken in
LOOK_EVERY = 0.1  # seconds between two looks whether what is done is still wanted
MANY = 50  # groups of documents to index; of so many a person is told


class StoppedError(Exception):
    """Raised by a ``progress`` that will not go on after ``done`` of ``total``: the rest is for the next time."""

    def __init__(self, done: int, total: int) -> None:
        super().__init__(f"stopped after {done:,} of {total:,}")
        self.done = done
        self.total = total


def forget(archive: Archive, arguments: Answer, say: Say, progress: Progress) -> Answer:
    """Deletes a transcript everywhere: documents, the checkpoints that read it, their samples, and the last export.

    Once the ledger has forgotten it, what is left to do is done at the next start at the latest (``View.purge``): it is
    not stopped half-way.
    """
    row = transcript_named(archive.ledger, arguments["id"])
    files = archive.ledger.files_of(row.id)
    before = {checkpoint.id for checkpoint in archive.ledger.checkpoints()}
    archive.ledger.forget(row.id)
    archive.view.sync()  # found by nobody from here on
    revoked = sorted(before - {checkpoint.id for checkpoint in archive.ledger.checkpoints()})
    reconcile(archive.ledger, archive.settings)
    archive.view.purge(_without_stopping(progress))
    say(Told.of(files, f"forgot {row.id} ({row.metadata.title}); checkpoints revoked: {len(revoked)}"))
    other = elsewhere(archive.ledger, place_of(archive.settings))
    for line in told_elsewhere(other):
        say(line)
    return {"id": row.id, "title": row.metadata.title, "revoked_checkpoints": revoked, "elsewhere": other}


def _without_stopping(progress: Progress) -> Progress:
    def show(done: int, total: int) -> None:
        with suppress(StoppedError):
            progress(done, total)

    return show


def rebuild(archive: Archive, _: Answer, say: Say, progress: Progress) -> Answer:
    """The index from the ledger, in one step for whoever searches."""
    started = time.monotonic()
    documents = archive.view.rebuild(progress)
    seconds = time.monotonic() - started
    say(f"built the index anew: {counted(documents, 'document')} in {seconds:.1f} s")
    return {"documents": documents, "seconds": round(seconds, 3)}


def take_in(archive: Archive, arguments: Answer, say: Say, progress: Progress) -> Answer:
    """The daemon's line for named files and folders, without watching; what failed before is tried again."""
    inbox = Inbox(archive.settings)
    counts: dict[str, int] = {}
    failed: list[str] = []
    told: list[Answer] = []
    roots = [inbox.real(Path(path)) for path in arguments["paths"]]
    unreadable: list[OSError] = []
    found = [(source, root) for root in roots for source in inbox.scan(root, unreadable.append)]
    found.sort(key=lambda pair: pair[0].modified)  # of two versions of a recording the later export stays
    failed += [f"{error.filename}: {error.strerror}" for error in unreadable]
    last_sync, telling = time.monotonic(), Telling()
    with _searchable_when_stopped(archive, counts, len(found), say, progress):
        for number, (source, root) in enumerate(found, start=1):
            started = time.monotonic()
            try:
                result = ingest_safely(source, inbox, archive.ledger, archive.settings, root=root, again=True)
            except (OSError, sqlite3.OperationalError) as error:
                result = Ingested(source.key, Outcome.FAILED, error=f"{source.key}: {error}")
            counts[result.outcome] = counts.get(result.outcome, 0) + 1
            if result.error:
                failed.append(result.error)
                say(Told.of([source.key], cannot_read(result.error)))
            else:
                telling.tell(result, len(found), time.monotonic() - started)
            if not result.error and (result.notes or result.held or result.replaced):
                told.append(_told_of(result))
            if time.monotonic() - last_sync > SYNC_EVERY:
                archive.view.sync()
                last_sync = time.monotonic()
            telling.sum_up(len(found) - number)
            progress(number, len(found))
    _make_searchable(archive, say, _without_stopping(progress))  # no file is left for another time
    return {"files": len(found), "outcomes": dict(sorted(counts.items())), "told": told, "failed": failed}


@contextmanager
def _searchable_when_stopped(
    archive: Archive, counts: Mapping[str, int], total: int, say: Say, progress: Progress
) -> Iterator[None]:
    """Where Ctrl-C or SIGTERM ends the block, what is in the ledger by then is made searchable first."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        say(f"stopped after {sum(counts.values()):,} of {counted(total, 'file')}; run it again for the rest")
        _make_searchable(archive, say, progress)
        raise


def _make_searchable(archive: Archive, say: Say, progress: Progress) -> None:
    """Brings the index to the ledger, and says so where that takes long."""
    if len(archive.ledger.changes_since(archive.view.index.generation)) > MANY:
        say("making them searchable")
    archive.view.sync(progress)


def cannot_read(error: str) -> str:
    """How a person is told of a file that failed."""
    return "cannot read " + error.replace("\n", "\n  ")


def _told_of(result: Ingested) -> Answer:
    """What there is to say of a file besides its outcome: what the daemon tells in its log, and why it is held."""
    return {
        "file": result.key,
        "id": result.transcript_id,
        "outcome": str(result.outcome),
        "replaced": list(result.replaced),
        "held": list(result.held),
        "notes": list(result.notes),
    }


Operation = Callable[[Archive, Answer, Say, Progress], Answer]
OPERATIONS: dict[str, Operation] = {
    "forget": forget,
    "rebuild": rebuild,
    "ingest": take_in,
    "approve": decisions.approve,
    "reject": decisions.reject,
    "jargon": decisions.jargon,
}


def carry_out(settings: Settings, command: str, arguments: Answer, say: Say, progress: Progress = nothing) -> Answer:
    """Runs the operation here where the lock is free, else has the daemon run it and waits for its answer."""

    def here(archive: Archive) -> Answer:
        return OPERATIONS[command](archive, arguments, say, progress)

    return here_or_daemon(settings, command, arguments, say, here, progress)


def here_or_daemon(
    settings: Settings,
    command: str,
    arguments: Answer,
    say: Say,
    here: Callable[[Archive], Answer],
    progress: Progress = nothing,
) -> Answer:
    """``here`` where the lock is free; where the daemon holds it, what the daemon answers to ``command``.

    Where another command holds it, waits: that one ends by itself.
    """
    waiting = False
    while True:
        try:
            with writing(settings, command, say, progress) as archive:
                return here(archive)
        except DataFolderInUseError as error:
            holder = holder_of(settings)
            if holder and holder["command"] in KEEPERS:
                break
            if not waiting:
                say(f"{error.message}; waiting for it to end")
                waiting = True
            time.sleep(0.2)
    told = f"`connector {holder['command']}` works on this data folder; asked it to do it"
    with Ledger.open(settings.ledger_file) as ledger:
        return ask(ledger, settings, command, arguments, progress, say=say, wake=lambda: say(told))


def carry_out_intents(ledger: Ledger, act: Callable[[str, Answer, Progress], Answer], progress: Progress) -> None:
    """The daemon's side: does by ``act`` what others have asked for, and leaves them the answers.

    What ends ``progress`` ends it: it waits for the next start. What those who asked want stopped is done as far as it
    is, and no further.
    """
    for number, command, arguments in ledger.waiting_intents():
        if not ledger.begin_intent(number):
            continue
        log.info("asked to %s", f"{command} {arguments}" if arguments else command)
        try:
            answer = act(command, arguments, _while_wanted(ledger, number, progress))
        except StoppedError as stopped:
            if ledger.put_back_intent(number):
                return
            log.info("%s: stopped after %s of %s, as asked", command, f"{stopped.done:,}", f"{stopped.total:,}")
            ledger.finish_intent(number, "stopped", {"done": stopped.done, "total": stopped.total})
        except ConnectorError as error:
            log.info("%s: %s", command, error.message)  # who asked may be gone
            ledger.finish_intent(number, "failed", {"error": error.message, "hint": error.hint})
        except Exception as error:  # the edge: a request must not stop the daemon
            log.exception("%s: internal error", command)
            ledger.finish_intent(number, "failed", {"error": f"internal error: {error!r}", "hint": ""})
        else:
            ledger.finish_intent(number, "done", answer)


def _while_wanted(ledger: Ledger, number: int, progress: Progress) -> Progress:
    """``progress`` that goes on as long as whoever asked wants it done."""

    looked = 0.0

    def go_on(done: int, total: int) -> None:
        nonlocal looked
        progress(done, total)
        if done < total and time.monotonic() - looked >= LOOK_EVERY:
            looked = time.monotonic()
            if ledger.intent(number)[0] == "stopping":
                raise StoppedError(done, total)

    return go_on

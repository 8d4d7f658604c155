"""What changes the archive besides the daemon's own watching. Whoever holds the lock carries it out.

A command that finds the data folder in use leaves an intent in the ledger; the holder runs the same function.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.archive.checkpoints import reconcile
from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger, Outcome
from connector.archive.writer import Archive, DataFolderInUseError, Say, writing
from connector.config import Settings
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import Ingested, ingest
from connector.errors import BadInputError, NotSetUpError

ANSWER_WAIT = 30.0  # seconds a command waits for the daemon to carry out what it asked for
SYNC_EVERY = 5.0  # seconds between two commits to the index while many files are taken in

Answer = dict[str, Any]


def forget(archive: Archive, arguments: Answer, say: Say, progress: Progress) -> Answer:
    """Deletes a transcript everywhere: documents, the checkpoints that read it, and their samples."""
    ident = transcript_of(archive.ledger, arguments["id"])
    row = archive.ledger.transcript(ident)
    assert row is not None
    before = {checkpoint.id for checkpoint in archive.ledger.checkpoints()}
    archive.ledger.forget(ident)
    archive.view.sync(progress)
    reconcile(archive.ledger, archive.settings)
    revoked = sorted(before - {checkpoint.id for checkpoint in archive.ledger.checkpoints()})
    say(f"forgot {ident} ({row.metadata.title}); checkpoints revoked: {len(revoked)}")
    return {"id": ident, "title": row.metadata.title, "revoked_checkpoints": revoked}


def rebuild(archive: Archive, _: Answer, say: Say, progress: Progress) -> Answer:
    """The index from the ledger, in one step for whoever searches."""
    started = time.monotonic()
    documents = archive.view.rebuild(progress)
    seconds = time.monotonic() - started
    say(f"built the index anew: {documents:,} documents in {seconds:.1f} s")
    return {"documents": documents, "seconds": round(seconds, 3)}


def take_in(archive: Archive, arguments: Answer, say: Say, progress: Progress) -> Answer:
    """The daemon's line for named files and folders, without watching."""
    inbox = Inbox(archive.settings)
    roots = [Path(path) for path in arguments["paths"]]
    found = [(source, root) for root in roots for source in inbox.scan(root)]
    counts: dict[str, int] = {}
    failed: list[str] = []
    last_sync = time.monotonic()
    for number, (source, root) in enumerate(found, start=1):
        try:
            result = ingest(source, inbox, archive.ledger, archive.settings, root)
        except OSError as error:
            result = Ingested(source.key, Outcome.FAILED, error=f"{source.key}: {error.strerror or error}")
        counts[result.outcome] = counts.get(result.outcome, 0) + 1
        if result.error:
            failed.append(result.error)
            say(f"cannot read {result.error.partition(chr(10))[0]}")
        if time.monotonic() - last_sync > SYNC_EVERY:
            archive.view.sync()
            last_sync = time.monotonic()
        progress(number, len(found))
    archive.view.sync()
    return {"files": len(found), "outcomes": dict(sorted(counts.items())), "failed": failed}


Operation = Callable[[Archive, Answer, Say, Progress], Answer]
OPERATIONS: dict[str, Operation] = {"forget": forget, "rebuild": rebuild, "ingest": take_in}


def carry_out(settings: Settings, command: str, arguments: Answer, say: Say, progress: Progress = nothing) -> Answer:
    """Runs the operation here where the lock is free, else has the daemon run it and waits for its answer."""
    try:
        with writing(settings, say) as archive:
            return OPERATIONS[command](archive, arguments, say, progress)
    except DataFolderInUseError:
        return ask_daemon(settings, command, arguments, say)


def ask_daemon(settings: Settings, command: str, arguments: Answer, say: Say) -> Answer:
    """Leaves an intent and waits for what came of it. Raises BadInputError with the daemon's reason where it failed."""
    with Ledger.open(settings.ledger_file) as ledger:
        number = ledger.add_intent(command, arguments)
        say("the daemon works on this data folder; asked it to do it")
        deadline = time.monotonic() + ANSWER_WAIT
        while time.monotonic() < deadline:
            state, answer = ledger.intent(number)
            if state == "done":
                return dict(answer)
            if state == "failed":
                raise BadInputError(
                    answer["error"] if answer else "the daemon could not do it",
                    hint=(answer or {}).get("hint", ""),
                )
            time.sleep(0.05)
    raise NotSetUpError(
        f"no answer within {ANSWER_WAIT:.0f} s; the request stays with whoever holds {settings.data}",
        hint="`connector status` shows what waits.",
    )


def transcript_of(ledger: Ledger, ident: str) -> str:
    """The transcript that ``ident`` names: its own id, one of its segments', or a beginning that only it has."""
    ident = ident.strip().lower()
    if ledger.transcript(ident):
        return ident
    candidates = [
        known
        for known in ledger.transcript_ids()
        if ident.startswith(known) or (len(ident) >= 4 and known.startswith(ident))
    ]
    if len(candidates) == 1:
        return candidates[0]
    reason = f"`{ident}` fits {len(candidates)} transcripts" if candidates else f"no transcript `{ident}`"
    raise BadInputError(reason, hint="`connector search WORDS --kind transcript` shows ids; --json shows them whole.")

"""What people decide about the archive: approve and reject transcripts in doubt, apply the glossary."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from connector.archive.checkpoints import unlearn
from connector.archive.glossary import apply_glossary, written_glossary
from connector.archive.groups import Progress
from connector.archive.ledger import Ledger, Outcome
from connector.archive.lookup import transcript_named
from connector.archive.rows import TranscriptRow
from connector.archive.writer import Archive, Say
from connector.counting import counted
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import ingest_safely
from connector.daemon.telling import Told
from connector.errors import BadInputError
from connector.jargon_file import common_mishearings
from connector.transcripts.sketch import sketch

Answer = dict[str, Any]


def about(ledger: Ledger, names: Sequence[str]) -> Answer:
    """The arguments of a decision: what it is about, and the words that whoever decides sees there now."""
    words = {}
    for name in names:
        with suppress(BadInputError):  # the path of a rejected file; what names nothing, the decision itself says
            row = transcript_named(ledger, name)
            words[row.id] = row.cues_hash
    return {"ids": list(names), "words": words}


def as_seen(ledger: Ledger, name: str, arguments: Answer) -> TranscriptRow:
    """The transcript of this name; BadInputError where it has other words than whoever decides has seen: a new version
    came in meanwhile, or it was decided already and an older one took its place.
    """
    row = transcript_named(ledger, name)
    if arguments.get("words", {}).get(row.id, row.cues_hash) != row.cues_hash:
        raise BadInputError(
            f"{row.metadata.title} ({row.id}) has other words or speakers by now: nothing was decided about it",
            hint=f"See what they are, and decide again: connector review show {row.id}",
        )
    return row


def approve(archive: Archive, arguments: Answer, say: Say, _: Progress) -> Answer:
    """Held transcripts count as others do from now on; rejected files, named by their paths, are read again."""
    ledger = archive.ledger
    files = [name for name in arguments["ids"] if (source := ledger.source(name)) and source.state == "rejected"]
    rows = [as_seen(ledger, name, arguments) for name in arguments["ids"] if name not in files]
    try:
        approved = [_approved(archive, row) for row in rows]
        for name in files:
            ledger.readmit(name)
            approved.append(_read_again(archive, name))
    finally:
        archive.view.sync()
    for one in approved:
        say(Told.of(ledger.files_of(one["id"]), f"approved: {one['title']} ({one['id']})"))
    return {"approved": approved}


def _approved(archive: Archive, row: TranscriptRow) -> Answer:
    """A version that waited beside the transcript it is of takes its place."""
    archive.ledger.approve(row.id)
    if archive.settings.ingest.duplicates == "replace" and archive.ledger.like(
        row.cues, sketch(row.cues), besides=row.id
    ):
        read = [_read_again(archive, path) for path in archive.ledger.let_go(row.id)]
        return read[-1]
    return {"id": row.id, "title": row.metadata.title}


def _read_again(archive: Archive, name: str) -> Answer:
    inbox = Inbox(archive.settings)
    found = inbox.find(archive.settings.inbox / name)
    if found is None:
        raise BadInputError(f"{name}: the file is not there any more", hint="Drop it again; the approval stays.")
    result = ingest_safely(found, inbox, archive.ledger, archive.settings)
    row = archive.ledger.transcript(result.transcript_id or "")
    if row is None:
        raise BadInputError(result.error or f"{name}: {result.outcome}")
    return {"id": row.id, "title": row.metadata.title}


def reject(archive: Archive, arguments: Answer, say: Say, _: Progress) -> Answer:
    """The transcripts go, with the checkpoints that read them; their files stay where they are and are left alone."""
    rows = {row.id: row for row in (as_seen(archive.ledger, name, arguments) for name in arguments["ids"])}.values()
    try:
        for row in rows:
            files = archive.ledger.files_of(row.id)
            learnt = [checkpoint.id for checkpoint in archive.ledger.checkpoints()]
            with archive.ledger.together():
                archive.ledger.reject(row.id)
                _put_older(archive, row.id)
            unlearn(archive.ledger, archive.settings, learnt, row.id)
            say(Told.of(files, f"rejected: {row.metadata.title} ({row.id})"))
    finally:
        archive.view.sync()
    return {"rejected": [{"id": row.id, "title": row.metadata.title} for row in rows]}


def _put_older(archive: Archive, ident: str) -> None:
    """The version before a rejected one is read in its place; the recording goes where none is there.

    BadInputError where one is there and cannot be read.
    """
    ledger, settings = archive.ledger, archive.settings
    inbox = Inbox(settings)
    while waiting := ledger.waiting(ident):
        path = waiting[0]
        found = inbox.find(settings.inbox / path)
        if found is None:
            ledger.mark_missing([path])
            continue
        try:
            result = ingest_safely(found, inbox, ledger, settings, again=True)
        except OSError as error:
            raise _unreadable(path, f"{path}: {error.strerror or error}") from error
        if result.outcome is Outcome.FAILED:
            raise _unreadable(path, result.error)
    if ledger.transcript(ident) is not None and not ledger.files_of(ident):
        ledger.drop_without_files(ident)
        for source in ledger.sources():
            if source.transcript_id == ident and source.state == "failed":
                raise _unreadable(source.path, source.error or source.path)


def _unreadable(path: str, error: str) -> BadInputError:
    return BadInputError(
        error,
        hint=f"{path} is the version before the rejected one. Mend it, or take it out of the inbox, and try again.",
    )


def jargon(archive: Archive, _: Answer, say: Say, progress: Progress) -> Answer:
    """Takes over jargon.yaml; the transcripts it corrects otherwise are derived anew, and no others."""
    glossary = written_glossary(archive.ledger, archive.settings)
    for sentence in common_mishearings(glossary):
        say(f"jargon.yaml: {sentence}")
    applied = apply_glossary(archive.ledger, archive.settings, glossary, progress)
    archive.view.sync()
    terms, transcripts = counted(len(glossary.terms), "term"), counted(applied.transcripts, "transcript")
    say(f"glossary applied: {terms}, {transcripts} derived anew")
    return {"terms": len(glossary.terms), "transcripts": applied.transcripts, "changes": applied.changes}

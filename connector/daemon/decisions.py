"""What people decide about the archive: approve and reject transcripts in doubt, apply the glossary."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from connector.archive.glossary import apply_glossary, written_glossary
from connector.archive.groups import Progress
from connector.archive.lookup import transcript_named
from connector.archive.writer import Archive, Say
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import ingest_safely
from connector.errors import BadInputError

Answer = dict[str, Any]


def approve(archive: Archive, arguments: Answer, say: Say, _: Progress) -> Answer:
    """Held transcripts count as others do from now on; rejected files, named by their paths, are read again."""
    approved = []
    for name in arguments["ids"]:
        if archive.ledger.readmit(name):
            approved.append(_read_again(archive, name))
            continue
        row = transcript_named(archive.ledger, name)
        archive.ledger.approve(row.id)
        approved.append({"id": row.id, "title": row.metadata.title})
    archive.view.sync()
    say("approved: " + ", ".join(f"{one['title']} ({one['id']})" for one in approved))
    return {"approved": approved}


def _read_again(archive: Archive, name: str) -> Answer:
    inbox = Inbox(archive.settings)
    found = inbox.find(archive.settings.inbox / Path(os.fsdecode(name)))
    if found is None:
        raise BadInputError(f"{name}: the file is not there any more", hint="Drop it again; the approval stays.")
    result = ingest_safely(found, inbox, archive.ledger, archive.settings)
    row = archive.ledger.transcript(result.transcript_id or "")
    if row is None:
        raise BadInputError(result.error or f"{name}: {result.outcome}")
    return {"id": row.id, "title": row.metadata.title}


def reject(archive: Archive, arguments: Answer, say: Say, _: Progress) -> Answer:
    """The transcripts go, with the checkpoints that read them; their files stay where they are and are left alone."""
    rows = [transcript_named(archive.ledger, name) for name in arguments["ids"]]
    for row in rows:
        archive.ledger.reject(row.id)
    archive.view.sync()
    say("rejected: " + ", ".join(f"{row.metadata.title} ({row.id})" for row in rows))
    return {"rejected": [{"id": row.id, "title": row.metadata.title} for row in rows]}


def jargon(archive: Archive, _: Answer, say: Say, progress: Progress) -> Answer:
    """Takes over jargon.yaml; the transcripts it corrects otherwise are derived anew, and no others."""
    glossary = written_glossary(archive.ledger, archive.settings)
    applied = apply_glossary(archive.ledger, archive.settings, glossary, progress)
    archive.view.sync()
    say(f"glossary applied: {len(glossary.terms):,} terms, {applied.transcripts:,} transcripts derived anew")
    return {"terms": len(glossary.terms), "transcripts": applied.transcripts, "changes": applied.changes}

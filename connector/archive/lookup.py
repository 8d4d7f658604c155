"""What an id, or the beginning of one, names: a transcript, a moment or a sample, as far as the asker may see."""

from __future__ import annotations

from connector.archive.groups import group_documents
from connector.archive.ledger import Ledger
from connector.archive.rows import TranscriptRow
from connector.config import Settings
from connector.errors import BadInputError
from connector.permissions import may_see
from indexer import Asker, Document

SHORTEST = 4  # characters of an id that are taken for its beginning
MOST_NAMED = 5  # of those that an id fits
HINT = "`connector search WORDS --json` gives the ids of what it finds."


def transcript_named(ledger: Ledger, ident: str) -> TranscriptRow:
    """The transcript with this id, this beginning of an id, or this moment in it; BadInputError where none is clear."""
    groups = _groups(ledger.transcript_ids(), ident)
    row = ledger.transcript(groups[0]) if len(groups) == 1 else None
    if row is None:
        raise BadInputError(f"`{ident}` names {len(groups) or 'no'} transcripts", hint=HINT)
    return row


def lookup(ledger: Ledger, settings: Settings, ident: str, asker: Asker | None) -> tuple[Document, list[Document]]:
    """The document with this id or beginning, and all of its group; BadInputError where ``asker`` may see no such.

    Of another datasource it is the whole id, and where others have that too, after datasource and object type.
    """
    wanted = ident.strip().lower()
    found: list[tuple[Document, list[Document]]] = []
    for group in [*_groups(ledger.groups(), ident), *_foreign_groups(ledger, wanted)]:
        documents = [d for d in group_documents(ledger, group, settings) if may_see(asker, d.permissions, d.scope)]
        found += [(document, documents) for document in _named(documents, wanted)]
    if len(found) > 1:
        named = ", ".join(document.id for document, _ in found[:MOST_NAMED])
        raise BadInputError(f"`{ident}` fits several: {named}{' …' if len(found) > MOST_NAMED else ''}", hint=HINT)
    if not found:
        raise BadInputError(f"nothing is known by the id `{ident}`", hint=HINT)
    return found[0]


def _foreign_groups(ledger: Ledger, wanted: str) -> list[str]:
    idents = {wanted, wanted.split("/", 2)[-1]}  # without datasource and object type
    return sorted({group for ident in idents for group in ledger.foreign_groups_with(ident)})


def _named(documents: list[Document], wanted: str) -> list[Document]:
    """The one with this id; the transcript itself where ``wanted`` begins its id; else all whose id begins so."""
    if documents and documents[0].scope:
        return [d for d in documents if wanted in (d.id.lower(), str(d.payload["id"]).lower())]
    begun = [document for document in documents if document.id.startswith(wanted)]
    exact = [document for document in begun if document.id == wanted]
    return exact or [document for document in begun if document.kind == "transcript"] or begun


def _groups(groups: list[str], ident: str) -> list[str]:
    """Those that ``ident`` is, is in (a document's id begins with its group's), or is the beginning of."""
    wanted = ident.strip().lower()
    inside = [group for group in groups if wanted.startswith(group)]
    return inside or [group for group in groups if len(wanted) >= SHORTEST and group.startswith(wanted)]

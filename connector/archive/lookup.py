"""One document by its id, with the segments around it, as far as the asker may see."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from connector.archive.documents import clock
from connector.archive.groups import group_documents
from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.errors import BadInputError
from connector.permissions import may_see
from indexer import Asker, Document

NOT_FOUND_HINT = "`connector search WORDS --json` gives the ids of what it finds."


@dataclass(frozen=True)
class Found:
    """A document, the documents around it, and both as lines for a person."""

    document: dict[str, Any]
    around: list[dict[str, Any]]
    lines: list[str]


def lookup(settings: Settings, ident: str, around: int, asker: Asker | None) -> Found:
    """The document ``ident`` names; BadInputError where there is none, or none that ``asker`` may see."""
    ident = ident.strip().lower()
    with Ledger.open(settings.ledger_file) as ledger:
        groups = [
            group
            for group in ledger.groups()
            if ident.startswith(group) or (len(ident) >= 4 and group.startswith(ident))
        ]
        documents = group_documents(ledger, groups[0], settings) if len(groups) == 1 else []
    documents = [document for document in documents if may_see(asker, document.permissions)]
    chosen = next((d for d in documents if d.id == ident), None)
    if chosen is None and documents and documents[0].group.startswith(ident):
        chosen = documents[0]
    if chosen is None:
        raise BadInputError(f"nothing is known by the id `{ident}`", hint=NOT_FOUND_HINT)
    segments = [document for document in documents if document.kind == "segment"]
    if chosen.kind == "segment":
        near = [s for s in segments if abs(s.position - chosen.position) <= around]
        return Found(chosen.payload, [s.payload for s in near], [_line(s, s is chosen) for s in near])
    if chosen.kind == "transcript":
        return Found(chosen.payload, [s.payload for s in segments], [_line(s, False) for s in segments])
    lines = [f"prompt: {chosen.properties['prompt']}", "", chosen.text]
    return Found(chosen.payload, [], lines)


def _line(document: Document, marked: bool) -> str:
    who = f"{document.speaker}: " if document.speaker else ""
    return f"{'→' if marked else ' '} {clock(document.start or 0.0):>8}  {who}{document.text}"

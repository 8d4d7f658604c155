"""The link to a moment of a document: the recording opened at that second of it."""

from __future__ import annotations

from connector.transcripts.links import moment_url
from indexer import Document


def moment_link(document: Document, at: float | None) -> str:
    """The link that opens the recording of a segment at this second of it, or the page of what is no segment."""
    if document.kind != "segment" or at is None or at == document.start:
        return document.url
    return moment_url(document.url, at)

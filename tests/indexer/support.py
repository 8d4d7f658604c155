"""Documents for the tests of the index, made as small as the contract allows, and searches for them."""

from __future__ import annotations

from typing import Any

from indexer.document import Document
from indexer.search import SearchRequest, SearchResult, search
from indexer.store import Index

OPEN = {"allowAllDatasourceUsersAccess": True}
QUIET = {"title": "Talk", "collection": "x", "speaker": None}


def transcript(group: str, title: str = "Budget review", **more: Any) -> Document:
    return Document(
        {
            "datasource": "transcripts",
            "objectType": "Transcript",
            "id": group,
            "title": title,
            "viewURL": f"https://v.example/{group}",
            "container": "Board",
            "body": {"mimeType": "text/plain", "textContent": "outline"},
            "permissions": OPEN,
            **more,
        }
    )


def segment(
    group: str,
    position: int,
    text: str,
    *,
    speaker: str | None = "Anna Maier",
    title: str = "Budget review",
    collection: str = "Board",
    **more: Any,
) -> Document:
    properties = [
        {"name": "start", "value": position * 20.5},
        {"name": "end", "value": position * 20.5 + 20},
        {"name": "position", "value": position},
        {"name": "collection", "value": collection},
    ]
    if speaker:
        properties.append({"name": "speaker", "value": speaker})
    return Document(
        {
            "datasource": "transcripts",
            "objectType": "TranscriptSegment",
            "id": f"{group}{position:04d}",
            "title": f"{title} (0:{position:02d})",
            "viewURL": f"https://v.example/{group}?t={position * 20}",
            "container": title,
            "containerDatasourceId": group,
            "containerObjectType": "Transcript",
            "body": {"mimeType": "text/plain", "textContent": text},
            "customProperties": properties,
            "tags": [],
            "createdAt": 1_735_689_600,  # 2025-01-01
            "permissions": OPEN,
            **more,
        }
    )


def sample(checkpoint: str, number: int, text: str, **more: Any) -> Document:
    return Document(
        {
            "datasource": "transcripts",
            "objectType": "TranscriptSample",
            "id": f"{checkpoint}{number:04d}",
            "title": f"Generated sample {number}",
            "viewURL": f"http://127.0.0.1:8765/sample/{checkpoint}{number:04d}",
            "container": "char-gpt",
            "containerDatasourceId": checkpoint,
            "body": {"mimeType": "text/plain", "textContent": text},
            "customProperties": [{"name": "generated", "value": "yes"}, {"name": "checkpoint", "value": checkpoint}],
            "permissions": OPEN,
            **more,
        }
    )


def recording(group: str, *texts: str, **more: Any) -> tuple[str, list[Document]]:
    """A group: a transcript with a segment for each text."""
    return group, [transcript(group), *(segment(group, at, text, **more) for at, text in enumerate(texts))]


def said(index: Index, *texts: str, language: str = "", **more: Any) -> None:
    """Each text is a recording of its own, ``t0`` and on."""
    told = {"customProperties": [{"name": "language", "value": language}]} if language else {}
    index.write(
        [
            (f"t{at}", [transcript(f"t{at}", **told), segment(f"t{at}", 0, text, **{**QUIET, **more})])
            for at, text in enumerate(texts)
        ],
        1,
    )


def find(index: Index, query: str, **more: Any) -> SearchResult:
    return search(index, SearchRequest(query, **more))


def ids(result: SearchResult) -> list[str]:
    """The recordings of its hits, in their order."""
    return [hit.id[:-4] for hit in result.hits]

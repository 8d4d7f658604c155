"""Documents and hits as Glean's client API tells them. Pure.

Places in a text (``ranges``) are counted in Unicode characters, as JSON and Python count them; the specification says
no more. A snippet is plain text: what is bold is told by its ranges.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import blake2b
from typing import Any

from connector.archive.moments import moment_link
from indexer import Document
from indexer.request import Hit

ON, OFF = "\ue006", "\ue007"  # what Glean's older `snippet` marks words with
_MARKS = re.compile("(</?b>)")

Told = dict[str, Any]


def search_result(hit: Hit, token: str = "") -> Told:
    """A ``SearchResult``: the best moment of a recording, the others in ``clusteredResults``."""
    best, *others = _moments((hit, *hit.more))
    told = _result(best)
    if token:
        told["trackingToken"] = token
    if others:
        told |= {"clusteredResults": [_result(other) for other in others], "clusterType": "CONTENT"}
    return told


def link(hit: Hit) -> str:
    """The link that opens the recording where the words are said."""
    return moment_link(hit.document, hit.at)


def snippet_text(hit: Hit) -> tuple[str, list[tuple[int, int]]]:
    """The hit's snippet as plain text, and from where to where it is bold, in characters."""
    text, ranges = "", []
    for part in _MARKS.split(hit.snippet):
        if part == "<b>":
            ranges.append((len(text), len(text)))
        elif part == "</b>":
            ranges[-1] = (ranges[-1][0], len(text))
        else:
            text += html.unescape(part)
    return text, ranges


def pieces(
    text: str, ranges: Iterable[tuple[int, int]], begin: int = 0, end: int | None = None
) -> Iterator[tuple[str, bool]]:
    """``text[begin:end]`` in parts, each with whether it is marked, as ``ranges`` of the text, in order, say."""
    end = len(text) if end is None else end
    for low, high in ranges:
        low, high = max(low, begin), min(high, end)
        if low < high:
            if begin < low:
                yield text[begin:low], False
            yield text[low:high], True
            begin = high
    if begin < end:
        yield text[begin:end], False


def document(one: Document, *, content: bool = False) -> Told:
    """A ``Document``, with its metadata; ``content``: and its text."""
    payload = one.payload
    told: Told = {
        "id": one.id,
        "datasource": payload.get("datasource"),
        "connectorType": "PUSH_API",
        "docType": payload.get("objectType"),
        "title": one.title or "Untitled",
        "url": one.url,
        "metadata": _metadata(one),
    }
    if one.kind == "segment" and payload.get("container"):
        container = {"id": one.group, "title": payload["container"], "docType": payload.get("containerObjectType")}
        told["containerDocument"] = _present(container)
    if content:
        told["content"] = {"fullTextList": one.text.splitlines()}
    return _present(told)


def person(value: Any) -> Told | None:
    """A ``Person``: of a payload's author or owner."""
    if not isinstance(value, dict):
        return None
    name, email = value.get("name"), value.get("email")
    if not (name or email):
        return None
    told: Told = {"name": name or email, "obfuscatedId": _opaque(str(email or name))}
    return told | {"metadata": {"email": email}} if email else told


def moment(seconds: Any) -> str | None:
    """Epoch seconds as ISO 8601; None where it is no time."""
    if isinstance(seconds, bool) or not isinstance(seconds, int | float):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (OverflowError, OSError, ValueError):  # a year that a date cannot hold
        return None


def _result(hit: Hit) -> Told:
    text, ranges = snippet_text(hit)
    url = link(hit)
    places = [{"startIndex": start, "endIndex": end, "type": "BOLD"} for start, end in ranges]
    snippet = {
        "mimeType": "text/plain",
        "text": text,
        "snippet": "".join(f"{ON}{part}{OFF}" if bold else part for part, bold in pieces(text, ranges)),
        "ranges": places,
        "snippetTextOrdering": 0,
        "url": url,
    }
    told = document(hit.document)
    return {"title": told["title"], "url": url, "document": told, "snippets": [snippet] if text else []}


def _moments(hits: Sequence[Hit]) -> Sequence[Hit]:
    """What was said, without the outline of it: a link to a moment is what was looked for."""
    return [hit for hit in hits if hit.document.kind != "transcript"] or hits


def _metadata(one: Document) -> Told:
    payload = one.payload
    body = payload.get("body")
    container_id = payload.get("containerDatasourceId")
    return _present(
        {
            "datasource": payload.get("datasource"),
            "objectType": payload.get("objectType"),
            "container": payload.get("container"),
            "containerId": one.group if container_id else None,
            "documentId": one.id,
            "datasourceId": payload.get("id"),
            "mimeType": body.get("mimeType") if isinstance(body, dict) else None,
            "createTime": moment(payload.get("createdAt")),
            "updateTime": moment(payload.get("updatedAt") or payload.get("createdAt")),
            "author": person(payload.get("author")),
            "owner": person(payload.get("owner")),
            "labels": list(one.tags),
            "status": payload.get("status"),
            "customData": _custom(one),
        }
    )


def _custom(one: Document) -> Told:
    found: Told = {}
    for name, value in one.properties.items():
        if isinstance(value, str):
            found[name] = {"stringValue": value}
        elif isinstance(value, int | float) and not isinstance(value, bool):
            found[name] = {"numberValue": value}
        elif isinstance(value, list):
            found[name] = {"stringListValue": [item for item in value if isinstance(item, str)]}
    return found


def _present(told: Told) -> Told:
    return {name: value for name, value in told.items() if value not in (None, "", [], {})}


def _opaque(value: str) -> str:
    return blake2b(value.strip().lower().encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

"""Documents as rows of a flat table, for whoever trains or counts on them: a JSON object a line. Pure.

Every row has the same columns, and a column the same type in every row, so that any reader that guesses types from the
first rows (``datasets.load_dataset("json", data_files=…)``) guesses right: unknown is "", 0 or false, never null; lists
are joined; times are numbers, since such readers take text that looks like a date for one.
"""

from __future__ import annotations

from typing import Any

from connector.archive.documents import SAMPLE, SEGMENT, TRANSCRIPT

Row = dict[str, str | int | float | bool]


def row(document: dict[str, Any]) -> Row:
    """``start`` and ``end`` in seconds within the recording, ``recorded`` in epoch seconds; ``open``: whether every
    user of the datasource may see it; ``recording``: the id of the transcript it is of.
    """
    kind = document["objectType"]
    own = {item["name"]: item["value"] for item in document.get("customProperties", ())}
    permissions = document["permissions"]
    whole = kind == TRANSCRIPT
    return {
        "id": document["id"],
        "object_type": kind,
        "text": document.get("body", {}).get("textContent", ""),
        "title": document["title"],
        "url": document["viewURL"],
        "recording": document["id"] if whole else document.get("containerDatasourceId", "") if kind == SEGMENT else "",
        "collection": own.get("collection", ""),
        "speaker": ", ".join(own.get("speakers", ())) if whole else own.get("speaker", ""),
        "start": float(own.get("start", 0)),
        "end": float(own.get("duration", 0) if whole else own.get("end", 0)),
        "position": own.get("position", 0),
        "recorded": document.get("createdAt", 0),
        "language": own.get("language", ""),
        "quality": own.get("quality", ""),
        "tags": ", ".join(document.get("tags", ())),
        "open": bool(permissions.get("allowAnonymousAccess") or permissions.get("allowAllDatasourceUsersAccess")),
        "generated": kind == SAMPLE,
    }

"""Is a document what Glean's indexing API takes? Pure; stricter than the official client.

Source: DocumentDefinition of the indexing API's OpenAPI specification, and the constraints its descriptions state in
words (alphabet of ids and object types, whole epoch seconds, ``mimeType`` beside text, types of custom properties). The
client drops fields it does not know, and takes ``"17"`` for a time: it is no gate.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from connector.permissions import EMAIL
from connector.transcripts.links import tells_moment_without_fragment

Check = Callable[[Any], str | None]

ID = re.compile(r"[a-z0-9]{1,200}")
NAME = re.compile(r"[A-Za-z0-9]{1,100}")
MAX_DOCUMENT_BYTES = 4 << 20  # a page holds 5 MiB; one document must fit with room to spare
MAX_EPOCH = 1 << 40


def problems(document: Any) -> list[str]:
    """Every broken rule as ``field: what is wrong``; empty where Glean takes the document."""
    return list(
        _object(
            document,
            "",
            DOCUMENT,
            required=("datasource", "id", "objectType", "title", "viewURL", "permissions"),
        )
    )


def _object(value: Any, where: str, fields: dict[str, Any], required: Iterable[str] = ()) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{where or 'document'}: must be an object"
        return
    for key in required:
        if key not in value:
            yield f"{_at(where, key)}: is missing"
    for key, item in value.items():
        if key not in fields:
            yield f"{_at(where, str(key))}: Glean knows no such field"
        else:
            yield from _value(item, _at(where, key), fields[key])


def _value(value: Any, where: str, rule: Any) -> Iterator[str]:
    """``rule``: a check, a one-element list (a list of such), or a function that yields problems of its own."""
    if isinstance(rule, list):
        if not isinstance(value, list):
            yield f"{where}: must be a list"
            return
        for position, item in enumerate(value):
            yield from _value(item, f"{where}[{position}]", rule[0])
    elif isinstance(rule, _Nested):
        yield from _object(value, where, rule.fields, rule.required)
    elif (wrong := rule(value)) is not None:
        yield f"{where}: {wrong}"


class _Nested:
    """An object inside a document."""

    def __init__(self, required: tuple[str, ...] = (), **fields: Any) -> None:
        self.required = required
        self.fields = fields


def _at(where: str, key: str) -> str:
    return f"{where}.{key}" if where else key


def _text(value: Any) -> str | None:
    return None if isinstance(value, str) and value.strip() else "must be text and not empty"


def _any_text(value: Any) -> str | None:
    return None if isinstance(value, str) else "must be text"


def _flag(value: Any) -> str | None:
    return None if isinstance(value, bool) else "must be true or false"


def _epoch(value: Any) -> str | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    return None if whole and 0 <= value < MAX_EPOCH else "must be whole epoch seconds"


def _count(value: Any) -> str | None:
    return None if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else "must be a whole number"


def _id(value: Any) -> str | None:
    return None if isinstance(value, str) and ID.fullmatch(value) else "must be 1 to 200 characters of a-z and 0-9"


def _name(value: Any) -> str | None:
    return None if isinstance(value, str) and NAME.fullmatch(value) else "must be letters and digits"


def _url(value: Any) -> str | None:
    if not isinstance(value, str) or any(character.isspace() for character in value):
        return "must be a web address"
    try:
        parts = urlsplit(value)
    except ValueError:
        return "must be a web address"
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return "must be a web address"
    if parts.fragment and not tells_moment_without_fragment(value):
        return "must have no #fragment, which Glean strips, but for a start time that the query tells too"
    return None


def _email(value: Any) -> str | None:
    return None if isinstance(value, str) and EMAIL.fullmatch(value) else "must be an e-mail address"


def _property_value(value: Any) -> str | None:
    if isinstance(value, bool):
        return "must be text, a number or a list of texts, never true or false"
    if isinstance(value, str | int):
        return None
    if isinstance(value, float):
        return None if abs(value) < float("inf") else "must be a finite number"
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return None
    return "must be text, a number or a list of texts"


_USER = _Nested(email=_email, datasourceUserId=_text, name=_text)
_CONTENT = _Nested(("mimeType",), mimeType=_text, textContent=_any_text, binaryContent=_any_text)

DOCUMENT: dict[str, Any] = {
    "datasource": _name,
    "id": _id,
    "objectType": _name,
    "title": _text,
    "filename": _text,
    "container": _text,
    "containerDatasourceId": _id,
    "containerObjectType": _name,
    "viewURL": _url,
    "summary": _CONTENT,
    "body": _CONTENT,
    "author": _USER,
    "owner": _USER,
    "permissions": _Nested(
        allowedUsers=[_USER],
        allowedGroups=[_text],
        allowedGroupIntersections=[_Nested(("requiredGroups",), requiredGroups=[_text])],
        allowAnonymousAccess=_flag,
        allowAllDatasourceUsersAccess=_flag,
    ),
    "createdAt": _epoch,
    "updatedAt": _epoch,
    "updatedBy": _USER,
    "tags": [_text],
    "interactions": _Nested(numViews=_count, numLikes=_count, numComments=_count),
    "status": _text,
    "additionalUrls": [_url],
    "nativeAppUrl": _text,
    "comments": [
        _Nested(
            ("id",),
            id=_text,
            author=_USER,
            content=_CONTENT,
            createdAt=_epoch,
            updatedAt=_epoch,
            updatedBy=_USER,
        )
    ],
    "customProperties": [_Nested(("name", "value"), name=_name, value=_property_value)],
}

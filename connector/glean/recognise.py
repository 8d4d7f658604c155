"""What a JSON value is meant to be, told by its shape: a document, the body of a call, people, an export's. Pure."""

from __future__ import annotations

from typing import Any

from connector.glean.rules import Shape
from connector.glean.shapes import BODIES, DOCUMENT, GROUP, MEMBERSHIP, OF_A_DATASOURCE, USER

Payload = dict[str, Any]

MANIFEST, ROW, HASH = "manifest", "table row", "hash line"  # of an export of ours; only the first is looked into

BODY = "body of "  # begins what a body is called, before its call

SHAPES: dict[str, Shape] = {
    **{f"{BODY}{call}": shape for call, shape in BODIES.items() if call != "adddatasource"},
    "datasource": BODIES["adddatasource"],
    "document": DOCUMENT,
    "user": USER,
    "group": GROUP,
    "membership": MEMBERSHIP,
}

# The first of which an object has a key (or all of a tuple's) says what it is meant to be.
_SIGNS: tuple[tuple[str | tuple[str, ...], str], ...] = (
    (("files", "format"), MANIFEST),
    (("object_type", "text"), ROW),
    (("objectType", "sha256"), HASH),
    ("documents", "body of indexdocuments"),
    ("users", "body of bulkindexusers"),
    ("memberships", "body of bulkindexmemberships"),
    ("groups", "body of bulkindexgroups"),
    ("document", "body of indexdocument"),
    ("membership", "body of indexmembership"),
    ("user", "body of indexuser"),
    (("group", "datasource"), "body of indexgroup"),
    ("debugDocuments", "body of debug/{datasource}/documents"),
    ("userEmail", "body of checkdocumentaccess"),
    (("docId", "datasource"), "body of getdocumentstatus"),
    ("startDate", "body of debug/{datasource}/document/events"),
    ("maxEvents", "body of debug/{datasource}/document/events"),
    ("docId", "body of debug/{datasource}/document"),
    ("emails", "body of betausers"),
    (("email", "datasource"), "body of deleteuser"),
    ("objectDefinitions", "datasource"),
    ("datasourceCategory", "datasource"),
    ("urlRegex", "datasource"),
    ("objectType", "document"),
    ("viewURL", "document"),
    ("permissions", "document"),
    ("body", "document"),
    ("memberUserId", "membership"),
    ("memberGroupName", "membership"),
    (("groupName", "datasource"), "body of deletegroup"),
    ("groupName", "membership"),
    ("email", "user"),
)
_OF_BULK = {"isFirstPage", "isLastPage", "forceRestartUpload", "disableStaleDocumentDeletionCheck"}
_OF_DELETION = {"datasource", "objectType", "id", "version"}
_OF_PERMISSIONS = {"datasource", "objectType", "id", "viewURL", "permissions"}
_ALONE = {
    "name": "group",
    "email": "body of debug/{datasource}/user",
    "datasource": f"body of {OF_A_DATASOURCE[0]}",  # or of another of them: all are the same
}


def meant(value: Payload) -> str | None:
    """A key of ``SHAPES``, or MANIFEST, ROW or HASH; None for what is nothing that Glean takes."""
    if len(value) == 1:
        (key,) = value
        if key in _ALONE:
            return _ALONE[key]
    for sign, kind in _SIGNS:
        if sign in value if isinstance(sign, str) else all(key in value for key in sign):
            if kind == "body of indexdocuments" and value.keys() & _OF_BULK:
                return "body of bulkindexdocuments"
            if kind == "document" and value.keys() <= _OF_DELETION:
                return "body of deletedocument"
            if kind == "document" and "permissions" in value and value.keys() <= _OF_PERMISSIONS:
                return "body of updatepermissions"
            return kind
    return None


def name_of(value: Any) -> str:
    """What a thing is called in a message, by the first of its names."""
    for key in ("id", "email", "groupName", "name"):
        if isinstance(value, dict) and isinstance(named := value.get(key), str):
            return named
    return "?"

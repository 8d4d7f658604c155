"""What Glean's indexing API takes: documents, people and groups, and the bodies of its calls.

Source: the indexing API's OpenAPI specification, with what its descriptions state in words (alphabets, whole epoch
seconds, ``mimeType`` beside content, one of two kinds of content, types of custom properties, flags of first and last
pages). The official client drops fields it does not know, and takes ``"17"`` for a time: it is no gate.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from connector.glean.datasource_shape import DATASOURCE
from connector.glean.rules import (
    Broken,
    ListOf,
    Shape,
    any_text,
    email,
    epoch,
    flag,
    group,
    ident,
    name,
    objects,
    property_value,
    text,
    twice,
    url,
    whole,
)

Payload = dict[str, Any]


def _one_content(content: Payload) -> Iterator[Broken]:
    if ("textContent" in content) == ("binaryContent" in content):
        yield Broken("", "must have one of textContent and binaryContent")


def _base64(value: Any) -> str | None:
    try:
        base64.b64decode(value, validate=True)
    except (TypeError, ValueError, binascii.Error):
        return "must be base64"
    return None


def _named(user: Payload) -> Iterator[Broken]:
    if not user.keys() & {"email", "datasourceUserId"}:
        yield Broken("", "must have an email or a datasourceUserId")


def _known_as(user: Payload) -> Iterator[Broken]:
    if not user:
        yield Broken("", "must have an email, a datasourceUserId or a name")


def _document_whole(document: Payload) -> Iterator[Broken]:
    made, changed = document.get("createdAt"), document.get("updatedAt")
    if isinstance(made, int) and isinstance(changed, int) and changed < made:
        yield Broken("updatedAt", "must not be before createdAt")
    if properties := document.get("customProperties"):
        names = [item.get("name") for item in properties if isinstance(item, dict)] if type(properties) is list else []
        if len(set(map(str, names))) < len(names):
            yield from twice(((f"customProperties[{at}].name", one) for at, one in enumerate(names)), "the property")


_PERSON: dict[str, Any] = {"email": email, "datasourceUserId": text, "name": text}
_USER = Shape(also=_known_as, **_PERSON)
_ALLOWED = Shape(also=_named, **_PERSON)
_CONTENT = Shape(("mimeType",), _one_content, mimeType=text, textContent=any_text, binaryContent=_base64)

PERMISSIONS = Shape(
    allowedUsers=ListOf(_ALLOWED),
    allowedGroups=ListOf(group),
    allowedGroupIntersections=ListOf(Shape(("requiredGroups",), requiredGroups=ListOf(group, least=1))),
    allowAnonymousAccess=flag,
    allowAllDatasourceUsersAccess=flag,
)
DOCUMENT = Shape(
    ("datasource", "id", "objectType", "title", "viewURL", "permissions"),
    _document_whole,
    datasource=name,
    id=ident,
    objectType=name,
    title=text,
    filename=text,
    container=text,
    containerDatasourceId=ident,
    containerObjectType=name,
    viewURL=url,
    summary=_CONTENT,
    body=_CONTENT,
    author=_USER,
    owner=_USER,
    permissions=PERMISSIONS,
    createdAt=epoch,
    updatedAt=epoch,
    updatedBy=_USER,
    tags=ListOf(text),
    interactions=Shape(numViews=whole, numLikes=whole, numComments=whole),
    status=text,
    additionalUrls=ListOf(url),
    nativeAppUrl=text,
    comments=ListOf(
        Shape(
            ("id",),
            id=text,
            author=_USER,
            content=_CONTENT,
            createdAt=epoch,
            updatedAt=epoch,
            updatedBy=_USER,
        )
    ),
    customProperties=ListOf(Shape(("name", "value"), name=name, value=property_value)),
)


# -- people and groups


def _one_member(membership: Payload) -> Iterator[Broken]:
    if ("memberUserId" in membership) == ("memberGroupName" in membership):
        yield Broken("", "must have one of memberUserId and memberGroupName")
    if "groupName" in membership and membership["groupName"] == membership.get("memberGroupName"):
        yield Broken("memberGroupName", "must not be the group itself")


USER = Shape(("email", "name"), email=email, userId=text, name=text, isActive=flag)
GROUP = Shape(("name",), name=group)
MEMBERSHIP = Shape(("groupName",), _one_member, groupName=group, memberUserId=text, memberGroupName=group)
_MEMBER = Shape((), _one_member, memberUserId=text, memberGroupName=group)


# -- the bodies of calls


def _page(body: Payload) -> Iterator[Broken]:
    if body.get("forceRestartUpload") is True and body.get("isFirstPage") is not True:
        yield Broken("forceRestartUpload", "goes with isFirstPage alone")
    for key in ("disableStaleDocumentDeletionCheck", "disableStaleDataDeletionCheck"):
        if key in body and body.get("isLastPage") is not True:
            yield Broken(key, "goes with isLastPage alone")
    things = next((body[key] for key in ("documents", "users", "groups") if key in body), None)
    if things == [] and body.get("isFirstPage") is True and body.get("isLastPage") is True:
        yield Broken("", "an upload of nothing would delete everything Glean holds")


def _documents_page(body: Payload) -> Iterator[Broken]:
    yield from _page(body)
    for at, document in enumerate(objects(body, "documents")):
        if "datasource" in document and document["datasource"] != body.get("datasource"):
            yield Broken(f"documents[{at}].datasource", "is another than the page's")


_BULK: dict[str, Any] = {
    "uploadId": text,
    "isFirstPage": flag,
    "isLastPage": flag,
    "forceRestartUpload": flag,
    "datasource": name,
}
_PEOPLE: dict[str, Any] = {"disableStaleDataDeletionCheck": flag}
_ASKED: dict[str, Any] = {"objectType": name, "docId": ident}
_NAMED: dict[str, Any] = {"datasource": name, **_ASKED}
OF_A_DATASOURCE = (
    "processalldocuments", "processallmemberships", "getdocumentcount", "getusercount", "getdatasourceconfig",
)  # fmt: skip
BODIES: dict[str, Shape] = {
    "bulkindexdocuments": Shape(
        ("uploadId", "datasource", "documents"),
        _documents_page,
        documents=ListOf(DOCUMENT),
        disableStaleDocumentDeletionCheck=flag,
        **_BULK,
    ),
    "indexdocuments": Shape(
        ("datasource", "documents"), _documents_page, uploadId=text, datasource=name, documents=ListOf(DOCUMENT)
    ),
    "indexdocument": Shape(("document",), version=whole, document=DOCUMENT),
    "deletedocument": Shape(
        ("datasource", "objectType", "id"), version=whole, datasource=name, objectType=name, id=ident
    ),
    "adddatasource": DATASOURCE,
    "bulkindexusers": Shape(("uploadId", "datasource", "users"), _page, users=ListOf(USER), **_BULK, **_PEOPLE),
    "bulkindexgroups": Shape(("uploadId", "datasource", "groups"), _page, groups=ListOf(GROUP), **_BULK, **_PEOPLE),
    "bulkindexmemberships": Shape(
        ("uploadId", "datasource", "group", "memberships"), _page, group=group, memberships=ListOf(_MEMBER), **_BULK
    ),
    "indexuser": Shape(("datasource", "user"), version=whole, datasource=name, user=USER),
    "indexgroup": Shape(("datasource", "group"), version=whole, datasource=name, group=GROUP),
    "indexmembership": Shape(("datasource", "membership"), version=whole, datasource=name, membership=MEMBERSHIP),
    "updatepermissions": Shape(
        ("datasource", "permissions"),
        datasource=name,
        objectType=name,
        id=ident,
        viewURL=url,
        permissions=PERMISSIONS,
    ),
    "deleteuser": Shape(("datasource", "email"), version=whole, datasource=name, email=email),
    "deletegroup": Shape(("datasource", "groupName"), version=whole, datasource=name, groupName=group),
    "betausers": Shape(("datasource", "emails"), datasource=name, emails=ListOf(email)),
    "checkdocumentaccess": Shape((*_NAMED, "userEmail"), userEmail=email, **_NAMED),
    "getdocumentstatus": Shape(tuple(_NAMED), **_NAMED),
    "debug/{datasource}/document": Shape(tuple(_ASKED), **_ASKED),
    "debug/{datasource}/documents": Shape(("debugDocuments",), debugDocuments=ListOf(Shape(tuple(_ASKED), **_ASKED))),
    "debug/{datasource}/document/events": Shape(tuple(_ASKED), startDate=text, maxEvents=whole, **_ASKED),
    "debug/{datasource}/user": Shape(("email",), email=email),
    **dict.fromkeys(OF_A_DATASOURCE, Shape(("datasource",), datasource=name)),
}

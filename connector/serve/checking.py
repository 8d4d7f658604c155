"""Requests checked against Glean's own specification, as a switch: what Glean would refuse or overlook is refused.

The specification as far as the models of the official client have it: every field and its type, taken strictly (its
models alone take "17" and ``true`` for a time), and no key that they do not know.
"""

from __future__ import annotations

import re
from functools import lru_cache
from types import ModuleType
from typing import Any

from pydantic import BaseModel, ValidationError

from connector.archive.rows import dump
from connector.errors import NotSetUpError
from connector.serve.client_requests import refused
from connector.serve.service import Check

_INDEXING = {
    "adddatasource": "CustomDatasourceConfig",
    "bulkindexdocuments": "BulkIndexDocumentsRequest",
    "bulkindexgroups": "BulkIndexGroupsRequest",
    "bulkindexmemberships": "BulkIndexMembershipsRequest",
    "bulkindexusers": "BulkIndexUsersRequest",
    "checkdocumentaccess": "CheckDocumentAccessRequest",
    "deletedocument": "DeleteDocumentRequest",
    "deletegroup": "DeleteGroupRequest",
    "deletemembership": "DeleteMembershipRequest",
    "deleteuser": "DeleteUserRequest",
    "getdatasourceconfig": "GetDatasourceConfigRequest",
    "getdocumentcount": "GetDocumentCountRequest",
    "getdocumentstatus": "GetDocumentStatusRequest",
    "indexdocument": "IndexDocumentRequest",
    "indexdocuments": "IndexDocumentsRequest",
    "indexgroup": "IndexGroupRequest",
    "indexmembership": "IndexMembershipRequest",
    "indexuser": "IndexUserRequest",
    "processalldocuments": "ProcessAllDocumentsRequest",
    "processallmemberships": "ProcessAllMembershipsRequest",
    "updatepermissions": "UpdatePermissionsRequest",
}
_DEBUG = {
    "document": "DebugDocumentRequest",
    "documents": "DebugDocumentsRequest",
    "user": "DebugUserRequest",
    "document/events": "DebugDocumentLifecycleRequest",
}
_CLIENT = {
    "/api/search": "PlatformSearchRequest",
    "/rest/api/v1/activity": "Activity",
    "/rest/api/v1/autocomplete": "AutocompleteRequest",
    "/rest/api/v1/feedback": "Feedback",
    "/rest/api/v1/getdocuments": "GetDocumentsRequest",
    "/rest/api/v1/getdocumentsbyfacets": "GetDocumentsByFacetsRequest",
    "/rest/api/v1/recommendations": "RecommendationsRequest",
    "/rest/api/v1/search": "SearchRequest",
    "/rest/api/v1/summarize": "SummarizeRequest",
}
_DEBUGGED = re.compile(r"/api/index/v1/debug/[^/]+/(.+)")


def checker() -> Check:
    """A check of every request that Glean has a model of; NotSetUpError without the official client."""
    try:
        from glean.api_client import models
    except ImportError:
        raise NotSetUpError(
            "requests are checked with the models of the official client, which is not installed",
            hint="pip install 'transcript-connector[glean]', or serve without --validate.",
        ) from None

    @lru_cache(maxsize=256)
    def model_of(path: str) -> type[BaseModel] | None:
        return _model(models, path)

    def check(path: str, body: Any) -> None:
        model = model_of(path)
        if model is None:
            return
        try:
            model.model_validate_json(dump(_without_source(path, body)), strict=True, extra="forbid")
        except ValidationError as error:
            raise refused(error) from error

    return check


def _model(models: ModuleType, path: str) -> type[BaseModel] | None:
    """The model of the body of a request, None where the installed client has none."""
    name = _CLIENT.get(path) or _INDEXING.get(path.removeprefix("/api/index/v1/"))
    if name is None and (debugged := _DEBUGGED.fullmatch(path)):
        name = _DEBUG.get(debugged[1])
    return getattr(models, name, None) if name else None


def _without_source(path: str, body: Any) -> Any:
    """Of an activity the specification demands a ``source`` that it has no field for, and the client no room."""
    if path != "/rest/api/v1/activity" or not isinstance(body, dict) or not isinstance(body.get("events"), list):
        return body
    events = [
        {name: value for name, value in event.items() if name != "source"} if isinstance(event, dict) else event
        for event in body["events"]
    ]
    return body | {"events": events}

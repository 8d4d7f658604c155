"""What the indexing API tells of what it took: counts, the state of documents and people, who may see what.

A document counts as indexed once the index shows the generation of the ledger that last changed it.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from starlette.routing import Route

from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import Kept, Key
from connector.archive.ledger.uploads import Kind, Upload
from connector.permissions import may_see
from connector.serve import index_requests as asked_for
from connector.serve.client_requests import read
from connector.serve.http import Asked, Refused
from connector.serve.indexing import administrators, config_of
from connector.serve.service import Service

MOST_DAYS = 30  # of a document's history
SHOWN_DAYS = 7


def routes(service: Service) -> list[Route]:
    return [administrators(path, work) for path, work in _Debug(service).works.items()]


class _Debug:
    def __init__(self, service: Service) -> None:
        self._service = service
        self.works = {
            "getdocumentcount": self.count,
            "getdocumentstatus": self.status,
            "checkdocumentaccess": self.access,
            "debug/{datasource}/status": self.datasource,
            "debug/{datasource}/document": self.document,
            "debug/{datasource}/documents": self.documents,
            "debug/{datasource}/document/events": self.events,
            "debug/{datasource}/user": self.user,
        }

    def count(self, asked: Asked) -> Any:
        name = read(asked_for.OfDatasource, asked.body).datasource
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, name)
            return {"documentCount": sum(ledger.document_counts(name).values())}

    def status(self, asked: Asked) -> Any:
        body = read(asked_for.StatusOfDocument, asked.body)
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, body.datasource)
            kept, told = self._status(ledger, body.datasource, body)
        if kept is None or kept.payload is None:
            return told
        times = {name: kept.at // 1000 for name in ("lastUploadedAt", "lastIndexedAt") if name in told}
        return {name: told[name] for name in ("uploadStatus", "indexingStatus")} | times

    def access(self, asked: Asked) -> Any:
        body = read(asked_for.AccessToDocument, asked.body)
        person = self._service.asker(body.user_email)
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, body.datasource)
            kept = ledger.foreign_document(_key(body.datasource, body))
        if kept is None or kept.payload is None:
            return {"hasAccess": False}
        return {"hasAccess": may_see(person, json.loads(kept.payload).get("permissions"), body.datasource)}

    def datasource(self, asked: Asked) -> Any:
        name = asked.path["datasource"]
        shown = self._service.index().generation
        with self._service.ledger() as ledger:
            config = config_of(self._service, ledger, name)
            people = ledger.people_counts(name)

            def history(kind: Kind) -> list[dict[str, Any]]:
                return [_told_upload(upload) for upload in ledger.uploads(name, kind)]

            def component(kind: Kind) -> dict[str, Any]:
                return {"bulkUploadHistory": history(kind), "counts": {"uploaded": people[kind]}}

            return {
                "documents": {
                    "bulkUploadHistory": history("documents"),
                    "counts": {
                        "uploaded": _told_counts(ledger.document_counts(name)),
                        "indexed": _told_counts(ledger.document_counts(name, shown)),
                    },
                },
                "identity": {"users": component("users"), "groups": component("groups"),
                             "memberships": component("memberships")},
                "datasourceVisibility": "ENABLED_FOR_TEST_GROUP" if config.is_test_datasource else "ENABLED_FOR_ALL",
            }  # fmt: skip

    def document(self, asked: Asked) -> Any:
        body = read(asked_for.NamedDocument, asked.body)
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, asked.path["datasource"])
            return self._debugged(ledger, asked.path["datasource"], body)

    def documents(self, asked: Asked) -> Any:
        body = read(asked_for.DebugDocuments, asked.body)
        name = asked.path["datasource"]
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, name)
            return {
                "documentStatuses": [
                    {
                        "docId": one.doc_id,
                        "objectType": one.object_type,
                        "debugInfo": self._debugged(ledger, name, one),
                    }
                    for one in body.debug_documents
                ]
            }

    def events(self, asked: Asked) -> Any:
        """Of each kind of event the last one: the ledger keeps no more."""
        body = read(asked_for.DebugEvents, asked.body)
        name = asked.path["datasource"]
        self._service.take("events", name)
        now = datetime.fromtimestamp(self._service.now(), UTC)
        try:
            asked_day = datetime.fromisoformat(body.start_date[:10]).replace(tzinfo=UTC) if body.start_date else None
        except ValueError as error:
            raise Refused(400, f"startDate: {error}") from error
        since = asked_day or now - timedelta(days=SHOWN_DAYS)
        if since < now - timedelta(days=MOST_DAYS + 1):
            raise Refused(400, f"startDate: at most {MOST_DAYS} days ago")
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, name)
            kept, told = self._status(ledger, name, body)
        if kept is None or kept.at < since.timestamp() * 1000:
            return {"lifeCycleEvents": []}
        if kept.payload is None:
            happened = ["DELETED", "DELETION_REQUESTED"]
        else:
            happened = ["INDEXED"] * (told["indexingStatus"] == "INDEXED") + ["UPLOADED"]
        return {"lifeCycleEvents": [{"event": one, "timestamp": _iso(kept.at)} for one in happened][: body.max_events]}

    def user(self, asked: Asked) -> Any:
        body = read(asked_for.DebugUser, asked.body)
        name = asked.path["datasource"]
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, name)
            known = ledger.foreign_user(name, body.email)
            if known is None:
                return {"status": {"isActiveUser": False, "uploadStatus": "NOT_UPLOADED"}, "uploadedGroups": []}
            mine = {one.datasource: one.groups for one in ledger.memberships_of(body.email.lower())}
        status = {"isActiveUser": known[0], "uploadStatus": "UPLOADED", "lastUploadedAt": _iso(known[1])}
        return {"status": status, "uploadedGroups": [{"name": group} for group in sorted(mine.get(name, ()))]}

    def _debugged(self, ledger: Ledger, datasource: str, named: asked_for.NamedDocument) -> dict[str, Any]:
        kept, status = self._status(ledger, datasource, named)
        if kept is None or kept.payload is None:
            return {"status": status | {"permissionIdentityStatus": "STATUS_UNKNOWN"}}
        permissions = json.loads(kept.payload).get("permissions") or {}
        read_strictly = read(asked_for.Permissions, permissions)
        users = [one.email or one.datasource_user_id or "" for one in read_strictly.allowed_users or ()]
        groups = [*(read_strictly.allowed_groups or ())]
        for intersection in read_strictly.allowed_group_intersections or ():
            groups += intersection.required_groups or ()
        unknown = ledger.unknown_references(datasource, users, groups)
        identity = {"permissionIdentityStatus": "NOT_UPLOADED" if unknown else "UPLOADED"}
        return {"status": status | identity, "uploadedPermissions": permissions}

    def _status(
        self, ledger: Ledger, datasource: str, named: asked_for.NamedDocument
    ) -> tuple[Kept | None, dict[str, Any]]:
        kept = ledger.foreign_document(_key(datasource, named))
        if kept is None or kept.payload is None:
            return kept, {"uploadStatus": "NOT_UPLOADED", "indexingStatus": "NOT_INDEXED"}
        told = {"uploadStatus": "UPLOADED", "indexingStatus": "NOT_INDEXED", "lastUploadedAt": _iso(kept.at)}
        if ledger.changed_at(kept.group) <= self._service.index().generation:
            told |= {"indexingStatus": "INDEXED", "lastIndexedAt": _iso(kept.at)}
        return kept, told


def _key(datasource: str, named: asked_for.NamedDocument) -> Key:
    return Key(datasource, named.object_type, named.doc_id.lower())


def _told_counts(counts: dict[str, int]) -> list[dict[str, Any]]:
    return [{"objectType": name, "count": count} for name, count in counts.items()]


def _told_upload(upload: Upload) -> dict[str, Any]:
    if upload.ended is None:
        state = {"endTime": "NA", "status": "ACTIVE", "processingState": "UPLOAD IN PROGRESS"}
    else:
        done = "DELETION PAUSED" if upload.paused else "INDEXING COMPLETED" if upload.effective else "UPLOAD COMPLETED"
        state = {"endTime": _iso(upload.ended), "status": "SUCCESSFUL", "processingState": done}
    return {"uploadId": upload.upload_id, "startTime": _iso(upload.began)} | state


def _iso(ms: int) -> str:
    return datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")

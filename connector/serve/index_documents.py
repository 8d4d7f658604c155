"""The indexing API's documents and datasources: added, replaced in bulk, deleted, opened to others."""

from __future__ import annotations

import json
from typing import Any

from starlette.routing import Route

from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.ledger.uploads import staged_document
from connector.archive.rows import dump
from connector.serve import index_requests as asked_for
from connector.serve.client_requests import read
from connector.serve.http import Asked, Refused
from connector.serve.indexing import administrators, changed, config_of, demand_foreign, page_of, taken
from connector.serve.service import Service


def routes(service: Service) -> list[Route]:
    return [administrators(path, work) for path, work in _Documents(service).works.items()]


class _Documents:
    def __init__(self, service: Service) -> None:
        self._service = service
        self.works = {
            "adddatasource": self.add_datasource,
            "getdatasourceconfig": self.datasource,
            "indexdocument": self.index_one,
            "indexdocuments": self.index_many,
            "bulkindexdocuments": self.index_bulk,
            "deletedocument": self.delete,
            "updatepermissions": self.open_to,
            "processalldocuments": self.process,
        }

    def add_datasource(self, asked: Asked) -> None:
        body = read(asked_for.Datasource, asked.body)
        demand_foreign(self._service, body.name)
        borrowed = body.identity_datasource_name

        def put(ledger: Ledger) -> None:
            own = self._service.settings.glean.datasource.lower()
            if borrowed and borrowed.lower() != own and borrowed != body.name and ledger.datasource(borrowed) is None:
                raise Refused(400, f"identityDatasourceName: `{borrowed[:80]}` is not known here: add it first")
            ledger.put_datasource(asked.body)

        changed(self._service, put)

    def datasource(self, asked: Asked) -> Any:
        name = read(asked_for.OfDatasource, asked.body).datasource
        with self._service.ledger() as ledger:
            config_of(self._service, ledger, name)
            return ledger.datasource(name)

    def index_one(self, asked: Asked) -> None:
        body = read(asked_for.IndexDocument, asked.body)

        def put(ledger: Ledger) -> None:
            config = config_of(self._service, ledger, body.document.datasource)
            ledger.put_documents(taken(config, [body.document], [asked.body["document"]]), body.version)

        changed(self._service, put)

    def index_many(self, asked: Asked) -> None:
        body = read(asked_for.IndexDocuments, asked.body)
        self._service.take("documents", body.datasource, len(body.documents))

        def put(ledger: Ledger) -> None:
            config = config_of(self._service, ledger, body.datasource)
            ledger.put_documents(taken(config, body.documents, asked.body["documents"]))

        changed(self._service, put)

    def index_bulk(self, asked: Asked) -> None:
        body = read(asked_for.BulkDocuments, asked.body)

        def take(ledger: Ledger) -> None:
            config = config_of(self._service, ledger, body.datasource)
            items = [staged_document(one) for one in taken(config, body.documents, asked.body["documents"])]
            all_stale = body.disable_stale_document_deletion_check
            ledger.take_page(page_of(body, "documents", items, delete_all=all_stale))

        changed(self._service, take)

    def delete(self, asked: Asked) -> None:
        body = read(asked_for.DeleteDocument, asked.body)

        def delete(ledger: Ledger) -> None:
            config_of(self._service, ledger, body.datasource)
            ledger.delete_document(Key(body.datasource, body.object_type, body.id.lower()), body.version)

        changed(self._service, delete)

    def open_to(self, asked: Asked) -> None:
        body = read(asked_for.UpdatePermissions, asked.body)

        def put(ledger: Ledger) -> None:
            config_of(self._service, ledger, body.datasource)
            if body.id is not None:
                keys = [Key(body.datasource, body.object_type or "", body.id.lower())]
            else:
                keys = ledger.documents_at(body.datasource, body.view_url or "")
            known = [(key, kept) for key in keys if (kept := ledger.foreign_document(key)) and kept.payload]
            if not known:
                raise Refused(400, f"there is no document {body.id or body.view_url} in `{body.datasource}`")
            permissions = {"permissions": asked.body["permissions"]}
            ledger.put_documents(
                ForeignDocument(key, kept.group, dump(json.loads(kept.payload or "") | permissions))
                for key, kept in known
            )

        changed(self._service, put)

    def process(self, asked: Asked) -> None:
        """Everything is processed as it comes; this waits for it, and sweeps what was to be deleted by now."""
        body = read(asked_for.ProcessAll, asked.body)
        self._service.take("processalldocuments", amount=0 if body.datasource else 1)  # all is each of them too
        if body.datasource:
            self._service.take("processalldocuments", body.datasource)

        def sweep(ledger: Ledger) -> None:
            if body.datasource is not None:
                config_of(self._service, ledger, body.datasource)
            ledger.drop_stale()

        changed(self._service, sweep)

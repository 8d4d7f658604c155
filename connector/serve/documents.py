"""POST /rest/api/v1/getdocuments and getdocumentsbyfacets: documents by their ids, addresses or fields.

A document that the asker may not see is answered as one that does not exist.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from connector.serve.client_requests import ByFacetsAsked, DocumentsAsked, Spec, read
from connector.serve.fields import BadOperatorError, any_of
from connector.serve.http import Asked, route
from connector.serve.results import Told, document
from connector.serve.searching import Searching, Wanted, of_datasources
from connector.serve.service import Service
from indexer import Document
from indexer.access import Asker
from indexer.lookup import by_id, by_url
from indexer.store import Index

PAGE = 50
UNKNOWN = "there is no such document, or it may not be seen"


def routes(service: Service) -> list[Route]:
    searching = Searching(service)

    def by_spec(asked: Asked) -> Told:
        body = read(DocumentsAsked, asked.body)
        found = named_by(body.document_specs, service.index(asked.asker), asked.asker)
        content = "DOCUMENT_CONTENT" in (body.include_fields or ())
        return {
            "documents": {
                name_of(spec): document(one, content=content) if one else {"error": UNKNOWN}
                for spec, one in zip(body.document_specs, found, strict=True)
            }
        }

    def by_facets(asked: Asked) -> Any:
        body = read(ByFacetsAsked, asked.body)
        try:
            filters = any_of([searching.translated(one.filters, asked.asker) for one in body.filter_sets])
        except BadOperatorError as error:
            return error.answer()
        nodes = (*of_datasources(*(body.datasources_filter or ())), *filters.nodes)
        if not nodes or filters.unknown:  # fields that nothing has let nothing through
            return {"documents": [], "hasMoreResults": False}
        wanted = Wanted("", nodes, size=PAGE, cursor=body.cursor or "", group=False, sort="date")
        found = searching.find(wanted, asked.asker)
        told: Told = {"documents": [document(hit.document) for hit in found.hits], "hasMoreResults": bool(found.next)}
        return told | {"cursor": found.next} if found.next else told

    return [
        route("/rest/api/v1/getdocuments", by_spec),
        route("/rest/api/v1/getdocumentsbyfacets", by_facets),
    ]


def name_of(spec: Spec) -> str:
    """What was asked for, as the answer names it."""
    return spec.id or spec.url or ""


def named_by(specs: Sequence[Spec], index: Index, asker: Asker | None) -> list[Document | None]:
    """The document of each of ``specs``, None where ``asker`` sees none."""
    idents = by_id(index, {ident for spec in specs if spec.id for ident in (spec.id, spec.id.lower())}, asker)
    urls = by_url(index, [spec.url for spec in specs if spec.url], asker)
    return [
        idents.get(spec.id) or idents.get(spec.id.lower()) if spec.id else urls.get(spec.url) if spec.url else None
        for spec in specs
    ]

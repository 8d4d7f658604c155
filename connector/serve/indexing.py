"""What all routes of the indexing API share: who may use it, which datasources there are, how a page is taken."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from starlette.routing import Route

from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.ledger.uploads import Kind, Page
from connector.archive.rows import dump
from connector.errors import ConflictError
from connector.glean.matching import UrlRegex
from connector.serve import index_requests as asked_for
from connector.serve.client_requests import read
from connector.serve.http import Refused, Work, route
from connector.serve.service import Service
from indexer import Document

PREFIX = "/api/index/v1/"
MOST_DOCUMENTS = 10_000  # of one request; its body is bounded too


def administrators(path: str, work: Work) -> Route:
    """``work`` under ``path`` of the indexing API, for the administrator alone."""
    return route(PREFIX + path, work, indexing=True)


def config_of(service: Service, ledger: Ledger, name: str) -> asked_for.Datasource:
    """The configuration of the datasource ``name``; Refused for the archive's own, and for one nobody added."""
    demand_foreign(service, name)
    config = ledger.datasource(name)
    if config is None:
        raise Refused(400, f"the datasource `{name[:80]}` is not known here: add it first, by adddatasource")
    return read(asked_for.Datasource, config)


def demand_foreign(service: Service, name: str) -> None:
    """Refused for the name of the archive's own datasource."""
    if name.lower() == service.settings.glean.datasource.lower():
        raise Refused(
            409,
            f"this archive makes the documents of `{name}` itself, from its transcripts; name another datasource, or"
            " let this archive have another name (`glean.datasource` in its config.yaml)",
        )


def changed(service: Service, act: Callable[[Ledger], None], *, wait: bool = True) -> None:
    """Does ``act``; what contradicts the ledger is answered with 409."""
    try:
        service.change(act, wait=wait)
    except ConflictError as error:
        raise Refused(409, error.message) from error


def taken(
    config: asked_for.Datasource, documents: Iterable[asked_for.Document], payloads: Iterable[dict[str, Any]]
) -> list[ForeignDocument]:
    """Documents as the ledger keeps them, each as it came; Refused for one that the datasource does not take."""
    address = UrlRegex(config.url_regex) if config.url_regex else None
    types = config.object_types
    found = []
    for document, payload in zip(documents, payloads, strict=True):
        if wrong := _problem(config.name, document, types, address, entities=bool(config.is_entity_datasource)):
            raise Refused(400, f"document {document.id}: {wrong}")
        as_indexed = Document(payload, scope=config.name)
        key = Key(config.name, document.object_type or "", document.id.lower())
        found.append(ForeignDocument(key, as_indexed.group, dump(payload)))
    if len(found) > MOST_DOCUMENTS:
        raise Refused(413, f"{len(found):,} documents in one request, at most {MOST_DOCUMENTS:,} are taken")
    return found


def _problem(
    datasource: str,
    document: asked_for.Document,
    types: set[str] | None,
    address: UrlRegex | None,
    *,
    entities: bool,
) -> str:
    if document.datasource != datasource:
        return f"datasource: is `{document.datasource[:80]}`, not `{datasource}`"
    if types is not None and document.object_type not in types:
        return f"objectType: `{document.object_type}` is none of the datasource's ({', '.join(sorted(types))[:500]})"
    if entities:
        return ""
    if not document.view_url:
        return "viewURL: is missing"
    try:
        if address is None or address.fits(document.view_url):
            return ""
    except TimeoutError:
        return "viewURL: the datasource's urlRegex takes too long over it; add the datasource again with a simpler one"
    return f"viewURL: `{document.view_url[:200]}` does not match the datasource's urlRegex"


def page_of(
    body: asked_for.Bulk, kind: Kind, items: list[tuple[str, str]], subject: str = "", *, delete_all: bool = False
) -> Page:
    """A request as a page of its upload."""
    return Page(
        body.datasource, kind, subject, body.upload_id, items, body.is_first_page, body.is_last_page,
        body.force_restart_upload, delete_all,
    )  # fmt: skip

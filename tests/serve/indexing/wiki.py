"""A made-up datasource of articles, and what is asked of it."""

from __future__ import annotations

from typing import Any

from glean.api_client import Glean

from tests.serve.support import Served
from tests.support import found

TOKEN = "a-token-of-the-administrator"
ANN, BOB, EVE = "ann@example.com", "bob@example.com", "eve@example.com"
OPEN = {"allowAllDatasourceUsersAccess": True}


def datasource(glean: Glean, name: str, **more: Any) -> str:
    glean.indexing.datasources.add(
        name=name,
        datasource_category="PUBLISHED_CONTENT",
        url_regex="https://wiki\\.example\\.com/.*",
        object_definitions=[{"name": "Article", "doc_category": "PUBLISHED_CONTENT"}, {"name": "Note"}],
        **more,
    )
    return name


def article(datasource: str, ident: str, text: str = "about llamas", **more: Any) -> dict[str, Any]:
    return {
        "datasource": datasource,
        "object_type": "Article",
        "id": ident,
        "title": f"Article {ident}",
        "view_url": f"https://wiki.example.com/{ident}",
        "body": {"mime_type": "text/plain", "text_content": text},
        "permissions": {"allow_anonymous_access": True},
    } | more


def upload(glean: Glean, name: str, upload_id: str, documents: list[Any], **more: Any) -> None:
    glean.indexing.documents.bulk_index(datasource=name, upload_id=upload_id, documents=documents, **more)


def count(glean: Glean, name: str) -> int:
    return glean.indexing.documents.count(datasource=name).document_count or 0


def idents(server: Served, query: str, **options: str) -> list[str]:
    return sorted(hit["id"] for hit in found(server.home, query, kind="all", **options))

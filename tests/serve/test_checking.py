"""Requests checked against Glean's specification: what the official client sends passes, a slip does not."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from glean.api_client import Glean

from connector.serve.checking import checker
from connector.serve.http import Refused
from tests.serve.support import served
from tests.support import make_home

DOCUMENT = {
    "datasource": "transcripts",
    "objectType": "Transcript",
    "id": "a1",
    "viewURL": "https://v.example/a1",
    "createdAt": 17,
    "permissions": {"allowAnonymousAccess": True},
}


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(make_home(tmp_path_factory.mktemp("checked") / "home"), check=checker()) as (address, _):
        yield address


def test_what_the_official_client_sends_passes(address: str) -> None:
    with Glean(api_token="unused", server_url=address) as glean:
        filters = [{"field_name": "type", "values": [{"value": "a", "relation_type": "EQUALS"}]}]
        request: Any = {"facet_bucket_size": 3, "facet_filters": filters, "datasources_filter": ["transcripts"]}
        assert glean.client.search.query(query="x", page_size=3, request_options=request).results == []
        assert glean.client.search.autocomplete(query="x", result_types=["SUGGESTION"]).results == []
        assert glean.client.documents.summarize(document_specs=[{"id": "x"}]).error
        asked: Any = {"document_specs": [{"id": "x"}, {"url": "https://v.example"}]}
        assert len(glean.client.documents.retrieve(get_documents_request=asked).documents) == 2
        glean.client.activity.feedback(feedback1={"event": "CLICK", "tracking_tokens": ["x"]})
        glean.client.activity.report(
            events=[{"action": "VIEW", "timestamp": datetime(2025, 1, 1, tzinfo=UTC), "url": "https://v.example"}]
        )
        assert glean.search.query(query="x", cursor=None).results == []


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("/rest/api/v1/search", {"query": "x", "pagesize": 3}, "/pagesize"),
        ("/rest/api/v1/search", {"query": "x", "pageSize": "3"}, "/pageSize"),
        ("/rest/api/v1/search", {"query": "x", "requestOptions": {}}, "/requestOptions/facetBucketSize"),
        ("/api/search", {"query": "x", "filters": [{"field": "type"}]}, "/filters/0/values"),
        ("/rest/api/v1/autocomplete", [], ""),
    ],
)
def test_what_glean_does_not_know_is_refused(address: str, path: str, body: Any, pointer: str) -> None:
    answer = httpx.post(f"{address}{path}", json=body)
    assert answer.status_code == 400 and pointer in [one["pointer"] for one in answer.json()["errors"]]


def test_documents_too() -> None:
    check = checker()
    check("/api/index/v1/indexdocument", {"document": DOCUMENT})
    check("/api/index/v1/debug/transcripts/status", {"anything": 1})  # no body that the specification knows
    for slip in ({"viewUrl": "https://v.example"}, {"createdAt": "17"}, {"createdAt": True}, {"permissions": []}):
        with pytest.raises(Refused) as caught:
            check("/api/index/v1/indexdocument", {"document": DOCUMENT | slip})
        assert caught.value.status == 400 and f"/document/{next(iter(slip))}" in caught.value.text


def test_the_source_that_an_activity_must_have_is_no_slip() -> None:
    event = {"action": "VIEW", "source": "web", "timestamp": "2025-01-01T00:00:00Z", "url": "https://v.example"}
    checker()("/rest/api/v1/activity", {"events": [event]})

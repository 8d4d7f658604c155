"""Requests checked against Glean's specification: what the official client sends passes, a slip does not."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from glean.api_client import Glean

from connector.serve.checking import MOST_PARTS, checker
from connector.serve.client_requests import (
    MOST_EVENTS,
    MOST_FILTERS,
    MOST_MISTAKES,
    MOST_NAMES,
    MOST_VALUES,
    SearchAsked,
    read,
)
from connector.serve.http import Refused
from connector.serve.tokens import new_token
from tests.serve.support import served, serving_home
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
        ("/api/search", {"query": "x", "datasource": "y"}, "/datasource"),
        ("/rest/api/v1/autocomplete", [], ""),
        ("/rest/api/v1/getdocuments", {"documentSpecs": [{"id": "x", "url": "y"}]}, "/documentSpecs/0"),
        ("/rest/api/v1/recommendations", {"pageSize": 1.5}, "/pageSize"),
        ("/rest/api/v1/feedback", {"event": "KLICK", "trackingTokens": []}, "/event"),
    ],
)
def test_what_glean_does_not_know_is_refused(address: str, path: str, body: Any, pointer: str) -> None:
    answer = httpx.post(f"{address}{path}", json=body)
    assert answer.status_code == 400 and pointer in [one["pointer"] for one in answer.json()["errors"]]


@pytest.mark.parametrize(
    ("method", "address_of", "told"),
    [
        ("GET", "/api/search/filters?dataources=transcripts", "`dataources`: the specification has no such parameter"),
        ("GET", "/api/search/filters?query=a&query=b", "`query`: stands there more than once"),
        ("POST", "/rest/api/v1/search?pageSize=3", "`pageSize`: the specification has no such parameter"),
        ("POST", "/rest/api/v1/search?locale=en", ""),
        ("GET", "/api/search/filters?datasources=transcripts&datasources=wiki", "no datasource `transcripts`"),
    ],
)
def test_addresses_too(address: str, method: str, address_of: str, told: str) -> None:
    answer = httpx.request(method, f"{address}{address_of}", json={"query": "x"} if method == "POST" else None)
    assert (answer.status_code, told in answer.text) == (400 if told else 200, True), answer.text


def test_documents_too() -> None:
    check = checker()
    check("/api/index/v1/indexdocument", {"document": DOCUMENT})
    check("/api/index/v1/debug/{datasource}/status", {"anything": 1})  # of its body the specification says nothing
    for slip in ({"viewUrl": "https://v.example"}, {"createdAt": "17"}, {"createdAt": True}, {"permissions": []}):
        with pytest.raises(Refused) as caught:
            check("/api/index/v1/indexdocument", {"document": DOCUMENT | slip})
        assert caught.value.status == 400 and f"/document/{next(iter(slip))}" in caught.value.text
    for wrong in ({}, {"datasource": 5}, {"datasource": "x", "more": 1}):
        with pytest.raises(Refused):
            check("/api/index/v1/getusercount", wrong)


def test_no_more_mistakes_are_told_than_of_other_bodies() -> None:
    with pytest.raises(Refused) as caught:
        checker()("/api/index/v1/indexdocuments", {"datasource": "x", "documents": [{"a": 1}] * 5_000})
    assert len(caught.value.errors) == MOST_MISTAKES


def test_who_may_not_ask_at_all_is_told_before_anything_is_checked(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    own = {"Authorization": f"Bearer {new_token(home / 'tokens.yaml', 'bob@example.com')}"}
    with serving_home(home, "the administrator's", check=checker()) as server:
        assert httpx.post(f"{server.address}/api/index/v1/indexdocument", json={}, headers=own).status_code == 403


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/rest/api/v1/getdocuments", {"documentSpecs": [{"id": "x"}] * MOST_PARTS}),
        ("/rest/api/v1/search", {"query": "x", "sourceDocument": {"metadata": {"components": ["x"] * MOST_PARTS}}}),
    ],
)
def test_what_takes_long_to_check_is_not_checked(path: str, body: Any) -> None:
    with pytest.raises(Refused, match="more than 10,000 values") as caught:
        checker()(path, body)
    assert caught.value.status == 413


def test_the_longest_that_is_read_is_checked() -> None:
    check = checker()
    event = {"action": "VIEW", "source": "web", "timestamp": "2025-01-01T00:00:00Z", "url": "https://v.example"}
    check("/rest/api/v1/activity", {"events": [event] * MOST_EVENTS})
    values = [{"value": "x", "relationType": "EQUALS", "isNegated": False}]
    sets = [{"filters": [{"fieldName": "type", "values": values}] * (MOST_VALUES // MOST_FILTERS)}] * MOST_FILTERS
    options = {"facetBucketSize": 3, "facetFilterSets": sets, "datasourcesFilter": ["x"] * MOST_NAMES}
    read(SearchAsked, asked := {"query": "x", "requestOptions": options})
    check("/rest/api/v1/search", asked)
    check("/api/index/v1/indexdocuments", {"datasource": "x", "documents": [DOCUMENT] * 1_000})


def test_a_body_full_of_mistakes_takes_no_room() -> None:
    person = {"name": "x", "obfuscatedId": "x", "relatedDocuments": [1] * 50_000}
    field = {"label": "x", "displayable": True, "values": [{"person": person}]}
    author = {"name": "x", "obfuscatedId": "x", "metadata": {"customFields": [field]}}
    check = checker()
    tracemalloc.start()
    try:
        with pytest.raises(Refused):
            check("/rest/api/v1/search", {"query": "x", "sourceDocument": {"metadata": {"author": author}}})
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_body_that_is_nested_too_deeply_is_told_so() -> None:
    person: dict[str, Any] = {"name": "x", "obfuscatedId": "x"}
    for _ in range(300):
        person = {
            "name": "x",
            "obfuscatedId": "x",
            "relatedDocuments": [{"documents": [{"metadata": {"author": person}}]}],
        }
    with pytest.raises(Refused, match="nested too deeply"):
        checker()("/rest/api/v1/search", {"query": "x", "sourceDocument": {"metadata": {"author": person}}})


def test_the_source_that_an_activity_must_have_is_no_slip() -> None:
    event = {"action": "VIEW", "source": "web", "timestamp": "2025-01-01T00:00:00Z", "url": "https://v.example"}
    check = checker()
    check("/rest/api/v1/activity", {"events": [event]})
    check("/rest/api/v1/activity", {"events": [{name: event[name] for name in event if name != "source"}]})
    for time in ("2025-13-01T00:00:00Z", "2025-01-01", "now"):
        with pytest.raises(Refused, match="/events/0/timestamp: must be a date-time"):
            check("/rest/api/v1/activity", {"events": [event | {"timestamp": time}]})

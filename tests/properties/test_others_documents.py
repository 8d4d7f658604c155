"""A property: whatever the indexing API takes, be it ever so odd, is indexed and can be searched and told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from connector.serve import index_requests
from connector.serve.results import search_result
from indexer import Asker, Document
from indexer.search import SearchRequest, search
from indexer.store import Index

NAMES = ("start", "end", "position", "speaker", "speakers", "language", "quality", "collection", "generated", "x")
NUMBERS = st.sampled_from([0, -1, 1.5, 1e308, -1e308, 1e-320, 2**63, 10**400]) | st.integers() | st.floats(-1e9, 1e9)
TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=8) | st.sampled_from(
    ["12.5", "9" * 400, "\x1f", "en"]
)
WORDS = st.sampled_from(["common words", "<p>common <b>x", "common " * 300, "\x00common \x1f >common #", ""])
DOCUMENT = st.fixed_dictionaries(
    {
        "datasource": st.just("wiki"),
        "objectType": st.sampled_from(["Transcript", "TranscriptSegment", "TranscriptSample", "Note"]),
        "id": TEXT.filter(bool),
        "viewURL": st.sampled_from(["https://a/b", "https://youtu.be/abc", "http://[::1", "x", "https://a/?t=9e99#t=1"]),
        "permissions": st.just({"allowAnonymousAccess": True}),
        "body": st.builds(lambda kind, text: {"mimeType": kind, "textContent": text}, st.sampled_from(
            ["text/plain", "text/html", "x"]), WORDS),
        "customProperties": st.lists(
            st.builds(lambda name, value: {"name": name, "value": value}, st.sampled_from(NAMES),
                      NUMBERS | TEXT | st.lists(TEXT, max_size=2)), max_size=5),
    },
    optional={
        "title": TEXT,
        "tags": st.lists(TEXT, max_size=2),
        "container": TEXT,
        "containerDatasourceId": st.sampled_from(["whole", "", "x/y"]),
        "createdAt": st.sampled_from([0, 17, (1 << 40) - 1]),
        "author": st.fixed_dictionaries({}, optional={"email": TEXT, "name": TEXT}),
        "status": st.sampled_from(["held", ""]),
    },
)  # fmt: skip


@pytest.fixture(scope="module")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with Index.create(tmp_path_factory.mktemp("others") / "index", "f") as created:
        yield created


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(DOCUMENT, min_size=1, max_size=4))
def test_what_is_taken_can_be_searched(scratch: Index, documents: list[dict[str, Any]]) -> None:
    groups: dict[str, dict[str, Document]] = {}
    for payload in documents:
        try:
            index_requests.Document.model_validate(payload)
        except ValidationError:
            continue
        taken = Document(payload, scope="wiki")
        groups.setdefault(taken.group, {})[taken.id] = taken
    scratch.rewrite([(group, list(members.values())) for group, members in groups.items()], 1, "f")
    assert {one.id for one in scratch.documents()} == {ident for members in groups.values() for ident in members}
    for group in (False, True):
        for sort in ("relevance", "date", "start"):
            request = SearchRequest(
                "common", kind="all", asker=Asker("a@x"), group=group, merge=not group, sort=sort, explain=True
            )
            result = search(scratch, request)
            json.dumps(result.to_json(full=True))
            json.dumps([search_result(hit) for hit in result.hits])

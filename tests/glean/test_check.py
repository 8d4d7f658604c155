"""The strict check: everything the official client lets through and Glean does not."""

from __future__ import annotations

from typing import Any

import pytest

from connector.glean.check import broken_rules

GOOD: dict[str, Any] = {
    "datasource": "transcripts",
    "id": "t1",
    "objectType": "TranscriptSegment",
    "title": "T",
    "viewURL": "https://v.example.com/watch?v=1&t=12",
    "permissions": {"allowAllDatasourceUsersAccess": True},
}


def problems(document: Any) -> list[str]:
    return list(map(str, broken_rules(document)))


def test_a_small_and_a_full_document() -> None:
    assert problems(GOOD) == []
    full = GOOD | {
        "container": "C",
        "containerDatasourceId": "t0",
        "containerObjectType": "Transcript",
        "body": {"mimeType": "text/plain", "textContent": ""},
        "author": {"email": "ann@example.com"},
        "createdAt": 1736812800,
        "tags": ["a"],
        "additionalUrls": ["https://v.example.com/1"],
        "interactions": {"numViews": 3},
        "comments": [{"id": "c", "createdAt": 1, "content": {"mimeType": "text/plain", "textContent": "x"}}],
        "permissions": {
            "allowedUsers": [{"email": "a@b.c"}],
            "allowedGroups": ["g"],
            "allowedGroupIntersections": [{"requiredGroups": ["g", "h"]}],
        },
        "customProperties": [{"name": "start", "value": 1}, {"name": "who", "value": ["a", "b"]}],
    }
    assert problems(full) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"viewUrl": "https://x.example.com"}, "viewUrl"),
        ({"viewURL": "https://v.example.com/1#t=12"}, "viewURL"),
        ({"viewURL": "https://v.example.com/1?t=13#t=12s"}, "viewURL"),
        ({"viewURL": "https://v.example.com/1?t=12#top"}, "viewURL"),
        ({"viewURL": "javascript:alert(1)"}, "viewURL"),
        ({"viewURL": "https://v.example.com/a b"}, "viewURL"),
        ({"id": "T_1"}, "id"),
        ({"id": "x" * 201}, "id"),
        ({"id": 7}, "id"),
        ({"objectType": "Transcript_Segment"}, "objectType"),
        ({"datasource": "my transcripts"}, "datasource"),
        ({"title": "  "}, "title"),
        ({"createdAt": "17"}, "createdAt"),
        ({"createdAt": True}, "createdAt"),
        ({"createdAt": 17.5}, "createdAt"),
        ({"createdAt": -1}, "createdAt"),
        ({"body": {"textContent": "x"}}, "body.mimeType"),
        ({"body": "x"}, "body"),
        ({"tags": "a"}, "tags"),
        ({"tags": ["a", 1]}, "tags[1]"),
        ({"author": {"email": "nobody"}}, "author.email"),
        ({"permissions": {"allowedUser": []}}, "permissions.allowedUser"),
        ({"permissions": {"allowAnonymousAccess": "yes"}}, "permissions.allowAnonymousAccess"),
        ({"permissions": {"allowedGroupIntersections": [{}]}}, "requiredGroups"),
        ({"customProperties": [{"name": "x", "value": True}]}, "customProperties[0].value"),
        ({"customProperties": [{"name": "x", "value": {"a": 1}}]}, "customProperties[0].value"),
        ({"customProperties": [{"name": "x y", "value": 1}]}, "customProperties[0].name"),
        ({"customProperties": [{"name": "x", "value": float("inf")}]}, "customProperties[0].value"),
        ({"interactions": {"numViews": -1}}, "interactions.numViews"),
    ],
)
def test_every_broken_rule_is_named(change: dict[str, Any], field: str) -> None:
    found = problems(GOOD | change)
    assert len(found) == 1 and field in found[0].partition(": ")[0]


@pytest.mark.parametrize("url", ["https://vimeo.com/1?t=12#t=12s", "https://v.example.com/a.mp4?x=1&t=12#t=12"])
def test_a_fragment_that_may_be_stripped(url: str) -> None:
    assert problems(GOOD | {"viewURL": url}) == []


@pytest.mark.parametrize("field", sorted(GOOD))
def test_what_is_required(field: str) -> None:
    document = {key: value for key, value in GOOD.items() if key != field}
    assert problems(document) == [f"{field}: is missing"]


@pytest.mark.parametrize("value", [None, [], "x", 3])
def test_no_document_at_all(value: Any) -> None:
    assert problems(value) == ["document: must be an object"]

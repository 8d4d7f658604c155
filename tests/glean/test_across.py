"""Documents held against each other, the datasource, and the people of identity.yaml."""

from __future__ import annotations

from typing import Any

import pytest

from connector.archive.documents import sample_documents
from connector.archive.rows import CheckpointRow, SampleRow
from connector.config import Settings
from connector.glean import across
from connector.glean.datasource import datasource_config
from connector.glean.gate import check_archive
from connector.glean.matching import UrlRegex
from connector.glean.report import Report
from connector.identity import Identity
from tests.glean.test_check import GOOD

PEOPLE = Identity.model_validate(
    {
        "users": [{"email": "ann@example.com", "groups": ["trainers"]}],
        "groups": [{"name": "trainers", "groups": ["staff"]}],
    }
)
TALK = GOOD | {"objectType": "Transcript", "id": "t0", "viewURL": "https://v.example.com/watch?v=1"}
MOMENT = GOOD | {"containerObjectType": "Transcript", "containerDatasourceId": "t0"}


def check(*documents: dict[str, Any], identity: Identity | None = None) -> Report:
    return check_archive(documents, Settings(), identity)


def test_nothing_is_wrong_with_a_talk_and_its_moment() -> None:
    found = check(MOMENT, TALK, identity=PEOPLE)
    assert (found.broken, found.warnings, found.lines()) == (0, [], [])
    assert found.counts() == "1 user, 2 groups, 2 memberships, 2 documents"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"objectType": "Talk"}, "objectType: `Talk` is not defined in the datasource's configuration"),
        ({"datasource": "others"}, "datasource: the datasource that is configured is `transcripts`"),
        ({"containerDatasourceId": "t9"}, "containerDatasourceId: there is no Transcript `t9`"),
        ({"containerObjectType": "Folder"}, "containerObjectType: `Folder` is not defined"),
        ({"customProperties": [{"name": "mood", "value": "x"}]}, "`mood` is not defined for TranscriptSegment"),
        ({"customProperties": [{"name": "start", "value": 1}]}, "customProperties[0].value: must be text"),
        ({"customProperties": [{"name": "position", "value": "1"}]}, "must be a whole number: it is defined as INT"),
        ({"permissions": {"allowedUsers": [{"email": "eve@example.com"}]}}, "`eve@example.com` is no user"),
        ({"permissions": {"allowedGroups": ["board"]}}, "there is no group `board`"),
        ({"permissions": {"allowedGroupIntersections": [{"requiredGroups": ["staff", "x"]}]}}, "requiredGroups[1]"),
        ({"body": {"mimeType": "text/plain", "textContent": "x" * (5 << 20)}}, "body: the document has 5,24"),
    ],
)
def test_every_broken_rule_is_named_with_its_document(change: dict[str, Any], told: str) -> None:
    found = check(TALK, MOMENT | change, identity=PEOPLE)
    assert found.broken == 1 and found.lines()[0].startswith("document t1: ") and told in found.lines()[0]


@pytest.mark.parametrize(
    ("pattern", "slow"),
    [
        ("^(a|aa)+$", True), ("^(?:a?){200}(a|b|ab)*[bc]$", True),
        (r"^https?://(?:www\.)?v\.example\.com/.*", False), (r"(?:(?:x|xx)y)*z", False), (r"((a*)b){2,}", False),
    ],
)  # fmt: skip
def test_expressions_that_take_for_ever(pattern: str, slow: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Harmless ones are held against, however they look."""
    monkeypatch.setattr(across, "MATCHING", 0.05)
    config = {"name": "transcripts", "urlRegex": pattern, "objectDefinitions": []}
    held = across.Across(config, None, whole=False)
    found = [one.field for one in held.add({"viewURL": "a" * 5_000 + "!"}) if one.field == "viewURL"]
    assert (bool(held.warnings()), found) == ((True, []) if slow else (False, ["viewURL"]))


@pytest.mark.parametrize("pattern", [r"^https://x/(?:a{1000}){1001}", r"^https://x/[a--[b]"])
def test_an_expression_that_is_not_read_is_told(pattern: str) -> None:
    """Though the rules of a configuration have nothing against it."""
    held = across.Across({"name": "transcripts", "urlRegex": pattern, "objectDefinitions": []}, None, whole=False)
    assert [one.field for one in held.add({"viewURL": "https://y.example/"})] == ["objectType"]
    (told,) = held.unheld()
    assert told.startswith("1 document not held against the urlRegex, which is ")


def test_our_own_expression_is_read_once_a_host(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many hosts it names."""
    read: list[str] = []

    class Reading(UrlRegex):
        def __init__(self, pattern: str, seconds: float) -> None:
            read.append(pattern)
            super().__init__(pattern, seconds)

    monkeypatch.setattr(across, "UrlRegex", Reading)
    held = across.Across(lambda urls: datasource_config(Settings(), urls), None, whole=False)
    for n in range(120):
        links = (f"https://v{n}.example/{path}" for path in ("a", "b?t=1", "a\nb"))
        broken = [[one.field for one in held.add({"viewURL": link}) if one.field == "viewURL"] for link in links]
        assert broken == [[], [], ["viewURL"]]
    assert len(read) == 121 and max(map(len, read)) < 100
    assert held.config and "v119" in held.config["urlRegex"]


def test_people_are_known_in_capitals_and_groups_by_those_in_them() -> None:
    named = {"allowedUsers": [{"email": "Ann@Example.com"}], "allowedGroups": ["staff"]}
    assert check(TALK, MOMENT | {"permissions": named}, identity=PEOPLE).broken == 0
    assert check(TALK, MOMENT | {"permissions": {"allowedUsers": [{"email": "x@example.com"}]}}).broken == 0


def test_an_id_is_the_same_in_capitals() -> None:
    found = check(TALK, MOMENT, MOMENT | {"id": "T1"})
    assert [finding.field for finding in found.findings] == ["id", "id"]
    assert "stands twice" in found.findings[1].rule


def test_what_is_no_fault_is_told() -> None:
    local = {"viewURL": "http://127.0.0.1:8765/transcript/t0", "permissions": {"allowedGroups": ["staff"]}}
    found = check(TALK | local, MOMENT)
    assert found.broken == 0
    assert [warning.partition(" (")[0] for warning in found.warnings] == [
        "1 document with a link that only this machine can open",
        "1 document with groups of which nothing says who is in them: write identity.yaml",
    ]


def test_groups_that_glean_does_not_take() -> None:
    spaced = Identity.model_validate({"users": [{"email": "ann@example.com", "groups": ["sales team"]}]})
    assert (
        "group sales team: name: must have no spaces: Glean takes no such group" in check(TALK, identity=spaced).lines()
    )


def test_what_is_wrong_over_and_over_is_told_once() -> None:
    documents = [TALK, *(MOMENT | {"id": f"t0{n}", "title": ""} for n in range(30))]
    found = check(*documents)
    assert found.lines() == ["document t00: title: must be text and not empty (and 29 more like it)"]
    assert len(found.to_json()["findings"]) == 30


def test_samples_pass_and_are_marked() -> None:
    checkpoint = CheckpointRow("c000001abc", 1, "corpus", [], {}, open=True)
    samples = [
        SampleRow(checkpoint.id, n, "So what", 1337, 0.8, 40, "we do here", ["t00000000012000000"]) for n in (0, 1)
    ]
    made = sample_documents(checkpoint, samples, Settings())
    assert check(*made, identity=PEOPLE).broken == 0
    for document in made:
        assert document["title"].startswith("Generated sample") and "generated" in document["tags"]
        assert {"name": "generated", "value": "yes"} in document["customProperties"]

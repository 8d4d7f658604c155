"""The check of files: whatever JSON was made for Glean, told apart by its shape; hostile files are told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.config import Settings
from connector.errors import ConfigError
from connector.glean.across import People
from connector.glean.datasource import datasource_config
from connector.glean.files import check_files
from connector.glean.own import Own
from connector.glean.recognise import SHAPES, meant
from connector.glean.rules import broken
from connector.serve.specification import calls
from tests.glean.specified import PREFIX, mistakes
from tests.glean.test_across import MOMENT, TALK
from tests.glean.test_check import GOOD

PAGE = {
    "uploadId": "u",
    "datasource": "transcripts",
    "isFirstPage": True,
    "isLastPage": True,
    "documents": [TALK, MOMENT],
}
USERS = {
    "uploadId": "u",
    "datasource": "transcripts",
    "isFirstPage": True,
    "users": [{"email": "a@x.example", "name": "A"}],
}


ASTRAY = MOMENT | {
    "viewURL": "https://other.example.com/",
    "customProperties": [{"name": "mood", "value": "x"}],
    "permissions": {"allowedUsers": [{"email": "ghost@x.example"}], "allowedGroups": ["nobody"]},
}


def _members(ident: str, group: str) -> dict[str, Any]:
    ends = {"isFirstPage": True, "isLastPage": True}
    return {"uploadId": ident, "datasource": "d", "group": group, "memberships": [{"memberUserId": "a"}], **ends}


def told(folder: Path, *contents: Any, name: str = "{}.json") -> list[str]:
    """What the check says of files with these contents, without their folder."""
    files = [folder / name.format(number) for number in range(len(contents))]
    for file, content in zip(files, contents, strict=True):
        file.write_bytes(content if isinstance(content, bytes) else json.dumps(content, indent=1).encode())
    return [line.replace(f"{folder}/", "") for line in check_files(files).lines()]


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (PAGE, "body of bulkindexdocuments"),
        ({"datasource": "d", "documents": []}, "body of indexdocuments"),
        ({"document": GOOD}, "body of indexdocument"),
        (GOOD, "document"),
        ({"datasource": "d", "objectType": "T", "id": "1"}, "body of deletedocument"),
        ({"name": "d", "datasourceCategory": "CRM"}, "datasource"),
        (USERS, "body of bulkindexusers"),
        ({"datasource": "d", "user": {"email": "a@x.example"}}, "body of indexuser"),
        ({"uploadId": "u", "datasource": "d", "group": "g", "memberships": []}, "body of bulkindexmemberships"),
        ({"datasource": "d", "group": {"name": "g"}}, "body of indexgroup"),
        ({"email": "a@x.example", "name": "A"}, "user"),
        ({"name": "g"}, "group"),
        ({"groupName": "g", "memberUserId": "a@x.example"}, "membership"),
        ({"datasource": "d", "permissions": {}}, "body of updatepermissions"),
        (GOOD | {"permissions": {"allowedGroups": "x"}}, "document"),
        ({"datasource": "d", "email": "a@x.example"}, "body of deleteuser"),
        ({"datasource": "d", "groupName": "g"}, "body of deletegroup"),
        ({"hello": 1}, None),
        ({}, None),
    ],
)
def test_what_a_value_is_meant_to_be(value: dict[str, Any], kind: str | None) -> None:
    assert meant(value) == kind


NAMED = {"datasource": "d", "objectType": "Talk", "docId": "t1"}
BODIES: dict[str, Any] = {
    "indexdocument": {"document": GOOD, "version": 3},
    "indexdocuments": {"datasource": "transcripts", "documents": [GOOD]},
    "bulkindexdocuments": PAGE,
    "updatepermissions": {
        "datasource": "d", "objectType": "Talk", "id": "t1", "viewURL": "https://v.example.com/1",
        "permissions": {"allowedUsers": [{"email": "a@x.example"}], "allowedGroups": ["g"]},
    },
    "processalldocuments": {"datasource": "d"},
    "deletedocument": {"datasource": "d", "objectType": "Talk", "id": "t1", "version": 3},
    "indexuser": {"datasource": "d", "user": {"email": "a@x.example", "name": "A"}, "version": 3},
    "bulkindexusers": USERS | {"isLastPage": True, "disableStaleDataDeletionCheck": True},
    "indexgroup": {"datasource": "d", "group": {"name": "g"}, "version": 3},
    "bulkindexgroups": {"uploadId": "u", "datasource": "d", "isFirstPage": True, "groups": [{"name": "g"}]},
    "indexmembership": {"datasource": "d", "membership": {"groupName": "g", "memberUserId": "a@x.example"}},
    "bulkindexmemberships": {
        "uploadId": "u", "datasource": "d", "group": "g", "isFirstPage": True, "forceRestartUpload": True,
        "memberships": [{"memberUserId": "a@x.example"}, {"memberGroupName": "h"}],
    },
    "processallmemberships": {"datasource": "d"},
    "deleteuser": {"datasource": "d", "email": "a@x.example", "version": 3},
    "deletegroup": {"datasource": "d", "groupName": "g", "version": 3},
    "deletemembership": {"datasource": "d", "membership": {"groupName": "g", "memberGroupName": "h"}, "version": 3},
    "debug/{datasource}/document": {"objectType": "Talk", "docId": "t1"},
    "debug/{datasource}/documents": {"debugDocuments": [{"objectType": "Talk", "docId": "t1"}]},
    "debug/{datasource}/document/events": {
        "objectType": "Talk", "docId": "t1", "startDate": "2025-05-01", "maxEvents": 50,
    },
    "debug/{datasource}/user": {"email": "a@x.example"},
    "checkdocumentaccess": NAMED | {"userEmail": "a@x.example"},
    "getdocumentstatus": NAMED,
    "getdocumentcount": {"datasource": "d"},
    "getusercount": {"datasource": "d"},
    "betausers": {"datasource": "d", "emails": ["a@x.example"]},
    "adddatasource": datasource_config(Settings(), ["https://v.example.com/"]),
    "getdatasourceconfig": {"datasource": "d"},
}  # fmt: skip


@pytest.mark.parametrize("call", BODIES)
def test_the_body_of_every_call_passes_and_each_of_its_fields_is_looked_at(tmp_path: Path, call: str) -> None:
    body = BODIES[call]
    assert told(tmp_path, body) == []
    for key in body:
        assert told(tmp_path, body | {key: None}) != [], key


def test_the_specification_takes_them_too_and_has_no_other() -> None:
    with_body = {path.removeprefix(PREFIX) for path, call in calls().items() if path.startswith(PREFIX) and call.schema}
    assert BODIES.keys() ^ with_body == {"betausers"}  # which is not served, and not in what is shipped
    assert [wrong for call in with_body for wrong in mistakes(call, BODIES[call])] == []


@pytest.mark.parametrize("content", [PAGE, GOOD, [TALK, MOMENT], USERS, {"groupName": "g", "memberGroupName": "h"}])
def test_what_is_right_passes(tmp_path: Path, content: Any) -> None:
    assert told(tmp_path, content) == []


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (
            GOOD | {"viewUrl": "https://x.example/"},
            "document t1: viewUrl: Glean knows no such field; did you mean `viewURL`?",
        ),
        (PAGE | {"documents": [TALK, MOMENT | {"title": 3}]}, "document t1: title: must be text and not empty"),
        (PAGE | {"documents": [MOMENT | {"datasource": "x"}]}, "document t1: datasource: is another than the page's"),
        (PAGE | {"documents": []}, "an upload of nothing would delete everything Glean holds"),
        (PAGE | {"forceRestartUpload": True, "isFirstPage": False}, "forceRestartUpload: goes with isFirstPage alone"),
        (USERS | {"users": [{"email": "a@x.example"}]}, "user a@x.example: name: is missing"),
        ({"groupName": "g"}, "must have one of memberUserId and memberGroupName"),
        (
            GOOD | {"createdAt": 1736812800000},
            "createdAt: must be epoch seconds before the year 2100, not milliseconds",
        ),
        (GOOD | {"body": {"mimeType": "text/plain"}}, "body: must have one of textContent and binaryContent"),
        (GOOD | {"title": "\ud800"}, "title: holds half a character"),
        ([GOOD, GOOD], "id: `t1` stands twice"),
        ({"hello": 1}, "is nothing that Glean's indexing API takes"),
        (b'{"id": "a", "id": "b"}', "the key 'id' stands twice"),
        (b'{"id": NaN}', "NaN is no number in JSON"),
        (b'{\n"id": 1,,}', "0.json:2: is no JSON"),
        (b'\n{"id": "\xff"}', "0.json:2: is not UTF-8 (at byte 9)"),
        (b"\xef\xbb\xbf{}", "begins with a byte order mark"),
        (b"[" * 100_000, "is nested deeper"),
        (b'{"a":' * 100_000, "is nested deeper"),
        (b'{"createdAt": ' + b"9" * 5000 + b"}", "is no JSON that Glean takes"),
        (b"", "is empty"),
        (b"[]", "is nothing that Glean"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, content: Any, line: str) -> None:
    found = told(tmp_path, content)
    assert len(found) == 1 and found[0].startswith("0.json") and line in found[0]


def test_lines_are_told_apart_and_counted(tmp_path: Path) -> None:
    lines = [TALK, "{", MOMENT | {"tags": "a"}, "", MOMENT | {"id": "t2"}]
    text = "\n".join(line if isinstance(line, str) else json.dumps(line) for line in lines)
    found = told(tmp_path, text.encode(), name="{}.ndjson")
    assert [line.partition(" ")[0] for line in found] == ["0.ndjson:2:", "0.ndjson:3:"]
    assert "document t1: tags: must be a list" in found[1]


def test_documents_are_held_against_the_other_files(tmp_path: Path) -> None:
    config = datasource_config(Settings(), ["https://v.example.com/"])
    elsewhere = MOMENT | {
        "viewURL": "https://other.example.com/",
        "permissions": {"allowedUsers": [{"email": "b@x.example"}]},
    }
    found = told(tmp_path, PAGE | {"documents": [TALK, elsewhere]}, config, USERS)
    assert [line.partition("document t1: ")[2].partition(":")[0] for line in found] == [
        "viewURL",
        "permissions.allowedUsers[0].email",
    ]


def test_a_lone_page_is_held_against_the_archive_it_is_of(tmp_path: Path) -> None:
    (file := tmp_path / "page.json").write_text(json.dumps(PAGE | {"documents": [TALK, ASTRAY]}))
    own = Own(
        "transcripts",
        lambda: datasource_config(Settings(), ["https://v.example.com/"]),
        lambda: People(frozenset(), frozenset()),
    )
    report = check_files([file], lambda: own)
    assert [finding.field for finding in report.findings] == [
        "viewURL", "customProperties[0].name", "permissions.allowedUsers[0].email", "permissions.allowedGroups[0]",
    ]  # fmt: skip
    assert report.unheld == []


@pytest.mark.parametrize("name", [None, "others"])
def test_what_nothing_here_is_known_of_is_told(tmp_path: Path, name: str | None) -> None:
    (file := tmp_path / "page.json").write_text(json.dumps(PAGE | {"documents": [TALK, ASTRAY]}))
    own = Own(name, lambda: pytest.fail("not asked for"), lambda: pytest.fail("not asked for")) if name else None
    report = check_files([file], lambda: own)
    assert (report.broken, report.unheld) == (
        0,
        [
            "2 documents not held against urlRegex, object types and properties: no file is of their datasource",
            "1 document whose people and groups are in none of the files",
        ],
    )


def test_an_archive_that_cannot_be_read_concerns_its_documents_alone(tmp_path: Path) -> None:
    def broken() -> Any:
        raise ConfigError("config.yaml: is no YAML")

    (people := tmp_path / "people.json").write_text(json.dumps(USERS))
    (file := tmp_path / "page.json").write_text(json.dumps(PAGE | {"documents": [TALK]}))
    assert check_files([people], lambda: pytest.fail("not asked for")).broken == 0
    for own in (broken, lambda: Own("transcripts", broken, lambda: None), lambda: Own("transcripts", dict, broken)):
        assert "the archive here: config.yaml: is no YAML" in check_files([file], own).unheld


def page(ident: str, number: int, *, first: bool = False, last: bool = False, **more: Any) -> dict[str, Any]:
    documents = [TALK | {"id": f"t{number}"}]
    return PAGE | {"uploadId": ident, "isFirstPage": first, "isLastPage": last, "documents": documents} | more


@pytest.mark.parametrize(
    ("contents", "lines"),
    [
        ([page("u", 1, first=True), page("u", 2), page("u", 3, last=True)], []),
        ([page("u", 1, last=True), page("u", 2, first=True)], []),  # files in another order
        ([page("u", 1)], []),
        (
            [page("u", 1, first=True, last=True), page("v", 2, first=True, last=True)],
            ["1.json: body of bulkindexdocuments: uploadId: another page of this upload has `u`", "isFirst", "isLast"],
        ),
        ([page("u", 1, first=True), page("u", 2, first=True)], ["1.json: body of bulkindexdocuments: isFirstPage: "]),
        ([page("u", 1, last=True), page("u", 2, last=True)], ["1.json: body of bulkindexdocuments: isLastPage: "]),
        ([page("u", 1, first=True, last=True), USERS, page("v", 2, datasource="x", documents=[], first=True)], []),
        ([_members("u", "g"), _members("v", "h")], []),
        ([_members("u", "g"), _members("v", "g")], ["uploadId: another page", "isFirst", "isLast"]),
    ],
)
def test_pages_of_one_upload(tmp_path: Path, contents: list[Any], lines: list[str]) -> None:
    found = told(tmp_path, *contents)
    assert len(found) == len(lines) and all(line in one for line, one in zip(lines, found, strict=True))


def test_lines_go_in_their_order(tmp_path: Path) -> None:
    pages = [page("u", 1), page("u", 2, first=True), page("u", 3, last=True), page("u", 4)]
    (file := tmp_path / "pages.ndjson").write_text("\n".join(map(json.dumps, pages)))
    assert [(one.line, one.field or one.rule) for one in check_files([file]).findings] == [
        (2, "isFirstPage"), (4, "comes after the last page"),
    ]  # fmt: skip


def test_an_upload_without_its_ends_is_told(tmp_path: Path) -> None:
    (file := tmp_path / "page.json").write_text(json.dumps(page("u", 1)))
    assert "bulkindexdocuments of transcripts: its first and its last page are in no file" in check_files([file]).unheld


KEYS = sorted(
    {key for shape in SHAPES.values() for key in shape.known}
    | {"files", "format", "name", "value", "propertyDefinitions", "propertyGroups", "requiredGroups", "mimeType"}
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), inner, max_size=6)
    ),
    max_leaves=20,
)


@given(JSON, st.sampled_from(sorted(SHAPES)))
def test_no_value_at_all_makes_the_check_fail(value: Any, kind: str) -> None:
    assert all(each.field and each.rule for each in broken(value, SHAPES[kind], kind))


@given(st.lists(JSON, min_size=1, max_size=4))
def test_no_file_either(tmp_path_factory: pytest.TempPathFactory, values: list[Any]) -> None:
    file = tmp_path_factory.mktemp("any") / "any.ndjson"
    file.write_text("\n".join(map(json.dumps, values)), encoding="utf-8")
    json.dumps(check_files([file]).to_json()).encode()


@pytest.mark.parametrize("name", ["", ".", "..", "a\0b", "x" * 5_000, "\ud800", 7, None])
def test_a_manifest_that_names_no_file_breaks_a_rule(tmp_path: Path, name: object) -> None:
    entry = {"name": name, "endpoint": "/api/index/v1/indexdocuments"}
    (tmp_path / "manifest.json").write_text(json.dumps({"format": 1, "files": [entry]}))
    (finding,) = check_files([tmp_path]).findings
    assert finding.field in ("files[0]", "files[0].name")

"""Every kind of file that an export writes for Glean, held against Glean's own specification."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow, SampleRow
from connector.config import load
from tests.glean.specified import mistakes
from tests.support import command, make_home, talk

MODEL = "c000001327e47c0da"  # a checkpoint, whose weights are not needed
PEOPLE = (
    "users: [{email: ann@example.com, groups: [crew]}, {email: bob@example.com, name: Bob}]\n"
    "groups: [{name: crew, groups: [staff]}]\n"
)


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with a whole export, ``all``, and one of what changed since, ``changes``: talks, people and samples."""
    home = make_home(tmp_path_factory.mktemp("specified") / "home")
    for name in ("bread", "bridges"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name, 20))
    (home / "inbox" / "bread.meta.yaml").write_text(
        "title: Bread\nurl: https://youtu.be/abc\nrecorded: 2025-01-14T10:00:00\nauthor: ann@example.com\n"
        "language: en\ntags: [a, b]\npermissions: {allowedUsers: [bob@example.com], allowedGroups: [staff],"
        " allowedGroupIntersections: [{requiredGroups: [crew, staff]}]}\n"
    )
    (home / "identity.yaml").write_text(PEOPLE)
    command(home, "ingest", str(home / "inbox"))
    with Ledger.open(load(home / "config.yaml").settings.ledger_file) as ledger:
        ledger.add_checkpoint(CheckpointRow(MODEL, 1, "corpus", [], {}, True))
        drawn = [SampleRow(MODEL, n, "So what", 1337, 0.8, 40, "we do here", ["t1"]) for n in (0, 1)]
        ledger.put_samples(MODEL, drawn)
    command(home, "export", "--out", str(home / "all"))
    sent = [json.loads(line) for line in (home / "all" / "documents.ndjson").read_text().splitlines()]
    gone = next(one["id"] for one in sent if one["title"] == "Bridges")
    (home / "inbox" / "bread.srt").write_text(talk("bread and butter", 20))
    command(home, "ingest", str(home / "inbox"))
    command(home, "forget", gone, "--yes")
    command(home, "export", "--out", str(home / "changes"), "--changed-since", str(home / "all"))
    return home


def requests(folder: Path) -> Iterator[tuple[str, Any]]:
    """(endpoint, body) of all that the manifest says is sent; of NDJSON each line is a body."""
    for entry in json.loads((folder / "manifest.json").read_text())["files"]:
        if entry["endpoint"]:
            text = (folder / entry["name"]).read_text()
            for body in text.splitlines() if entry["name"].endswith(".ndjson") else [text]:
                yield entry["endpoint"].rpartition("/")[2], json.loads(body)


def test_the_specification_takes_every_body(exported: Path) -> None:
    for folder in ("all", "changes"):
        for endpoint, body in requests(exported / folder):
            assert mistakes(endpoint, body) == []


def test_every_kind_is_among_them(exported: Path) -> None:
    whole, changes = list(requests(exported / "all")), list(requests(exported / "changes"))
    people = {"adddatasource", "bulkindexusers", "bulkindexgroups", "bulkindexmemberships"}
    assert {endpoint for endpoint, _ in whole} == people | {"bulkindexdocuments"}
    assert {endpoint for endpoint, _ in changes} >= {"indexdocuments", "deletedocument"}
    kinds = Counter(one["objectType"] for _, body in whole for one in body.get("documents", ()))
    assert kinds["Transcript"] == 2 and kinds["TranscriptSegment"] > 10 and kinds["TranscriptSample"] == 2


def test_a_body_that_is_wrong_is_seen(exported: Path) -> None:
    """The specification is not asked in vain: a slip in each of the bodies is one for it."""
    for folder in ("all", "changes"):
        for endpoint, body in requests(exported / folder):
            assert mistakes(endpoint, body | {"dataSource": "x"})

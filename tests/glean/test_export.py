"""Export: whole or not at all, in pages Glean takes, accepted and given back unchanged by the official client."""

from __future__ import annotations

import errno
import json
import os
import shutil
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from glean.api_client import models
from pydantic import BaseModel

from connector.archive.ledger import Ledger
from connector.config import Settings, load
from connector.errors import BadInputError, PayloadError, UsageError
from connector.glean import export as exporting
from connector.glean.changes import HASHES, Earlier
from connector.glean.destination import Destination
from connector.glean.export import DATASET, DATASOURCE, DAY, MARK, NDJSON, SWAP, Exported
from connector.glean.files import check_files
from connector.glean.pages import PAGE_BYTES, PAGE_THINGS
from connector.glean.pushing import planned
from tests.glean.test_check import GOOD
from tests.support import connector, connector_json, make_home, run, talk


def many(count: int, body: str = "x") -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield GOOD | {"id": f"t{number:06d}", "body": {"mimeType": "text/plain", "textContent": body}}


def export(documents: Iterable[dict[str, Any]], folder: Path) -> Exported:
    return exporting.export(documents, folder, Settings())


def pages(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("bulkindexdocuments-*.json"))]


def test_pages_are_bounded_marked_and_hold_everything_in_order(tmp_path: Path) -> None:
    done = export(many(2500), tmp_path / "out")
    written = pages(tmp_path / "out")
    assert (done.total, done.pages) == (2500, 3)
    assert [len(page["documents"]) for page in written] == [PAGE_THINGS, PAGE_THINGS, 500]
    assert [page["isFirstPage"] for page in written] == [True, False, False]
    assert [page["isLastPage"] for page in written] == [False, False, True]
    assert {page["uploadId"] for page in written} == {done.upload_id}
    together = [document for page in written for document in page["documents"]]
    lines = [json.loads(line) for line in (tmp_path / "out" / NDJSON).read_text().splitlines()]
    assert together == lines == list(many(2500))


def test_no_page_is_above_five_mebibytes(tmp_path: Path) -> None:
    export(many(40, body="é" * 200_000), tmp_path / "out")
    sizes = [file.stat().st_size for file in (tmp_path / "out").glob("bulk*.json")]
    assert len(sizes) > 1 and max(sizes) <= PAGE_BYTES
    assert sum(len(page["documents"]) for page in pages(tmp_path / "out")) == 40


def test_one_page_is_first_and_last(tmp_path: Path) -> None:
    export(many(1), tmp_path / "out")
    (page,) = pages(tmp_path / "out")
    assert page["isFirstPage"] and page["isLastPage"]


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(many(1200), tmp_path / name)
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


class TestAllOrNothing:
    def test_a_wrong_document_leaves_the_last_export(self, tmp_path: Path) -> None:
        first = export(many(3), tmp_path / "out")
        with pytest.raises(PayloadError, match="document t1: title"):
            export([GOOD | {"title": ""}], tmp_path / "out")
        assert {page["uploadId"] for page in pages(tmp_path / "out")} == {first.upload_id}
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_an_error_on_the_way_leaves_nothing(self, tmp_path: Path) -> None:
        def failing() -> Iterator[dict[str, Any]]:
            yield GOOD
            raise OSError("no space")

        with pytest.raises(OSError, match="no space"):
            export(failing(), tmp_path / "out")
        assert list(tmp_path.iterdir()) == []

    def test_an_export_that_was_killed_while_it_replaced_another(self, tmp_path: Path) -> None:
        first = export(many(3), tmp_path / "out")
        (tmp_path / "out").rename(tmp_path / ".out.1l9ko1b3.old")
        (tmp_path / ".out.2l9ko1b3").mkdir()
        (tmp_path / ".out.2l9ko1b3" / MARK).touch()
        with pytest.raises(BadInputError):
            export([], tmp_path / "out")
        assert {page["uploadId"] for page in pages(tmp_path / "out")} == {first.upload_id}
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_an_export_beside_it_whose_name_goes_on_keeps_what_a_kill_left_of_it(self, tmp_path: Path) -> None:
        first = export(many(3), tmp_path / "out.2025")
        (tmp_path / "out.2025").rename(tmp_path / ".out.2025.1l9ko1b3.old")
        export(many(1), tmp_path / "out")
        with pytest.raises(BadInputError):
            export([], tmp_path / "out.2025")
        assert {page["uploadId"] for page in pages(tmp_path / "out.2025")} == {first.upload_id}

    def test_two_at_once_leave_what_the_last_of_them_wrote(self, tmp_path: Path) -> None:
        def interrupted() -> Iterator[dict[str, Any]]:
            export(many(5), tmp_path / "out")
            yield from many(3)

        (tmp_path / ".out.2l9ko1b3" / MARK).mkdir(parents=True)  # nor does what cannot be looked at stop one
        export(interrupted(), tmp_path / "out")
        assert len(pages(tmp_path / "out")[0]["documents"]) == 3
        assert sorted(path.name for path in tmp_path.iterdir()) == [".out.2l9ko1b3", "out"]

    def test_one_that_begins_while_another_replaces_the_former_lets_it(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        export(many(3), tmp_path / "out")
        rename = Path.rename

        def with_another(self: Path, target: Path) -> Path:
            if self.name.startswith(".out."):
                with pytest.raises(BadInputError):
                    export([], tmp_path / "out")
            return rename(self, target)

        monkeypatch.setattr(Path, "rename", with_another)
        export(many(5), tmp_path / "out")
        assert len(pages(tmp_path / "out")[0]["documents"]) == 5
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_a_share_that_knows_no_locks(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        def unknown(*_: object) -> None:
            raise OSError(errno.ENOTSUP, "Operation not supported")

        monkeypatch.setattr("fcntl.flock", unknown)
        export(many(3), tmp_path / "out")
        assert len(pages(tmp_path / "out")[0]["documents"]) == 3
        killed = tmp_path / ".out.abcdefgh"  # as it was to take the former one's place
        killed.mkdir()
        (killed / MARK).touch()
        a_while_ago = time.time() - 2 * SWAP
        os.utime(killed / MARK, (a_while_ago, a_while_ago))
        (tmp_path / "out").rename(tmp_path / ".out.abcdefgh.old")
        with pytest.raises(BadInputError):
            export([], tmp_path / "out")
        assert len(pages(tmp_path / "out")[0]["documents"]) == 3
        long_ago = time.time() - 2 * DAY
        os.utime(killed / MARK, (long_ago, long_ago))
        export(many(4), tmp_path / "out")
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_nothing_to_export(self, tmp_path: Path) -> None:
        with pytest.raises(BadInputError, match="would delete everything"):
            export([], tmp_path / "out")

    def test_an_id_that_stands_twice(self, tmp_path: Path) -> None:
        with pytest.raises(PayloadError, match="twice"):
            export([GOOD, GOOD], tmp_path / "out")

    def test_a_folder_with_other_things_in_it_is_not_touched(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.doc").touch()
        with pytest.raises(UsageError, match="not empty"):
            export(many(1), tmp_path / "out")


def official(file: Path) -> None:
    """The official client's model of the call takes the body and gives it back unchanged."""
    body = json.loads(file.read_text())
    model = MODELS[file.name.rpartition("-")[0]]
    assert json.loads(model.model_validate(body).model_dump_json(by_alias=True, exclude_unset=True)) == body


MODELS: dict[str, type[BaseModel]] = {
    "bulkindexdocuments": models.BulkIndexDocumentsRequest,
    "indexdocuments": models.IndexDocumentsRequest,
    "bulkindexusers": models.BulkIndexUsersRequest,
    "bulkindexgroups": models.BulkIndexGroupsRequest,
    "bulkindexmemberships": models.BulkIndexMembershipsRequest,
}


@pytest.fixture(scope="module")
def exported(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with three talks, people and a full export in ``first``."""
    home = make_home(tmp_path_factory.mktemp("archive") / "home")
    for name in ("bread", "bridges", "tickets"):
        (home / "inbox" / name).mkdir()
        (home / "inbox" / name / f"{name}.srt").write_text(talk(name, count=80))
    (home / "inbox" / "bread" / "bread.meta.yaml").write_text(
        "title: Bread\nurl: https://youtu.be/abc\nrecorded: 2025-01-14T10:00:00\nauthor: ann@example.com\n"
        "language: en\ntags: [a, b]\npermissions: {allowedUsers: [bob@example.com], allowedGroups: [x],"
        " allowedGroupIntersections: [{requiredGroups: [y, z]}]}\n"
    )
    (home / "identity.yaml").write_text(
        "users: [{email: ann@example.com, groups: [x, y]}, {email: bob@example.com, name: Bob}]\n"
        "groups: [{name: z, groups: [y]}]\n"
    )
    connector(home, "ingest", "inbox")
    connector(home, "export", "--out", "first")
    return home


def manifest(folder: Path) -> dict[str, Any]:
    return dict(json.loads((folder / "manifest.json").read_text()))


def test_the_official_client_takes_a_whole_archive_and_gives_it_back_unchanged(exported: Path) -> None:
    folder = exported / "first"
    sent = [entry["name"] for entry in manifest(folder)["files"] if entry["endpoint"]]
    assert sent == [
        DATASOURCE, "bulkindexusers-00001.json", "bulkindexgroups-00001.json", "bulkindexmemberships-00001.json",
        "bulkindexmemberships-00002.json", "bulkindexmemberships-00003.json", "bulkindexdocuments-00001.json",
    ]  # fmt: skip
    for name in sent[1:]:
        official(folder / name)
    assert sum(manifest(folder)["documents"].values()) == sum(len(page["documents"]) for page in pages(folder)) > 20


def test_the_check_takes_the_folder_and_sees_a_changed_byte(exported: Path, tmp_path: Path) -> None:
    told = connector_json(exported, "check", "first")
    assert (told["broken"], told["checked"]["manifest"], told["checked"]["call"]) == (0, 1, 6)
    assert told["unheld"] == []
    copy = tmp_path / "copy"
    shutil.copytree(exported / "first", copy)
    (copy / NDJSON).write_bytes((copy / NDJSON).read_bytes().replace(b"bread", b"bride", 1))
    assert f"{NDJSON} has been changed" in connector(exported, "check", str(copy), code=5)


@pytest.mark.parametrize(
    ("change", "line"),
    [
        ({"documents": {"Transcript": 4}}, "documents: the files have Transcript: 3, TranscriptSegment: "),
        ({"users": 7}, "users: the files have 2"),
        ({"groups": 0}, "groups: the files have 3"),
        ({"memberships": 1}, "memberships: the files have 3"),
        ({"deleted": 1}, "deleted: the files have none"),
    ],
)
def test_counts_of_the_manifest_hold(exported: Path, tmp_path: Path, change: dict[str, Any], line: str) -> None:
    copy = shutil.copytree(exported / "first", tmp_path / "copy")
    told = manifest(copy)
    assert {entry["name"]: entry["lines"] for entry in told["files"] if "lines" in entry} == {
        name: len((copy / name).read_bytes().splitlines()) for name in (NDJSON, DATASET, HASHES)
    }
    (copy / "manifest.json").write_text(json.dumps(told | change))
    report = check_files([copy])
    assert report.broken == 1 and line in report.lines()[0]
    told["files"][-1]["lines"] += 1
    (copy / "manifest.json").write_text(json.dumps(told))
    assert f"{HASHES} has " in check_files([copy]).lines()[0]


def test_a_lone_page_is_held_against_the_archive(exported: Path, tmp_path: Path) -> None:
    (page,) = pages(exported / "first")
    (file := tmp_path / "page.json").write_text(json.dumps(page))
    told = connector_json(exported, "check", str(file))
    assert (told["broken"], told["unheld"]) == (0, [])
    page["documents"][0] |= {"viewURL": "https://other.example.com/", "objectType": "Talk"}
    page["documents"][1] |= {"permissions": {"allowedUsers": [{"email": "ghost@example.com"}]}}
    file.write_text(json.dumps(page))
    said = connector(exported, "check", str(file), code=5)
    for line in ("does not match the datasource's urlRegex", "`Talk` is not defined", "`ghost@example.com` is no user"):
        assert line in said
    (tmp_path / "config.yaml").write_text("glean: {datasourze: talks}")
    broken = run(tmp_path, "check", "page.json")
    assert broken.returncode == 0 and "not looked at: the archive here: " in broken.stderr
    (tmp_path / "config.yaml").unlink()
    elsewhere = run(tmp_path, "check", "page.json")  # where no archive is
    assert elsewhere.returncode == 0
    assert "not looked at" in elsewhere.stderr and "Glean takes all of it" not in elsewhere.stdout


def test_a_table_whose_columns_have_one_type(exported: Path) -> None:
    rows = [json.loads(line) for line in (exported / "first" / DATASET).read_text().splitlines()]
    kinds = {tuple((name, type(value)) for name, value in row.items()) for row in rows}
    assert len(kinds) == 1 and {kind for _, kind in kinds.pop()} == {str, int, float, bool}
    closed = [row for row in rows if not row["open"]]
    assert {row["url"].partition("?")[0] for row in closed} == {"https://youtu.be/abc"}
    assert sorted({row["object_type"] for row in rows}) == ["Transcript", "TranscriptSegment"]


def test_a_push_goes_through_the_same_gate(exported: Path, tmp_path: Path) -> None:
    settings = load(exported / "config.yaml").settings
    (people := tmp_path / "identity.yaml").write_text("users: [{email: bob@example.com}]\n")
    with Ledger.open(settings.ledger_file) as ledger:
        there = Destination("http://127.0.0.1:1", "transcripts")
        broken = planned(ledger, settings, people, there)
        with pytest.raises(PayloadError, match="there is no group `x`"), broken:
            pass
        with planned(ledger, settings, exported / "identity.yaml", there) as plan:
            assert len(plan.wanted.documents.entries) == len(documents(exported / "first"))


class TestChanges:
    def test_nothing_changed(self, exported: Path) -> None:
        told = connector_json(exported, "export", "--out", "same", "--changed-since", "first")
        assert (told["documents"], told["pages"], told["deleted"]) == (0, 0, 0)
        changes = manifest(exported / "same")
        assert (changes["kind"], changes["users"], changes["groups"], changes["memberships"]) == ("changes", 0, 0, 0)
        assert [entry["name"] for entry in changes["files"] if entry["endpoint"]] == [DATASOURCE]
        assert told["unchanged"] == sum(manifest(exported / "first")["documents"].values())

    def test_what_changed_and_what_is_gone_make_the_earlier_export_the_new_one(self, exported: Path) -> None:
        home = exported
        shutil.copytree(home, work := home.parent / "changed")
        (work / "inbox" / "tickets" / "tickets.srt").write_text(talk("tickets", count=60))
        connector(work, "ingest", "inbox")
        bridges = next(d["id"] for d in documents(work / "first") if d["title"] == "Bridges")
        connector(work, "forget", bridges, "--yes")
        told = connector_json(work, "export", "--out", "second", "--changed-since", "first/manifest.json")
        connector(work, "export", "--out", "all")
        held = {(d["objectType"], d["id"]): d for d in documents(work / "first")}
        gone = [json.loads(line) for line in (work / "second" / "deletedocument.ndjson").read_text().splitlines()]
        for one in gone:
            del held[one["objectType"], one["id"]]
        for file in sorted((work / "second").glob("indexdocuments-*.json")):
            official(file)
            held |= {(d["objectType"], d["id"]): d for d in json.loads(file.read_text())["documents"]}
        assert held == {(d["objectType"], d["id"]): d for d in documents(work / "all")}
        checked = connector_json(work, "check", "second")
        assert (checked["broken"], checked["unheld"]) == (0, [])  # people who did not change are the archive's
        assert told["deleted"] == len(gone) > 20 and not list((work / "second").glob("bulkindexdocuments-*"))
        assert (work / "second" / HASHES).read_bytes() == (work / "all" / HASHES).read_bytes()

    @pytest.mark.parametrize(
        ("since", "told"),
        [
            ("2001-01-01", "no export from before 2001-01-01 is there any more: the first that is there is of 20"),
            ("inbox", "inbox: no export"),
            ("yesterday", "`yesterday` is neither an export nor a date"),
        ],
    )
    def test_what_is_no_earlier_export(self, exported: Path, since: str, told: str) -> None:
        assert told in run(exported, "export", "--out", "none", "--changed-since", since).stderr

    def test_a_day_means_the_last_export_before_it(self, exported: Path) -> None:
        told = connector_json(exported, "export", "--out", "same", "--changed-since", "2999-01-01")
        assert (told["documents"], told["deleted"]) == (0, 0)

    def test_an_export_of_another_datasource(self, tmp_path: Path) -> None:
        (tmp_path / HASHES).write_text('{"datasource":"x","id":"a","objectType":"T","sha256":"0"}\n')
        with pytest.raises(BadInputError, match="is of the datasource `x`"):
            Earlier(tmp_path / HASHES, "transcripts")
        good = {"datasource": "transcripts", "objectType": "T", "id": "a", "sha256": "0"}
        bad = [
            {}, 7, [good], {name: good[name] for name in good if name != "datasource"}, good | {"objectType": 7},
            good | {"id": None}, good | {"objectType": "bulkindexmemberships", "members": [7]}, good | {"id": "\ud800"},
        ]  # fmt: skip
        for line in (*map(json.dumps, bad), "[" * 10**6):
            (tmp_path / HASHES).write_text(line + "\n")
            with pytest.raises(BadInputError, match=r"hashes\.ndjson:1: is no line"):
                Earlier(tmp_path / HASHES, "transcripts")


def documents(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / NDJSON).read_text().splitlines()]


def test_real_transcripts_too(home: Path, shared_data: Path) -> None:
    connector(home, "ingest", str(shared_data / "corpus" / "huggingface-course"), code=5)  # LICENSE is no transcript
    connector(home, "export")
    for file in (home / "data" / "export").glob("bulkindexdocuments-*.json"):
        official(file)

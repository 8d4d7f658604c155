"""Export: whole or not at all, in pages Glean takes, accepted and given back unchanged by the official client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from glean.api_client import models

from connector.errors import BadInputError, PayloadError, UsageError
from connector.glean.check import problems
from connector.glean.export import MARK, NDJSON, PAGE_BYTES, PAGE_DOCUMENTS, export
from tests.glean.test_check import GOOD
from tests.support import connector, connector_json, talk


def many(count: int, body: str = "x") -> Iterator[dict[str, Any]]:
    for number in range(count):
        yield GOOD | {"id": f"t{number:06d}", "body": {"mimeType": "text/plain", "textContent": body}}


def pages(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(file.read_text()) for file in sorted(folder.glob("bulkindexdocuments-*.json"))]


def test_pages_are_bounded_marked_and_hold_everything_in_order(tmp_path: Path) -> None:
    done = export(many(2500), tmp_path / "out", "transcripts")
    written = pages(tmp_path / "out")
    assert (done.documents, done.pages) == (2500, 3)
    assert [len(page["documents"]) for page in written] == [PAGE_DOCUMENTS, PAGE_DOCUMENTS, 500]
    assert [page["isFirstPage"] for page in written] == [True, False, False]
    assert [page["isLastPage"] for page in written] == [False, False, True]
    assert {page["uploadId"] for page in written} == {done.upload_id}
    together = [document for page in written for document in page["documents"]]
    lines = [json.loads(line) for line in (tmp_path / "out" / NDJSON).read_text().splitlines()]
    assert together == lines == list(many(2500))


def test_no_page_is_above_five_mebibytes(tmp_path: Path) -> None:
    export(many(40, body="é" * 200_000), tmp_path / "out", "transcripts")
    sizes = [file.stat().st_size for file in (tmp_path / "out").glob("bulk*.json")]
    assert len(sizes) > 1 and max(sizes) <= PAGE_BYTES
    assert sum(len(page["documents"]) for page in pages(tmp_path / "out")) == 40


def test_one_page_is_first_and_last(tmp_path: Path) -> None:
    export(many(1), tmp_path / "out", "transcripts")
    (page,) = pages(tmp_path / "out")
    assert page["isFirstPage"] and page["isLastPage"]


def test_the_same_documents_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a", "b"):
        export(many(1200), tmp_path / name, "transcripts")
    files = sorted(file.name for file in (tmp_path / "a").iterdir())
    assert files == sorted(file.name for file in (tmp_path / "b").iterdir())
    assert all((tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes() for name in files)


class TestAllOrNothing:
    def test_a_wrong_document_leaves_the_last_export(self, tmp_path: Path) -> None:
        first = export(many(3), tmp_path / "out", "transcripts")
        with pytest.raises(PayloadError, match="document t1: title"):
            export([GOOD | {"title": ""}], tmp_path / "out", "transcripts")
        assert {page["uploadId"] for page in pages(tmp_path / "out")} == {first.upload_id}
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_an_error_on_the_way_leaves_nothing(self, tmp_path: Path) -> None:
        def failing() -> Iterator[dict[str, Any]]:
            yield GOOD
            raise OSError("no space")

        with pytest.raises(OSError, match="no space"):
            export(failing(), tmp_path / "out", "transcripts")
        assert list(tmp_path.iterdir()) == []

    def test_an_export_that_was_killed_while_it_replaced_another(self, tmp_path: Path) -> None:
        first = export(many(3), tmp_path / "out", "transcripts")
        (tmp_path / "out").rename(tmp_path / ".out.x1.old")
        (tmp_path / ".out.x2").mkdir()
        (tmp_path / ".out.x2" / MARK).touch()
        with pytest.raises(BadInputError):
            export([], tmp_path / "out", "transcripts")
        assert {page["uploadId"] for page in pages(tmp_path / "out")} == {first.upload_id}
        assert [path.name for path in tmp_path.iterdir()] == ["out"]

    def test_nothing_to_export(self, tmp_path: Path) -> None:
        with pytest.raises(BadInputError, match="would delete everything"):
            export([], tmp_path / "out", "transcripts")

    def test_an_id_that_stands_twice(self, tmp_path: Path) -> None:
        with pytest.raises(PayloadError, match="twice"):
            export([GOOD, GOOD], tmp_path / "out", "transcripts")

    def test_a_folder_with_other_things_in_it_is_not_touched(self, tmp_path: Path) -> None:
        (tmp_path / "out").mkdir()
        (tmp_path / "out" / "thesis.doc").touch()
        with pytest.raises(UsageError, match="not empty"):
            export(many(1), tmp_path / "out", "transcripts")


def official(page: dict[str, Any]) -> dict[str, Any]:
    """The page as the official client's model gives it back."""
    request = models.BulkIndexDocumentsRequest.model_validate(page)
    return json.loads(request.model_dump_json(by_alias=True, exclude_unset=True))  # type: ignore[no-any-return]


def test_the_official_client_takes_a_whole_archive_and_gives_it_back_unchanged(home: Path) -> None:
    inbox = home / "inbox"
    for name in ("bread", "bridges", "tickets"):
        (inbox / name).mkdir()
        (inbox / name / f"{name}.srt").write_text(talk(name, count=80))
    (inbox / "bread" / "bread.meta.yaml").write_text(
        "title: Bread\nurl: https://youtu.be/abc\nrecorded: 2025-01-14T10:00:00\nauthor: ann@example.com\n"
        "language: en\ntags: [a, b]\npermissions: {allowedUsers: [bob@example.com], allowedGroups: [x],"
        " allowedGroupIntersections: [{requiredGroups: [y, z]}]}\n"
    )
    connector(home, "ingest", "inbox")
    told = connector_json(home, "export", "--out", "pages")
    written = pages(home / "pages")
    assert told["documents"] == sum(len(page["documents"]) for page in written) > 20
    for page in written:
        assert official(page) == page
        assert [problem for document in page["documents"] for problem in problems(document)] == []


def test_real_transcripts_too(home: Path, shared_data: Path) -> None:
    connector(home, "ingest", str(shared_data / "corpus" / "huggingface-course"), code=5)  # LICENSE is no transcript
    connector(home, "export")
    for page in pages(home / "data" / "export"):
        assert official(page) == page

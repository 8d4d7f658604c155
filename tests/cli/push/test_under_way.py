"""A push of an archive that becomes another while it is under way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from connector.cli.main import application
from connector.errors import RemoteError
from tests.cli.push.holding import command_json, held_documents, ledger_documents
from tests.glean.misbehaving import Server
from tests.support import command, run, talk


@pytest.fixture
def by_twos(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third recording, much longer than the others, and few documents in each request."""
    monkeypatch.setattr("connector.glean.sending.BATCH", 2)
    monkeypatch.setattr("connector.glean.bulk.PAGE", 2)
    (home / "inbox" / "ferries.srt").write_text(talk("ferries", 300))
    command(home, "ingest", str(home / "inbox"))


def forget_and_close_under_way(home: Path, server: Server, gone: str) -> list[int]:
    """A first batch is on its way when somebody forgets the recording ``gone`` and closes Tunnels; how many requests
    had come by then.
    """
    asked: list[int] = []

    def meanwhile(route: str) -> None:
        if route.endswith("indexdocuments") and not asked:
            asked.append(len(server.held.requests))
            command(home, "forget", gone, "--yes")
            (home / "inbox" / "tunnels.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
            command(home, "ingest", str(home / "inbox"))

    server.before_answering = meanwhile
    return asked


@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize("how", [[], ["--full"]])
def test_what_is_forgotten_or_closed_under_way_does_not_go(home: Path, server: Server, how: list[str]) -> None:
    documents = list(map(json.loads, ledger_documents(home)))
    talks = {one["title"]: one["id"] for one in documents if one["objectType"] == "Transcript"}
    gone, closed = (talks[title] for title in ("Bridges", "Tunnels"))
    open_to_all = next(one["permissions"] for one in documents if one["id"] == closed)
    asked = forget_and_close_under_way(home, server, gone)
    done = command_json(home, "push", *how)
    after = [one for _, body in server.held.requests[asked[0] :] for one in body.get("documents", [])]
    assert not [one for one in after if one["id"].startswith(gone)]
    assert not [one for one in after if one["id"].startswith(closed) and one["permissions"] == open_to_all]
    assert done["withheld"] > 5
    assert done["sent"]["document"] == len(server.held.documents)
    assert [one for one in after if one["id"].startswith(talks["Ferries"])]
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)
    since = len(server.held.requests)
    command(home, "push")
    assert len(server.held.requests) == since


def test_who_is_taken_out_of_a_group_under_way_is_not_let_in(home: Path, server: Server) -> None:
    users = "users: [{email: ann@example.com, groups: [staff]}, {email: bob@example.com, groups: [staff]}]\n"
    (home / "identity.yaml").write_text(users)

    def meanwhile(route: str) -> None:
        if route == "indexgroup":
            (home / "identity.yaml").write_text(users.replace("bob@example.com, groups: [staff]", "cid@example.com"))

    server.before_answering = meanwhile
    done = run(home, "push")
    assert "2 things changed under way" in done.stderr
    assert server.held.users.keys() == {"ann@example.com"}
    assert [one["memberUserId"] for one in server.held.memberships.values()] == ["ann@example.com"]
    command(home, "push")
    assert server.held.users.keys() == {"ann@example.com", "cid@example.com"}


@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize("how", [[], ["--full"]])
def test_what_is_there_of_it_goes_too_or_is_closed_and_it_is_said(home: Path, server: Server, how: list[str]) -> None:
    command(home, "push")
    talks = {one["title"]: ident for ident, one in server.held.documents.items() if one["objectType"] == "Transcript"}
    gone, closed = (talks[title].partition("/")[2] for title in ("Bridges", "Tunnels"))
    for name in ("bridges", "tunnels"):  # other words: all of it is to go again
        (home / "inbox" / f"{name}.meta.yaml").write_text(f"title: New {name}\n")
    command(home, "ingest", str(home / "inbox"))
    asked = forget_and_close_under_way(home, server, gone)
    done = CliRunner().invoke(application(["push"]), ["--config", str(home / "config.yaml"), "push", *how])
    at_once = [one["id"] for one in server.held.requests[asked[0] - 1][1]["documents"]]
    late = [one for one in server.held.documents.values() if one["id"] not in at_once]
    assert not [one["id"] for one in late if one["id"].startswith(gone)]
    of_closed = [one["permissions"] for one in late if one["id"].startswith(closed)]
    assert of_closed == [{"allowedGroups": ["staff"]}] * len(of_closed)
    assert bool(of_closed) is not bool(how)  # an upload deletes what it does not bring
    assert "changed under way" in done.stderr and "`connector push` again" in done.stderr
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)


def test_an_upload_of_an_archive_that_becomes_another_under_way_is_not_finished(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("connector.glean.bulk.PAGE", 2)
    talks = [one["id"] for one in map(json.loads, ledger_documents(home)) if one["objectType"] == "Transcript"]

    def meanwhile(route: str) -> None:
        if route == "bulkindexdocuments":
            server.before_answering = lambda _: None
            command(home, "forget", talks[-1], "--yes")

    server.before_answering = meanwhile
    with pytest.raises(RemoteError, match=r"changed under way, \d+ of \d+ documents: the bulk upload is not finished"):
        command(home, "push", "--full")
    assert not any(body.get("isLastPage") for _, body in server.held.requests)
    command(home, "push", "--full")
    assert held_documents(server) == ledger_documents(home)


def test_an_upload_whose_first_page_may_go_no_more_is_begun_anew(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is on its pages shows once it is finished, whatever became of it since: so that one is thrown away."""
    monkeypatch.setattr("connector.glean.bulk.PAGE", 2)
    (home / "inbox" / "ferries.srt").write_text(talk("ferries", 600))
    command(home, "ingest", str(home / "inbox"))
    documents = list(map(json.loads, ledger_documents(home)))
    small = {one["id"] for one in documents if one["title"] in ("Bridges", "Tunnels")}
    gone: list[str] = []

    def meanwhile(route: str) -> None:
        if route != "bulkindexdocuments" or gone:
            return
        seen = [one["id"] for _, body in server.held.requests for one in body.get("documents", [])]
        if found := next((ident for ident in small if ident in seen), None):
            gone.append(found)
            command(home, "forget", found, "--yes")

    server.before_answering = meanwhile
    done = command_json(home, "push", "--full", "--yes-delete")
    assert gone and done["withheld"] > 0
    assert not [ident for ident in server.held.documents if gone[0] in ident]
    uploads = [body for route, body in server.held.requests if route == "bulkindexdocuments"]
    assert len({one["uploadId"] for one in uploads}) == 2
    assert [one.get("forceRestartUpload") for one in uploads if one["isFirstPage"]] == [None, True]
    assert [one["uploadId"] for one in uploads if one["isLastPage"]] == [uploads[-1]["uploadId"]]
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)

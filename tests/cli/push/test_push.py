"""`connector push` on a real archive, to a server that keeps what a Glean would hold."""

from __future__ import annotations

import json
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from connector.archive.ledger import Ledger
from connector.archive.pushes import noting
from connector.archive.rows import dump
from connector.errors import BadInputError, NotSetUpError, PayloadError, UsageError
from connector.glean.destination import SERVER, TOKEN
from tests.cli.push.holding import command_json, held_documents, ledger_documents
from tests.glean.misbehaving import TOKEN as SECRET
from tests.glean.misbehaving import Faults, Server, serving
from tests.support import WAIT, command, run, talk, until
from tests.terminal import terminal


def test_a_push_then_what_changed_then_what_is_gone(home: Path, server: Server) -> None:
    planned = command_json(home, "push", "--dry-run")
    assert planned["counts"]["document"]["new"] == len(ledger_documents(home)) > 10
    assert {"what": "new", "kind": "user", "key": "bob@example.com", "title": "", "parts": []} in planned["differences"]
    assert server.held.requests == []

    report = command_json(home, "push")
    assert report["sent"]["document"] == len(ledger_documents(home))
    assert held_documents(server) == ledger_documents(home)
    assert server.held.config is not None
    assert server.held.config["name"] == "transcripts"
    assert sorted(server.held.users) == ["ann@example.com", "bob@example.com"]
    assert list(server.held.memberships.values()) == [{"groupName": "staff", "memberUserId": "ann@example.com"}]

    (home / "inbox" / "bridges.meta.yaml").write_text("title: On bridges\n")
    command(home, "ingest", str(home / "inbox"))
    told = command(home, "push", "--dry-run").splitlines()
    assert {line.split()[0] for line in told} == {"~"}  # changed, and nothing else
    assert any("On bridges (0:01) (title)" in line for line in told)
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)

    transcript = next(line.split()[2].split("/")[1] for line in told if " Transcript/" in line)
    asked = command_json(home, "push", "status", transcript)
    assert asked["status"]["uploadStatus"] == "UPLOADED"
    assert "documents.counts.uploaded.0.count" in command(home, "push", "status")
    command(home, "forget", transcript, "--yes")
    command(home, "push")  # somebody has said that it is to go
    assert held_documents(server) == ledger_documents(home)
    with (home / "config.yaml").open("a") as file:
        file.write("glean: {object_types: [Transcript]}\n")
    with pytest.raises(BadInputError, match="more than a fifth") as caught:
        command(home, "push")
    assert "--yes-delete" in caught.value.hint
    assert "more than a fifth" in command_json(home, "status")["push"]["failed"]["reason"]
    planned = command_json(home, "push", "--dry-run", "--full")
    assert any("more than a fifth fewer" in reason for reason in planned["refusals"])
    server.held.documents["Transcript/other"] = {"id": "other", "objectType": "Transcript"}
    planned = command_json(home, "push", "--dry-run", "--full")
    assert any("1 more than are of this archive" in reason for reason in planned["refusals"])
    command(home, "push", "--yes-delete", "--full")
    assert held_documents(server) == ledger_documents(home)
    push = command_json(home, "status")["push"]
    assert (push["failed"], push["unsure"]) == (None, 0)
    assert push["held"]["document"] == len(server.held.documents)


@pytest.mark.parametrize("how", [[], ["--full"]])
def test_a_dry_run_tells_exactly_what_goes(home: Path, server: Server, how: list[str]) -> None:
    command(home, "push")
    (home / "inbox" / "bridges.meta.yaml").write_text("title: On bridges\n")
    command(home, "ingest", str(home / "inbox"))
    (home / "identity.yaml").write_text((home / "identity.yaml").read_text() + "groups: [{name: board}]\n")
    planned = command_json(home, "push", "--dry-run", *how)
    lines = command(home, "push", "--dry-run", *how).splitlines()
    since = len(server.held.requests)
    command(home, "push", *how)
    sent = [*map(_sent, server.held.requests[since:])]
    told = [(one["kind"], one["key"]) for one in planned["differences"]]
    assert sorted(told) == sorted(one for some in sent for one in some)
    counts = planned["counts"]
    assert len(told) == len(lines) == sum(sum(each.values()) - each["unchanged"] for each in counts.values())
    assert ({"=", "~", "+"} if how else {"~", "+"}) == {line[0] for line in lines}


def _sent(request: tuple[str, dict[str, Any]]) -> list[tuple[str, str]]:
    """(kind, key) of what a request carries, as a plan names it."""
    route, body = request
    match route.removeprefix("bulk"):
        case "adddatasource":
            return [("datasource", body["name"])]
        case "indexuser":
            return [("user", body["user"]["email"])]
        case "indexgroup":
            return [("group", body["group"]["name"])]
        case "indexmembership":
            return [("membership", dump(body["membership"]))]
        case "indexdocuments":
            return [("document", f"{one['objectType']}/{one['id']}") for one in body["documents"]]
        case _:
            return []  # what only asks


def test_one_stopped_by_ctrl_c_says_how_far_it_came_and_so_does_the_status(home: Path, server: Server) -> None:
    """A first push, of which Glean holds two batches and has the third before it."""
    (home / "inbox" / "ferries.srt").write_text(talk("ferries", 500))
    command(home, "ingest", str(home / "inbox"))
    documents = len(ledger_documents(home))
    assert documents > 200
    answered, gate = list[str](), threading.Event()

    def meanwhile(route: str) -> None:
        if route.endswith("indexdocuments"):
            answered.append(route)
            if len(answered) > 2:
                gate.wait(WAIT)

    server.before_answering = meanwhile
    with terminal(home, "push") as screen:
        screen.says(r"pushing +\S+ +2\d\d/\d+ +[\d.,]+/s")
        until(lambda: len(answered) > 2, "the third batch")
        under_way = command_json(home, "status")["push"]["under_way"]
        assert (under_way["server"], under_way["datasource"]) == (server.url, "transcripts")
        assert re.search(r"push +under way to http\S+ \(transcripts\): ", command(home, "status"))
        assert screen.interrupt() == 130
        assert re.search(r"stopped: 2\d\d of [\d,]+ were done; run it again for the rest", screen.text)
    gate.set()
    told = command_json(home, "status")["push"]
    assert (told["last"], told["under_way"], told["failed"]) == (None, None, None)
    assert told["held"]["document"] == 200 and told["unsure"] == min(100, documents - 200)
    assert told["unfinished"]["server"] == server.url
    said = command(home, "status")
    assert re.search(r"push +stopped.* to http\S+ \(transcripts\): the next one goes on", said)
    assert "200 documents" in said and "sent and not acknowledged" in said
    server.before_answering = lambda _: None
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)
    assert command_json(home, "status")["push"]["unfinished"] is None


def test_what_is_refused_is_reported_and_the_token_seen_nowhere(
    home: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not where the server repeats it, where a traceback is asked for, nor where the client would log its requests."""
    monkeypatch.setenv("GLEAN_DEBUG", "1")
    server.faults = Faults(seed=5, poisoned=0.3)
    refusing = run(home, "--debug", "push", "--json")
    assert refusing.returncode == 4
    refused = json.loads(refusing.stdout)["refused"]
    assert {one["key"] for one in refused} == {
        f"{document['objectType']}/{document['id']}"
        for document in map(json.loads, ledger_documents(home))
        if server.faults.refuses(document["id"])
    }
    assert len(server.held.documents) == len(ledger_documents(home)) - len(refused) > 0

    server.faults = Faults(revoke_at=0)
    revoked = run(home, "--debug", "push", "--full")
    assert revoked.returncode == 4
    assert "Traceback" in revoked.stderr
    assert "Bearer [token] was revoked" in revoked.stderr  # it was said, and was taken out
    told = [refusing.stdout, refusing.stderr, revoked.stdout, revoked.stderr, command(home, "status")]
    assert SECRET not in "".join(told)
    for file in home.rglob("*"):
        if file.is_file():
            assert SECRET.encode() not in file.read_bytes(), file


def test_a_document_that_breaks_a_rule_stops_it_before_the_first_request(home: Path, server: Server) -> None:
    (home / "inbox" / "bridges.meta.yaml").write_text("permissions: {allowedGroups: [nobody]}\n")
    command(home, "ingest", str(home / "inbox"))
    for how in (["push"], ["push", "--full", "--yes-delete"], ["push", "--dry-run"]):
        with pytest.raises(PayloadError, match="there is no group `nobody`"):
            command(home, *how)
    assert server.held.requests == []
    assert "no group `nobody`" in command(home, "status")


def test_who_is_named_is_told_of_before_where_nobody_wrote_identity_yaml(home: Path, server: Server) -> None:
    (home / "identity.yaml").unlink()
    (home / "inbox" / "bridges.meta.yaml").write_text("permissions: {allowedUsers: [Ghost@example.com]}\n")
    command(home, "ingest", str(home / "inbox"))
    assert "1 user" in command(home, "check")
    assert command_json(home, "push")["sent"]["user"] == 1
    assert server.held.users == {"ghost@example.com": {"email": "ghost@example.com", "name": "ghost@example.com"}}
    routes = [route for route, _ in server.held.requests]
    assert routes.index("indexuser") < routes.index("indexdocuments")
    command(home, "export")
    assert "ghost@example.com" in (next((home / "data" / "export").glob("*user*.json"))).read_text()


def test_a_former_destination_is_emptied(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    command(home, "push")
    with serving() as other:
        monkeypatch.setenv(SERVER, other.url)
        place = {"place": f"{server.url}/transcripts", "documents": len(server.held.documents)}
        report = command_json(home, "push")
        assert report["elsewhere"] == [place]
        dry = command(home, "push", "--withdraw", place["place"], "--dry-run").splitlines()
        assert {line.split()[0] for line in dry} == {"-"}
        assert f"to take them back: connector push --withdraw {place['place']}" in run(home, "push").stderr
        for unknown, told in (("renamed", "no place"), ("transcripts", "several places")):
            with pytest.raises(BadInputError, match=told):
                command(home, "push", "--withdraw", unknown)
        (home / "secret").write_text("token-of-the-new-server")
        with (home / "config.yaml").open("a") as file:
            file.write("push: {token_file: secret}\n")
        with Ledger.open(home / "data" / "ledger.db") as ledger:  # as a killed push to the other leaves it
            noting(ledger, other.url, "transcripts")
        with pytest.raises(BadInputError, match="and none be left") as caught:
            command(home, "push", "--withdraw", place["place"])
        assert command_json(home, "status")["push"]["unfinished"]["server"] == other.url
        assert f"--withdraw {place['place']} --yes-delete" in caught.value.hint
        monkeypatch.delenv(TOKEN)
        with pytest.raises(NotSetUpError, match="no token for"):  # the file's is the other server's
            command(home, "push", "--withdraw", place["place"], "--yes-delete")
        monkeypatch.setenv(TOKEN, SECRET)
        told = list[Any]()

        def meanwhile(route: str) -> None:
            if not told:
                told.append(command_json(home, "status")["push"])

        server.before_answering = meanwhile
        taken = command_json(home, "push", "--withdraw", place["place"], "--yes-delete")
        assert (told[0]["under_way"]["server"], told[0]["held"]["document"]) == (server.url, place["documents"])
        assert command_json(home, "status")["push"]["unfinished"]["server"] == other.url
        assert taken["removed"]["document"] == place["documents"]
        assert taken["elsewhere"] == []
        assert not any((server.held.documents, server.held.memberships, server.held.groups, server.held.users))
        assert held_documents(other) == ledger_documents(home)
        with pytest.raises(UsageError):
            command(home, "push", "--withdraw", place["place"], "--full")
        with Ledger.open(home / "data" / "ledger.db") as ledger:  # a withdrawal that was stopped
            noting(ledger, server.url, "transcripts")
        command(home, "push", "--withdraw", place["place"], "--yes-delete")
        assert command_json(home, "status")["push"]["unfinished"] is None


def test_what_another_destination_still_holds_is_said(home: Path, server: Server) -> None:
    command(home, "push")
    with (home / "config.yaml").open("a") as file:
        file.write("glean: {datasource: renamed}\n")
    told = [run(home, "push"), run(home, "push", "status"), run(home, "push", "--dry-run", "--full")]
    held = len(ledger_documents(home))
    for one in told[:2]:
        assert f"{server.url}/transcripts still holds {held} documents of this archive" in one.stderr
        assert "/renamed still" not in one.stderr
    assert f"{held} documents that did not change would be sent again" in told[2].stderr
    ident = json.loads(ledger_documents(home)[0])["id"]
    forgot = run(home, "forget", ident, "--yes", "--json")
    assert "/transcripts still holds" in forgot.stderr
    assert json.loads(forgot.stdout)["elsewhere"] == [{"place": f"{server.url}/transcripts", "documents": held}]


def test_a_restored_archive_takes_nothing_for_held_and_says_so(home: Path, server: Server, tmp_path: Path) -> None:
    """What Glean was sent after the backup is not in the ledger that comes back."""
    command(home, "push")
    command(home, "backup", str(tmp_path / "x.tar.gz"))
    talks = {
        one["title"]: one["id"] for one in map(json.loads, ledger_documents(home)) if one["objectType"] == "Transcript"
    }
    command(home, "forget", talks["Bridges"], "--yes")
    (home / "inbox" / "ferries.srt").write_text(talk("ferries"))
    command(home, "ingest", str(home / "inbox"))
    command(home, "push")
    back = tmp_path / "back"
    restored = run(tmp_path, "restore", str(tmp_path / "x.tar.gz"), str(back))
    assert "the next push sends all of this archive again" in restored.stderr
    told = command_json(back, "status")["push"]
    assert told["last"] is None and told["unfinished"]["server"] == server.url
    assert told["held"]["document"] == 0 and told["unsure"] >= len(ledger_documents(back))
    report = command_json(back, "push")
    assert report["sent"]["document"] == len(ledger_documents(back))
    assert set(held_documents(server)) > set(ledger_documents(back)), "what was sent since is there, and not known"
    command(back, "push", "--full", "--yes-delete")
    assert held_documents(server) == ledger_documents(back)


def test_what_is_not_set_up_is_said(home: Path, server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    with FileLock(home / "data" / "push.lock"), pytest.raises(NotSetUpError, match="another push"):
        command(home, "push")
    monkeypatch.delenv(TOKEN)
    with pytest.raises(NotSetUpError, match="no token"):
        command(home, "push")
    (home / "secret").write_text(SECRET)
    with (home / "config.yaml").open("a") as file:
        file.write("push: {token_file: secret}\n")
    command(home, "push")
    assert held_documents(server) == ledger_documents(home)
    with pytest.raises(BadInputError, match="no document with this id"):
        command(home, "push", "status", "nothing")

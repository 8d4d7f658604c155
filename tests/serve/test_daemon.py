"""The commands as processes: `connector serve`, the daemon that serves too, and both on one data folder."""

from __future__ import annotations

import re
import signal
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import Key
from connector.config import load
from indexer.store import Index
from tests.support import (
    CONNECTOR,
    WAIT,
    DaemonProcess,
    connector,
    connector_json,
    daemon,
    environment,
    found,
    make_home,
    run,
    stale_documents,
    talk,
    until,
)

HEAD = {"Authorization": "Bearer open sesame"}
DOCUMENT = {
    "datasource": "wiki",
    "objectType": "Article",
    "id": "a1",
    "viewURL": "https://wiki.example.com/a1",
    "body": {"mimeType": "text/plain", "textContent": "a hippopotamus"},
    "permissions": {"allowAnonymousAccess": True},
}


@contextmanager
def serve(home: Path, *options: str, **more: str) -> Iterator[tuple[httpx.Client, subprocess.Popen[str]]]:
    """`connector serve` on a free port, and a client of it."""
    process = subprocess.Popen(
        [*CONNECTOR, "serve", "--port", "0", *options],
        cwd=home, env=environment() | more, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr
        with httpx.Client(base_url=_address(process.stderr.readline), timeout=WAIT) as client:
            yield client, process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
        assert process.wait(WAIT) in (0, -signal.SIGINT)
        assert process.stderr
        process.stderr.close()


def _address(line: object) -> str:
    for said in iter(line, ""):  # type: ignore[call-overload]
        if match := re.search(r"serving (\S+:\d+)", said):
            return match.group(1)
    raise AssertionError("it does not serve")


def put(client: httpx.Client, headers: dict[str, str] = HEAD) -> httpx.Response:
    config = {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": "https://wiki.*"}
    added = client.post("/api/index/v1/adddatasource", json=config, headers=headers)
    return (
        added
        if added.is_error
        else client.post("/api/index/v1/indexdocument", json={"document": DOCUMENT}, headers=headers)
    )


def test_a_daemon_serves_too_and_goes_on_when_it_comes_again(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home", serve="{auto: true, port: 0}")

    def client_of(running: DaemonProcess, times: int) -> httpx.Client:
        running.says("serving http", times)
        return httpx.Client(base_url=re.findall(r"serving (\S+)", running.log)[-1], timeout=WAIT)

    with daemon(home) as running, client_of(running, 1) as client:
        assert put(client).status_code == 200
        assert [hit["id"] for hit in found(home, "hippopotamus", kind="all")] == ["wiki/Article/a1"]
        (home / "inbox" / "dropped.srt").write_text(talk("marzipan"))
        until(lambda: found(home, "marzipan"), "it watches as ever")
        with serve(home) as (other, _):  # another server reads along, and says who writes
            assert other.get("/readyz").json() == {"status": "ok", "writes": False}
            refused = put(other)
            assert (refused.status_code, "`serve: true`" in refused.text) == (503, True)
            asked = other.post("/rest/api/v1/search", json={"query": "marzipan"})
            assert asked.json()["results"]
        assert running.stop() == 0
    with daemon(home) as running, client_of(running, 2) as client:
        assert len(client.post("/rest/api/v1/search", json={"query": "hippopotamus"}).json()["results"]) == 1


def test_serve_takes_documents_and_does_what_others_ask(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    with serve(home, CONNECTOR_TOKEN="open sesame") as (client, process):
        assert put(client, {}).status_code == 401
        assert put(client).status_code == 200
        (home / "inbox" / "dropped.srt").write_text(talk("marzipan"))
        assert connector_json(home, "ingest", "inbox")["outcomes"] == {"new": 1}  # which it does for the command
        assert found(home, "marzipan")
        assert "does not train" in run(home, "train").stderr
        taken = run(home, "serve", "--port", str(client.base_url.port))
        assert taken.returncode == 3 and "Address already in use" in taken.stderr
        process.send_signal(signal.SIGTERM)
        assert process.wait(WAIT) == 0
    assert [hit["id"] for hit in found(home, "hippopotamus", kind="all")] == ["wiki/Article/a1"]


def test_serve_begins_with_what_changed_while_nobody_held_the_archive(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    connector(home, "ingest", "inbox")
    ledger_file = load(home / "config.yaml").settings.ledger_file
    stale_documents(ledger_file)
    with Ledger.open(ledger_file) as ledger:
        generation = ledger.generation()
    with serve(home):
        with Index.open(load(home / "config.yaml").settings.index_folder) as index:
            assert index.generation >= generation
        with Ledger.open(ledger_file, shared=True) as ledger:
            until(lambda: len(ledger.foreign_groups()) == 2, "what nobody sends any more goes")


def test_a_daemon_serves_what_the_ledger_holds_from_its_first_answer_on(tmp_path: Path) -> None:
    """What was taken back while nobody held the archive is shown to nobody; requests are checked where it is said."""
    home = make_home(tmp_path / "home", serve="{auto: true, port: 0, validate: true}")
    with daemon(home) as running:
        running.says("serving http")
        with httpx.Client(base_url=re.findall(r"serving (\S+)", running.log)[-1], timeout=WAIT) as client:
            assert put(client).status_code == 200
            unknown = client.post("/api/index/v1/indexdocument", json={"document": DOCUMENT | {"viewUrl": "x"}})
            assert unknown.status_code == 400
    with Ledger.open(load(home / "config.yaml").settings.ledger_file) as ledger:
        ledger.delete_document(Key("wiki", "Article", "a1"))
    with daemon(home) as running:
        running.says("serving http", 2)
        with httpx.Client(base_url=re.findall(r"serving (\S+)", running.log)[-1], timeout=WAIT) as client:
            asked = client.post("/rest/api/v1/search", json={"query": "hippopotamus"})
            assert (asked.status_code, asked.json()["results"]) == (200, [])
            assert client.get("/readyz").json() == {"status": "ok", "writes": True}


def test_others_are_served_with_tokens_alone(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    refused = run(home, "serve", "--host", "0.0.0.0", "--port", "0")
    assert (refused.returncode, "there are no tokens" in refused.stderr) == (3, True)
    token = connector(home, "serve", "--new-token", "ann@example.com").strip()
    assert token not in (home / "tokens.yaml").read_text()
    assert (home / "tokens.yaml").stat().st_mode & 0o777 == 0o600
    with serve(home, "--host", "0.0.0.0") as (client, _):
        address = f"http://127.0.0.1:{client.base_url.port}"  # which a person can open
        assert client.base_url == connector_json(home, "status")["served"] == address
        url = f"{address}/rest/api/v1/search"
        bearer = {"Authorization": f"Bearer {token}"}
        assert httpx.post(url, json={"query": "x"}).status_code == 401
        assert httpx.post(url, json={"query": "x"}, headers=bearer).status_code == 200
        asked = httpx.post(url, json={"query": "x"}, headers=bearer | {"X-Glean-ActAs": "bob@example.com"})
        assert asked.status_code == 403


def test_a_daemon_whose_port_is_taken_says_so_and_takes_in_all_the_same(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        home = make_home(tmp_path / "home", serve=f"{{port: {other.getsockname()[1]}}}")  # as it is by default
        with daemon(home) as running:
            running.says("not served: cannot serve on 127.0.0.1")
            (home / "inbox" / "dropped.srt").write_text(talk("marzipan"))
            until(lambda: found(home, "marzipan"), "what is dropped is found")
            assert running.stop() == 0

"""The server itself: it answers, and says what it does not know in a form of its own."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector import config as configuration
from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.view import View
from connector.archive.writer import DAEMON, Writer, writing
from connector.daemon.keeping import keep_later
from connector.serve.app import WRITES
from connector.serve.running import serving
from connector.serve.service import Service
from tests.serve.support import served
from tests.support import WAIT, command, make_home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home: Path = make_home(tmp_path_factory.mktemp("served") / "home")
    with served(home) as (address, _), httpx.Client(base_url=address) as client:
        yield client


def test_is_alive_and_ready(server: httpx.Client) -> None:
    assert server.get("/healthz").json() == {"status": "ok"}
    assert server.get("/readyz").json() == {"status": "ok", "writes": True}
    assert server.get("/healthz").headers["content-type"] == "application/json; charset=UTF-8"


def test_is_not_ready_before_the_index_shows_what_was_there_at_the_start(tmp_path: Path) -> None:
    """As where the daemon that it reads along with is still taking things in."""
    home = make_home(tmp_path / "home")
    command(home, "ingest", str(home / "inbox"))
    config = configuration.load(home / "config.yaml")
    with Ledger.open(config.settings.ledger_file) as ledger:
        ledger.put_datasource({"name": "wiki"})
        key = Key("wiki", "Note", "n1")
        ledger.put_documents([ForeignDocument(key, "wiki/Note/n1", '{"id":"n1","objectType":"Note"}')])
    service = Service(config.settings, config.identity_file)
    with serving(service, "127.0.0.1", 0) as address:
        assert httpx.get(f"{address}/healthz").status_code == 200
        assert httpx.get(f"{address}/readyz").status_code == 503
        command(home, "rebuild")
        assert httpx.get(f"{address}/readyz").json() == {"status": "ok", "writes": False}


def test_where_the_index_would_be_is_told_to_nobody_who_asks_whether_it_is_ready(tmp_path: Path) -> None:
    config = configuration.load(make_home(tmp_path / "home") / "config.yaml")
    with serving(Service(config.settings, config.identity_file), "127.0.0.1", 0) as address:
        answer = httpx.get(f"{address}/readyz")
        assert (answer.status_code, answer.json()["detail"]) == (503, "not ready") and "data" not in answer.text


def test_a_server_that_came_second_takes_documents_once_the_first_is_gone(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    config = configuration.load(home / "config.yaml")
    service = Service(config.settings, config.identity_file)
    stop, taken, seen = threading.Event(), threading.Event(), list[bool]()

    def take(writer: Writer | None) -> None:
        service.take_over(writer)
        seen.append(writer is not None)
        taken.set()

    wiki = {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": "https://wiki.*"}
    keeper = threading.Thread(target=keep_later, args=(config.settings, stop, take, 0.01))
    with ExitStack() as first:
        first.enter_context(writing(config.settings, DAEMON, lambda _: None))
        with serving(service, "127.0.0.1", 0) as address, httpx.Client(base_url=address, timeout=WAIT) as client:
            keeper.start()
            try:
                refused = client.post("/api/index/v1/adddatasource", json=wiki)
                assert (refused.status_code, refused.headers["retry-after"]) == (503, "30")
                assert "another process holds this archive" in refused.text
                first.close()
                assert taken.wait(WAIT)
                assert client.post("/api/index/v1/adddatasource", json=wiki).status_code == 200
                assert client.get("/readyz").json()["writes"] is True
            finally:
                stop.set()
                keeper.join(WAIT)
    assert seen == [True, False]


def test_an_archive_that_cannot_be_taken_over_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As where the disk is full for a while: who only searched goes on searching."""
    home = make_home(tmp_path / "home")
    command(home, "ingest", str(home / "inbox"))
    settings = configuration.load(home / "config.yaml").settings
    stop, taken, failed = threading.Event(), threading.Event(), list[int]()
    sync = View.sync

    def full(view: View, *arguments: Any) -> int:
        if len(failed) < 2:
            failed.append(1)
            raise OSError(errno.ENOSPC, "No space left on device")
        return sync(view, *arguments)

    monkeypatch.setattr(View, "sync", full)
    keeper = threading.Thread(target=keep_later, args=(settings, stop, lambda _: taken.set(), 0.01))
    keeper.start()
    try:
        assert taken.wait(WAIT) and len(failed) == 2
    finally:
        stop.set()
        keeper.join(WAIT)


def test_unknown_paths_are_told_as_problems(server: httpx.Client) -> None:
    answer = server.get("/nowhere")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json; charset=UTF-8")
    assert answer.json()["detail"] == "/nowhere: there is no such path here"
    told = server.get("/api/index/v1/nothing")
    assert (told.status_code, told.headers["content-type"]) == (404, "text/plain; charset=utf-8")


def test_searches_are_answered_while_more_writes_wait_than_there_are_threads(
    server: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": "https://wiki.*"}
    assert server.post("/api/index/v1/adddatasource", json=config).status_code == 200
    go, waiting = threading.Event(), threading.Semaphore(0)
    sync, follow = View.sync, Writer.follow

    def held_up(view: View, *more: Any) -> int:
        assert go.wait(WAIT)
        return sync(view, *more)

    def counted(writer: Writer, *more: Any) -> bool:
        waiting.release()
        return follow(writer, *more)

    def put(number: int) -> int:
        document = {
            "datasource": "wiki", "objectType": "Article", "id": f"a{number}", "title": "a hippopotamus",
            "viewURL": f"https://wiki.example.com/{number}", "permissions": {"allowAnonymousAccess": True},
        }  # fmt: skip
        return server.post("/api/index/v1/indexdocument", json={"document": document}, timeout=WAIT).status_code

    monkeypatch.setattr(View, "sync", held_up)
    monkeypatch.setattr(Writer, "follow", counted)
    with ThreadPoolExecutor(WRITES + 10) as pool:
        sent = [pool.submit(put, number) for number in range(WRITES + 10)]
        try:
            assert all(waiting.acquire(timeout=WAIT) for _ in range(WRITES))
            assert server.post("/rest/api/v1/search", json={"query": "x"}, timeout=WAIT).status_code == 200
        finally:
            go.set()
        assert {one.result(WAIT) for one in sent} == {200}
    asked = server.post("/rest/api/v1/search", json={"query": "hippopotamus", "pageSize": 100})
    assert len(asked.json()["results"]) == WRITES + 10

"""The server itself: it answers, and says what it does not know in a form of its own."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from connector.archive.view import View
from connector.archive.writer import Writer
from connector.serve.app import WRITES
from tests.serve.support import served
from tests.support import WAIT, make_home


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    home: Path = make_home(tmp_path_factory.mktemp("served") / "home")
    with served(home) as (address, _), httpx.Client(base_url=address) as client:
        yield client


def test_is_alive_and_ready(server: httpx.Client) -> None:
    assert server.get("/healthz").json() == {"status": "ok"}
    assert server.get("/readyz").json() == {"status": "ok", "writes": True}
    assert server.get("/healthz").headers["content-type"] == "application/json; charset=UTF-8"


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

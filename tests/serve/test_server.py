"""The server itself: it answers, and says what it does not know in a form of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.serve.support import served
from tests.support import make_home


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

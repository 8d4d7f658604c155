"""A server that keeps what a Glean would hold, for the tests of pushes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.glean import bulk, sending
from tests.glean.misbehaving import Faults, Server, serving
from tests.glean.specified import mistakes


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server) -> Iterator[Server]:
    """An empty one that behaves; of all that it is asked nothing is against Glean's specification."""
    running.held = type(running.held)()
    running.faults = Faults()
    running.pauses, running.tells_uploads, running.strict = False, True, False
    running.before_answering = lambda _: None
    running.after_each = lambda: None
    yield running
    for route, body in running.held.requests:
        assert mistakes(route, body) == []


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    return tmp_path / "ledger.db"


@pytest.fixture
def pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Small ones."""
    monkeypatch.setattr(bulk, "PAGE", 4)
    monkeypatch.setattr(sending, "BATCH", 4)

"""An archive that is pushed, and a server that keeps what a Glean would hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.glean.destination import SERVER, TOKEN
from tests.glean.misbehaving import TOKEN as SECRET
from tests.glean.misbehaving import Faults, Held, Server, serving
from tests.support import command, make_home, talk


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def server(running: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """An empty one that behaves, which the environment names."""
    running.held, running.faults = Held(), Faults()
    running.before_answering = lambda _: None
    monkeypatch.setenv(SERVER, running.url)
    monkeypatch.setenv(TOKEN, SECRET)
    return running


@pytest.fixture(scope="module")
def taken_in(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two recordings, two people."""
    home = make_home(tmp_path_factory.mktemp("archive") / "home")
    (home / "inbox" / "bridges.srt").write_text(talk("bridges", 20))
    (home / "inbox" / "tunnels.srt").write_text(talk("tunnels", 20))
    (home / "identity.yaml").write_text(
        "users: [{email: ann@example.com, groups: [staff]}, {email: bob@example.com}]\n"
    )
    command(home, "ingest", str(home / "inbox"))
    return home


@pytest.fixture
def home(taken_in: Path, tmp_path: Path) -> Path:
    """A copy of them to work on."""
    return shutil.copytree(taken_in, tmp_path / "home")

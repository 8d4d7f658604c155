"""One archive pushed into the local Glean of another: both hold the same documents, byte for byte."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from connector import config as configuration
from connector.archive.groups import outgoing
from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.config import Settings
from connector.glean.destination import SERVER, TOKEN
from connector.glean.pushing import push
from connector.glean.remote import Remote
from tests.glean.pushing import Clock
from tests.serve.support import serving_home
from tests.support import command, connector_json, found, make_home, run, serving_process, talk

ADMINISTRATOR = "administrator-4711"


def documents(settings: Settings) -> list[str]:
    with Ledger.open(settings.ledger_file) as ledger:
        return sorted(map(dump, outgoing(ledger, settings)))


def held(settings: Settings) -> list[str]:
    """The documents of other datasources, as they lie in the ledger of who serves."""
    with Ledger.open(settings.ledger_file) as ledger:
        groups = [ledger.foreign_group(group) for group in ledger.foreign_groups()]
    return sorted(dump(payload) for group in groups for _, payload in group)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = make_home(tmp_path / "home", glean="{datasource: talks}")
    for name in ("bridges", "tunnels", "ferries"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name, 30))
    (home / "inbox" / "ferries.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
    (home / "identity.yaml").write_text(
        "users: [{email: ann@example.com, groups: [crew]}, {email: bob@example.com}]\n"
        "groups: [{name: crew, groups: [staff]}]\n"
    )
    command(home, "ingest", str(home / "inbox"))
    return home


def test_both_hold_the_same_byte_for_byte(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = configuration.load(home / "config.yaml")
    clock = Clock()

    def pushed(**how: Any) -> dict[str, Any]:
        return push(
            config.settings,
            config.identity_file,
            connect=lambda *told, **how: Remote(*told, **how, clock=clock, sleep=clock.sleep),
            **how,
        )

    with serving_home(make_home(tmp_path / "other"), ADMINISTRATOR) as served:
        monkeypatch.setenv(SERVER, served.address)
        monkeypatch.setenv(TOKEN, ADMINISTRATOR)
        report = pushed()
        assert (report["way"], report["refused"]) == ("single", [])
        assert held(served.service.settings) == documents(config.settings) != []

        (home / "inbox" / "ferries.meta.yaml").write_text("title: On ferries\npermissions: {allowedGroups: [staff]}\n")
        command(home, "ingest", str(home / "inbox"))
        command(home, "forget", id_of(config.settings, "Bridges"), "--yes")
        pushed(yes_delete=True)
        assert held(served.service.settings) == documents(config.settings) != []

        command(home, "forget", id_of(config.settings, "On ferries"), "--yes")
        assert pushed(full=True, yes_delete=True)["way"] == "bulk"
        assert held(served.service.settings) == documents(config.settings) != []


def test_by_the_commands_as_they_are_typed(home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the README has it: the archive that serves has a datasource of another name."""
    there = make_home(tmp_path / "there", glean="{datasource: trial}")
    monkeypatch.setenv(TOKEN, ADMINISTRATOR)
    with serving_process(there, CONNECTOR_TOKEN=ADMINISTRATOR) as address:
        monkeypatch.setenv(SERVER, address)
        config = (home / "config.yaml").read_text()
        (home / "config.yaml").write_text(config.replace("talks", "trial"))
        refused = run(home, "push")
        assert (refused.returncode, "let this archive have another name (`glean.datasource`" in refused.stderr) == (
            4,
            True,
        )
        (home / "config.yaml").write_text(config)
        assert connector_json(home, "push")["refused"] == []
        assert connector_json(home, "push")["sent"] == {}
    own = configuration.load(home / "config.yaml").settings
    assert held(configuration.load(there / "config.yaml").settings) == documents(own) != []
    assert len(found(there, "ferries", kind="all")) == len(found(home, "ferries", kind="all")) > 0


def id_of(settings: Settings, title: str) -> str:
    """The id of the transcript with this title."""
    with Ledger.open(settings.ledger_file) as ledger:
        return next(one["id"] for one in outgoing(ledger, settings) if one["title"] == title)

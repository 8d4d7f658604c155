"""`push.auto`: what is dropped reaches Glean by itself, what fails is said and tried again, no drop waits for it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from connector import config as configuration
from connector.archive.groups import outgoing
from connector.archive.ledger import Ledger
from connector.archive.writer import Archive
from connector.config import PushSettings, Settings
from connector.daemon import pushing
from connector.daemon.pushing import Pushing
from connector.glean.destination import SERVER, TOKEN
from tests.glean.misbehaving import TOKEN as SECRET
from tests.glean.misbehaving import Faults, canonical, serving
from tests.glean.pushing import Clock
from tests.support import connector_json, daemon, found, make_home, talk, until


def test_what_is_dropped_arrives_and_no_drop_waits_for_a_push(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = make_home(tmp_path / "home", push="{auto: true, debounce: 0}")
    settings = configuration.load(home / "config.yaml").settings
    with serving() as server:
        monkeypatch.setenv(SERVER, server.url)
        monkeypatch.setenv(TOKEN, SECRET)
        with daemon(home) as running:
            (home / "inbox" / "bridges.srt").write_text(talk("bridges"))
            running.says("pushed:")

            def arrived() -> bool:  # the first push may have been of the empty archive
                with Ledger.open(settings.ledger_file) as ledger:
                    expected = sorted(canonical(document) for document in outgoing(ledger, settings))
                return sorted(map(canonical, list(server.held.documents.values()))) == expected != []

            until(arrived, "what was dropped, and nothing else, is there")

            server.faults = Faults(rate=1.0, kinds=("slow",), in_a_row=10**6)  # it answers nothing any more
            asked = len(server.held.requests)
            (home / "inbox" / "tunnels.srt").write_text(talk("tunnels"))
            until(lambda: len(server.held.requests) > asked, "the push of the second file")
            (home / "inbox" / "ferries.srt").write_text(talk("ferries"))
            until(lambda: found(home, "ferries"), "searchable while a push hangs")
            assert connector_json(home, "status")["push"]["unsure"]
            assert running.stop() == 0
            assert SECRET not in running.log

            server.faults = Faults()
        with daemon(home) as running:  # goes on where it was stopped
            running.says("pushed:", times=2)
        assert connector_json(home, "status")["push"]["unsure"] == 0


@pytest.fixture
def told() -> list[str]:
    return []


@pytest.fixture
def made(archive: Archive, monkeypatch: pytest.MonkeyPatch, told: list[str]) -> Callable[..., Pushing]:
    """A Pushing whose child says a given thing."""

    def make(said: Any, clock: Clock) -> Pushing:
        child = (sys.executable, "-c", f"print({json.dumps(json.dumps(said))})")
        monkeypatch.setattr(pushing, "CHILD", child)
        settings: Settings = archive.settings.model_copy(update={"push": PushSettings(auto=True)})
        return Pushing(archive.ledger, settings, settings.data / "config.yaml", told.append, clock)

    return make


def pushed(one: Pushing) -> None:
    one.start()
    until(lambda: one.step() or not one.running, "the end of the child")


FAILED = {"failed": "503: not now", "hint": "", "lasting": False}


def test_what_may_pass_is_tried_again_after_growing_pauses(made: Callable[..., Pushing], told: list[str]) -> None:
    clock = Clock()
    one = made(FAILED, clock)
    for pause in (60.0, 120.0, 240.0):
        assert one.due()
        pushed(one)
        assert f"again in {pause:,.0f} s" in told[-1]
        clock.now += pause - 1
        assert not one.due()
        clock.now += 1
    for _ in range(9):
        pushed(one)
    assert "again in 3,600 s" in told[-1]  # and not more


def test_what_a_person_must_decide_waits_for_a_change(
    made: Callable[..., Pushing], archive: Archive, told: list[str]
) -> None:
    one = made({"failed": "not pushed: more than a fifth", "hint": "do this", "lasting": True}, Clock())
    pushed(one)
    assert told == ["push failed: not pushed: more than a fifth\n  do this\n  again once something changes"]
    assert not one.due()
    archive.ledger._changed("t1")
    assert one.due()


def test_where_else_documents_are_is_said_once(made: Callable[..., Pushing], told: list[str]) -> None:
    place = {"place": "https://old-be.glean.com/transcripts", "documents": 3}
    report = {"sent": {}, "removed": {}, "refused": [], "refused_total": 0, "seconds": 1.0, "elsewhere": [place]}
    one = made(report, Clock())
    for _ in range(2):
        pushed(one)
    assert told == [
        "https://old-be.glean.com/transcripts still holds 3 documents of this archive; to take them back:"
        " connector push --withdraw https://old-be.glean.com/transcripts"
    ]


def test_a_token_file_that_appears_is_a_change(made: Callable[..., Pushing], tmp_path: Path) -> None:
    token = tmp_path / "token"
    one = made({"failed": "no token", "hint": "", "lasting": True}, Clock())
    one._settings = one._settings.model_copy(update={"push": PushSettings(auto=True, token_file=token)})
    pushed(one)
    assert not one.due()
    token.write_text(SECRET)
    assert one.due()


def test_an_edited_configuration_is_pushed_once_and_another_server_is_a_change(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    home = make_home(tmp_path / "home", push="{auto: true, debounce: 0}")
    (home / "inbox" / "bridges.srt").write_text(talk("bridges"))
    connector_json(home, "ingest", str(home / "inbox"))
    file = home / "config.yaml"
    settings = configuration.load(file).settings
    settings.log_folder.mkdir(exist_ok=True)
    monkeypatch.setenv(TOKEN, SECRET)
    with serving() as server, Ledger.open(settings.ledger_file) as ledger:
        monkeypatch.setenv(SERVER, server.url)
        one = Pushing(ledger, settings, file, told.append)
        assert one.due()
        with file.open("a") as config:
            config.write("glean: {display_name: Edited}\n")
        pushed(one)
        assert server.held.config is not None
        assert server.held.config["displayName"] == "Edited"
        assert not one.due()
        monkeypatch.setenv(SERVER, "https://elsewhere-be.glean.com")
        assert one.due()


def test_a_child_that_breaks_is_a_failure(
    made: Callable[..., Pushing], monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    one = made(FAILED, Clock())
    monkeypatch.setattr(pushing, "CHILD", (sys.executable, "-c", "raise SystemExit(3)"))
    pushed(one)
    assert "ended with code 3" in told[0]
    assert "again in 60 s" in told[0]


def test_nothing_is_pushed_unless_it_is_asked_for(archive: Archive) -> None:
    assert not Pushing(archive.ledger, archive.settings, Path("config.yaml"), print).due()

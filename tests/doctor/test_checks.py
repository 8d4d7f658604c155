"""Each check of the configuration against what it is about, and all of them together."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Literal

import pytest

from connector.config import Settings
from connector.doctor import configured, examine, folders
from connector.doctor.check import Check
from connector.glean.destination import SERVER, TOKEN
from connector.serve.tokens import VARIABLE, new_token
from tests.support import connector, make_home, run, settings_of


@pytest.mark.parametrize("state", ["warn", "fail"])
def test_what_is_not_well_says_what_to_do(state: Literal["warn", "fail"]) -> None:
    assert Check("disk", "ok", "room").todo == ""
    with pytest.raises(ValueError, match="what to do"):
        Check("disk", state, "full")


class TestConfigured:
    @pytest.mark.parametrize(
        ("file", "text"),
        [
            ("config.yaml", "inbox: [\n"),
            ("config.yaml", "ingest: {rescan: soon}\n"),
            ("jargon.yaml", "Kubernetes: [\n"),
            ("identity.yaml", "users: [\n"),
            ("identity.yaml", "users: 3\n"),
        ],
    )
    def test_a_file_that_is_wrong_says_what_to_do(self, home: Path, file: str, text: str) -> None:
        (home / file).write_text(text)
        looks = {
            "config.yaml": lambda path: configured.config(path)[0],
            "jargon.yaml": configured.glossary,
            "identity.yaml": configured.identity,
        }
        check = looks[file](home / file)
        assert check.state == "fail" and check.todo and file in check.found

    def test_a_configuration_that_is_wrong(self, home: Path) -> None:
        assert configured.config(home / "config.yaml")[0].state == "ok"
        assert configured.config(home / "none.yaml")[0].state == "fail"
        (home / "config.yaml").write_text("inbx: x\n")
        check, read = configured.config(home / "config.yaml")
        assert check.state == "fail" and read is None and "inbox" in check.found

    def test_glossary_and_people(self, home: Path) -> None:
        jargon, identity = home / "jargon.yaml", home / "identity.yaml"
        assert configured.glossary(jargon).found == "none" and configured.identity(identity).state == "ok"
        jargon.write_text("Kubernetes: {misheard: [cooper netties]}\n")
        identity.write_text("users:\n- {email: ann@example.com, groups: [staff]}\n")
        assert configured.glossary(jargon).found == "1 term"
        assert configured.identity(identity).found == "1 user, 1 group"
        jargon.write_text("Kubernetes: {misheard: [house]}\n")
        assert configured.glossary(jargon).state == "warn"
        jargon.write_text("Kubernetes: [\n")
        identity.write_text("users: 3\n")
        assert configured.glossary(jargon).state == "fail" and configured.identity(identity).state == "fail"

    def test_a_push_token_is_looked_at_and_never_shown(self, home: Path) -> None:
        secret, settings = "s3cret-of-the-house", settings_of(home)
        assert configured.push_token(settings, {}).found == "not set up"
        assert configured.push_token(settings, {TOKEN: secret}).state == "fail", "no server"
        both = {SERVER: "https://acme-be.glean.com", TOKEN: secret}
        check = configured.push_token(settings, both)
        assert check.state == "ok" and "19 characters" in check.found and secret not in str(check)
        file = home / "token"
        file.write_text(secret)
        file.chmod(0o644)
        settings = settings_of(make_home(home, push=f"{{server: https://acme-be.glean.com, token_file: {file}}}"))
        check = configured.push_token(settings, {})
        assert check.state == "warn" and "chmod 600" in check.todo and secret not in str(check)
        file.write_text("two words")
        assert configured.push_token(settings, {}).state == "fail"
        file.unlink()
        assert configured.push_token(settings, {}).state == "fail"

    def test_tokens_of_people(self, home: Path) -> None:
        settings = settings_of(home)
        assert configured.serve_tokens(settings, {}).state == "ok"
        token = new_token(settings.tokens_file, "ann@example.com")
        check = configured.serve_tokens(settings, {})
        assert check.state == "ok" and "1 person" in check.found and token not in str(check)
        settings.tokens_file.chmod(0o644)
        assert configured.serve_tokens(settings, {}).state == "warn"
        settings.tokens_file.write_text("ann@example.com: not-a-hash\n")
        assert configured.serve_tokens(settings, {}).state == "fail"

    def test_others_are_served_with_tokens_alone(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = settings_of(make_home(home, serve="{host: 0.0.0.0}"))
        assert configured.serve_tokens(settings, {}).state == "fail"
        monkeypatch.setenv(VARIABLE, "open sesame")
        check = configured.serve_tokens(settings)
        assert check.state == "ok" and "sesame" not in str(check)

    def test_what_the_service_alone_is_given(self, home: Path) -> None:
        make_home(home, serve="{auto: false, host: 0.0.0.0}", push="{auto: true, server: 'https://x-be.glean.com'}")
        file = home / "connector.env"
        assert configured.variables(file) == ({}, None)
        file.write_text(f"# tokens\n; more\n\n{VARIABLE}='open sesame'\n {TOKEN} = abc\nnothing\n")
        file.chmod(0o600)
        found, check = configured.variables(file)
        assert found == {VARIABLE: "open sesame", TOKEN: "abc"} and check and check.state == "ok"
        told = {check["name"]: check for check in json.loads(run(home, "doctor", "--json").stdout)["checks"]}
        assert [told[name]["state"] for name in ("connector.env", "push", "tokens")] == ["ok", "ok", "ok"]
        assert "sesame" not in str(told) and "abc" not in str(told)
        file.chmod(0o640)
        check = configured.variables(file)[1]
        assert check and check.state == "warn" and "chmod 600" in check.todo
        file.write_bytes(b"\xff\xfe")
        check = configured.variables(file)[1]
        assert check and check.state == "fail"

    @pytest.mark.parametrize("host", ["192.0.2.1", "my..host"])
    def test_an_address_that_is_not_this_machines_is_not_called_taken(self, home: Path, host: str) -> None:
        for auto, state in (("true", "fail"), ("false", "warn")):
            wanted = settings_of(make_home(home, serve=f"{{auto: {auto}, host: {host}, port: 8765}}"))
            check = configured.port(wanted, None)
            assert check.state == state and "taken" not in check.found and "cannot be served" in check.found

    def test_a_port_that_another_program_has(self, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(configured, "ASK_WAIT", 0.1)  # it never answers
        with socket.create_server(("127.0.0.1", 0)) as other:
            number = other.getsockname()[1]
            wanted = settings_of(make_home(home, serve=f"{{auto: false, port: {number}}}"))
            assert configured.port(wanted, None).state == "warn", "nothing is served by itself"
            wanted = settings_of(make_home(home, serve=f"{{auto: true, port: {number}}}"))
            assert configured.port(wanted, None).state == "fail"
        assert configured.port(wanted, None).state == "ok"
        assert "any" in configured.port(settings_of(make_home(home, serve="{port: 0}")), None).found

    def test_an_embedding_model_that_is_none(self, home: Path) -> None:
        assert configured.meaning(settings_of(home)) is None
        check = configured.meaning(settings_of(make_home(home, semantic="{model: nowhere}")))
        assert check is not None and check.state == "fail"


def test_one_thing_that_cannot_be_looked_at_does_not_hide_the_rest(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "data").write_text("no folder")
    told = {check.name: check.state for check in examine(home / "config.yaml")}
    assert told["data folder"] == "fail" and {"clock", "threads", "tokens", "port"} <= set(told)
    assert not {"disk", "ledger", "index", "model"} & set(told)
    (home / "data").unlink()

    def refused(_: Settings) -> int:
        raise PermissionError(13, "Permission denied", "data")

    monkeypatch.setattr(folders, "used", refused)
    *_, last = examine(home / "config.yaml")
    assert (last.name, last.state, last.found) == ("doctor", "fail", "ended here: data: Permission denied")


def test_a_damaged_configuration_still_says_what_the_machine_is(home: Path) -> None:
    (home / "config.yaml").write_text("inbox: [")
    told = connector(home, "doctor", code=3)
    assert "ok    Python" in told and "fail  config.yaml" in told

"""Each check against what it is about: real files, ledgers, indexes and ports; the machine's figures handed in."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any, Literal

import pytest
from filelock import FileLock

from connector import config as configuration
from connector.archive.groups import group_documents
from connector.archive.ledger import Ledger
from connector.archive.writer import Archive
from connector.config import Settings
from connector.doctor import configured, examine, folders, machine, stored
from connector.doctor.check import Check
from connector.glean.destination import SERVER, TOKEN
from connector.serve.tokens import VARIABLE, new_token
from indexer.store import Index
from model.checkpoint import WEIGHTS
from model.report_files import folder_of
from tests.checkpoints import put_checkpoint
from tests.support import command, connector, make_home, run, talk

GB = 1 << 30
as_root = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


def settings_of(home: Path) -> Settings:
    return configuration.load(home / "config.yaml").settings


class TestMachine:
    def test_python(self) -> None:
        assert machine.python((3, 11, 0)).state == "ok"
        assert machine.python((3, 10, 9)).state == "fail"

    @pytest.mark.parametrize(
        ("requirement", "version", "allowed"),
        [
            ("whoosh>=2.7.4", "2.7.4", True),
            ("whoosh>=2.7.4", "2.7.3", False),
            ("torch>=2.9", "2.10.0+cpu", True),
            ("py3langid>=0.4,<0.5", "0.5", False),
            ("py3langid>=0.4,<0.5", "0.4.9", True),
            ("mcp>=2.3,<3", "2.3.0", True),
            ("a==1.0", "1", True),
            ("a", "0", True),
        ],
    )
    def test_bounds(self, requirement: str, version: str, allowed: bool) -> None:
        assert machine.allows(requirement, version) == allowed

    def test_what_is_missing_or_too_old_is_named(self) -> None:
        def installed(name: str) -> str:
            if name == "gone":
                raise PackageNotFoundError(name)
            return "1.0"

        found = machine.packages(["gone>=1", "old>=2", "good>=1", "never>=3; extra == 'dev'"], installed)
        assert (found.state, found.found) == ("fail", "gone is missing; old 1.0 is not >=2")
        assert machine.packages(["good>=1"], installed).state == "ok"

    def test_extras_that_are_used_are_looked_at(self, home: Path) -> None:
        def installed(name: str) -> str:
            if name in ("mcp", "wandb"):
                raise PackageNotFoundError(name)
            return "1.0"

        required = [
            "typer>=9",
            'mcp>=2.3; extra == "mcp"',
            'glean-api-client>=2; extra == "glean"',
            "mcp; extra == 'dev'",
        ]
        assert configured.extras_used(settings_of(home)) == {}
        assert machine.extras({}, required, installed).state == "ok"
        settings = settings_of(make_home(home, serve="{validate: true}", train="{tracking: wandb}"))
        uses = configured.extras_used(settings)
        assert set(uses) == {"mcp", "glean", "wandb"}
        check = machine.extras(uses, required, installed)
        assert check.state == "warn" and check.todo == "pip install 'transcript-connector[mcp,glean]'"
        assert "mcp is missing: an assistant's door" in check.found and "glean-api-client 1.0 is not >=2" in check.found
        assert machine.extras(uses, required, lambda _: "2.9").found == "mcp, glean, wandb: installed"
        assert "extras" in [check.name for check in examine(home / "config.yaml")]

    @pytest.mark.parametrize(
        ("used", "free", "state"),
        [
            (0, 10 * GB, "ok"),
            (0, GB, "warn"),
            (0, GB // 10, "fail"),
            (3 * GB, 5 * GB, "warn"),
            (6 * GB, 5 * GB, "fail"),
        ],
    )
    def test_room(self, tmp_path: Path, used: int, free: int, state: str) -> None:
        assert machine.disk(tmp_path / "not" / "yet", used, free).state == state

    def test_clock(self) -> None:
        assert machine.clock(1e9, 1e9, 1e9, 1e9).state == "ok"
        assert machine.clock(1e9, None, None, 0).state == "ok"
        assert machine.clock(1e9, 1e9 + 1e6, None, 0).state == "fail"
        assert machine.clock(1e9, None, None, 1e9 + 1e6).state == "fail"
        assert machine.clock(1e9, None, 1e9 + 1e6, 0).state == "warn"

    def test_threads(self) -> None:
        assert machine.threads(0, lambda: 2).state == "ok"
        assert machine.threads(2, lambda: 2).state == "ok"
        assert machine.threads(8, lambda: 2).state == "warn"


class TestFolders:
    def test_the_inbox(self, settings: Settings) -> None:
        (settings.inbox / "a.srt").write_text(talk("alpha"))
        os.utime(settings.inbox / "a.srt", (1e9, 2e9))
        check, newest = folders.inbox(settings)
        assert (check.state, newest) == ("ok", 2e9) and "1 source" in check.found
        (settings.inbox / "a.srt").unlink()
        settings.inbox.rmdir()
        assert folders.inbox(settings)[0].state == "fail"
        settings.inbox.write_text("no folder")
        assert "is no folder" in folders.inbox(settings)[0].found

    def test_what_this_user_may_not_read_is_named(self, settings: Settings) -> None:
        """As the system would have it for another user: root, who may run this, reads everything."""
        secret = settings.inbox / "secret.srt"
        secret.write_text(talk("alpha"))
        check, newest = folders.inbox(settings, lambda path, _: path != secret)
        assert check.state == "fail" and "1 path cannot be read: secret.srt" in check.found and "chmod" in check.todo
        assert newest
        check, _ = folders.inbox(settings, lambda path, _: path != settings.inbox)
        assert check.state == "fail" and f"{settings.inbox} cannot be read" in check.found
        check, _ = folders.inbox(settings, lambda _, mode: mode != os.W_OK)
        assert check.state == "warn" and "read-only" in check.found

    @as_root
    def test_what_cannot_be_read_is_named(self, settings: Settings) -> None:
        (settings.inbox / "secret.srt").write_text(talk("alpha"))
        (settings.inbox / "secret.srt").chmod(0)
        check, _ = folders.inbox(settings)
        assert check.state == "fail" and "secret.srt" in check.found and "chmod" in check.todo
        settings.inbox.chmod(0o500)
        (settings.inbox / "secret.srt").chmod(0o600)
        assert folders.inbox(settings)[0].state == "warn" and folders.watching(settings).state == "warn"
        settings.inbox.chmod(0o700)

    def test_the_data_folder_is_for_its_owner(self, settings: Settings) -> None:
        assert folders.data(settings).state == "ok"
        settings.data.mkdir(mode=0o755)
        assert folders.data(settings).state == "warn"
        settings.data.chmod(0o700)
        assert folders.data(settings).state == "ok"

    def test_a_file_that_appears_is_reported_and_nothing_is_left(self, settings: Settings) -> None:
        assert folders.watching(settings).state == "ok"
        assert not list(settings.inbox.iterdir())

    def test_watching_that_does_not_work(self, settings: Settings, tmp_path: Path) -> None:
        def refused(_: Path) -> bool:
            raise OSError(24, "inotify instance limit reached")

        check = folders.watching(settings, probe=lambda _: False)
        assert check.state == "warn" and "all it needs" in check.todo
        assert "instance limit" in folders.watching(settings, probe=refused).found
        (tmp_path / "max_user_watches").write_text("1\n")
        (settings.inbox / "one" / "two").mkdir(parents=True)
        check = folders.watching(settings, limits=tmp_path)
        assert check.state == "fail" and "max_user_watches=12" in check.todo

    def test_folders_of_other_machines(self, tmp_path: Path) -> None:
        mounts = tmp_path / "mounts"
        place = tmp_path / "a share"
        place.mkdir()
        mounts.write_text(f"/dev/sda / ext4 rw 0 0\nserver:/x {str(place).replace(' ', chr(92) + '040')} nfs4 rw 0 0\n")
        assert folders.remote_kind(place, mounts) == "nfs4"
        assert folders.remote_kind(tmp_path, mounts) == ""
        assert folders.remote_kind(tmp_path, tmp_path / "none") == ""
        share = tmp_path / "Фото 日本\udcff"
        share.mkdir()
        mounts.write_bytes(b"//nas/x %s cifs rw 0 0\n" % os.fsencode(share).replace(b" ", rb"\040"))
        assert folders.remote_kind(share / "talks", mounts) == "cifs"


class TestStored:
    def test_locks(self, settings: Settings) -> None:
        assert stored.locks(settings)[0].found == "nobody writes"
        with Ledger.open(settings.ledger_file, create=True) as ledger:
            ledger.set_state("holder", {"pid": 2**22 - 1, "command": "run", "since": "2026-01-01T00:00:00+00:00"})
        assert stored.locks(settings)[0].found == "nobody writes", "what a killed one left behind holds nothing"
        with FileLock(settings.lock_file):
            check, holder = stored.locks(settings)
            assert check.state == "warn" and "does not run on this machine" in check.found and holder
        with FileLock(settings.push_lock_file):
            assert "a push is under way" in stored.locks(settings)[0].found

    def test_locks_of_a_living_writer(self, archive: Archive) -> None:
        check, holder = stored.locks(archive.settings)
        assert check.state == "ok" and holder and f"process {os.getpid()}" in check.found

    def test_a_ledger_of_another_version_or_none(self, settings: Settings) -> None:
        assert stored.ledger(settings.ledger_file).state == "warn"
        Ledger.open(settings.ledger_file, create=True).close()
        assert stored.ledger(settings.ledger_file).state == "ok"
        with sqlite3.connect(settings.ledger_file) as db:
            db.execute("PRAGMA user_version = 99")
        db.close()
        assert "newer" in stored.ledger(settings.ledger_file).found
        settings.ledger_file.write_bytes(b"SQLite format 3\0" + bytes(5000))
        assert stored.ledger(settings.ledger_file).state == "fail"

    def test_an_older_ledger_stays_as_it_is(self, home: Path, settings: Settings) -> None:
        Ledger.open(settings.ledger_file, create=True).close()
        db = sqlite3.connect(settings.ledger_file)
        db.execute("PRAGMA user_version = 5")
        db.close()
        before = settings.ledger_file.read_bytes()
        lines = [line for line in run(home, "doctor").stdout.splitlines() if line[6:].startswith("ledger  ")]
        assert len(lines) == 1 and lines[0].startswith("warn") and "older schema 5" in lines[0]
        assert settings.ledger_file.read_bytes() == before

    def test_a_ledger_that_cannot_be_opened_is_not_called_lost(self, settings: Settings) -> None:
        settings.ledger_file.mkdir(parents=True)
        check = stored.ledger(settings.ledger_file)
        assert check.state == "fail" and "cannot be opened" in check.found and "backup" not in check.todo

    def test_pages_that_were_damaged(self, settings: Settings) -> None:
        Ledger.open(settings.ledger_file, create=True).close()
        with settings.ledger_file.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xff" * 8192)
        assert stored.ledger(settings.ledger_file).state == "fail"

    def test_the_index_is_compared_with_the_ledger(self, home: Path, settings: Settings) -> None:
        for name in ("alpha", "beta"):
            (home / "inbox" / f"{name}.srt").write_text(talk(name))
        command(home, "ingest", str(home / "inbox"))
        check = stored.index(settings, None)
        assert check.state == "ok" and "all" in check.found, check
        with Ledger.open(settings.ledger_file) as ledger:
            ledger._changed(ledger.transcript_ids()[0])
        assert "1 change behind" in stored.index(settings, None).found
        with Ledger.open(settings.ledger_file) as ledger, Index.open(settings.index_folder, writer=True) as index:
            index.write([(ledger.transcript_ids()[0], [])], ledger.generation())
        check = stored.index(settings, None)
        assert check.state == "fail" and "1 recording not as in the ledger" in check.found
        command(home, "rebuild")
        assert stored.index(settings, None).state == "ok"
        other = settings.model_copy(update={"public_url": "https://talks.example.com"})
        assert stored.index(other, None).state == "warn"
        for file in settings.index_folder.glob("*.toc"):
            file.write_bytes(b"damaged")
        assert stored.index(settings, None).state == "fail"

    @pytest.mark.parametrize(("changes", "state"), [(1, "ok"), (stored.LOOKS, "warn")])
    def test_an_index_that_moves_on_meanwhile_is_not_called_wrong(
        self, home: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch, changes: int, state: str
    ) -> None:
        derive, left = group_documents, list(range(changes))

        def meanwhile(*arguments: Any) -> Any:
            if left:
                (home / "inbox" / "alpha.srt").write_text(talk(f"alpha{left.pop()}"))
                command(home, "ingest", str(home / "inbox"))
            return derive(*arguments)

        (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
        command(home, "ingest", str(home / "inbox"))
        monkeypatch.setattr(stored, "group_documents", meanwhile)
        check = stored.index(settings, None)
        assert check.state == state and not left, check

    def test_of_a_large_archive_some_are_compared(self) -> None:
        groups = [str(number) for number in range(1000)]
        assert stored._spread(groups, 5000, 5000) == groups
        assert len(stored._spread(groups, 5000, 50_000)) == 100

    def test_the_model(self, settings: Settings, tmp_path: Path) -> None:
        assert "no checkpoint yet" in stored.model(settings).found
        other = settings.model_copy(update={"train": settings.train.model_copy(update={"base": str(tmp_path)})})
        assert stored.model(other).state == "fail"

    def test_checkpoints_that_load_and_that_are_damaged(self, archive: Archive) -> None:
        settings = archive.settings
        first = put_checkpoint(archive.ledger, settings, [])
        check = stored.model(settings)
        assert check.state == "ok" and f"checkpoint {first} load" in check.found
        second = put_checkpoint(archive.ledger, settings, [], seed=1)
        weights = folder_of(settings.model_folder, second) / WEIGHTS
        weights.write_bytes(weights.read_bytes()[:-100])
        check = stored.model(settings)
        assert check.state == "warn" and second in check.found and f"{first} is used instead" in check.todo
        (folder_of(settings.model_folder, first) / WEIGHTS).write_bytes(b"damaged")
        check = stored.model(settings)
        assert check.state == "fail" and second in check.found and "connector train" in check.todo


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

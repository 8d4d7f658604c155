"""A backup is of one moment while others write, and comes back equal; what is no backup, or was changed, does not."""

from __future__ import annotations

import errno
import fcntl
import gzip
import hashlib
import io
import json
import os
import shutil
import sqlite3
import tarfile
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from connector import config as configuration
from connector.archive import restoring
from connector.archive.backup import LEDGER, MANIFEST, STAGE, backup, sha256_of, staged
from connector.archive.groups import all_documents
from connector.archive.ledger import Ledger
from connector.archive.restoring import restore
from connector.archive.unpacking import manifest_in
from connector.archive.view import View
from connector.cli.main import application
from connector.config import Config
from connector.errors import BadInputError, ConflictError
from indexer.store import Index
from tests.support import WAIT, command, connector, connector_json, daemon, found, make_home, run, talk, until


def config_of(home: Path) -> Config:
    return configuration.load(home / "config.yaml")


def in_ledger(home: Path) -> dict[str, Any]:
    """id → payload of every document, derived from the ledger."""
    config = config_of(home)
    with Ledger.open(config.settings.ledger_file) as ledger, ledger.snapshot():
        groups = all_documents(ledger, config.settings)
        return {document.id: document.payload for _, documents in groups for document in documents}


def in_index(home: Path) -> dict[str, Any]:
    with Index.open(config_of(home).settings.index_folder) as index:
        return {document.id: document.payload for document in index.documents()}


@pytest.fixture
def filled(tmp_path: Path) -> Path:
    home = make_home(tmp_path / "filled")
    for name in ("alpha", "beta"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name))
    (home / "jargon.yaml").write_text("Kubernetes: {aliases: [k8s]}\n")
    (home / "identity.yaml").write_text("users:\n- {email: ann@example.com}\n")
    command(home, "ingest", str(home / "inbox"))
    return home


def test_a_backup_beside_a_daemon_that_ingests_comes_back_document_for_document(tmp_path: Path) -> None:
    """Copies are taken one after another while files come in; each is an archive of one moment."""
    home = make_home(tmp_path / "home")
    files = [tmp_path / f"{number}.tar.gz" for number in range(2)]
    stop = threading.Event()

    def drop() -> None:
        for number in range(10_000):
            if stop.wait(0.03):
                return
            (home / "inbox" / f"{number}.srt").write_text(talk(f"subject{number}", count=3))

    def moved_on(last: int) -> bool:
        with Ledger.open(config_of(home).settings.ledger_file) as ledger:
            return ledger.generation() > last + 5

    dropping = threading.Thread(target=drop)
    with daemon(home) as running:
        dropping.start()
        try:
            reports = []
            for file in files:
                last = reports[-1]["generation"] if reports else 0
                until(partial(moved_on, last), "more was taken in")
                reports.append(connector_json(home, "backup", str(file)))
        finally:
            stop.set()
            dropping.join()
        assert running.stop() == 0
    generations = [report["generation"] for report in reports]
    assert generations == sorted(set(generations)), "it went on while they were taken"
    whole = in_ledger(home)
    for number, (file, report) in enumerate(zip(files, reports, strict=True)):
        back = tmp_path / f"back{number}"
        told = connector_json(home, "--config", str(back / "config.yaml"), "restore", str(file))
        documents = in_ledger(back)
        assert in_index(back) == documents and told["documents"] == len(documents)
        assert told["transcripts"] == report["transcripts"] > 0
        assert documents.items() <= whole.items(), "all of it is of that archive"
    last = tmp_path / "last.tar.gz"
    connector(home, "backup", str(last))
    connector(home, "restore", str(last), str(tmp_path / "again"))
    assert in_index(tmp_path / "again") == whole == in_index(home)


def test_what_lies_beside_the_configuration_comes_along_and_the_daemon_goes_on(filled: Path, tmp_path: Path) -> None:
    token = connector(filled, "serve", "--new-token", "ann@example.com").strip()
    (filled / "config.yaml").chmod(0o644)
    file = tmp_path / "all.tar.gz"
    told = connector(filled, "backup", str(file))
    assert "2 transcripts, 0 checkpoints" in told
    assert file.stat().st_mode & 0o777 == 0o600, "it holds all that was said"
    assert token.encode() not in gzip.decompress(file.read_bytes())
    back = tmp_path / "back"
    done = run(filled, "restore", str(file), str(back))
    assert done.returncode == 0 and f"connector --config {back / 'config.yaml'} run" in done.stderr
    with tarfile.open(file) as tar:
        made = json.load(tar.extractfile(MANIFEST))["made"]  # type: ignore[arg-type]
    assert f"restored as of {made}: what was forgotten" in done.stderr
    for name in ("config.yaml", "jargon.yaml", "identity.yaml", "tokens.yaml"):
        assert (back / name).read_bytes() == (filled / name).read_bytes(), name
    assert (back / "data").stat().st_mode & 0o777 == 0o700
    assert found(back, "alpha") and not list(back.glob(".*")), "nothing is left of the work"
    shutil.copy2(filled / "inbox" / "alpha.srt", back / "inbox")
    with daemon(back) as running:
        (back / "inbox" / "gamma.srt").write_text(talk("gamma"))
        until(lambda: found(back, "gamma"), "it goes on")
        assert running.stop() == 0
    assert len(found(back, "alpha")) == len(found(filled, "alpha")), "no file is taken in twice"


def test_it_is_told_once_where_to(filled: Path, tmp_path: Path) -> None:
    connector(filled, "backup", str(tmp_path / "x.tar.gz"))
    for folder in ("other", "."):
        done = run(
            filled, "--config", str(tmp_path / "a" / "config.yaml"), "restore", str(tmp_path / "x.tar.gz"), folder
        )
        assert done.returncode == 2 and "both say where to" in done.stderr
    assert not (tmp_path / "a").exists() and not (filled / "other").exists()


def test_in_a_folder_it_is_named_by_its_time(filled: Path, tmp_path: Path) -> None:
    (tmp_path / "kept").mkdir()
    report = connector_json(filled, "backup", str(tmp_path / "kept"))
    assert [str(path) for path in (tmp_path / "kept").iterdir()] == [report["file"]]
    assert run(filled, "backup", str(tmp_path / "none" / "x.tar.gz")).returncode == 5
    assert run(filled, "backup", str(filled / "inbox")).returncode == 2
    assert run(make_home(tmp_path / "new"), "backup", str(tmp_path / "x.tar.gz")).returncode == 3


def test_what_is_no_file_is_left_alone(filled: Path, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    done = run(filled, "backup", str(tmp_path / "pipe"))
    assert done.returncode == 5 and "no plain file" in done.stderr and (tmp_path / "pipe").is_fifo()


def test_what_a_killed_one_left_is_cleared_away_and_what_another_uses_is_not(filled: Path, tmp_path: Path) -> None:
    left, used = (tmp_path / f".{name}.tar.gz.abc{STAGE}" for name in ("left", "used"))
    for folder in (left, used):
        folder.mkdir()
        (folder / "ledger.db").write_bytes(b"x")
    descriptor = os.open(used, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        backup(config_of(filled), tmp_path / "x.tar.gz")
    finally:
        os.close(descriptor)
    assert not left.exists() and (used / "ledger.db").exists()
    assert [path.name for path in tmp_path.glob(".*")] == [used.name]


@pytest.mark.parametrize("ended", [KeyboardInterrupt(), SystemExit(143)])
def test_one_that_is_stopped_while_it_indexes_says_how_to_go_on(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ended: BaseException
) -> None:
    backup(config_of(filled), tmp_path / "x.tar.gz")
    back = tmp_path / "back"

    def stopped(*_: object) -> None:
        raise ended

    with monkeypatch.context() as patch:
        patch.setattr(View, "sync", stopped)
        done = CliRunner().invoke(application(), ["restore", str(tmp_path / "x.tar.gz"), str(back)])
    assert done.exit_code and "the ledger is restored, its index not; now: connector" in done.stderr
    assert "the index shows none of 2 transcripts yet; now: connector rebuild" in run(back, "search", "alpha").stderr
    connector(back, "rebuild")
    done_again = run(back, "search", "alpha")
    assert "alpha" in done_again.stdout and "rebuild" not in done_again.stderr


def test_a_checkpoint_comes_along_where_the_ledger_knows_it(filled: Path, tmp_path: Path) -> None:
    config = config_of(filled)
    folder = config.settings.model_folder / "checkpoints"
    for name in ("c0000010123456789", "c0000020123456789"):
        (folder / name).mkdir(parents=True)
        (folder / name / "model.safetensors").write_bytes(name.encode() * 1000)
    from connector.archive.rows import CheckpointRow

    with Ledger.open(config.settings.ledger_file) as ledger:
        read = [ledger.transcript_ids()[0]]
        ledger.add_checkpoint(CheckpointRow("c0000020123456789", 2, "x", read, {}, True))
    report = backup(config, tmp_path / "x.tar.gz")
    assert report["checkpoints"] == 1
    restored = restore(tmp_path / "x.tar.gz", tmp_path / "back" / "config.yaml")
    kept = restored.settings.model_folder / "checkpoints"
    assert [path.name for path in kept.iterdir()] == ["c0000020123456789"]
    weights = "c0000020123456789/model.safetensors"
    assert sha256_of(kept / weights) == sha256_of(folder / weights)


def test_what_others_asked_for_and_who_held_it_stays_behind(filled: Path, tmp_path: Path) -> None:
    config = config_of(filled)
    with Ledger.open(config.settings.ledger_file) as ledger:
        ledger.add_intent("forget", {"id": "x"})
        ledger.set_state("holder", {"pid": 1, "command": "run"})
    backup(config, tmp_path / "x.tar.gz")
    restored = restore(tmp_path / "x.tar.gz", tmp_path / "back" / "config.yaml")
    with Ledger.open(restored.settings.ledger_file) as ledger:
        assert ledger.waiting_intents() == [] and ledger.get_state("holder") is None


def test_into_the_archive_of_a_running_daemon_nothing_is_restored(filled: Path, tmp_path: Path) -> None:
    backup(config_of(filled), tmp_path / "x.tar.gz")
    with daemon(filled) as running:
        done = run(filled, "restore", str(tmp_path / "x.tar.gz"), ".")
        assert done.returncode == 5 and f"{filled / 'data'} is not empty: it holds an archive" in done.stderr
        assert "restore FILE DIR" in done.stderr
        (filled / "inbox" / "later.srt").write_text(talk("later"))
        until(lambda: found(filled, "later"), "it goes on")
        assert running.stop() == 0


def test_of_two_at_once_neither_takes_the_others_folder_for_one_that_was_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, inside = tempfile.mkdtemp, threading.Event()

    def other() -> None:
        with staged(tmp_path, "other"):
            inside.set()

    def made(**arguments: Any) -> str:
        place = make(**arguments)
        if not second.is_alive() and not inside.is_set():
            second.start()
            inside.wait(0.2)  # it would be through by then, were nothing to hold it up
        return place

    second = threading.Thread(target=other)
    monkeypatch.setattr(tempfile, "mkdtemp", made)
    with staged(tmp_path, "first") as stage:
        second.join(WAIT)
        assert inside.is_set() and stage.is_dir()
    assert not list(tmp_path.iterdir())


def test_what_a_killed_restore_left_is_cleared_away(filled: Path, tmp_path: Path) -> None:
    backup(config_of(filled), tmp_path / "x.tar.gz")
    left = tmp_path / "back" / f".restore.abc{STAGE}"
    left.mkdir(parents=True)
    (left / "ledger.db").write_bytes(b"all that was said")
    restore(tmp_path / "x.tar.gz", tmp_path / "back" / "config.yaml")
    assert not list((tmp_path / "back").glob(".*"))


def test_onto_another_file_system_a_file_has_its_name_once_it_is_whole(
    filled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup(config_of(filled), tmp_path / "x.tar.gz")
    rename, copy = Path.rename, shutil.copyfileobj
    seen: list[bool] = []

    def across(source: Path, target: Path) -> Path:
        if STAGE in str(source):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        return rename(source, target)

    def watched(read: Any, out: Any, length: int) -> None:
        copy(read, out, length)
        seen.append((tmp_path / "back" / "data" / "ledger.db").exists())

    monkeypatch.setattr(Path, "rename", across)
    monkeypatch.setattr(shutil, "copyfileobj", watched)
    config = restore(tmp_path / "x.tar.gz", tmp_path / "back" / "config.yaml")
    assert seen and not any(seen), "the ledger comes last, and whole"
    with Ledger.open(config.settings.ledger_file) as ledger:
        assert len(ledger.transcript_ids()) == 2 and not ledger.problem()
    assert config.settings.ledger_file.stat().st_mode & 0o077 == 0


def test_what_leads_out_of_the_machine_is_said_of_a_configuration_of_others(filled: Path, tmp_path: Path) -> None:
    config = b"push: {server: 'https://evil.example', auto: true}\nserve: {host: 0.0.0.0}\n"
    backup(config_of(filled), tmp_path / "x.tar.gz")
    files = unpacked(tmp_path / "x.tar.gz") | {"config.yaml": config, "tokens.yaml": b"{}\n"}
    (tmp_path / "x.tar.gz").write_bytes(packed(listed(files)))
    said: list[str] = []
    restore(tmp_path / "x.tar.gz", tmp_path / "back" / "config.yaml", say=said.append)
    told = [line.partition("look at it before you start it: ")[2] for line in said]
    assert any(line.startswith("push.server") and "https://evil.example, by itself" in line for line in told)
    assert any(line.startswith("serve.host: 0.0.0.0") for line in told) and any("tokens.yaml" in line for line in told)
    trusted = tmp_path / "trusted"
    trusted.mkdir()
    (trusted / "config.yaml").write_bytes(config)
    said.clear()
    restore(tmp_path / "x.tar.gz", trusted / "config.yaml", say=said.append)
    assert not any("look at it" in line for line in said), "a person has put it there"


class TestRefused:
    @pytest.mark.parametrize("record", [{"GNU.sparse.map": "x,y"}, {"GNU.sparse.size": "x"}])
    def test_numbers_of_a_header_that_are_none(self, file: Path, tmp_path: Path, record: dict[str, str]) -> None:
        out = io.BytesIO()
        with tarfile.open(fileobj=out, mode="w:gz", format=tarfile.PAX_FORMAT) as tar:
            for name, content in unpacked(file).items():
                member = tarfile.TarInfo(name)
                member.size, member.pax_headers = len(content), {} if name == MANIFEST else record
                tar.addfile(member, io.BytesIO(content))
        file.write_bytes(out.getvalue())
        self.refused(file, tmp_path)

    def test_a_full_disk_is_not_the_backups_fault(
        self, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def full(_: Path) -> int:
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorcode = sqlite3.SQLITE_FULL
            raise error

        monkeypatch.setattr(restoring, "schema_of", full)
        self.refused(file, tmp_path, sqlite3.OperationalError)

    @pytest.fixture
    def file(self, filled: Path, tmp_path: Path) -> Path:
        backup(config_of(filled), tmp_path / "good.tar.gz")
        return tmp_path / "good.tar.gz"

    def refused(self, file: Path, tmp_path: Path, error: type[Exception] = BadInputError) -> None:
        with pytest.raises(error):
            restore(file, tmp_path / "back" / "config.yaml")
        left = [path for path in (tmp_path / "back").rglob("*") if path.is_file()]
        assert left == [], "nothing has been done"

    def test_a_data_folder_that_holds_something(self, file: Path, tmp_path: Path) -> None:
        (tmp_path / "back" / "data").mkdir(parents=True)
        (tmp_path / "back" / "data" / "ledger.db").write_bytes(b"mine")
        with pytest.raises(ConflictError, match="not empty"):
            restore(file, tmp_path / "back" / "config.yaml")
        assert [path.name for path in (tmp_path / "back").rglob("*") if path.is_file()] == ["ledger.db"]

    def test_another_configuration_or_glossary(self, file: Path, tmp_path: Path) -> None:
        back = tmp_path / "back"
        back.mkdir()
        (back / "jargon.yaml").write_text("mine: yes\n")
        with pytest.raises(ConflictError, match="jargon"):
            restore(file, back / "config.yaml")
        assert [path.name for path in back.rglob("*") if path.is_file()] == ["jargon.yaml"]
        (back / "jargon.yaml").unlink()
        (back / "config.yaml").write_text("inbox: elsewhere\n")
        with pytest.raises(ConflictError, match=r"config\.yaml"):
            restore(file, back / "config.yaml")

    def test_over_what_init_made_with_the_same_configuration(self, file: Path, filled: Path, tmp_path: Path) -> None:
        back = tmp_path / "back"
        (back / "data" / "log").mkdir(parents=True)
        shutil.copy(filled / "config.yaml", back)
        assert restore(file, back / "config.yaml").settings.ledger_file.exists()

    @pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
    def test_cut_off(self, file: Path, tmp_path: Path, share: float) -> None:
        content = file.read_bytes()
        file.write_bytes(content[: int(len(content) * share)])
        self.refused(file, tmp_path)

    def test_no_backup_at_all(self, file: Path, tmp_path: Path) -> None:
        for content in (b"just words", gzip.compress(b"just words"), packed({"config.yaml": b"x"})):
            file.write_bytes(content)
            self.refused(file, tmp_path)

    def test_a_byte_that_was_changed(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        files[LEDGER] = files[LEDGER][:-1] + bytes([files[LEDGER][-1] ^ 1])
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    def test_a_file_that_is_missing(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        del files[LEDGER]
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "name", ["../evil", "/tmp/evil", "data/../../evil", "data/model/checkpoints/../x", "inbox/x"]
    )
    def test_a_name_that_leads_elsewhere(self, file: Path, tmp_path: Path, name: str) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        told["files"][name] = {"size": 4, "sha256": "0" * 64}
        assert manifest_in(json.dumps(told).encode()) is None
        file.write_bytes(packed(files | {MANIFEST: json.dumps(told).encode(), name: b"evil"}))
        self.refused(file, tmp_path)
        file.write_bytes(packed(files | {name: b"evil"}))
        self.refused(file, tmp_path)

    def test_a_link_in_a_files_place(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        file.write_bytes(packed(files, link="config.yaml"))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "line",
        [
            "inbox: {}", "data: {}", "serve: {{tokens_file: {}/keys}}", "push: {{token_file: {}/keys}}",
            "train: {{base: {}}}", "semantic: {{model: {}}}", "inbox: ../elsewhere", "data: a/../../elsewhere",
            "serve: {{tokens_file: .ssh/authorized_keys}}", "inbox: talks/.config/autostart",
        ],
    )  # fmt: skip
    def test_a_configuration_that_leads_elsewhere(self, file: Path, tmp_path: Path, line: str) -> None:
        elsewhere = tmp_path / "elsewhere"
        files = unpacked(file) | {"config.yaml": line.format(elsewhere).encode(), "tokens.yaml": b"key\n"}
        file.write_bytes(packed(listed(files)))
        self.refused(file, tmp_path)
        assert not elsewhere.exists()

    def test_a_configuration_that_a_person_has_put_there_may_lead_elsewhere(self, file: Path, tmp_path: Path) -> None:
        config = b"data: ../elsewhere\n"
        file.write_bytes(packed(listed(unpacked(file) | {"config.yaml": config})))
        (tmp_path / "back").mkdir()
        (tmp_path / "back" / "config.yaml").write_bytes(config)
        restore(file, tmp_path / "back" / "config.yaml")
        assert (tmp_path / "elsewhere" / "ledger.db").exists()

    @staticmethod
    def forged(file: Path, tmp_path: Path, *statements: str) -> None:
        """The backup, with a ledger in which these were run, and a manifest that tells of it truly."""
        files, ledger = unpacked(file), tmp_path / "forged.db"
        ledger.write_bytes(files[LEDGER])
        db = sqlite3.connect(ledger, isolation_level=None)
        for statement in statements:
            db.execute(statement)
        db.close()
        file.write_bytes(packed(listed(files | {LEDGER: ledger.read_bytes()})))

    def test_nothing_is_carried_out_that_a_backup_asks_for(self, file: Path, tmp_path: Path) -> None:
        """What `backup` leaves out, somebody else may have put in."""
        asked = "INSERT INTO intents (command, arguments, state, answer) VALUES ('{}', '{{}}', '{}', 'null')"
        states = ("waiting", "working", "stopping", "done")
        held = "INSERT INTO state VALUES ('holder', '{\"pid\": 1}')"
        self.forged(file, tmp_path, *(asked.format("ingest", state) for state in states), held)
        restored = restore(file, tmp_path / "back" / "config.yaml")
        with Ledger.open(restored.settings.ledger_file) as ledger:
            ledger.reopen_intents()
            assert ledger.waiting_intents() == [] and ledger.get_state("holder") is None
            assert ledger.intent(1) == ("gone", None) and len(ledger.transcript_ids()) == 2

    @pytest.mark.parametrize(
        "statement",
        [
            "CREATE TRIGGER t AFTER DELETE ON intents BEGIN INSERT INTO intents VALUES (1, '', '', 'waiting', ''); END",
            "CREATE VIEW asked AS SELECT * FROM intents",
        ],
    )
    def test_a_ledger_that_acts_by_itself(self, file: Path, tmp_path: Path, statement: str) -> None:
        self.forged(file, tmp_path, statement)
        self.refused(file, tmp_path)

    @pytest.mark.parametrize("content", [b"", b"just words " * 1000, "newer", "torn"])
    def test_a_ledger_that_is_none_newer_or_torn(self, file: Path, tmp_path: Path, content: bytes | str) -> None:
        """Though every hash is right."""
        files = unpacked(file)
        if isinstance(content, str):
            kept = tmp_path / "kept.db"
            kept.write_bytes(files[LEDGER])
            if content == "newer":
                db = sqlite3.connect(kept)
                db.execute("PRAGMA user_version = 1000")
                db.close()
                content = kept.read_bytes()
            else:
                half = len(files[LEDGER]) // 2
                content = files[LEDGER][:half] + b"\xff" * half
        file.write_bytes(packed(listed(files | {LEDGER: content})))
        self.refused(file, tmp_path)
        assert run(tmp_path, "restore", str(file), str(tmp_path / "back")).returncode == 5

    def test_more_than_there_is_room_for(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        told["files"][LEDGER]["size"] = 10**18
        file.write_bytes(packed(files | {MANIFEST: json.dumps(told).encode()}))
        with pytest.raises(BadInputError, match="are left"):
            restore(file, tmp_path / "back" / "config.yaml")

    def test_a_size_that_no_file_has(self, file: Path, tmp_path: Path) -> None:
        files = unpacked(file)
        told = json.loads(files[MANIFEST])
        for size in (1 << 63, -1, True, 1.0, None, 10**400):
            told["files"][LEDGER]["size"] = size
            files[MANIFEST] = json.dumps(told).encode()
            assert manifest_in(files[MANIFEST]) is None, size
        file.write_bytes(packed(files))
        self.refused(file, tmp_path)

    @pytest.mark.parametrize(
        "kind", [tarfile.GNUTYPE_LONGNAME, tarfile.XHDTYPE, tarfile.XGLTYPE, tarfile.GNUTYPE_SPARSE]
    )
    @pytest.mark.parametrize("first", [True, False])
    def test_a_header_that_unpacks_to_more_than_memory_holds(
        self, file: Path, tmp_path: Path, kind: bytes, first: bool
    ) -> None:
        """It is refused by its size, before what it announces is read: all of it is not even there."""
        member = tarfile.TarInfo("././@LongLink")
        member.type, member.size = kind, 3 << 30
        files = unpacked(file)
        content = b"" if first else begun(files[MANIFEST])
        file.write_bytes(gzip.compress(content + member.tobuf(tarfile.GNU_FORMAT) + bytes(4 << 20)))
        with pytest.raises(BadInputError, match="no plain file"):
            restore(file, tmp_path / "back" / "config.yaml")

    @pytest.mark.parametrize("headers", [400, 5_000])
    def test_more_than_its_manifest_says(self, file: Path, tmp_path: Path, headers: int) -> None:
        member = tarfile.TarInfo("x")
        member.pax_headers = {"comment": "c" * 2000}
        header = member.tobuf(tarfile.PAX_FORMAT)[:-512]
        manifest = begun(unpacked(file)[MANIFEST])
        file.write_bytes(gzip.compress(manifest + header * headers))
        with pytest.raises(BadInputError, match=r"more than its manifest|recursion"):
            restore(file, tmp_path / "back" / "config.yaml")

    def test_a_damaged_ledger_makes_no_backup(self, filled: Path, tmp_path: Path) -> None:
        config = config_of(filled)
        size = config.settings.ledger_file.stat().st_size
        with config.settings.ledger_file.open("r+b") as opened:
            opened.seek(size // 2)
            opened.write(b"\xff" * (size // 4))
        assert run(filled, "backup", str(tmp_path / "bad.tar.gz")).returncode != 0
        assert not (tmp_path / "bad.tar.gz").exists() and not list(tmp_path.glob(".bad*"))


def begun(manifest: bytes) -> bytes:
    """A tar file up to where its second member goes."""
    member = tarfile.TarInfo(MANIFEST)
    member.size = len(manifest)
    return member.tobuf() + manifest + bytes(-len(manifest) % 512)


def listed(files: dict[str, bytes]) -> dict[str, bytes]:
    """These, with a manifest that tells of them truly."""
    told = json.loads(files[MANIFEST])
    rest = {name: content for name, content in files.items() if name != MANIFEST}
    told["files"] = {
        name: {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()} for name, content in rest.items()
    }
    return {MANIFEST: json.dumps(told).encode()} | rest


def unpacked(file: Path) -> dict[str, bytes]:
    with tarfile.open(file) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar}  # type: ignore[union-attr]


def packed(files: dict[str, bytes], link: str = "") -> bytes:
    """A tar file of these, one of them a link to where it must not lead."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            if name == link:
                member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
                tar.addfile(member)
                continue
            member.size = len(content)
            tar.addfile(member, io.BytesIO(content))
    return out.getvalue()

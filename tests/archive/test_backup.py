"""A backup is of one moment while others write, and comes back equal; what is no backup, or was changed, does not."""

from __future__ import annotations

import errno
import fcntl
import gzip
import json
import os
import shutil
import tarfile
import tempfile
import threading
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock
from typer.testing import CliRunner

from connector.archive.backup import MANIFEST, STAGE, backup, sha256_of, staged
from connector.archive.groups import all_documents
from connector.archive.ledger import Ledger
from connector.archive.restoring import restore
from connector.archive.view import View
from connector.cli.main import application
from indexer.store import Index
from tests.archive.backups import config_of, listed, packed, unpacked
from tests.support import WAIT, connector, connector_json, daemon, found, make_home, run, talk, until


def in_ledger(home: Path) -> dict[str, Any]:
    """id → payload of every document, derived from the ledger."""
    config = config_of(home)
    with Ledger.open(config.settings.ledger_file) as ledger, ledger.snapshot():
        groups = all_documents(ledger, config.settings)
        return {document.id: document.payload for _, documents in groups for document in documents}


def in_index(home: Path) -> dict[str, Any]:
    with Index.open(config_of(home).settings.index_folder) as index:
        return {document.id: document.payload for document in index.documents()}


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
    settings = config_of(back).settings
    with FileLock(settings.lock_file), Ledger.open(settings.ledger_file) as ledger:
        ledger.set_state("holder", {"command": "run", "pid": 1})
        told = run(back, "search", "alpha").stderr
        ledger.set_state("holder", None)
    assert "shows none of 2 transcripts yet; `connector run` is at it: ask again" in told
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

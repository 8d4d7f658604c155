"""What is stored: real locks, ledgers, indexes and checkpoints."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

from connector.archive.groups import group_documents
from connector.archive.ledger import Ledger
from connector.archive.writer import Archive
from connector.config import Settings
from connector.doctor import stored
from indexer.store import Index
from model.checkpoint import WEIGHTS
from model.report_files import folder_of
from tests.checkpoints import put_checkpoint
from tests.support import command, run, talk


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

"""The loop in this process, where the test can make things fail: what passes is tried again, what stays is said."""

from __future__ import annotations

import errno
import logging
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest

from connector.archive import view
from connector.archive.groups import nothing
from connector.archive.writer import Archive, Writer
from connector.daemon import intake, operations, pipeline, stability, telling, watch, worker
from connector.daemon.keeping import keep
from connector.daemon.sweeping import Sweeping
from connector.daemon.worker import Daemon
from indexer import Document
from tests.support import stale_documents, talk


@pytest.fixture(autouse=True)
def _quick_retries(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr(stability, "RETRY_FIRST", 0.05)
    logging.getLogger("connector").propagate = True
    caplog.set_level(logging.INFO)


def run_once(archive: Archive) -> None:
    Daemon(archive, Path("unused.yaml"), lambda _: None, once=True).run()


def drop(archive: Archive, *names: str) -> None:
    for name in names:
        (archive.settings.inbox / f"{name}.srt").write_text(talk(name))


class Failing:
    """Stands before the real thing and raises the first ``times`` it is called for ``name``."""

    def __init__(self, real: Any, name: str, error: Exception, times: int) -> None:
        self.real, self.name, self.error, self.left = real, name, error, times

    def __call__(self, found: Any, *rest: Any, **named: Any) -> Any:
        if found.key == self.name and self.left:
            self.left -= 1
            raise self.error
        return self.real(found, *rest, **named)


@pytest.mark.parametrize(
    "error",
    [
        PermissionError(errno.EACCES, "Permission denied"),
        OSError(errno.EBUSY, "Device or resource busy"),
        OSError(errno.ENOSPC, "No space left on device"),
        sqlite3.OperationalError("database or disk is full"),
    ],
    ids=lambda error: str(error),
)
def test_what_passes_is_tried_again(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception
) -> None:
    drop(archive, "a", "b", "c")
    monkeypatch.setattr(intake, "ingest_safely", Failing(intake.ingest_safely, "b.srt", error, times=2))
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 3
    assert caplog.text.count("trying again") == 1


def test_what_does_not_pass_is_given_up_with_its_reason(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drop(archive, "a", "b")
    busy = Failing(intake.ingest_safely, "a.srt", PermissionError(errno.EACCES, "Permission denied"), times=99)
    monkeypatch.setattr(intake, "ingest_safely", busy)
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 1
    assert "cannot read a.srt: Permission denied" in caplog.text
    source = archive.ledger.source("a.srt")
    assert source is not None and source.state == "failed" and "Permission denied" in (source.error or "")
    monkeypatch.setattr(intake, "ingest_safely", busy.real)
    (archive.settings.inbox / "a.srt").chmod(0o600)  # a change of rights is a change
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 2


def test_an_internal_error_of_one_file_stops_no_other(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drop(archive, "a", "b", "c")
    failing = Failing(pipeline.ingest, "b.srt", ZeroDivisionError("oh"), times=1)
    monkeypatch.setattr(pipeline, "ingest", failing)
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 2
    source = archive.ledger.source("b.srt")
    assert source is not None and source.state == "failed" and "ZeroDivisionError" in (source.error or "")
    assert "internal error" in caplog.text


def test_an_index_that_cannot_be_written_is_written_later(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    drop(archive, "a")
    monkeypatch.setattr(worker, "SYNC_EVERY", 0.05)
    real, failures = archive.view.index.write, iter([OSError(errno.ENOSPC, "No space left on device")] * 2)

    def write(*arguments: Any, **named: Any) -> None:
        if (error := next(failures, None)) is not None:
            raise error
        real(*arguments, **named)

    monkeypatch.setattr(archive.view.index, "write", write)
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 1
    assert caplog.text.count("could not be brought up to date") == 2


def test_a_stop_waits_for_no_more_than_a_commit(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    drop(archive, *"abcdef")
    monkeypatch.setattr(view, "GROUPS_A_COMMIT", 1)
    daemon = Daemon(archive, Path("unused.yaml"), lambda _: None, once=True)
    real, written = archive.view.index.write, []

    def write(*arguments: Any, **named: Any) -> None:
        daemon._stopping = True
        written.append(named["generation"])
        real(*arguments, **named)

    monkeypatch.setattr(archive.view.index, "write", write)
    daemon.run()
    assert len(written) == 2  # that of the loop, and one at the end
    run_once(archive)
    assert archive.view.index.counts()["transcript"] == 6 and len(set(written)) == len(written)


def test_a_server_that_shall_stop_gives_up_the_commit_it_is_at(
    archive: Archive, monkeypatch: pytest.MonkeyPatch
) -> None:
    stale_documents(archive.settings.ledger_file)  # ten of them, in one commit
    stop, derived, real = threading.Event(), list[str](), view.group_documents

    def stopped_at_the_third(ledger: Any, group: str, settings: Any) -> list[Document]:
        derived.append(group)
        if len(derived) == 3:
            stop.set()
        return real(ledger, group, settings)

    monkeypatch.setattr(view, "group_documents", stopped_at_the_third)
    keep(archive, Writer(lambda: archive.view.index), stop)
    assert len(derived) == 3 and not archive.view.index.counts()
    stop.clear()
    assert archive.view.sync() == 10 and archive.view.index.counts() == {"other": 2}  # nothing was lost


def test_what_was_asked_for_ends_once_its_last_file_is_in(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> None:
    """Told to stop then, it would leave nothing for another time, and say so in commits."""
    drop(archive, "a", "b")
    monkeypatch.setattr(view, "GROUPS_A_COMMIT", 1)
    seen: list[tuple[int, int]] = []

    def ends(done: int, total: int) -> None:
        seen.append((done, total))
        if done < total and seen.count((done, total)) == 2:  # of two files, and of two commits
            raise operations.StoppedError(done, total)

    asked = {"paths": [str(archive.settings.inbox)]}
    assert operations.take_in(archive, asked, lambda _: None, ends)["files"] == 2
    assert seen == [(1, 2), (2, 2)] * 2 and archive.view.index.counts()["transcript"] == 2


def test_of_many_files_that_were_asked_for_their_number_is_told(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(telling, "EACH", 2)
    asked = {"paths": [str(archive.settings.inbox)]}
    drop(archive, "a", "b")
    operations.take_in(archive, asked, lambda _: None, nothing)
    assert caplog.text.count(".srt: new") == 2 and "files" not in caplog.text
    drop(archive, "c")
    operations.take_in(archive, asked, lambda _: None, nothing)
    assert "3 files: 2 unchanged, 1 new; 0 waiting" in caplog.text and caplog.text.count(".srt: new") == 2


def test_where_the_system_gives_no_watch_the_inbox_is_looked_at(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refused(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(watch.Observer, "start", refused)
    daemon = Daemon(archive, Path("unused.yaml"), lambda _: None)
    stop = Failing(intake.ingest_safely, "a.srt", OSError(), times=0)

    def stopping(*arguments: Any, **named: Any) -> Any:
        daemon._stopping = True
        return stop.real(*arguments, **named)

    monkeypatch.setattr(intake, "ingest_safely", stopping)
    drop(archive, "a")
    daemon.run()
    assert "every 1 s instead" in caplog.text
    assert archive.view.index.counts()["transcript"] == 1


def test_what_no_upload_brings_any_more_goes_by_itself(archive: Archive, caplog: pytest.LogCaptureFixture) -> None:
    stale_documents(archive.settings.ledger_file)
    assert len(archive.ledger.foreign_groups()) == 10
    run_once(archive)
    assert archive.ledger.foreign_groups() == ["wiki/Note/a", "wiki/Note/b"]
    assert archive.view.index.generation == archive.ledger.generation()
    assert "searchable" not in caplog.text  # nothing of the archive's own changed


def test_a_deletion_that_fails_for_a_while_keeps_nothing_else_from_its_turn(
    archive: Archive, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full() -> int:
        raise sqlite3.OperationalError("database or disk is full")

    drop(archive, "alpha")
    with monkeypatch.context() as patch:
        patch.setattr(archive.ledger, "drop_stale", full)
        run_once(archive)
    assert archive.view.index.counts()["transcript"] == 1 and caplog.text.count("disk is full") == 1
    tried: list[int] = []
    sweeping = Sweeping(archive.ledger)
    monkeypatch.setattr(archive.ledger, "drop_stale", lambda: tried.append(1) or 3)
    assert sweeping.step() and not sweeping.step() and tried == [1]

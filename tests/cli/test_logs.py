"""The daemon's lines: as text or as JSON, each about a source with its name, none broken by what a file is called."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.archive.groups import nothing
from connector.archive.ledger import Ledger
from connector.archive.writer import Archive
from connector.cli.logs import JsonLines, SharedFile, TextLines
from connector.daemon.operations import take_in
from connector.daemon.telling import Told
from connector.daemon.training import Training
from tests.support import CONNECTOR, command, daemon, environment, found, make_home, srt, talk, until

HOSTILE = "a\n2026-01-01 00:00:00,000 ERROR all is lost\x1b[2J.srt"


def test_the_journal_is_told_how_grave_a_line_is_and_no_time(home: Path, tmp_path: Path) -> None:
    """As sd-daemon(3) has it, where $JOURNAL_STREAM names what stderr is; elsewhere nothing stands before a line."""
    (home / "inbox" / "good.srt").write_text(talk("tides"))
    (home / "inbox" / "bad.srt").write_text("no times in here")
    said = {}
    for name, offset in (("journal", 0), ("file", 1)):
        with (tmp_path / name).open("wb") as stderr:
            there = os.fstat(stderr.fileno())
            variables = environment() | {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino + offset}"}
            subprocess.run([*CONNECTOR, "run", "--once"], cwd=home, env=variables, stderr=stderr, check=True)
        said[name] = (tmp_path / name).read_text().splitlines()
    graded = [re.match(r"<(\d)>(\D.*)", line) for line in said["journal"]]
    assert all(graded) and {line[1] for line in graded if line and "cannot read bad.srt" in line[2]} == {"4"}
    assert {line[1] for line in graded if line and line[2] == "stopped"} == {"6"}
    assert not any(line.startswith("<") for line in said["file"])
    (home / "config.yaml").write_text("nonsense: 1\n")
    with (tmp_path / "error").open("wb") as stderr:
        there = os.fstat(stderr.fileno())
        variables = environment() | {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
        assert subprocess.run([*CONNECTOR, "run"], cwd=home, env=variables, stderr=stderr, check=False).returncode == 5
    assert (tmp_path / "error").read_text().startswith("<3>error: ")


def record(message: str, *values: object, **extra: object) -> logging.LogRecord:
    made = logging.LogRecord("connector", logging.INFO, "", 0, message, values, None)
    made.__dict__.update(extra)
    return made


@pytest.mark.parametrize("form", ["text", "json"])
def test_every_line_about_a_source_names_it_and_none_is_broken(tmp_path: Path, form: str) -> None:
    home = make_home(tmp_path / "home", log=f"{{format: {form}}}")
    names = ["plain.srt", HOSTILE, "Bücher \u2028 über.srt", "bad.srt"]
    for name in names:
        words = talk(f"subject{len(name)}") if name != "bad.srt" else "no times in here"
        (home / "inbox" / name).write_text(words)
    with daemon(home) as running:
        until(lambda: "bad.srt" in running.log and "searchable" in running.log, "all are told of")
        assert running.stop() == 0
    for text in (running.log, (home / "data" / "log" / "connector.log").read_text()):
        lines = text.splitlines()
        if form == "text":
            assert all(re.match(r"(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\d", line) for line in lines)
            (told,) = (line for line in lines if "cannot read bad.srt" in line)
            assert told.endswith("; `connector formats` lists what is read"), "with what to do about it"
            assert not any(line.startswith("2026-01-01") for line in lines) and "\x1b" not in text
            assert any("all is lost" in line and "a\\n2026" in line for line in lines)
        else:
            told = [json.loads(line) for line in lines]
            assert all(set(line) >= {"time", "level", "message"} for line in told)
            assert {line["source"] for line in told if "source" in line} == set(names)
            assert all(datetime.fromisoformat(line["time"]).tzinfo for line in told)
            taken = next(line for line in told if line.get("source") == "plain.srt")
            assert taken["level"] == "info" and 0 <= taken["seconds"] < 60 and "new" in taken["message"]
            assert next(line for line in told if line.get("source") == "bad.srt")["level"] == "warning"


@pytest.mark.parametrize("form", ["text", "json"])
def test_commands_leave_lines_that_name_the_source_too(tmp_path: Path, form: str) -> None:
    home = make_home(tmp_path / "home", log=f"{{format: {form}}}")
    for name in ("alpha", "beta", "gamma"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name))
    (home / "inbox" / "loop.srt").write_text(srt(["thank you thank you thank you thank you"] * 40))
    (home / "inbox" / "bad.srt").write_text("no times in here")
    command(home, "ingest", str(home / "inbox"))
    with Ledger.open(home / "data" / "ledger.db") as ledger:
        ids = {ledger.files_of(ident)[0]: ident for ident in ledger.transcript_ids()}
    command(home, "review", "approve", ids["loop.srt"])
    command(home, "review", "reject", ids["beta.srt"])
    command(home, "forget", ids["gamma.srt"], "--yes")
    command(home, "rebuild")
    expected = [
        ("alpha.srt", "alpha.srt: new"),
        ("loop.srt", "loop.srt: held for"),
        ("bad.srt", "cannot read bad.srt"),
        ("loop.srt", "loop.srt: approved: "),
        ("beta.srt", "beta.srt: rejected: "),
        ("gamma.srt", "gamma.srt: forgot "),
        ("", "built the index anew"),
    ]
    lines = (home / "data" / "log" / "connector.log").read_text().splitlines()
    for source, words in expected:
        (line,) = (line for line in lines if words in line)
        assert form == "text" or json.loads(line).get("source", "") == source


def test_what_the_language_model_says_of_a_transcript_names_its_file(archive: Archive) -> None:
    said: list[str] = []
    (archive.settings.inbox / "a.srt").write_text(talk("bread", 40))
    take_in(archive, {"paths": [str(archive.settings.inbox)]}, said.append, nothing)
    (ident,) = archive.ledger.transcript_ids()
    row = archive.ledger.transcript(ident)
    assert row
    training = Training(archive, archive.settings.data / "config.yaml", said.append, lambda: None)
    weighed = {"bits": 4.0, "load": 2.0, "unlike": 0.0, "doubts": []}
    message = {"event": "weighed", "id": ident, "cues_hash": row.cues_hash, "weighed": weighed}
    training._act(message | {"model": "base-x", "threshold": 3.0})
    assert said[-1].startswith("a.srt: ") and ": held, by what the language model thinks of it" in said[-1]
    assert isinstance(said[-1], Told) and said[-1].source == "a.srt"


def test_a_file_that_is_gone_is_named(home: Path) -> None:
    (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
    with daemon(home) as running:
        until(lambda: found(home, "alpha"), "indexed")
        (home / "inbox" / "alpha.srt").unlink()
        running.says("alpha.srt: gone")
        assert running.stop() == 0


def test_of_a_flood_the_file_has_every_name_and_the_terminal_the_number(home: Path) -> None:
    for number in range(40):
        (home / "inbox" / f"talk{number}.srt").write_text(talk(f"subject{number}", count=2))
    with daemon(home) as running:
        running.says("moments of 40 recordings")
        assert running.stop() == 0
    kept = (home / "data" / "log" / "connector.log").read_text()
    assert all(f"talk{number}.srt: new" in kept for number in range(40))
    assert "talk0.srt: new" not in running.log and re.search(r"\d+ files: \d+ new", running.log)


class TestSeveralProcesses:
    """Each with a handler of its own, as if the other were not there."""

    FULL = 2_000

    def handler(self, folder: Path, kept: int = 3) -> SharedFile:
        return SharedFile(folder / "log", maxBytes=self.FULL, backupCount=kept, encoding="utf-8", delay=True)

    def test_who_was_idle_goes_on_in_the_new_file(self, tmp_path: Path) -> None:
        daemon, other = self.handler(tmp_path), self.handler(tmp_path)
        with closing(daemon), closing(other):
            daemon.emit(record("the first"))
            for number in range(300):
                other.emit(record(f"line {number:09}"))
            daemon.emit(record("the last"))
        assert (tmp_path / "log").read_text().endswith("the last\n")
        assert (tmp_path / "log.2").read_text().startswith("the first\n")
        assert all((tmp_path / f"log.{number}").stat().st_size > self.FULL * 0.9 for number in (1, 2))
        assert not (tmp_path / "log.3").exists()

    def test_a_folder_that_is_gone_costs_no_more_than_its_lines(
        self, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        folder = tmp_path / "log"
        folder.mkdir()
        with closing(self.handler(folder)) as handler:
            handler.emit(record("there"))
            shutil.rmtree(folder)
            handler.emit(record("nowhere"))
            folder.mkdir()
            handler.emit(record("there again"))
        assert capsys.readouterr().err == ""
        assert (folder / "log").read_text() == "there again\n"

    def test_of_many_at_once_no_line_is_lost_and_no_file_put_aside_before_it_is_full(self, tmp_path: Path) -> None:
        def write(name: int) -> None:
            with closing(self.handler(tmp_path, kept=100)) as own:
                for number in range(300):
                    own.emit(record(f"{name} {number:09}"))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        lines = [line for file in tmp_path.iterdir() for line in file.read_text().splitlines()]
        assert sorted(lines) == [f"{name} {number:09}" for name in range(4) for number in range(300)]
        assert all(file.stat().st_size > self.FULL * 0.9 for file in tmp_path.iterdir() if file.name != "log")


@given(st.text(min_size=1), st.text())
def test_whatever_is_said_is_one_line_of_json_and_no_new_line_of_text(source: str, words: str) -> None:
    made = record("%s: %s", source, words, source=source, seconds=0.5)
    line = JsonLines().format(made)
    assert line.isprintable() and json.loads(line)["source"] == source
    assert json.loads(line)["message"] == f"{source}: {words}"
    text = TextLines("%(message)s").format(record("%s: %s", source, words, source=source))
    assert len(text.splitlines()) <= 1


def test_a_traceback_is_one_field_of_json_and_indented_in_text() -> None:
    try:
        raise ValueError("two\nlines")
    except ValueError as error:
        made = logging.LogRecord("connector", logging.ERROR, "", 0, "failed", None, (ValueError, error, None))
    assert json.loads(JsonLines().format(made))["traceback"] == "ValueError: two\nlines"
    assert TextLines("%(message)s").format(made) == "failed\n  ValueError: two\n  lines"

"""Lines for people: numbers and their nouns; and who reads them no further."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path

import pytest

from connector.counting import counted, printable
from connector.serve.mcp.answers import flat
from tests.support import CONNECTOR, connector, environment, make_home, run, talk


@pytest.mark.parametrize(("number", "told"), [(0, "0 files"), (1, "1 file"), (2, "2 files"), (1200, "1,200 files")])
def test_a_number_and_its_noun(number: int, told: str) -> None:
    assert counted(number, "file") == told


def test_commands_count_one_of_a_kind(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    (home / "inbox" / "shed.srt").write_text(talk("cupboards"))
    assert connector(home, "ingest", "inbox").startswith("1 file: ")
    assert "1 transcript, linked to" in connector(home, "status")
    assert "on 1 page in" in connector(home, "export")


def test_a_refused_file_is_sent_to_the_list_of_formats(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("just some words, no times")
    told = run(tmp_path, "parse", "a.txt").stderr
    assert "`connector formats` lists what is read" in told and len(told) < 300


def test_a_reader_that_had_enough_is_no_failure_of_ours(tmp_path: Path) -> None:
    read, write = os.pipe()
    os.close(read)
    done = subprocess.run(
        [*CONNECTOR, "--version"], cwd=tmp_path, env=environment(), stdout=write, stderr=subprocess.PIPE, check=False
    )
    os.close(write)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, b"")


def test_nothing_written_commands_a_terminal() -> None:
    assert printable("a\x1b[31m\tb\n") == "a\N{REPLACEMENT CHARACTER}[31m\tb\n"
    assert flat(" a\r\n\x1b b\x85\tc ") == "a \N{REPLACEMENT CHARACTER} b c"

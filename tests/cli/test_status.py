"""``connector status``: equal errors once; ``--watch``: live at a terminal, line by line into a pipe, a clean end."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path

from connector.cli.status import _doing
from tests.support import CONNECTOR, connector, connector_json, daemon, environment, run, talk
from tests.terminal import terminal


def test_it_follows_the_daemon_at_a_terminal_until_ctrl_c(home: Path) -> None:
    with daemon(home), terminal(home, "status", "--watch") as screen:
        screen.says(r"transcripts\s+none")
        (home / "inbox" / "a.srt").write_text(talk("alpha"))
        screen.says(r"transcripts\s+1 accepted")
        assert screen.interrupt() == 0
        assert "Traceback" not in screen.text
        assert screen.raw.count("\x1b[?25l") == screen.raw.count("\x1b[?25h") > 0, "the cursor is there again"


def test_into_a_pipe_each_look_is_a_line_of_json(home: Path) -> None:
    (home / "inbox" / "a.srt").write_text(talk("alpha"))
    connector(home, "ingest", "inbox")
    process = subprocess.Popen(
        [*CONNECTOR, "status", "--watch", "--json"], cwd=home, env=environment(), stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    with process.stdout:
        looks = [json.loads(process.stdout.readline()) for _ in range(2)]
        assert looks[0] == looks[1] and looks[0]["transcripts"] == {"accepted": 1}
        process.send_signal(signal.SIGTERM)
        assert process.wait(30) == 0


def test_of_long_work_rate_and_time_left_are_shown() -> None:
    told = {"doing": "building the index anew", "progress": [3, 10], "seconds": 1.5}
    assert _doing(told) == "building the index anew; 3 of 10, 2.0/s, 4 s left"
    assert _doing(told | {"progress": None}) == "building the index anew"


def test_where_nothing_was_taken_in_that_is_said(home: Path) -> None:
    assert run(home, "status", "--watch").returncode == 3


def test_one_broken_sidecar_of_many_files_is_told_of_once(home: Path) -> None:
    folder = home / "inbox" / "series"
    folder.mkdir()
    for name in ("alpha", "beta", "gamma"):
        (folder / f"{name}.srt").write_text(talk(name))
    (folder / "_folder.yaml").write_text("tags: [x]\nspeaker: [\n")
    (home / "inbox" / "bad.srt").write_text("no times in here")
    log = run(home, "run", "--once").stderr
    for name in ("alpha", "beta", "gamma"):
        (line,) = (line for line in log.splitlines() if f"{name}.srt" in line)
        assert f"series/{name}.srt: waits for {folder / '_folder.yaml'}:" in line
    assert "cannot read bad.srt: " in log
    report = connector_json(home, "status")
    assert report["errors_total"] == 4 and report["errors_more"] == 0
    shared = [error for error in report["errors"] if "_folder.yaml" in error]
    assert len(report["errors"]) == 2 and len(shared) == 1 and shared[0].startswith("3 files: ")
    assert "more before these" not in connector(home, "status")

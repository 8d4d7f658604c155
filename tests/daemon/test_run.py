"""``connector run`` as a process: what a person does to an inbox, and what is found a moment later."""

from __future__ import annotations

import shutil
import signal
import time
from pathlib import Path

from tests.support import (
    connector,
    connector_json,
    daemon,
    found,
    make_home,
    run,
    talk,
    until,
)


def drop(home: Path, name: str, text: str) -> Path:
    file = home / "inbox" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    return file


def test_a_day_in_the_life_of_an_inbox(home: Path) -> None:
    """One daemon for many cases: each is a drop and what must be found of it."""
    drop(home, "early.srt", talk("earlybird"))
    with daemon(home) as running:
        until(lambda: found(home, "earlybird"), "what lay there before is found")

        drop(home, "talks/2025/dropped.srt", talk("marzipan"))
        hit = until(lambda: found(home, "marzipan"), "a dropped file in new subfolders is found")[0]
        assert hit["collection"] == "talks/2025"

        outside = home / "outside.srt"
        outside.write_text(talk("renamed"))
        outside.rename(home / "inbox" / "inside.srt")
        until(lambda: found(home, "renamed"), "a file renamed into the inbox is found")

        folder = home / "batch"
        folder.mkdir()
        (folder / "one.srt").write_text(talk("folderful"))
        folder.rename(home / "inbox" / "batch")
        until(lambda: found(home, "folderful"), "a folder renamed into the inbox is found")

        saved = home / "inbox" / ".early.srt.swp"
        saved.write_text(talk("replacement"))
        saved.rename(home / "inbox" / "early.srt")
        until(lambda: found(home, "replacement"), "an editor's save replaces the transcript")
        assert not found(home, "earlybird")

        drop(home, "bad.srt", "no times in here")
        running.says("cannot read bad.srt")
        drop(home, "after.srt", talk("afterwards"))
        until(lambda: found(home, "afterwards"), "a bad file does not stop the next")

        slow = home / "inbox" / "slow.srt"
        words = talk("slowness", count=12)
        with slow.open("w") as writer:
            for begin in range(0, len(words), 200):
                writer.write(words[begin : begin + 200])
                writer.flush()
                time.sleep(0.03)  # a copy that takes its time
        until(lambda: len(found(home, "slowness")), "a file that was written slowly is found")
        assert running.log.count("slow.srt: new, 12 cues") == 1, "it was read whole, and once"
        assert "slow.srt: updated" not in running.log

        drop(home, "early.meta.yaml", "title: The early bird\n")
        until(lambda: found(home, "title:early"), "a sidecar dropped later changes the documents")

        (home / "inbox" / "after.srt").unlink()
        running.says("1 file is gone")
        assert found(home, "afterwards"), "a deleted file stays searchable by default"

        status = connector_json(home, "status")
        assert status["daemon"]["pid"] == running.process.pid
        assert status["sources"] == {"failed": 1, "indexed": 5, "missing": 1}
        assert len(status["errors"]) == 1 and status["errors"][0].startswith("bad.srt")
        assert running.log.count("cannot read bad.srt") == 1, "a file that cannot be read is reported once"

        second = run(home, "run", "--once")
        assert second.returncode == 3 and f"process {running.process.pid}" in second.stderr

        assert running.stop() == 0
    assert "Traceback" not in running.log


def test_requests_reach_the_running_daemon(home: Path) -> None:
    drop(home, "a.srt", talk("alpha"))
    elsewhere = home / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "b.srt").write_text(talk("beta"))
    with daemon(home):
        ident = until(lambda: found(home, "alpha"), "indexed")[0]["transcript_id"]
        assert connector_json(home, "ingest", "elsewhere")["outcomes"] == {"new": 1}
        assert found(home, "beta")[0]["collection"] == "elsewhere"
        assert connector_json(home, "rebuild")["documents"] > 2
        assert connector_json(home, "forget", ident, "--yes")["id"] == ident
        assert not found(home, "alpha")
        assert run(home, "forget", "t00000000000000000ff", "--yes").returncode == 5


def test_a_thousand_files_at_once(home: Path) -> None:
    for number in range(500):
        drop(home, f"{number % 10}/{number}.srt", talk(f"subject{number}", count=2))
    with daemon(home) as running:
        for number in range(500, 1000):
            drop(home, f"{number % 10}/{number}.srt", talk(f"subject{number}", count=2))
        running.says("moments of 1,000 recordings", seconds=120.0)
        assert found(home, "subject7") and found(home, "subject999")
    assert connector_json(home, "status")["transcripts"] == {"accepted": 1000}


def test_once_drains_and_exits(home: Path) -> None:
    drop(home, "a.srt", talk("alpha"))
    drop(home, "b.txt", "nothing to read")
    done = run(home, "run", "--once")
    assert done.returncode == 0, done.stderr
    assert len(found(home, "alpha")) and "cannot read b.txt" in done.stderr
    again = run(home, "run", "--once")
    assert again.returncode == 0 and "cannot read" not in again.stderr


def test_ctrl_c_is_a_clean_stop(home: Path) -> None:
    with daemon(home) as running:
        running.process.send_signal(signal.SIGINT)
        assert running.process.wait(30) == 0
        assert "stopped" in running.log and "Traceback" not in running.log


class TestDeleted:
    def test_removed_where_the_configuration_says_so(self, tmp_path: Path) -> None:
        home = make_home(tmp_path, ingest="{settle: 0.1, rescan: 1, on_delete: remove}")
        files = [drop(home, f"{n}.srt", talk(f"subject{n}")) for n in range(10)]
        with daemon(home) as running:
            until(lambda: found(home, "subject9"), "indexed")
            files[0].unlink()
            until(lambda: not found(home, "subject0"), "a deleted file's transcript goes")
            for file in files[1:5]:
                file.unlink()
            running.says("a fifth or more")
            assert found(home, "subject1"), "a fifth at once is kept"
            moved = home / "inbox" / "moved.srt"
            files[5].rename(moved)
            running.says("moved.srt: moved from 5.srt")
            assert found(home, "subject5"), "a moved file's transcript stays"

    def test_nothing_goes_with_the_whole_inbox(self, tmp_path: Path) -> None:
        home = make_home(tmp_path, ingest="{settle: 0.1, rescan: 1, on_delete: remove}")
        drop(home, "a.srt", talk("alpha"))
        with daemon(home) as running:
            until(lambda: found(home, "alpha"), "indexed")
            shutil.move(home / "inbox", home / "away")
            running.says("is gone")
            assert found(home, "alpha")
            shutil.move(home / "away", home / "inbox")
            running.says("watching", times=2)
            drop(home, "b.srt", talk("beta"))
            until(lambda: found(home, "beta"), "the inbox is watched again")
            assert found(home, "alpha")


def test_help_names_an_example_for_every_command(home: Path) -> None:
    listing = connector(home, "--help")
    for command in (
        "init",
        "run",
        "status",
        "search",
        "show",
        "ingest",
        "forget",
        "rebuild",
        "train",
        "sample",
        "export",
    ):
        assert command in listing
        assert "Example" in connector(home, command, "--help"), command

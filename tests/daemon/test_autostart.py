"""The unit and the agent: hostile paths come through, systemd itself takes the file, the manager is called."""

from __future__ import annotations

import ctypes
import os
import plistlib
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.archive.writer import writing
from connector.config import load
from connector.daemon.autostart import launchd, quoted, systemd, unit_text
from tests.support import connector, make_home, run

HOSTILE = 'a "quoted" 100% $HOME \\ café [old] *?'
FNM_PATHNAME = 1
STUB = '#!/bin/sh\necho "$@" >> "$CALLS"\necho "it runs"\nexit ${CODE:-0}\n'


def words(line: str) -> list[str]:
    """What systemd makes of a command line whose words are all in double quotes, as systemd.syntax(7) says."""
    found = []
    for part in re.findall(r'"((?:[^"\\]|\\.)*)"', line, re.DOTALL):
        part = part.replace("%%", "%")
        part = re.sub(r"\\x([0-9a-f]{2})|\\(.)", lambda m: chr(int(m[1], 16)) if m[1] else m[2], part)
        found.append(part.replace("$$", "$"))
    return found


@given(st.lists(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])), min_size=1))
def test_every_word_comes_through(command: list[str]) -> None:
    line = " ".join(map(quoted, command))
    assert line.count("\n") == 0 and words(line) == command
    assert "%" not in line.replace("%%", "")


@pytest.mark.parametrize("folder", [HOSTILE, "talks [old]", "a\\[b", "what?", "two\nlines"])
def test_the_file_of_variables_is_matched_as_systemd_matches_it(folder: str) -> None:
    """By glob(3), which systemd.exec(5) says it does, whose matching is fnmatch(3)."""
    file = f"/home/ann/{folder}/connector.env"
    (line,) = re.findall(r"^EnvironmentFile=-(.*)$", unit_text(["connector"], Path(file)), re.MULTILINE)
    pattern = os.fsencode(line.replace("%%", "%"))
    assert ctypes.CDLL(None).fnmatch(pattern, os.fsencode(file), FNM_PATHNAME) == 0


def test_systemd_itself_takes_the_unit(tmp_path: Path) -> None:
    analyze = shutil.which("systemd-analyze")
    if analyze is None:
        pytest.skip("systemd-analyze is not here")
    place = tmp_path / HOSTILE
    place.mkdir()
    program = place / "connector"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    command = [str(program), "--config", str(place / "config.yaml"), "run"]
    unit = tmp_path / "transcript-connector.service"
    unit.write_bytes(systemd(command, place / "config.yaml", tmp_path).content)
    (tmp_path / "runtime").mkdir(mode=0o700)
    done = subprocess.run(
        [analyze, "--user", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    unit.write_text(unit.read_text().replace("KillMode=mixed", "KillMode=never"))
    done = subprocess.run(
        [analyze, "--user", "verify", "--man=no", str(unit)],
        capture_output=True, text=True, env=os.environ | {"XDG_RUNTIME_DIR": str(tmp_path / "runtime")},
    )  # fmt: skip
    assert "kill mode" in done.stderr, "it looks at what is in the file"


def test_a_program_whose_own_name_has_a_dollar_is_started_by_env() -> None:
    line = next(line for line in unit_text(["/opt/$x/connector", "run"], Path("/e")).splitlines() if "Exec" in line)
    assert words(line)[0].endswith("/env") and words(line)[1:] == ["/opt/$x/connector", "run"]


def test_launchd_reads_the_same(tmp_path: Path) -> None:
    config = Path("/Users/ann <&>") / HOSTILE / "config.yaml"
    found = launchd(["/bin/connector", "--config", str(config), "run"], config, tmp_path, tmp_path, 501)
    read = plistlib.loads(found.content)
    assert read["ProgramArguments"] == ["/bin/connector", "--config", str(config), "run"] and read["RunAtLoad"]
    assert found.ours in found.content
    assert found.enable[0][:3] == ("launchctl", "bootstrap", "gui/501")


class TestCommand:
    @pytest.fixture
    def calls(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
        """A systemctl that writes down what it is told; the file it writes to."""
        (tmp_path / "bin").mkdir()
        (tmp_path / "bin" / "systemctl").write_text(STUB)
        (tmp_path / "bin" / "systemctl").chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
        monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
        monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "settings"))
        return tmp_path / "calls"

    def test_installed_looked_at_and_taken_away(self, tmp_path: Path, calls: Path) -> None:
        home = make_home(tmp_path / HOSTILE)
        unit = tmp_path / "settings" / "systemd" / "user" / "transcript-connector.service"
        printed = connector(home, "service", "install", "--print")
        line = next(line for line in printed.splitlines() if line.startswith("ExecStart="))
        assert not unit.exists() and words(line)[-3:] == ["--config", str(home / "config.yaml"), "run"]
        assert run(home, "service", "status").returncode == 3
        done = run(home, "service", "install")
        assert (done.returncode, unit.read_text()) == (0, printed) and "at every login" in done.stderr
        assert calls.read_text().splitlines() == [
            "--user daemon-reload", "--user enable --now transcript-connector.service"
        ]  # fmt: skip
        calls.unlink()
        assert run(home, "service", "install").returncode == 0, "again is no harm"
        assert calls.read_text().splitlines() == [
            "--user disable --now transcript-connector.service",
            "--user daemon-reload", "--user enable --now transcript-connector.service",
        ], "what runs is started anew"  # fmt: skip
        assert "it runs" in connector(home, "service", "status")
        for what in ("install", "status", "uninstall"):
            other = run(make_home(tmp_path / "other"), "service", what)
            assert other.returncode == 2 and "another archive" in other.stderr and "it runs" not in other.stdout
        assert unit.read_text() == printed
        assert run(home, "service", "uninstall").returncode == 0
        assert not unit.exists() and "--user disable --now" in calls.read_text()
        assert "not installed" in run(home, "service", "uninstall").stderr

    def test_who_works_on_the_archive_when_it_is_installed_is_said(self, home: Path, calls: Path) -> None:
        settings = load(home / "config.yaml").settings
        with writing(settings, "run", print):
            done = run(home, "service", "install")
        assert done.returncode == 0 and f"`connector run` (process {os.getpid()})" in done.stderr and calls.exists()
        assert "process" not in run(home, "service", "install").stderr, "once it is installed that is the service"

    def test_without_a_manager_the_calls_are_printed(
        self, home: Path, calls: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("CODE", "1")
        (calls.parent / "bin" / "systemctl").write_text(STUB.replace('echo "it runs"', 'echo "no bus" >&2'))
        done = run(home, "service", "install")
        assert done.returncode == 4 and calls.exists() and "no bus" in done.stderr
        assert "  systemctl --user daemon-reload\n  systemctl --user enable --now" in done.stderr
        done = run(home, "service", "status")
        assert done.returncode == 4 and "no bus" in done.stderr
        done = run(home, "service", "uninstall")
        assert done.returncode == 4 and "took" in done.stderr and "disable --now" in done.stderr

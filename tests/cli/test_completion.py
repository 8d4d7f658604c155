"""What the shell completes: values as well as commands, by the same call a shell makes."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from tests.support import CONNECTOR, command, environment, make_home, srt, talk


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = make_home(tmp_path_factory.mktemp("filled"))
    (home / "inbox" / "alpha.srt").write_text(talk("alpha"))
    (home / "inbox" / "held.srt").write_text(srt(["thank you for watching"] * 30))
    command(home, "ingest", str(home / "inbox"))
    return home


def completed(home: Path, line: str, shell: str = "bash") -> list[str]:
    """What is offered for the last word of ``line``."""
    words = line.split(" ")
    asked = {"_CONNECTOR_COMPLETE": f"complete_{shell}", "COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)}
    asked["_TYPER_COMPLETE_ARGS"] = line
    script = [CONNECTOR[0], "-c", "import sys; sys.argv[0] = 'connector'; from connector.cli.main import main; main()"]
    done = subprocess.run(script, cwd=home, env=environment() | asked, capture_output=True, text=True)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("connector res", ["rescan", "restore"]),
        ("connector search --kind ", ["segment", "sample", "transcript", "all"]),
        ("connector search --sort d", ["date"]),
        ("connector service ", ["install", "uninstall", "status"]),
        ("connector train --preset ", ["cpu", "baby"]),
        ("connector train --tokenizer b", ["bpe"]),
        ("connector status --w", ["--watch"]),
    ],
)
def test_commands_options_and_values(filled: Path, line: str, offered: list[str]) -> None:
    assert completed(filled, line) == offered


def test_ids_of_the_archive(filled: Path, tmp_path: Path) -> None:
    every = completed(filled, "connector show t")
    assert len(every) == 2 and all(ident.startswith("t") for ident in every)
    assert completed(filled, f"connector forget {every[0][:6]}") == [every[0]]
    held = completed(filled, "connector review approve ")
    assert len(held) == 1 and held[0] in every
    elsewhere = f"connector --config {os.path.relpath(filled / 'config.yaml', tmp_path)} show t"
    assert completed(tmp_path, elsewhere) == every
    assert every[0] in " ".join(completed(filled, "connector show t", "zsh"))


def test_where_nothing_can_be_read_nothing_is_offered_and_nothing_said(tmp_path: Path) -> None:
    assert completed(tmp_path, "connector show t") == []
    (tmp_path / "config.yaml").write_text("inbox: [")
    assert completed(tmp_path, "connector show t") == []

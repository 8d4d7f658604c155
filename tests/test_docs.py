"""The README keeps step: every command, every option of search, every sidecar key and every dependency is in it."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import typer.main
import yaml

from connector.archive.metadata import Metadata
from connector.cli.main import application
from connector.transcripts.formats import READERS
from tests.benchmarks.__main__ import NAMES

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_and_no_other() -> None:
    table = README.split("## Commands")[1].split("##")[0]
    told = set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))
    assert told == set(typer.main.get_command(application()).commands)  # type: ignore[attr-defined]


def test_every_option_of_search() -> None:
    search = typer.main.get_command(application()).commands["search"]  # type: ignore[attr-defined]
    line = next(line for line in README.splitlines() if line.startswith("| `search"))
    for option in search.params:
        if option.opts[0].startswith("--") and option.opts[0] not in ("--json", "--help"):
            assert option.opts[0] in line, option.opts


def test_every_sidecar_key() -> None:
    block = README.split("```yaml\n")[1].split("```")[0]
    assert set(yaml.safe_load(block)) | {"id"} == set(Metadata.model_fields)
    assert Metadata.model_validate({**yaml.safe_load(block), "url": "https://www.youtube.com/watch?v=x"}).fps == 29.97


def test_every_format() -> None:
    for reader in READERS:
        assert f"`{reader.name}`" in README


def test_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    table = README.split("## Dependencies")[1].split("##")[0].lower()
    for requirement in project["dependencies"]:
        assert re.split(r"[><=\[]", requirement)[0] in table, requirement


def test_every_benchmark() -> None:
    for name in NAMES:
        assert f"`{name}`" in README

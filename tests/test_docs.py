"""The README keeps step: every command, every option of search, every sidecar key and every dependency is in it."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer.main
import yaml

from connector.archive.metadata import Metadata
from connector.cli.main import MODULES, application
from connector.transcripts.formats import READERS
from connector.transcripts.formats.source import Source
from tests.benchmarks.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def test_every_command_and_no_other() -> None:
    table = README.split("## Commands")[1].split("##")[0]
    told = set(re.findall(r"^\| `(\w+)", table, re.MULTILINE))
    assert told == set(typer.main.get_command(application()).commands)  # type: ignore[attr-defined]


def test_a_command_is_there_alone_as_among_all() -> None:
    def commands(*arguments: str) -> dict[str, list[str]]:
        there = typer.main.get_command(application(arguments)).commands  # type: ignore[attr-defined]
        return {name: [str(param.name) for param in command.params] for name, command in there.items()}

    everything = commands()
    assert sorted(everything) == sorted(name for names in MODULES.values() for name in names)
    for names in MODULES.values():
        for name in names:
            assert commands("--debug", "--config", "x", name, "push") == {one: everything[one] for one in names}


def test_every_command_and_group_shows_an_example() -> None:
    def commands(of: Any, path: str) -> Iterator[tuple[str, Any]]:
        for name, command in of.commands.items():
            yield f"{path} {name}", command
            if hasattr(command, "commands"):
                yield from commands(command, f"{path} {name}")

    found = dict(commands(typer.main.get_command(application()), "connector"))
    assert {"connector push", "connector push status", "connector review"} <= set(found)
    for path, command in found.items():
        shown = f"{command.help}\n{command.epilog}"
        assert re.search(rf"Example(, here)?: (.* \| )?connector (--config \S+ )?{path.partition(' ')[2]}\b", shown), (
            path
        )


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
    listed = re.search(r"tests\.benchmarks\.NAME \[--json\]` one of\s+(.*?);", README, re.DOTALL)
    assert listed and set(re.findall(r"`(\w+)`", listed[1])) == {name for name, *_ in COMMANDS} | {"gpu"}


def test_the_reader_a_developer_is_shown() -> None:
    block = README.split("```python\n")[1].split("```")[0]
    shown: dict[str, Any] = {}
    exec(compile(block, "README.md", "exec"), shown)
    reader = shown["READER"]
    source = Source("12.5|Ann|What she said\n14|Bob|And he\n", "talk.memo")
    assert reader.sniff(source) > 0.5 > reader.sniff(Source("1\n00:00:01,000 --> 00:00:02,000\nWords\n", "talk.srt"))
    assert [(cue.start, cue.speaker, cue.text) for cue in reader.read(source).cues] == [
        (12.5, "Ann", "What she said"),
        (14.0, "Bob", "And he"),
    ]


def test_pictures_and_places_that_are_linked_are_there() -> None:
    linked = set(re.findall(r"\]\(([^)#:]+)\)", README))
    assert linked and all((ROOT / path).exists() for path in linked)
    pictures = {one.relative_to(ROOT).as_posix() for one in (ROOT / "tests" / "browser" / "pictures").iterdir()}
    assert pictures == {path for path in linked if path.endswith(".png")}, "each picture is shown"
    taken = (ROOT / "tests" / "browser" / "screenshots.py").read_text()
    assert {re.sub(r".*/|\.png$", "", one) for one in pictures} == set(
        re.findall(r'^    "(\w+)": \("', taken, re.MULTILINE)
    )
    headings = {
        re.sub(r"[^a-z0-9 -]", "", line[3:].lower()).replace(" ", "-")
        for line in README.splitlines()
        if line.startswith("## ")
    }
    assert set(re.findall(r"\]\(#([^)]+)\)", README)) <= headings

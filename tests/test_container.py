"""The container file as far as no engine is needed: what it copies is enough, whom it runs as, how it starts."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from connector import config as configuration
from connector.daemon.autostart import STOP_WAIT
from tests.support import environment, make_home, serving_process

ROOT = Path(__file__).parents[1]
TEXT = re.sub(r"\\\n\s*", "", (ROOT / "Containerfile").read_text(encoding="utf-8"))
STEPS = [tuple(line.split(maxsplit=1)) for line in TEXT.splitlines() if line and not line.startswith("#")]


def steps(name: str) -> list[str]:
    return [value for step, value in STEPS if step == name]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what the first stage copies, and nothing else."""
    folder = tmp_path_factory.mktemp("context")
    for line in steps("COPY"):
        if not line.startswith("--from"):
            *sources, target = line.split()
            for source in sources:
                into = folder / target / ("" if target != "./" else source)
                if (ROOT / source).is_dir():
                    shutil.copytree(ROOT / source, into, ignore=shutil.ignore_patterns("__pycache__"))
                else:
                    shutil.copy(ROOT / source, into)
    return folder


def test_what_is_copied_makes_a_whole_package(context: Path, tmp_path: Path) -> None:
    """Built as the image builds it, but without the network: every file of the packages that git knows is in it."""
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "-w", tmp_path, context],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    packed = set(zipfile.ZipFile(wheel).namelist())
    tracked = subprocess.run(
        ["git", "ls-files", "connector", "indexer", "model"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert {name for name in tracked.stdout.splitlines() if name != "model/NOTES.md"} <= packed


def test_it_installs_what_was_tested_with_extras_that_there_are() -> None:
    (install,) = (line for line in steps("RUN") if " pip install " in line)
    assert "-c constraints.txt" in install
    extras = re.search(r"'\.\[(.+)\]'", install)
    known = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert extras and set(extras[1].split(",")) <= set(known) - {"dev"}


def test_it_runs_as_nobody_special_and_keeps_inbox_and_data_outside() -> None:
    assert steps("USER") == ["1000"] and json.loads(steps("VOLUME")[0]) == ["/archive"]
    assert STEPS.index(("USER", "1000")) > max(n for n, step in enumerate(STEPS) if step[0] == "RUN")


def test_its_first_configuration_is_one_and_serves_others(tmp_path: Path) -> None:
    (line,) = (line for line in steps("RUN") if "printf" in line)
    command = line[line.index("printf") :].replace("/opt/connector/config.yaml", str(tmp_path / "config.yaml"))
    subprocess.run(["sh", "-c", command], check=True)
    settings = configuration.load(tmp_path / "config.yaml").settings
    assert settings.serve.auto and settings.serve.host == "0.0.0.0" and str(settings.serve.port) == steps("EXPOSE")[0]
    assert f":{settings.serve.port}/readyz" in steps("HEALTHCHECK")[0]


@pytest.mark.parametrize("file", ["README.md", "Containerfile"])
def test_it_is_built_with_its_check_of_health_and_stopped_as_slowly_as_a_service(file: str) -> None:
    lines = re.sub(r"\\\n\s*", "", (ROOT / file).read_text(encoding="utf-8")).splitlines()
    order = [
        next(n for n, line in enumerate(lines) if part in line) for part in ("podman build", "mkdir -p", "podman run")
    ]
    build, make, run = (lines[number] for number in order)
    assert order == sorted(order) and "podman build --format docker " in build
    assert set(re.findall(r"-v \./(\w+):", run)) == set(make.partition("mkdir -p ")[2].split())
    assert f"--stop-timeout {STOP_WAIT} " in run


def test_it_starts_with_a_configuration_or_makes_one(tmp_path: Path) -> None:
    """The entry point itself, with a connector that says how it was called."""
    stub = tmp_path / "connector"
    stub.write_text('#!/bin/sh\necho "$CONNECTOR_CONFIG" "$@"\n')
    stub.chmod(0o755)
    (tmp_path / "default.yaml").write_text("inbox: inbox\n")
    config = tmp_path / "archive" / "config.yaml"
    config.parent.mkdir()
    entry = [
        part.replace("/opt/connector/config.yaml", str(tmp_path / "default.yaml"))
        for part in json.loads(steps("ENTRYPOINT")[0])
    ]
    own = environment() | {"PATH": f"{tmp_path}:{os.environ['PATH']}", "CONNECTOR_CONFIG": str(config)}
    for arguments in (json.loads(steps("CMD")[-1]), ["search", "two words"]):
        done = subprocess.run([*entry, *arguments], env=own, capture_output=True, text=True, check=True)
        assert done.stdout == f"{config} {' '.join(arguments)}\n"
        assert config.read_text() == "inbox: inbox\n"
    config.write_text("inbox: mine\n")
    subprocess.run([*entry, "run"], env=own, capture_output=True, check=True)
    assert config.read_text() == "inbox: mine\n", "what is there stays"


def test_its_check_of_health_asks_no_proxy(tmp_path: Path) -> None:
    """Podman hands the host's proxy to the container."""
    _, program, code = json.loads(steps("HEALTHCHECK")[0].partition("CMD ")[2])
    with serving_process(make_home(tmp_path)) as address:
        asked = code.replace("http://127.0.0.1:8765", address)
        proxied = {**environment(), "http_proxy": "http://127.0.0.1:9"}
        assert subprocess.run([sys.executable, program, asked], env=proxied, check=False).returncode == 0
        gone = asked.replace("/readyz", "/nowhere")
        assert subprocess.run([sys.executable, program, gone], env=proxied, capture_output=True, check=False).returncode

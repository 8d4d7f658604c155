"""Every benchmark runs, small, and prints one JSON object: what nobody runs is broken when it is wanted."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from tests.support import environment


@pytest.mark.parametrize(
    "arguments",
    [
        ["reading", "--files", "5", "--runs", "1"],
        ["ingest", "--drops", "2", "--segments", "100", "--files", "5"],
        ["search", "--segments", "100", "--runs", "2"],
        ["glean", "--documents", "300"],
        ["quality", "--files", "6"],
        ["training", "--seeds", "1", "--steps", "5"],
        ["little", "--talks", "1", "--seconds", "2"],
        ["continuing", "--batches", "2", "--talks", "20", "--characters", "2000", "--seconds", "0.5"],
        ["sampling", "--count", "2", "--length", "20", "--runs", "1"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_runs_and_prints_json(arguments: list[str]) -> None:
    command = [sys.executable, "-m", f"tests.benchmarks.{arguments[0]}", *arguments[1:], "--json"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)

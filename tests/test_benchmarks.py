"""Every benchmark runs, small, and prints one JSON object: what nobody runs is broken when it is wanted."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests import benchmarks
from tests.benchmarks.__main__ import COMMANDS
from tests.benchmarks.gpu import theirs_of
from tests.support import environment


@pytest.mark.parametrize(
    "arguments",
    [
        ["reading", "--files", "5", "--runs", "1"],
        ["ingest", "--drops", "2", "--segments", "60", "--files", "4"],
        ["writing", "--segments", "300", "--drops", "4"],
        ["durability", "--kills", "4", "--flips", "6"],
        ["search", "--segments", "100", "--queries", "2", "--runs", "2"],
        ["suggest", "--segments", "100", "--queries", "1", "--words", "3"],
        ["queries", "--segments", "100", "--count", "20"],
        ["glean", "--documents", "300"],
        ["push", "--documents", "50"],
        ["faults", "--first", "8", "--schedules", "1"],
        ["serve", "--segments", "60", "--requests", "1"],
        ["quality", "--files", "4", "--weighed", "1"],
        ["training", "--seeds", "1", "--steps", "5"],
        ["gpu", "--preset", "cpu", "--steps", "3", "--seeds", "1", "--seconds", "2"],
        ["tokenizers", "--seconds", "1", "--files", "3", "--megabytes", "0.1"],
        ["little", "--talks", "1", "--seconds", "1"],
        ["continuing", "--batches", "2", "--talks", "20", "--characters", "2000", "--seconds", "0.2"],
        ["sampling", "--count", "2", "--length", "20", "--runs", "1"],
    ],
    ids=lambda arguments: arguments[0],
)
def test_runs_and_prints_json(arguments: list[str]) -> None:
    command = [sys.executable, "-m", f"tests.benchmarks.{arguments[0]}", *arguments[1:], "--json"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)


def test_make_bench_runs_all_but_the_gpus() -> None:
    folder = Path(benchmarks.__file__).parent
    there = {file.stem for file in folder.glob("*.py") if "\npython -m tests.benchmarks." in file.read_text("utf-8")}
    assert {name for name, *_ in COMMANDS} | {"gpu"} == there


def test_of_nanogpts_time_evaluations_are_left_out() -> None:
    """An iteration that evaluates counts as the middle one of the others."""
    printed = "\n".join(
        [
            "38.000 step 0: train loss 4.2, val loss 4.1",
            "40.000 iter 0: loss 4.1, time 30000.00ms, mfu -100.00%",
            "40.010 iter 1: loss 4.0, time 10.00ms, mfu 1.00%",
            "40.030 iter 2: loss 3.9, time 20.00ms, mfu 1.00%",
            "49.000 step 3: train loss 1.4, val loss 1.45",
            "49.030 iter 3: loss 1.4, time 9000.00ms, mfu 1.00%",
            "49.045 iter 4: loss 1.4, time 15.00ms, mfu 1.00%",
        ]
    )
    theirs = theirs_of(printed)
    assert theirs[:3] == pytest.approx((0.015 + 0.010 + 0.020, 1.45, 0.015 + 0.010 + 0.020 + 0.015 + 0.015))
    assert theirs.startup == pytest.approx(40 - 0.015 - (9 - 0.015))  # the first evaluation as long as the others

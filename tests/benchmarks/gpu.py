"""nanoGPT's GPU recipe beside the preset `baby` on the same GPU: how soon each is at the loss it quotes, and the best.

python -m tests.benchmarks.gpu --nanogpt CHECKOUT [--text FILE] [--seconds 600] [--json]

Ours is `connector train --text FILE --preset baby` as a process; nanoGPT runs config/train_shakespeare_char.py as it
comes. Of nanoGPT's time the iterations that hold an evaluation count as the middle one of the others. Losses in nats a
character: on the way of each one's own evaluations, at the end over the whole validation split in windows of 256.
"""

from __future__ import annotations

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from model.checkpoint import list_checkpoints
from model.outcome import Curve
from model.report_files import folder_of, read_report
from tests.benchmarks import nanogpt
from tests.benchmarks.report import Figure, arguments, median, publish, say
from tests.benchmarks.training import SHAKESPEARE, ours, written

QUOTED = 1.4697  # its README, on an A100 after 5,000 iterations, some three minutes
_ITERATION = re.compile(r"iter (\d+): loss [\d.na]+, time ([\d.]+)ms")
_EVALUATION = re.compile(r"step (\d+): train loss [\d.na]+, val loss ([\d.]+)")


class Run(NamedTuple):
    """Seconds of training until the quoted loss (infinite where it was not reached), the best loss, seconds in all."""

    until_quoted: float
    best: float
    seconds: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its recipe in the same run")
    parser.add_argument("--iterations", type=int, default=5000, help="of nanoGPT's")
    parser.add_argument("--text", type=Path, help="default: tiny Shakespeare where it is, else written text")
    parser.add_argument("--preset", default="baby")
    parser.add_argument("--seconds", type=float, default=600.0, help="that ours may take")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = options.text or (SHAKESPEARE if SHAKESPEARE.exists() else Path(folder) / "written.txt")
        if not file.exists():
            file.write_text(written())
        say(f"ours, preset {options.preset}, at most {options.seconds:g} s …")
        figures = list(_ours(file, Path(folder) / "ours", options.preset, options.seconds))
        if options.nanogpt:
            say("nanoGPT's recipe …")
            theirs = theirs_of(recipe(options.nanogpt, file.read_text(encoding="utf-8"), options.iterations))
            figures += [
                Figure("nanoGPT, until it is at 1.4697", theirs.until_quoted, "s"),
                Figure("  best validation loss", theirs.best, "nats"),
                Figure("  its training without its evaluations", theirs.seconds, "s"),
            ]
        else:
            figures.append(Figure("nanoGPT, best validation loss (quoted)", QUOTED, "nats"))
    publish("gpu", figures, options.json)


def _ours(file: Path, into: Path, preset: str, seconds: float) -> Iterator[Figure]:
    trained = ours(file, into, "--seconds", seconds, preset=preset)
    (checkpoint,) = list_checkpoints(into)
    report = read_report(folder_of(into, checkpoint.id))
    run = ours_of(report.validation if report else ())
    yield Figure("ours, until it is at 1.4697", run.until_quoted, "s", "a quarter of nanoGPT's")
    yield Figure("  best validation loss, whole split", trained["validation_loss"], "nats", "1.44 or less")
    yield Figure("  whole process until the checkpoint", trained["process"], "s")
    yield Figure("  parameters", trained["parameters"], "")
    yield Figure("  characters a second", trained["characters_per_second"], "")


def ours_of(curve: Curve) -> Run:
    """A validation curve's figures."""
    until = next((point.seconds for point in curve if point.loss <= QUOTED), float("inf"))
    return Run(until, min((point.loss for point in curve), default=float("inf")), curve[-1].seconds if curve else 0.0)


def recipe(checkout: Path, text: str, iterations: int) -> str:
    """What nanoGPT prints while it trains on ``text`` by its GPU recipe, every iteration's time told."""
    nanogpt.prepare(checkout, text)
    command = [sys.executable, "train.py", "config/train_shakespeare_char.py", f"--dataset={nanogpt.DATASET}"]
    command += ["--log_interval=1", f"--max_iters={iterations}", "--out_dir=out-benchmark"]
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    return done.stdout


def theirs_of(printed: str) -> Run:
    """The figures of what ``recipe`` returned."""
    evaluations = [(int(step), float(loss)) for step, loss in _EVALUATION.findall(printed)]
    held = {step for step, _ in evaluations}
    each = {int(number): float(time) / 1000 for number, time in _ITERATION.findall(printed)}
    plain = [time for number, time in each.items() if number not in held]
    usual = median(plain) if plain else 0.0

    def until(step: int) -> float:
        return sum(usual if number in held else time for number, time in each.items() if number < step)

    quoted = next((until(step) for step, loss in evaluations if loss <= QUOTED), float("inf"))
    best = min((loss for _, loss in evaluations), default=float("inf"))
    return Run(quoted, best, until(max(each, default=0) + 1))


if __name__ == "__main__":
    main()

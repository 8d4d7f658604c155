"""nanoGPT's GPU recipe beside the preset `baby` on the same GPU: how soon each is at the loss it quotes, and the best.

python -m tests.benchmarks.gpu --nanogpt CHECKOUT [--text FILE] [--steps 600] [--seeds 3] [--seconds 600] [--json]

Ours is `connector train --text FILE --preset baby` as a process, of so many steps for the race and then as the preset
is; nanoGPT runs config/train_shakespeare_char.py as it comes, compiled. Of nanoGPT's time the iterations that hold an
evaluation count as the middle one of the others; its start-up is what goes by until its first iteration, the
evaluation in it left out. Losses in nats a character: nanoGPT's of its own evaluations, ours of the whole validation
split in windows of 256.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from tests.benchmarks import nanogpt
from tests.benchmarks.report import Figure, arguments, median, publish, say
from tests.benchmarks.training import mean, ours, text_of

QUOTED = 1.4697  # its README, on an A100 after 5,000 iterations, some three minutes
_ITERATION = re.compile(r"^([\d.]+) iter (\d+): loss [\d.na]+, time ([\d.]+)ms", re.MULTILINE)
_EVALUATION = re.compile(r"step (\d+): train loss [\d.na]+, val loss ([\d.]+)")


class Run(NamedTuple):
    """Seconds of training until the quoted loss (infinite where it was not reached), the best loss, seconds of training
    in all, and seconds from the start of the process to the first iteration.
    """

    until_quoted: float
    best: float
    seconds: float
    startup: float = 0.0


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its recipe in the same run")
    parser.add_argument("--iterations", type=int, default=6000, help="of nanoGPT's")
    parser.add_argument("--text", type=Path, help="default: tiny Shakespeare where it is, else written text")
    parser.add_argument("--preset", default="baby")
    parser.add_argument("--steps", type=int, default=600, help="of ours in the race")
    parser.add_argument("--seeds", type=int, default=3, help="of the race")
    parser.add_argument("--seconds", type=float, default=600.0, help="that the preset may take")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = text_of(options.text, Path(folder))
        figures = list(race(file, Path(folder), options))
    publish("gpu", figures, options.json)


def race(file: Path, folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """The race's figures, then the preset's, then nanoGPT's; each is said when it is known."""
    short = []
    for seed in range(1, options.seeds + 1):
        limits = "--steps", options.steps, "--seed", seed
        short.append(ours(file, folder / f"short{seed}", *limits, preset=options.preset))
        say(f"ours, seed {seed}: {short[-1]['process']:.1f} s, {short[-1]['validation_loss']:.4f}")
    took = median([each["process"] for each in short])
    yield Figure(f"ours, {options.steps} steps, whole process, median", took, "s")
    yield Figure("  of that the training", median([each["seconds"] for each in short]), "s")
    yield Figure("  validation loss, mean", mean(short), "nats", f"{QUOTED}")
    yield Figure("  validation loss, worst seed", max(each["validation_loss"] for each in short), "nats")
    whole = ours(file, folder / "whole", "--seconds", options.seconds, preset=options.preset)
    say(f"ours, the preset: {whole['process']:.1f} s, {whole['validation_loss']:.4f}")
    yield Figure("ours, the preset, best validation loss", whole["validation_loss"], "nats", "1.44 or less")
    yield Figure("  steps", whole["steps"], "")
    yield Figure("  whole process until the checkpoint", whole["process"], "s")
    yield Figure("  parameters", whole["parameters"], "")
    yield Figure("  characters a second", whole["characters_per_second"], "")
    if not options.nanogpt:
        yield Figure("nanoGPT, best validation loss (quoted)", QUOTED, "nats")
        return
    say("nanoGPT's recipe …")
    theirs = theirs_of(recipe(options.nanogpt, file.read_text(encoding="utf-8"), options.iterations))
    yield Figure("nanoGPT, until it is at 1.4697, without start-up and evaluations", theirs.until_quoted, "s")
    yield Figure("  start-up and compilation", theirs.startup, "s")
    yield Figure("  best validation loss", theirs.best, "nats")
    yield Figure("  its training without its evaluations", theirs.seconds, "s")
    yield Figure("its training against our whole process", theirs.until_quoted / took, "times", "4")
    yield Figure("its whole process against ours", (theirs.startup + theirs.until_quoted) / took, "times", "4")


def recipe(checkout: Path, text: str, iterations: int) -> str:
    """What nanoGPT prints while it trains on ``text`` by its GPU recipe, every iteration's time told, each line after
    the seconds since it was started. It is also in the checkout's benchmark.log while it runs.
    """
    nanogpt.prepare(checkout, text)
    command = [sys.executable, "-u", "train.py", "config/train_shakespeare_char.py", f"--dataset={nanogpt.DATASET}"]
    command += ["--log_interval=1", f"--max_iters={iterations}", "--out_dir=out-benchmark"]
    began, lines = time.monotonic(), []
    with (
        (checkout / "benchmark.log").open("w") as log,
        subprocess.Popen(command, cwd=checkout, stdout=subprocess.PIPE, text=True) as process,
    ):
        assert process.stdout is not None
        for line in process.stdout:
            lines.append(f"{time.monotonic() - began:.3f} {line}")
            log.write(lines[-1])
            log.flush()
    if process.returncode:
        sys.exit(f"nanoGPT ended with {process.returncode}")
    return "".join(lines)


def theirs_of(printed: str) -> Run:
    """The figures of what ``recipe`` returned."""
    evaluations = [(int(step), float(loss)) for step, loss in _EVALUATION.findall(printed)]
    held = {step for step, _ in evaluations}
    told = {int(number): (float(at), float(time) / 1000) for at, number, time in _ITERATION.findall(printed)}
    plain = [time for number, (_, time) in told.items() if number not in held]
    usual = median(plain) if plain else 0.0
    holding = [time - usual for number, (_, time) in told.items() if number in held and number]

    def until(step: int) -> float:
        return sum(usual if number in held else time for number, (_, time) in told.items() if number < step)

    quoted = next((until(step) for step, loss in evaluations if loss <= QUOTED), float("inf"))
    best = min((loss for _, loss in evaluations), default=float("inf"))
    startup = told[0][0] - usual - (median(holding) if holding else 0.0) if told else 0.0
    return Run(quoted, best, until(max(told, default=0) + 1), startup)


if __name__ == "__main__":
    main()

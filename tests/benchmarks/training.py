"""How soon the character GPT reads as well as nanoGPT's CPU recipe, as whole processes on one machine in one run.

python -m tests.benchmarks.training [--text FILE] [--nanogpt CHECKOUT] [--seeds 5] [--json]

`connector train --text FILE --preset cpu --steps N` for every seed, start-up and last evaluation included, beside
nanoGPT's 2,000 iterations without its evaluations; then ours for as long as nanoGPT took. Losses in nats a character,
over the whole validation split, with at most 64 characters of context. Without a checkout nanoGPT's loss is quoted.
On a busy machine the last evaluation, which has its seconds, may not come to the end of the split: how much of it was
read is told.
"""

from __future__ import annotations

import argparse
import json
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.benchmarks import nanogpt
from tests.benchmarks.report import Figure, arguments, median, publish, say
from tests.support import CONNECTOR, SHARED, environment

SHAKESPEARE = SHARED / "data" / "tinyshakespeare.txt"
LOAD_SECONDS = 3.0  # of a long training's time goes to starting and to the last evaluation


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--text", type=Path, help="default: tiny Shakespeare where it is, else written text")
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its recipe in the same run")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--long-seeds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=85, help="of the short training")
    parser.add_argument("--long", type=float, default=0.0, metavar="SECONDS", help="of the long one; default nanoGPT's")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        file = text_of(options.text, Path(folder))
        figures = list(race(file, Path(folder), options))
    publish("training", figures, options.json)


def race(file: Path, folder: Path, options: argparse.Namespace) -> Iterator[Figure]:
    """Seed by seed, nanoGPT once before and once after, for the machine's speed is not the same all the time."""
    text, checkout, seeds, steps = file.read_text(encoding="utf-8"), options.nanogpt, options.seeds, options.steps
    theirs = []
    if checkout:
        say("nanoGPT's recipe …")
        theirs.append(nanogpt.train(checkout, text))
    short = []
    for seed in range(1, seeds + 1):
        say(f"ours, {steps} steps, seed {seed} …")
        short.append(ours(file, folder / f"short{seed}", "--steps", steps, "--seed", seed))
    if checkout:
        say("nanoGPT's recipe again …")
        theirs.append(nanogpt.train(checkout, text))
    seconds = options.long or (sum(each.seconds for each in theirs) / len(theirs) if theirs else 0.0)
    whole = []
    for seed in range(1, options.long_seeds + 1 if seconds else 1):
        say(f"ours, {seconds:.0f} s, seed {seed} …")
        whole.append(ours(file, folder / f"long{seed}", "--seconds", max(1.0, seconds - LOAD_SECONDS), "--seed", seed))
    took = median([each["process"] for each in short])
    yield Figure("parameters", short[0]["parameters"], "", "at most 810,000")
    yield Figure(f"ours, {steps} steps, whole process, median", took, "s")
    yield Figure("  of that the steps", median([each["seconds"] for each in short]), "s")
    yield Figure("  validation loss, mean", mean(short), "nats", f"{nanogpt.QUOTED_LOSS}")
    yield Figure("  validation loss, worst seed", max(each["validation_loss"] for each in short), "nats")
    least, split = min(each["validation_characters"] for each in short), short[0]["validation"]
    yield Figure("  of the split it was measured on, least", 100 * least / split, "%", "100")
    if theirs:
        yield Figure("nanoGPT, 2,000 iterations, without evaluations", theirs[0].seconds, "s")
        yield Figure("  the same at the end of this run", theirs[-1].seconds, "s")
        yield Figure("  validation loss", theirs[0].loss, "nats")
        yield Figure("nanoGPT's time against ours", sum(t.seconds for t in theirs) / len(theirs) / took, "times", "10")
    else:
        yield Figure("nanoGPT, validation loss (quoted)", nanogpt.QUOTED_LOSS, "nats")
    if whole:
        yield Figure("ours at nanoGPT's whole time", median([each["process"] for each in whole]), "s")
        yield Figure("  validation loss, mean", mean(whole), "nats", "1.60 or less")
        yield Figure("  steps, median", median([each["steps"] for each in whole]), "steps")


def ours(file: Path, into: Path, *limits: Any, preset: str = "cpu") -> dict[str, Any]:
    """A training as a whole process: its report, and as ``process`` the seconds from its start until the checkpoint,
    measured over the whole split, lies on the disk. The report and its samples come after that.
    """
    command = [*CONNECTOR, "train", "--text", str(file), "--preset", preset, "--into", str(into), "--json"]
    began = time.time()
    done = subprocess.run([*command, *map(str, limits)], env=environment(), capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    report: dict[str, Any] = json.loads(done.stdout)
    (checkpoint,) = (into / "checkpoints").iterdir()
    return report | {"process": (checkpoint / "checkpoint.json").stat().st_mtime - began}


def mean(trainings: list[dict[str, Any]]) -> float:
    return sum(each["validation_loss"] for each in trainings) / len(trainings)


def text_of(file: Path | None, folder: Path) -> Path:
    """``file``, else tiny Shakespeare where it is, else what is written into ``folder``."""
    file = file or (SHAKESPEARE if SHAKESPEARE.exists() else folder / "written.txt")
    if not file.exists():
        file.write_text(written())
    return file


def written(characters: int = 1_000_000) -> str:
    """Text of some three hundred invented words with a grammar, where no file is given; from a fixed seed."""
    rng = random.Random(7)
    parts = ["ba", "ke", "lo", "mi", "tu", "ra", "se", "ni", "po", "da", "ven", "gar", "sti", "lum"]
    nouns, verbs, links = (["".join(rng.choices(parts, k=rng.randint(2, 4))) for _ in range(n)] for n in (200, 80, 20))
    out, length = [], 0
    while length < characters:
        words = [rng.choice(nouns), rng.choice(verbs), rng.choice(nouns)]
        if rng.random() < 0.5:
            words += [rng.choice(links), rng.choice(nouns), rng.choice(verbs)]
        sentence = " ".join(words).capitalize() + rng.choice([". ", ". ", "? ", ".\n"])
        out.append(sentence)
        length += len(sentence)
    return "".join(out)[:characters]


if __name__ == "__main__":
    main()

"""How fast the model learns and writes: `python -m tests.benchmarks.training`.

Trains from nothing for the given seconds and measures the loss over the whole validation text, the last tenth,
beside nanoGPT's CPU recipe: quoted, or with --nanogpt CHECKOUT run in the same minutes on the same text.
"""

from __future__ import annotations

import argparse
import json
import os
import pickle
import random
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from model import SampleConfig, Text, TrainConfig
from model.checkpoint import load
from model.dataset import split, stream
from model.evaluate import measure
from model.sample import generate
from model.train import train

QUOTED = {
    "name": "nanoGPT, CPU recipe (quoted)",
    "steps": 2000,
    "seconds": None,
    "validation_nats": 1.8857,
    "training_characters_per_second": None,
    "sampling_characters_per_second": None,
}
RECIPE = (
    "--device=cpu --compile=False --eval_iters=20 --log_interval=50 --block_size=64 --batch_size=12 --n_layer=4 "
    "--n_head=4 --n_embd=128 --max_iters=2000 --lr_decay_iters=2000 --dropout=0.0"
)


def synthetic(characters: int = 1_000_000) -> str:
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


def ours(text: str, seconds: float, threads: int) -> dict[str, Any]:
    document = Text("benchmark", text)
    with tempfile.TemporaryDirectory() as folder:
        config = TrainConfig(budget_seconds=seconds, threads=threads)
        began, cpu = time.monotonic(), time.process_time()
        result = train([document], root=Path(folder), config=config)
        wall, cpu = time.monotonic() - began, time.process_time() - cpu
        assert result.checkpoint_id is not None
        loaded = load(Path(folder), result.checkpoint_id)
    whole = measure(loaded.network(), stream(split([document]).validation, loaded.vocabulary))
    sampling = SampleConfig(count=16, length=256)
    began = time.monotonic()
    made = generate(loaded, [""], sampling)
    sampled = 16 * 256 / (time.monotonic() - began)
    return {
        "name": "this model",
        "steps": result.steps,
        "seconds": round(wall, 1),
        "cpu_seconds": round(cpu, 1),
        "parameters": result.parameters,
        "validation_nats": round(whole.nats, 4),
        "validation_bits": round(whole.bits, 4),
        "training_characters_per_second": round(result.characters_per_second),
        "sampling_characters_per_second": round(sampled),
        "explanation": result.explanation,
        "sample": made[0].text,
    }


def nanogpt(text: str, checkout: Path) -> dict[str, Any]:
    """nanoGPT's CPU recipe on the same text: its own scripts, in its own process."""
    import numpy as np

    characters = sorted(set(text))
    number = {c: i for i, c in enumerate(characters)}
    folder = checkout / "data" / "benchmark_char"
    folder.mkdir(exist_ok=True)
    cut = len(text) - len(text) // 10
    for name, part in (("train", text[:cut]), ("val", text[cut:])):
        np.array([number[c] for c in part], dtype=np.uint16).tofile(folder / f"{name}.bin")
    meta = {"vocab_size": len(characters), "stoi": number, "itos": dict(enumerate(characters))}
    (folder / "meta.pkl").write_bytes(pickle.dumps(meta))  # the format it reads; nothing of ours is pickled
    command = [sys.executable, "train.py", "config/train_shakespeare_char.py", *RECIPE.split()]
    command += ["--dataset=benchmark_char", "--eval_interval=2000", "--eval_iters=200"]
    began = time.monotonic()
    done = subprocess.run(command, cwd=checkout, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began
    losses = re.findall(r"step (\d+): train loss [\d.]+, val loss ([\d.]+)", done.stdout)
    return {
        "name": "nanoGPT, CPU recipe (this run)",
        "steps": int(losses[-1][0]),
        "seconds": round(seconds, 1),
        "validation_nats": float(losses[-1][1]),
        "training_characters_per_second": round(2000 * 12 * 64 / seconds),
        "sampling_characters_per_second": None,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one JSON object instead of a table")
    parser.add_argument("--text", type=Path, help="a text file; its last tenth is validation")
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its recipe too")
    args = parser.parse_args()
    text = args.text.read_text(encoding="utf-8") if args.text else synthetic()
    rows = [ours(text, args.seconds, args.threads)]
    if args.nanogpt:
        rows.append(nanogpt(text, args.nanogpt))
    elif args.text and "shakespeare" in args.text.name:
        rows.append(QUOTED)
    load_average = round(os.getloadavg()[0], 1)
    if args.json:
        about = {"text": args.text.name if args.text else "synthetic", "characters": len(text)}
        print(json.dumps({"benchmark": "training", **about, "load_average": load_average, "rows": rows}))
        return
    print(f"{len(text):,} characters; {args.threads} threads; load average {load_average}\n")
    keys = (
        "steps",
        "seconds",
        "validation_nats",
        "training_characters_per_second",
        "sampling_characters_per_second",
    )
    heads = ("steps", "seconds", "nats/char", "train char/s", "sample char/s")
    print(f"{'':<32}" + "".join(f"{head:>15}" for head in heads))
    for row in rows:
        cells = ("-" if row[key] is None else str(row[key]) for key in keys)
        print(f"{row['name']:<32}" + "".join(f"{cell:>15}" for cell in cells))
    print(f"\n{rows[0]['explanation']}\n\n{rows[0]['sample']}")


if __name__ == "__main__":
    main()

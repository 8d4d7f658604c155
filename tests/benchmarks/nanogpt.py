"""nanoGPT's CPU recipe on a text of ours: its own scripts in its own processes, from a checkout that is named.

Nothing of it is part of this project; without a checkout its quoted figures stand in its column.
"""

from __future__ import annotations

import os
import pickle
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import NamedTuple

import numpy as np

DATASET = "benchmark_char"
QUOTED_LOSS = 1.8857  # its README: tiny Shakespeare, 2,000 iterations; 3.1086 on a transcript of 13,976 characters
QUOTED_LITTLE = 3.1086
SAMPLED = 300  # characters of a sample
ONE_SAMPLE = "--num_samples=1", "--device=cpu", "--dtype=float32"
RECIPE = (
    "config/train_shakespeare_char.py --device=cpu --compile=False --log_interval=1000 --block_size=64 --batch_size=12"
    " --n_layer=4 --n_head=4 --n_embd=128 --lr_decay_iters=2000 --dropout=0.0 --always_save_checkpoint=True"
    " --eval_interval=2000 --eval_iters=1"  # its evaluations are left out of its time
)
# Its network over the whole validation split, in windows side by side: what ours is measured by.
_MEASURE = """
import sys, numpy as np, torch
from model import GPT, GPTConfig
state = torch.load(sys.argv[1] + "/ckpt.pt", map_location="cpu", weights_only=False)
net = GPT(GPTConfig(**state["model_args"])); net.load_state_dict(state["model"]); net.eval()
ids = torch.from_numpy(np.fromfile(sys.argv[2] + "/val.bin", dtype=np.uint16).astype(np.int64)); T = 64
rows = (len(ids) - 1) // T
x, y = ids[: rows * T].view(rows, T), ids[1 : rows * T + 1].view(rows, T)
with torch.no_grad():
    total = sum(float(net(x[i : i + 64], y[i : i + 64])[1]) * len(x[i : i + 64]) for i in range(0, rows, 64))
print(total / rows)
"""


class Trained(NamedTuple):
    """Seconds of the training process, its loss over the whole validation split in nats a character, and a sample."""

    seconds: float
    loss: float
    sample: str = ""


def train(checkout: Path, text: str, iterations: int = 2000, prompt: str = "") -> Trained:
    """Runs the recipe on ``text``, of which the last tenth is for validation; with a prompt, draws a sample."""
    data, out = prepare(checkout, text), checkout / "out-benchmark"
    variables = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}  # our package sets it

    def run(*command: str) -> str:
        done = subprocess.run(
            [sys.executable, *command], cwd=checkout, env=variables, capture_output=True, text=True, check=True
        )
        return done.stdout

    began = time.monotonic()
    run("train.py", *RECIPE.split(), f"--dataset={DATASET}", f"--out_dir={out.name}", f"--max_iters={iterations}")
    seconds = time.monotonic() - began
    loss = float(run("-c", _MEASURE, out.name, str(data)).split()[-1])  # its network prints its size first
    sample = ""
    if prompt:
        (out / "prompt").write_text(prompt, encoding="utf-8")
        start, length = f"--start=FILE:{out.name}/prompt", f"--max_new_tokens={SAMPLED}"
        drawn = run("sample.py", f"--out_dir={out.name}", start, length, *ONE_SAMPLE)
        sample = drawn[drawn.find(prompt) + len(prompt) :].partition("\n---------------\n")[0]
    shutil.rmtree(out)
    return Trained(seconds, loss, sample)


def prepare(checkout: Path, text: str) -> Path:
    """Writes ``text`` as its prepare.py does, the last tenth for validation; the folder, its dataset ``DATASET``."""
    data = checkout / "data" / DATASET
    data.mkdir(exist_ok=True)
    characters = sorted(set(text))
    number = {character: place for place, character in enumerate(characters)}
    cut = int(0.9 * len(text))
    for name, part in (("train", text[:cut]), ("val", text[cut:])):
        np.array([number[character] for character in part], dtype=np.uint16).tofile(data / f"{name}.bin")
    meta = {"vocab_size": len(characters), "stoi": number, "itos": dict(enumerate(characters))}
    (data / "meta.pkl").write_bytes(pickle.dumps(meta))  # the format it reads; nothing of ours is pickled
    return data

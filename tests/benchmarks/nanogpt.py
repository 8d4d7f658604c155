"""nanoGPT's CPU recipe on a text of ours: its own scripts in its own processes, from a checkout that is named.

Nothing of it is part of this project; without a checkout its quoted figures stand in its column.
"""

from __future__ import annotations

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
    """Seconds of the training process, and its loss over the whole validation split in nats a character."""

    seconds: float
    loss: float


def train(checkout: Path, text: str, iterations: int = 2000) -> Trained:
    """Runs the recipe on ``text``, of which the last tenth is for validation."""
    data, out = prepare(checkout, text), checkout / "out-benchmark"
    command = [sys.executable, "train.py", *RECIPE.split(), f"--dataset={DATASET}", f"--out_dir={out.name}"]
    began = time.monotonic()
    subprocess.run([*command, f"--max_iters={iterations}"], cwd=checkout, capture_output=True, text=True, check=True)
    seconds = time.monotonic() - began
    measured = subprocess.run(
        [sys.executable, "-c", _MEASURE, out.name, str(data)], cwd=checkout, capture_output=True, text=True, check=True
    )
    shutil.rmtree(out)
    return Trained(seconds, float(measured.stdout.split()[-1]))  # its network prints its size first


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

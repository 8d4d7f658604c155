"""How many characters a second the model writes beside nanoGPT, and how many it scores.

python -m tests.benchmarks.sampling [--nanogpt CHECKOUT] [--count 10] [--length 500] [--runs 3] [--json]

nanoGPT's sample.py as it is, in its own process, on its CPU recipe's network (4 layers, 4 heads, 128 wide, context
64), and ours of the same number and length: on the network of our `cpu` preset, and on one of nanoGPT's shape. Weights
are random, for the speed is the same. nanoGPT runs as it comes and on one thread (ours uses one), and the quicker of
the two counts. Start-up (imports, loading) is measured for itself. Without a checkout ours stands alone.
"""

from __future__ import annotations

import os
import pickle
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import torch

from model import GPTConfig, SampleConfig, Vocabulary
from model.base import SHIPPED
from model.checkpoint import load_newest, publish
from model.config import PRESETS
from model.gpt import GPT
from model.sample import generate
from model.serve import LanguageModel
from model.vocab import RESERVED
from tests.benchmarks.little import talks
from tests.benchmarks.report import Figure, arguments, median, say
from tests.benchmarks.report import publish as show
from tests.support import CONNECTOR, environment

CHARACTERS = RESERVED + "".join(map(chr, range(32, 95)))  # 65 of them, as tiny Shakespeare has
SHAPE = GPTConfig(layers=4, heads=4, width=128, context=64)  # nanoGPT's CPU recipe
SEGMENT = 400  # characters of a scored text

# Writes a checkpoint in nanoGPT's format: an untrained network of its CPU recipe.
_UNTRAINED = """
import sys, torch
from model import GPT, GPTConfig
args = dict(n_layer=4, n_head=4, n_embd=128, block_size=64, bias=False, vocab_size=65, dropout=0.0)
net = GPT(GPTConfig(**args))
state = {"model": net.state_dict(), "model_args": args, "config": {"dataset": sys.argv[2]}}
torch.save(state, sys.argv[1] + "/ckpt.pt")
"""
_STUB = ""  # for it imports tiktoken, and for characters never uses it


class Sampled(NamedTuple):
    """Seconds of a whole process, and of those the ones before the first sample is begun."""

    process: float
    startup: float

    @property
    def writing(self) -> float:
        return self.process - self.startup


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--nanogpt", type=Path, metavar="CHECKOUT", help="run its sample.py in the same run")
    parser.add_argument("--count", type=int, default=10)
    parser.add_argument("--length", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3)
    options = parser.parse_args()
    characters = options.count * options.length
    with tempfile.TemporaryDirectory() as folder:
        preset = _untrained(Path(folder) / "preset", PRESETS["cpu"].gpt)
        same = _untrained(Path(folder) / "same", SHAPE)
        say("ours …")
        own, like, whole = [], [], []
        theirs: dict[str, list[Sampled]] = {}
        for _ in range(options.runs):  # turn by turn, for the machine's speed is not the same all the time
            own.append(_writing(preset, options.count, options.length))
            like.append(_writing(same, options.count, options.length))
            whole.append(_process(preset, options.count, options.length))
            for threads in ("1", "") if options.nanogpt else ():
                say(f"nanoGPT's sample.py, {'one thread' if threads else 'as it comes'} …")
                sampled = _theirs(options.nanogpt, options.count, options.length, threads)
                theirs.setdefault("on one thread" if threads else "as it comes", []).append(sampled)
    figures = [
        Figure("ours, the `cpu` preset", characters / median(own), "characters/s"),
        Figure("ours, nanoGPT's shape", characters / median(like), "characters/s"),
        Figure("`connector sample --model`, whole process", median(whole), "s"),
    ]
    for name, runs in theirs.items():
        figures.append(Figure(f"nanoGPT, {name}", characters / median([r.writing for r in runs]), "characters/s"))
        figures.append(Figure("  whole process", median([r.process for r in runs]), "s"))
    if theirs:
        writing = min(median([r.writing for r in runs]) for runs in theirs.values())
        process = min(median([r.process for r in runs]) for runs in theirs.values())
        figures.append(Figure("characters a second against nanoGPT's quicker", writing / median(own), "times", "20"))
        figures.append(Figure("  with the same shape", writing / median(like), "times", "20"))
        figures.append(Figure("  whole processes, start-up included", process / median(whole), "times"))
    show("sampling", [*figures, *_serving(options.runs)], options.json)


def _untrained(root: Path, gpt: GPTConfig) -> Path:
    """A checkpoint of random weights."""
    torch.manual_seed(1)
    network = GPT(gpt, len(CHARACTERS))
    weights = {name: torch.randn_like(value) * 0.05 for name, value in network.state_dict().items()}
    publish(
        root,
        weights,
        parent=None,
        gpt=gpt,
        vocabulary=Vocabulary(CHARACTERS),
        steps=1,
        train_loss=1.0,
        validation_loss=1.0,
        validation_split="position",
        validation_manifest="",
        origin_characters=0,
        read=(),
        created="",
    )
    return root


def _writing(root: Path, count: int, length: int) -> float:
    """Seconds of writing, the weights loaded before."""
    loaded = load_newest(root)
    assert loaded is not None
    began = time.perf_counter()
    generate(loaded, [""], SampleConfig(count=count, length=length, top_k=200))
    return time.perf_counter() - began


def _process(root: Path, count: int, length: int) -> float:
    command = [*CONNECTOR, "sample", "--model", str(root), "--no-stop", "--top-k", "200", "--json"]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--count", str(count), "--length", str(length)], env=environment(), capture_output=True, check=True
    )
    return time.perf_counter() - began


def _theirs(checkout: Path, count: int, length: int, threads: str) -> Sampled:
    """Its start-up is a process that draws one sample of one character."""
    out, data = checkout / "out-sampling", checkout / "data" / "sampling_char"
    stub = checkout / "out-sampling" / "stub"
    for folder in (data, stub):
        folder.mkdir(parents=True, exist_ok=True)
    (stub / "tiktoken.py").write_text(_STUB)
    alphabet = "\n" + CHARACTERS[len(RESERVED) :] + "\t"
    meta = {"stoi": {c: i for i, c in enumerate(alphabet)}, "itos": dict(enumerate(alphabet))}
    (data / "meta.pkl").write_bytes(pickle.dumps(meta))  # the format it reads; nothing of ours is pickled
    variables = os.environ | {"PYTHONPATH": str(stub)} | ({"OMP_NUM_THREADS": threads} if threads else {})
    variables.pop("GOMP_SPINCOUNT", None)  # set by our package; its own process has what it comes with
    try:
        subprocess.run(
            [sys.executable, "-c", _UNTRAINED, out.name, data.name], cwd=checkout, capture_output=True, check=True
        )
        command = [sys.executable, "sample.py", "--device=cpu", "--dtype=float32", f"--out_dir={out.name}"]
        seconds = []
        for samples, tokens in ((1, 1), (count, length)):
            began = time.perf_counter()
            subprocess.run(
                [*command, f"--num_samples={samples}", f"--max_new_tokens={tokens}"],
                cwd=checkout, env=variables, capture_output=True, check=True,
            )  # fmt: skip
            seconds.append(time.perf_counter() - began)
    finally:
        shutil.rmtree(out)
        shutil.rmtree(data)
    return Sampled(process=seconds[1], startup=seconds[0])


def _serving(runs: int) -> list[Figure]:
    """Scoring and completing on the base that comes with the package; on one thread, as they always are."""
    text = "\n".join(talks(4))
    segments = [text[at : at + SEGMENT] for at in range(0, len(text) - SEGMENT, SEGMENT)]
    words = set(re.findall(r"[a-z']+", text.lower()))
    characters = sum(map(len, segments))
    with tempfile.TemporaryDirectory() as empty:
        began = time.perf_counter()
        model = LanguageModel(Path(empty), base=SHIPPED)
        model.info()
        loading = time.perf_counter() - began
        whole, part, completing = [], [], []
        for _ in range(runs):
            whole.append(_timed(lambda: model.score(segments)))
            part.append(_timed(lambda: model.score(segments, most=64)))
            completing.append(_timed(lambda: model.complete("we can talk about ", words)))
        exact, near = model.score(segments), model.score(segments, most=64)
    apart = [abs(a - b) for a, b in zip(exact, near, strict=True)]
    return [
        Figure("loading the base", loading, "s", "1"),
        Figure("scoring, every character", characters / median(whole), "characters/s", "100,000 a core"),
        Figure(f"  64 of every {SEGMENT} characters", characters / median(part), "characters/s"),
        Figure("  how far from the whole, median", median(apart), "bits"),
        Figure("completing a query", 1000 * median(completing), "ms"),
        Figure("memory, at most", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "MB", "400"),
    ]


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


if __name__ == "__main__":
    main()

"""Several processes train as one: started by torchrun, on the processor, with gloo."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from model import TrainConfig, TrainingError, list_checkpoints
from model.checkpoint import load
from model.device import device_of
from model.team import Team
from model.train import train
from tests.model.conftest import TINY, corpus, prose, quick
from tests.support import connector_json, environment

SMALL = ["--steps", "12", "--seed", "3", "--preset", "cpu"]


def trained_by_two(text: Path, into: Path) -> dict[str, float]:
    """What `connector train --text` says, by two processes."""
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--rdzv-backend=c10d"]
    command += ["--rdzv-endpoint=127.0.0.1:0", "-m", "connector", "train", "--text", str(text)]
    command += ["--into", str(into), *SMALL, "--json"]
    done = subprocess.run(command, env=environment(), capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, float] = json.loads(done.stdout)
    return told


@pytest.fixture
def text(tmp_path: Path) -> Path:
    file = tmp_path / "talk.txt"
    file.write_text(prose(20_000))
    return file


def test_two_processes_learn_what_one_does_and_write_once(tmp_path: Path, text: Path) -> None:
    one = connector_json(tmp_path, "train", "--text", str(text), "--into", "one", *SMALL)
    two = trained_by_two(text, tmp_path / "two")
    assert two["validation_loss"] == pytest.approx(one["validation_loss"], abs=0.02)
    (checkpoint,) = list_checkpoints(tmp_path / "two")
    assert checkpoint.steps == 12 and load(tmp_path / "two", checkpoint.id)


_OF_TWO = """
import json, os, sys
from pathlib import Path
import model.exam
import model.train
from model import TrainingError
from model.evaluate import Loss
from tests.model.conftest import TINY, corpus, quick

root, what, rank = Path(sys.argv[1]), sys.argv[2], int(os.environ["RANK"])
rest = {}
if what == "interrupted":
    asked = iter([False, False, True])
    rest["should_stop"] = lambda: next(asked) and rank == 0
if what == "disagreeing":
    losses = iter(range(50, 0, -1) if rank else [5] * 50)  # to the second one every evaluation is the best
    model.exam.measure = lambda *_, **__: Loss(float(next(losses)), 100, 100)
if what == "apart":
    root = root / str(rank)
try:
    config = quick(max_steps=40, eval_interval=1, patience=3)
    result = model.train.train(corpus(3), root=root, gpt=TINY, config=config, **rest)
    told = [rank, result.outcome, result.steps, result.best_step]
    threads = [file.read_text().strip() for file in Path("/proc/self/task").glob("*/comm")]
    told += [name for name in threads if "gloo" in name]  # one that outlives the training may abort the process
except TrainingError as error:
    told = [rank, str(error)]
os.write(1, f"{json.dumps(told)}\\n".encode())  # at once: the other writes to the same pipe
"""


def of_two(root: Path, what: str) -> list[list[object]]:
    """What each of two processes tells of a training."""
    script = root.parent / "of_two.py"
    script.write_text(_OF_TWO)
    command = [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", "--rdzv-backend=c10d"]
    command += ["--rdzv-endpoint=127.0.0.1:0", str(script), str(root), what]
    around = environment() | {"PYTHONPATH": str(Path(__file__).parents[2]), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(json.loads(line) for line in done.stdout.splitlines())


def test_one_goes_on_with_what_two_began(tmp_path: Path) -> None:
    root = tmp_path / "model"
    assert of_two(root, "interrupted") == [[rank, "interrupted", 2, 2] for rank in range(2)]
    alone = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=4))
    assert alone.resumed and alone.steps == 4
    (checkpoint,) = list_checkpoints(root)
    assert checkpoint.id == alone.checkpoint_id


def test_what_the_first_measures_is_what_all_go_by(tmp_path: Path) -> None:
    """Else one would have no patience left and the other would wait for it."""
    assert of_two(tmp_path / "model", "disagreeing") == [[rank, "finished", 4, 1] for rank in range(2)]


def test_hosts_that_do_not_share_their_folder_are_told(tmp_path: Path) -> None:
    root = tmp_path / "model"
    asked = iter([False, True])
    train(corpus(3), root=root / "0", gpt=TINY, config=quick(max_steps=40), should_stop=asked.__next__)
    message = "the processes do not start from the same state; the model folder must be shared by all hosts"
    assert of_two(root, "apart") == [[0, message], [1, message]]


def test_shares_are_even_and_make_the_batch() -> None:
    rows = np.arange(24).reshape(12, 2)
    shares = [Team(rank, 3).share(rows) for rank in range(3)]
    assert sorted(np.concatenate(shares).tolist()) == rows.tolist()
    with pytest.raises(TrainingError, match="no multiple of the 5 processes"):
        Team(0, 5).share(rows)


def test_a_device_that_is_not_there_is_said() -> None:
    assert device_of(TrainConfig(device="cpu")).type == "cpu"
    with pytest.raises(TrainingError, match="mps is not there"):
        device_of(TrainConfig(device="mps"))

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
from tests.model.conftest import prose
from tests.support import environment

SMALL = ["--steps", "12", "--seed", "3", "--preset", "cpu", "--json"]


def trained(processes: int, text: Path, into: Path, *options: str) -> dict[str, float]:
    """What `connector train --text` says, by so many processes; alone without torchrun."""
    alone = [sys.executable, "-m", "connector.cli.main"]
    together = [sys.executable, "-m", "torch.distributed.run", f"--nproc-per-node={processes}", "--rdzv-backend=c10d"]
    together += ["--rdzv-endpoint=127.0.0.1:0", "-m", "connector.cli.main"]
    command = [*(alone if processes == 1 else together), "train", "--text", str(text), "--into", str(into), *options]
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
    one = trained(1, text, tmp_path / "one", *SMALL)
    two = trained(2, text, tmp_path / "two", *SMALL)
    assert two["validation_loss"] == pytest.approx(one["validation_loss"], abs=0.02)
    (checkpoint,) = list_checkpoints(tmp_path / "two")
    assert checkpoint.steps == 12 and load(tmp_path / "two", checkpoint.id)


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

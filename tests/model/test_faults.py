"""What a machine may lack in the middle of a training: memory, room on the disk. In processes with real limits."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from model import list_checkpoints
from tests.support import environment

_TRAINING = """
import json, resource, sys
from dataclasses import replace
from pathlib import Path
from model import GPTConfig, MemoryShortage, TrainConfig
from model import evaluate
from model.train import train
from tests.model.conftest import corpus

root, batch, what, spare = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3], int(sys.argv[4])
gpt = GPTConfig(layers=2, heads=2, width=64, context=int(sys.argv[5]))
config = TrainConfig(budget_seconds=1e6, max_steps=2, max_epochs=1e6, batch_size=batch, threads=1, save_seconds=0)
documents = corpus(12, 4000 * gpt.context // 64)
if what != "memory":  # a file of weights is larger than this allows; descriptions and what is read are not
    resource.setrlimit(resource.RLIMIT_FSIZE, (spare, spare))
elif spare:
    few = TrainConfig(max_steps=1, batch_size=1, threads=1)
    train(documents, root=root / "warm", gpt=replace(gpt, context=64), config=few)
    held = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (held + spare, held + spare))
rows, read = [], evaluate._read
evaluate._read = lambda model, some: (read(model, some), rows.append(len(some)))[0]
try:
    result = train(documents, root=root, gpt=gpt, config=config, fresh=True)
except (MemoryShortage, OSError) as error:
    print(json.dumps({"failed": f"{type(error).__name__}: {error}"}))
else:
    told = {"notes": result.notes, "steps": result.steps, "checkpoint": result.checkpoint_id}
    told |= {name: [point.loss for point in getattr(result, name)] for name in ("training", "validation")}
    print(json.dumps(told | {"windows at once": max(rows)}))
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space are Linux's")


def trained(root: Path, batch: int, what: str, spare: int, context: int = 64) -> dict[str, Any]:
    """What a training tells that has `spare` bytes of memory left, or may write files of so many."""
    command = [sys.executable, "-c", _TRAINING, str(root), str(batch), what, str(spare), str(context)]
    # what is freed is given back at once, and no thread keeps 64 MB of the addresses: else chance says what is left
    around = environment() | {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    done = subprocess.run(command, env=around, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stderr
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def test_with_too_little_memory_a_batch_is_read_in_parts_and_comes_to_the_same(tmp_path: Path) -> None:
    ample = trained(tmp_path / "ample", 512, "memory", 0)
    scarce = trained(tmp_path / "scarce", 512, "memory", 150_000_000)
    assert not any("parts" in note for note in ample["notes"])
    assert any("The memory does not do for 512 windows at once" in note for note in scarce["notes"]), scarce
    assert scarce["steps"] == 2 and scarce["training"] == pytest.approx(ample["training"], abs=0.01)
    assert len(list_checkpoints(tmp_path / "scarce")) == 1


def test_with_no_memory_at_all_that_is_said(tmp_path: Path) -> None:
    failed = trained(tmp_path, 1, "memory", 1_000_000, 4096)["failed"]
    assert failed.startswith("MemoryShortage: there is too little memory for"), failed
    assert list_checkpoints(tmp_path) == []


def test_with_too_little_memory_an_evaluation_reads_fewer_windows_at_once_and_comes_to_the_same(tmp_path: Path) -> None:
    ample = trained(tmp_path / "ample", 1, "memory", 0, 1024)
    scarce = trained(tmp_path / "scarce", 1, "memory", 150_000_000, 1024)
    assert 1 <= scarce["windows at once"] < ample["windows at once"], scarce
    assert scarce["validation"] == pytest.approx(ample["validation"], abs=0.01)
    assert len(list_checkpoints(tmp_path / "scarce")) == 1


def test_a_disk_that_is_full_while_it_saves_costs_what_it_would_have_saved(tmp_path: Path) -> None:
    """Nothing is left half written, and the next training, with room, is as the first."""
    assert "too large" in trained(tmp_path, 8, "disk", 200_000)["failed"]
    assert list_checkpoints(tmp_path) == [] and not list((tmp_path / "checkpoints").iterdir())
    again = trained(tmp_path, 8, "disk", 1_000_000_000)
    assert again["checkpoint"] and again["notes"] == []
    assert [info.id for info in list_checkpoints(tmp_path)] == [again["checkpoint"]]


def test_room_for_the_checkpoint_but_not_for_the_state(tmp_path: Path) -> None:
    """The state holds the weights four times and more: a training that cannot keep it says so and goes on."""
    told = trained(tmp_path, 8, "disk", 500_000)
    assert told["checkpoint"] and len([note for note in told["notes"] if "could not be saved" in note]) == 1

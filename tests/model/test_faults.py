"""What a machine may lack in the middle of a training: memory, room on the disk. In processes with real limits."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from model import list_checkpoints
from tests.support import environment

# Trainings one after the other, each in a process forked from this one, which has loaded torch and computed nothing.
_TRAININGS = """
import json, os, resource, sys
from dataclasses import replace
from pathlib import Path
from model import GPTConfig, MemoryShortage, TrainConfig
from model import evaluate
from model.train import train
from tests.model.conftest import corpus

def told(root, batch, what, spare, context, characters):
    gpt = GPTConfig(layers=2, heads=2, width=64, context=context)
    config = TrainConfig(budget_seconds=1e6, max_steps=2, max_epochs=1e6, batch_size=batch, threads=1, save_seconds=0)
    documents = corpus(12, characters)
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
        return {"failed": f"{type(error).__name__}: {error}"}
    told = {"notes": result.notes, "steps": result.steps, "checkpoint": result.checkpoint_id}
    told |= {name: [point.loss for point in getattr(result, name)] for name in ("training", "validation")}
    return told | {"windows at once": max(rows)}

for line in sys.stdin:
    if not (child := os.fork()):
        root, *arguments = json.loads(line)
        print(json.dumps(told(Path(root), *arguments)), flush=True)
        os._exit(0)
    if os.waitpid(child, 0)[1]:
        sys.exit(f"a training has failed: {line}")
"""

pytestmark = pytest.mark.skipif(not sys.platform.startswith("linux"), reason="limits of address space are Linux's")
Trained = Callable[..., dict[str, Any]]


@pytest.fixture(scope="module")
def trained() -> Iterator[Trained]:
    """What a training tells that has `spare` bytes of memory left, or may write files of so many."""
    # what is freed is given back at once, and no thread keeps 64 MB of the addresses: else chance says what is left
    around = environment() | {"MALLOC_ARENA_MAX": "1", "MALLOC_MMAP_THRESHOLD_": "65536"}
    with subprocess.Popen(
        [sys.executable, "-c", _TRAININGS], env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as trainings:
        asked, answers = trainings.stdin, trainings.stdout
        assert asked and answers

        def told(
            root: Path, batch: int, what: str, spare: int, context: int = 64, characters: int = 4000
        ) -> dict[str, Any]:
            print(json.dumps([str(root), batch, what, spare, context, characters]), file=asked, flush=True)
            line = answers.readline()
            assert line, "what went wrong is on stderr"
            answer: dict[str, Any] = json.loads(line)
            return answer

        yield told
        asked.close()
        assert trainings.wait() == 0


def test_with_too_little_memory_a_batch_is_read_in_parts_and_comes_to_the_same(
    tmp_path: Path, trained: Trained
) -> None:
    ample = trained(tmp_path / "ample", 256, "memory", 0)
    scarce = trained(tmp_path / "scarce", 256, "memory", 75_000_000)
    assert not any("parts" in note for note in ample["notes"])
    assert any("The memory does not do for 256 windows at once" in note for note in scarce["notes"]), scarce
    assert scarce["steps"] == 2 and scarce["training"] == pytest.approx(ample["training"], abs=0.01)
    assert len(list_checkpoints(tmp_path / "scarce")) == 1


def test_with_no_memory_at_all_that_is_said(tmp_path: Path, trained: Trained) -> None:
    failed = trained(tmp_path, 1, "memory", 1_000_000, 4096, 16_000)["failed"]
    assert failed.startswith("MemoryShortage: there is too little memory for"), failed
    assert list_checkpoints(tmp_path) == []


def test_with_too_little_memory_an_evaluation_reads_fewer_windows_at_once_and_comes_to_the_same(
    tmp_path: Path, trained: Trained
) -> None:
    ample = trained(tmp_path / "ample", 1, "memory", 0, 512, 16_000)
    scarce = trained(tmp_path / "scarce", 1, "memory", 60_000_000, 512, 16_000)
    assert 1 <= scarce["windows at once"] < ample["windows at once"], scarce
    assert scarce["validation"] == pytest.approx(ample["validation"], abs=0.01)
    assert len(list_checkpoints(tmp_path / "scarce")) == 1


def test_a_disk_that_is_full_while_it_saves_costs_what_it_would_have_saved(tmp_path: Path, trained: Trained) -> None:
    """Nothing is left half written, and the next training, with room, is as the first."""
    assert "too large" in trained(tmp_path, 8, "disk", 200_000)["failed"]
    assert list_checkpoints(tmp_path) == [] and not list((tmp_path / "checkpoints").iterdir())
    again = trained(tmp_path, 8, "disk", 1_000_000_000)
    assert again["checkpoint"] and again["notes"] == []
    assert [info.id for info in list_checkpoints(tmp_path)] == [again["checkpoint"]]


def test_room_for_the_checkpoint_but_not_for_the_state(tmp_path: Path, trained: Trained) -> None:
    """The state holds the weights four times and more: a training that cannot keep it says so and goes on."""
    told = trained(tmp_path, 8, "disk", 500_000)
    assert told["checkpoint"] and len([note for note in told["notes"] if "could not be saved" in note]) == 1

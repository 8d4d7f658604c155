from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from model import CheckpointError, CheckpointInfo, Vocabulary, list_checkpoints
from model.checkpoint import load, load_newest, prune, publish, remove
from model.gpt import GPT
from model.run_state import RunInfo, RunState, discard_run, load_run, read_run_info, save_run
from model.vocab import RESERVED
from tests.model.conftest import TINY

ALPHABET = Vocabulary(RESERVED + "abc")


def put(root: Path, seed: int, read: tuple[str, ...] = ("a",), parent: CheckpointInfo | None = None) -> CheckpointInfo:
    torch.manual_seed(seed)
    return publish(
        root,
        GPT(TINY, len(ALPHABET)).state_dict(),
        parent=parent,
        gpt=TINY,
        vocabulary=ALPHABET,
        steps=7,
        train_loss=1.0,
        validation_loss=1.5,
        validation_split="document",
        validation_manifest="m",
        read=read,
        origin_characters=1000,
        created="2026-01-01T00:00:00Z",
    )


class TestPublished:
    def test_comes_back_as_it_was(self, root: Path) -> None:
        info = put(root, 1)
        loaded = load(root, info.id)
        assert loaded.info == info == list_checkpoints(root)[0]
        torch.manual_seed(1)
        for name, tensor in GPT(TINY, len(ALPHABET)).state_dict().items():
            assert torch.equal(tensor, loaded.weights[name])
        assert info.validation_bits == pytest.approx(1.5 / 0.6931, rel=1e-3)
        assert loaded.vocabulary == ALPHABET

    def test_names_sort_by_age_and_children_have_read_what_their_parents_read(self, root: Path) -> None:
        first = put(root, 1, read=("b",))
        second = put(root, 2, read=("a", "c"), parent=first)
        assert [i.id for i in list_checkpoints(root)] == sorted([first.id, second.id])
        assert (second.parent, second.read, second.total_steps) == (first.id, ("a", "b", "c"), 14)
        assert first.id.isalnum() and first.id.islower()

    def test_numbers_only_rise(self, root: Path) -> None:
        first = put(root, 1)
        second = put(root, 2, parent=first)
        remove(root, second.id)
        assert put(root, 3, parent=second).number == 3

    def test_the_newest_that_read_only_what_is_allowed(self, root: Path) -> None:
        first, second = put(root, 1, read=("a",)), put(root, 2, read=("a", "b"))
        assert load_newest(root, read_within="ab").info.id == second.id  # type: ignore[union-attr]
        found = load_newest(root, read_within="a")
        assert found is not None
        assert found.info.id == first.id
        assert second.id in found.skipped[0]
        assert load_newest(root, read_within="") is None

    def test_prune_and_remove(self, root: Path) -> None:
        ids = [put(root, seed).id for seed in range(4)]
        (root / "checkpoints" / ".tmp-left").mkdir()
        assert prune(root, 2) == ids[:2]
        assert [i.id for i in list_checkpoints(root)] == ids[2:]
        assert not (root / "checkpoints" / ".tmp-left").exists()
        assert remove(root, ids[3])
        assert not remove(root, ids[3])

    def test_nothing_there(self, root: Path) -> None:
        assert list_checkpoints(root) == []
        assert load_newest(root) is None
        assert prune(root, 1) == []

    @pytest.mark.parametrize("name", ["../run", "c1", "c000001abcdefabcd\n", ""])
    def test_no_name_leads_outside(self, root: Path, name: str) -> None:
        for function in (load, remove):
            with pytest.raises(CheckpointError):
                function(root, name)


class TestDamage:
    @pytest.mark.parametrize("file", ["model.safetensors", "checkpoint.json"])
    @pytest.mark.parametrize("how", ["truncated", "flipped", "foreign", "empty", "missing"])
    def test_is_refused_by_name_and_the_one_before_is_used(self, root: Path, file: str, how: str) -> None:
        good, bad = put(root, 1), put(root, 2)
        path = root / "checkpoints" / bad.id / file
        data = path.read_bytes()
        at = data.index(b'"characters"') + 16 if file.endswith("json") else len(data) // 2
        changed = {
            "truncated": data[: len(data) // 2],
            "flipped": data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :],
            "foreign": b'{"a": 1}',
            "empty": b"",
        }
        if how == "missing":
            path.unlink()
        else:
            path.write_bytes(changed[how])
        with pytest.raises(CheckpointError, match=bad.id):
            load(root, bad.id)
        found = load_newest(root)
        assert found is not None
        assert found.info.id == good.id
        assert bad.id in found.skipped[0]
        assert put(root, 3).number == 3

    def test_a_later_format_is_told(self, root: Path) -> None:
        info = put(root, 1)
        path = root / "checkpoints" / info.id / "checkpoint.json"
        value = json.loads(path.read_text())
        assert value["format"] == 2
        from model.files import seal

        del value["seal"]
        path.write_bytes(seal({**value, "format": 1}))
        with pytest.raises(CheckpointError, match="formats 2 and 3"):
            load(root, info.id)


def state(step: int) -> RunState:
    info = RunInfo(
        gpt=TINY,
        vocabulary=ALPHABET,
        fingerprint="f",
        read=("a",),
        parent=None,
        seed=1,
        step=step,
        elapsed=1.5,
        rate=1.0,
        setbacks=0,
        smooth_loss=2.0,
        best_loss=2.0,
        best_step=0,
    )
    current, best = (torch.full((300, 300), float(step)) for _ in range(2))
    return RunState(info, {"w": current}, {"w": best}, {"w:step": torch.tensor(float(step))})


class TestUnfinished:
    def test_comes_back_as_it_was_and_leaves_nothing_behind(self, root: Path) -> None:
        assert load_run(root) is None
        for step in range(3):
            save_run(root, state(step))
        back = load_run(root)
        assert back is not None
        assert back.info == state(2).info == read_run_info(root)
        assert torch.equal(back.weights["w"], state(2).weights["w"])
        assert back.optimizer["w:step"].shape == ()
        assert len(list((root / "run").iterdir())) == 2
        discard_run(root)
        discard_run(root)
        assert load_run(root) is None

    def test_damage_is_refused_by_name(self, root: Path) -> None:
        save_run(root, state(1))
        (tensors,) = (root / "run").glob("*.safetensors")
        tensors.write_bytes(tensors.read_bytes()[:-1])
        with pytest.raises(CheckpointError, match=tensors.name):
            load_run(root)


KILLED = """
import os, random, select, signal, sys
from pathlib import Path
from tests.model.test_checkpoint import put, state
from model.checkpoint import list_checkpoints, load_newest
from model.run_state import load_run, save_run

root, rng, steps, published = Path(sys.argv[1]), random.Random(1), [], []
for _ in range(8):
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        for step in range(10_000):
            save_run(root, state(step))
            os.write(writer, b".")
            put(root, step)
            os.write(writer, b".")
    os.close(writer)
    for _ in range(rng.randint(2, 6)):  # a publication at least, however slow the machine
        os.read(reader, 1)
    select.select([], [], [], rng.uniform(0, 0.1))  # anywhere in a save or a publication
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(reader)
    run, newest = load_run(root), load_newest(root)
    assert run is not None and float(run.weights["w"][0, 0]) == run.info.step
    assert newest is None or newest.skipped == ()
    steps.append(run.info.step)
    published.append(len(list_checkpoints(root)))
assert published == sorted(published) and published[-1] >= 8, published
print("steps", steps, "published", published)
"""


def test_killed_at_any_moment_a_state_can_be_loaded(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", KILLED, str(root)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_listing_does_not_import_torch(root: Path) -> None:
    put(root, 1)
    code = (
        "import sys, pathlib, model, model.checkpoint, model.run_state, model.report, model.dataset\n"
        "assert len(model.list_checkpoints(pathlib.Path(sys.argv[1]))) == 1\n"
        "assert 'torch' not in sys.modules and 'safetensors' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(root)], check=True, timeout=60)

"""What an unfinished training goes on with: its own parent, rival and seed, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from model import list_checkpoints
from model.base import is_base, write_base
from model.checkpoint import load, remove
from model.config import UNBOUNDED
from model.files import seal
from model.outcome import TrainResult
from model.run_state import load_run, save_run
from model.train import train
from tests.model.conftest import TINY, corpus, quick


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(steps))
    return lambda: next(asked, None) is None


def learn(
    root: Path, documents: int, stop: int | None = None, base: Path | None = None, **changes: float
) -> TrainResult:
    fresh = bool(changes.pop("fresh", False))
    should_stop = stop_after(stop) if stop is not None else lambda: False
    config = quick(**{"max_steps": 4, **changes})
    return train(corpus(documents), root=root, gpt=TINY, config=config, base=base, fresh=fresh, should_stop=should_stop)


class TestRival:
    def test_what_was_refused_at_the_start_does_not_come_back(self, root: Path, tmp_path: Path) -> None:
        """Three documents are split by position, twelve by document: the old model has learnt what is held out now."""
        base, knows_little = tmp_path / "base", learn(tmp_path / "before", 12, max_steps=2)
        write_base(base, load(tmp_path / "before", knows_little.checkpoint_id or ""), "# Card\n")
        learn(root, 3, base=base, max_steps=100, continue_rate=1.0)
        stopped = learn(root, 12, stop=2, base=base)
        assert any("held out" in note for note in stopped.notes)
        result = learn(root, 12, base=base)
        assert result.resumed and is_base(list_checkpoints(root)[-1].parent or "")
        assert not any("is better than what began anew" in note for note in result.notes)

    def test_a_fresh_training_has_none_when_it_goes_on_either(self, root: Path) -> None:
        learn(root, 12, max_steps=100)
        learn(root, 12, stop=2, fresh=True)
        result = learn(root, 12)
        assert result.resumed and result.improved and list_checkpoints(root)[-1].parent is None

    def test_the_one_it_began_against_is_kept_in_mind(self, root: Path) -> None:
        first = learn(root, 12, max_steps=60)
        learn(root, 30, stop=1)
        run = load_run(root)
        assert run is not None and run.info.rival == first.checkpoint_id
        result = learn(root, 30)
        assert result.resumed and not result.improved and list_checkpoints(root)[-1].parent == first.checkpoint_id

    @pytest.mark.parametrize("how", ["gone", "read more", "learnt what is held out"])
    def test_is_refused_where_it_may_not_be_kept(self, root: Path, how: str) -> None:
        first = learn(root, 12, max_steps=60)
        other = learn(root, 3 if how.startswith("learnt") else 14, max_steps=60, fresh=True)
        learn(root, 12, stop=1, fresh=True)
        run = load_run(root)
        assert run is not None and run.info.rival is None
        rival = first if how == "gone" else other
        save_run(root, replace(run, info=replace(run.info, rival=rival.checkpoint_id)))
        if how == "gone":
            remove(root, first.checkpoint_id or "")
        result = learn(root, 12)
        assert result.resumed and result.improved and list_checkpoints(root)[-1].parent is None
        assert any("compared with" in note for note in result.notes)

    def test_a_run_of_an_earlier_version_has_none(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from model import files, run_state

        sealed = files.seal
        monkeypatch.setattr(run_state, "seal", lambda value: sealed({k: v for k, v in value.items() if k != "rival"}))
        learn(root, 3, stop=2)
        run = load_run(root)
        assert run is not None and run.info.rival is None and learn(root, 3).resumed


class TestParent:
    @pytest.mark.parametrize("how", ["none", "another", "damaged"])
    def test_a_run_whose_base_is_gone_is_dropped(
        self, root: Path, tmp_path: Path, trained: tuple[Path, TrainResult], how: str
    ) -> None:
        base = tmp_path / "base"
        loaded = load(trained[0], trained[1].checkpoint_id or "")
        write_base(base, loaded, "# Card\n")
        learn(root, 4, stop=2, base=base)
        if how == "another":
            write_base(base, replace(loaded, weights={k: w * 0.5 for k, w in loaded.weights.items()}), "# Card\n")
        if how == "damaged":
            (base / "checkpoint.json").write_text("{}")
        result = learn(root, 4, base=None if how == "none" else base)
        assert not result.resumed and any("gone; it was dropped" in note for note in result.notes)

    def test_a_run_whose_checkpoint_is_gone_is_dropped(self, root: Path) -> None:
        first = learn(root, 12)
        assert learn(root, 12, stop=2).continued_from == first.checkpoint_id
        remove(root, first.checkpoint_id or "")
        result = learn(root, 12)
        assert not result.resumed and result.continued_from is None
        assert any("gone; it was dropped" in note for note in result.notes)

    def test_weights_that_are_no_numbers_are_not_gone_on_with(self, root: Path) -> None:
        learn(root, 3, stop=2)
        run = load_run(root)
        assert run is not None
        run.weights["head.weight"][0, 0] = torch.nan
        save_run(root, run)
        result = learn(root, 3)
        assert not result.resumed and any("no number" in note for note in result.notes)


def test_the_seed_stays_that_of_the_run_and_that_is_said(tmp_path: Path) -> None:
    whole = learn(tmp_path / "whole", 3, max_steps=8, dropout=0.1)
    learn(tmp_path / "parts", 3, stop=4, max_steps=8, dropout=0.1)
    rest = learn(tmp_path / "parts", 3, max_steps=8, dropout=0.1, seed=7)
    assert rest.resumed and any("seed it began with, 1; to use 7" in note for note in rest.notes)
    one, other = (
        load(tmp_path / name, result.checkpoint_id or "").weights
        for name, result in (("whole", whole), ("parts", rest))
    )
    assert all(torch.equal(one[name], other[name]) for name in one)


@pytest.mark.parametrize("kept", [True, False])
def test_the_budget_stays_that_of_the_run_where_it_is_larger(root: Path, kept: bool) -> None:
    """As with `--seconds`: what goes on by itself has the usual budget, of which nothing may be left."""

    def go(budget: float, stop: int) -> TrainResult:
        now = iter(range(0, 10**6, 10))
        config = quick(budget_seconds=budget, max_steps=400)
        return train(
            corpus(3),
            root=root,
            gpt=TINY,
            config=config,
            clock=lambda: float(next(now)),
            should_stop=stop_after(stop),
        )

    assert go(2000, 4).seconds > 60
    path = root / "run" / "run.json"
    value = json.loads(path.read_text())
    assert value["budget"] == 2000
    if not kept:  # by an earlier version
        path.write_bytes(seal({name: held for name, held in value.items() if name not in ("budget", "seal")}))
    again = go(60, 4)
    assert again.resumed and any("2,000 s" in note for note in again.notes) == kept
    assert (again.outcome, again.steps > 4) == (("interrupted", True) if kept else ("finished", False))
    if kept:  # twice
        assert go(5000, 0).outcome == "interrupted"
        assert json.loads(path.read_text())["budget"] == 5000
        assert go(UNBOUNDED, 0).outcome == "interrupted"  # steps bound it, once
        assert json.loads(path.read_text())["budget"] == 5000

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import torch

from model import GPTConfig, Text, TrainConfig, TrainingError, list_checkpoints
from model.base import write_base
from model.checkpoint import load, load_newest
from model.gpt import GPT
from model.optim import FLOOR, Optimizer, rate_scale
from model.outcome import Progress, TrainResult
from model.regime import regime_of
from model.run_state import load_run
from model.train import train
from tests.model.conftest import TINY, corpus, prose, quick


def stop_after(steps: int) -> Callable[[], bool]:
    asked = iter(range(steps))
    return lambda: next(asked, None) is None


def weights(root: Path, result: TrainResult) -> dict[str, torch.Tensor]:
    assert result.checkpoint_id is not None
    return load(root, result.checkpoint_id).weights


def equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


class TestFromNothing:
    def test_the_loss_falls(self, trained: tuple[Path, TrainResult]) -> None:
        root, result = trained
        assert result.outcome == "finished"
        assert result.validation_loss < 1.6
        assert result.validation_bits == pytest.approx(result.validation_loss * 1.4427, rel=1e-3)
        assert result.continued_from is None
        assert result.explanation
        (info,) = list_checkpoints(root)
        assert info.id == result.checkpoint_id
        assert info.read == tuple(d.id for d in corpus(12))
        assert info.validation_split == "document"
        assert not (root / "run").exists()

    def test_same_seed_same_weights(self, tmp_path: Path) -> None:
        runs = [
            train(corpus(3), root=tmp_path / str(i), gpt=TINY, config=quick(seed=seed, max_steps=8))
            for i, seed in enumerate((1, 1, 2))
        ]
        first, second, third = (weights(tmp_path / str(i), run) for i, run in enumerate(runs))
        assert equal(first, second)
        assert not equal(first, third)

    def test_the_caller_keeps_their_randomness_and_threads(self, root: Path) -> None:
        torch.manual_seed(5)
        state, threads = torch.get_rng_state(), torch.get_num_threads()
        train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=3))
        assert torch.equal(state, torch.get_rng_state())
        assert torch.get_num_threads() == threads


class TestInterrupted:
    @pytest.mark.parametrize("at", [0, 5, 13])
    def test_goes_on_where_it_stopped_and_ends_where_it_would_have(self, tmp_path: Path, at: int) -> None:
        config = quick(max_steps=20, dropout=0.1)
        whole = train(corpus(3), root=tmp_path / "whole", gpt=TINY, config=config)
        root = tmp_path / "parts"
        part = train(corpus(3), root=root, gpt=TINY, config=config, should_stop=stop_after(at))
        assert (part.outcome, part.checkpoint_id, part.steps) == ("interrupted", None, at)
        assert (part.validation_loss is None) == (part.validation_bits is None) == (at < 3), (
            "evaluated every three steps"
        )
        assert part.judgement is None and part.explanation.startswith(f"Saved at step {at}")
        seen: list[Progress] = []
        rest = train(corpus(3), root=root, gpt=TINY, config=config, on_progress=seen.append)
        assert rest.resumed
        assert seen[0].step == at + 1
        assert (rest.steps, rest.best_step) == (whole.steps, whole.best_step)
        assert equal(weights(tmp_path / "whole", whole), weights(root, rest))
        assert load_run(root) is None

    def test_saves_as_it_goes(self, root: Path) -> None:
        steps: list[int] = []

        def crash(progress: Progress) -> None:
            if progress.phase == "saving":
                steps.append(progress.step)
            if progress.step == 6:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(corpus(3), root=root, gpt=TINY, config=quick(save_seconds=0), on_progress=crash)
        assert steps == [1, 2, 3, 4, 5]
        assert load_run(root).info.step == 5  # type: ignore[union-attr]

    def test_documents_that_came_since_do_not_matter(self, root: Path) -> None:
        train(corpus(3), root=root, gpt=TINY, config=quick(), should_stop=stop_after(4))
        result = train(corpus(5), root=root, gpt=TINY, config=quick(max_steps=8))
        assert result.resumed
        assert list_checkpoints(root)[0].read == tuple(d.id for d in corpus(3))

    @pytest.mark.parametrize("change", ["forgotten", "edited", "fresh", "shape"])
    def test_is_dropped_where_it_may_not_go_on(self, root: Path, change: str) -> None:
        documents = corpus(3)
        train(documents, root=root, gpt=TINY, config=quick(), should_stop=stop_after(4))
        if change == "forgotten":
            documents = documents[1:]
        if change == "edited":
            documents[0] = Text(documents[0].id, prose(400, 99))
        gpt = GPTConfig(layers=1, heads=2, width=32, context=16) if change == "shape" else TINY
        result = train(documents, root=root, gpt=gpt, config=quick(max_steps=3), fresh=change == "fresh")
        assert not result.resumed
        assert result.steps == 3
        assert list_checkpoints(root)[0].read == tuple(d.id for d in documents)

    def test_a_damaged_state_is_told_and_dropped(self, root: Path) -> None:
        train(corpus(3), root=root, gpt=TINY, config=quick(), should_stop=stop_after(4))
        (root / "run" / "run.json").write_bytes(b"{")
        result = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=3))
        assert not result.resumed
        assert "damaged" in result.notes[0]


class TestContinued:
    def test_names_its_parent_reads_the_union_and_grows_its_alphabet(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=60))
        extra = [Text(f"new{i}", prose(400, 50 + i).replace("the", "The")) for i in range(3)]
        second = train([*corpus(12), *extra], root=root, gpt=TINY, config=quick(max_steps=40))
        assert second.continued_from == first.checkpoint_id
        old, new = list_checkpoints(root)
        assert new.parent == old.id
        assert set(new.read) == {d.id for d in [*corpus(12), *extra]}
        assert new.vocabulary.extends(old.vocabulary)
        assert "T" in new.vocabulary.characters and "T" not in old.vocabulary.characters
        assert new.total_steps == old.steps + new.steps
        assert new.validation_manifest == old.validation_manifest
        assert new.validation_loss < old.validation_loss + 0.1

    def test_a_model_that_read_what_is_forgotten_is_not_continued(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=4))
        train(corpus(14), root=root, gpt=TINY, config=quick(max_steps=4))
        third = train(corpus(13), root=root, gpt=TINY, config=quick(max_steps=4))
        assert third.continued_from == first.checkpoint_id
        assert any("no longer given" in note for note in third.notes)
        fourth = train(corpus(12, first=1), root=root, gpt=TINY, config=quick(max_steps=4))
        assert fourth.continued_from is None
        assert list_checkpoints(root)[-1].read == tuple(d.id for d in corpus(12, first=1))

    def test_what_will_be_held_out_must_not_have_been_learnt(self, root: Path) -> None:
        train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=4))
        grown = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=4))
        assert grown.continued_from is None
        assert any("held out" in note for note in grown.notes)

    def test_runs_at_lower_rates_than_what_begins_from_a_base(
        self, root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        rates: list[float] = []

        class Noted(Optimizer):
            def __init__(self, model: GPT, config: TrainConfig, rate: float = 1.0) -> None:
                rates.append(rate)
                super().__init__(model, config, rate)

        monkeypatch.setattr("model.train.Optimizer", Noted)
        first = train(corpus(40), root=tmp_path / "base", gpt=TINY, config=quick(max_steps=1))
        write_base(tmp_path / "base", load(tmp_path / "base", first.checkpoint_id or ""), "# Card\n")
        for count in (40, 41):
            train(corpus(count), root=root, gpt=TINY, config=quick(max_steps=1), base=tmp_path / "base")
        nothing, base, checkpoint = rates
        assert nothing == 1 > base == quick().continue_rate > checkpoint > 0

    def test_a_text_small_beside_the_network_is_learnt_more_gently(self) -> None:
        config = quick(dropout=0.2, embed_dropout=0.1)
        for origin in ("nothing", "base", "checkpoint"):
            small, large = (regime_of(config, origin, characters) for characters in (0.3, 3.0))
            assert small[1:] == (0.2, 0.1) and large[1:] == (0.0, 0.0)
            assert small.rate < large.rate or origin == "nothing"

    def test_never_ends_worse_than_it_began(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=60, batch_size=8))
        wild = quick(max_steps=10, matrix_rate=5.0, vector_rate=5.0, continue_rate=1.0)
        second = train(corpus(12), root=root, gpt=TINY, config=wild)
        assert not second.improved
        assert second.best_step == 0
        assert any("kept" in note for note in second.notes)
        assert equal(weights(root, first), weights(root, second))

    def test_keeps_the_last_ones(self, root: Path) -> None:
        for _ in range(4):
            last = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=2, keep=2))
        assert len(list_checkpoints(root)) == 2
        assert load_newest(root).info.id == last.checkpoint_id  # type: ignore[union-attr]


class TestBounds:
    def test_the_time_budget_holds(self, root: Path) -> None:
        time = iter(range(10**6))
        config = TrainConfig(budget_seconds=400, batch_size=4, threads=1, max_epochs=1e6, patience=1000)
        result = train(corpus(3), root=root, gpt=TINY, config=config, clock=lambda: next(time))
        assert "budget" in result.reason
        assert 380 <= result.seconds <= 410  # the clock ticks a second a look, and the end looks some ten times

    def test_real_seconds(self, root: Path) -> None:
        config = TrainConfig(budget_seconds=2, threads=1, max_epochs=1e6, patience=1000)
        assert 1 < train(corpus(3), root=root, gpt=TINY, config=config).seconds < 4

    def test_a_small_text_is_not_read_for_ever(self, root: Path) -> None:
        result = train(corpus(3), root=root, gpt=TINY, config=quick(max_epochs=2, max_steps=10**6))
        assert "often enough" in result.reason
        assert result.steps == math.ceil(2 * (3 * 361 // 16) / 4)

    def test_patience(self, root: Path) -> None:
        wild = quick(matrix_rate=3.0, vector_rate=3.0, max_steps=10_000, patience=3, eval_interval=5)
        result = train(corpus(3), root=root, gpt=TINY, config=wild)
        assert "no better" in result.reason
        assert result.steps == result.best_step + 15

    def test_the_rate_warms_up_holds_and_falls(self) -> None:
        assert rate_scale(0, 0.0, 10) == pytest.approx(0.1)
        assert rate_scale(50, 0.3, 10) == 1
        assert rate_scale(50, 0.65, 10) == pytest.approx(FLOOR + (1 - FLOOR) / 2)
        assert rate_scale(50, 1.0, 10) == pytest.approx(FLOOR)
        assert rate_scale(50, 9.0, 10) == pytest.approx(FLOOR)


class TestTooLittle:
    @pytest.mark.parametrize(
        "documents",
        [
            [],
            [Text("a", "")],
            [Text("a", "x")],
            [Text("a", "too short to learn from")],
            [Text(f"t{i}", "ab") for i in range(9)],
            [Text("a", "".join(map(chr, range(0x4E00, 0x4F00))))],
        ],
    )
    def test_is_told_and_changes_nothing(self, root: Path, documents: list[Text]) -> None:
        train(corpus(3), root=root, gpt=TINY, config=quick(), should_stop=stop_after(2))
        kept = sorted(path.name for path in (root / "run").iterdir())
        with pytest.raises(TrainingError, match="too little text"):
            train(documents, root=root, gpt=TINY, config=quick(max_steps=2))
        assert sorted(path.name for path in (root / "run").iterdir()) == kept

    @pytest.mark.parametrize("text", ["a" * 500, "ab " * 50, "日本語の会議。" * 40, "word " * 30 + "\x00\ud800"])
    def test_little_is_enough(self, root: Path, text: str) -> None:
        result = train([Text("a", text)], root=root, config=quick(max_steps=3))
        assert result.outcome == "finished"


class TestDiverged:
    @pytest.fixture
    def broken(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[set[int]]:
        """The loss of the calls whose numbers are put in here is no number."""
        bad: set[int] = set()
        calls = iter(range(10**6))
        original = GPT.forward

        def forward(self: GPT, tokens: torch.Tensor) -> torch.Tensor:
            logits = original(self, tokens)
            return logits * float("nan") if self.training and next(calls) in bad else logits

        monkeypatch.setattr(GPT, "forward", forward)
        yield bad

    def test_goes_back_and_on_at_half_the_rate(self, root: Path, broken: set[int]) -> None:
        broken.update({7, 12})
        result = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=20))
        assert result.outcome == "finished"
        assert result.steps == 20
        assert any("0.25 of the rate" in note for note in result.notes)
        assert all(torch.isfinite(t).all() for t in weights(root, result).values())

    def test_gives_up_and_leaves_the_checkpoints(self, root: Path, broken: set[int]) -> None:
        first = train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=2))
        broken.update(range(2, 100))
        with pytest.raises(TrainingError, match="no number"):
            train(corpus(3), root=root, gpt=TINY, config=quick(max_steps=20, save_seconds=0))
        assert [i.id for i in list_checkpoints(root)] == [first.checkpoint_id]
        assert not (root / "run").exists()

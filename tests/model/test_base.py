"""The base a first training starts from, and the training that begins anew since the archive has grown."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
import torch

from model import CheckpointError, GPTConfig, Text, list_checkpoints
from model.base import CARD, SHIPPED, is_base, load_base, write_base
from model.checkpoint import load, load_newest
from model.outcome import TrainResult
from model.train import train
from tests.model.conftest import TINY, corpus, quick


@pytest.fixture
def base(trained: tuple[Path, TrainResult], tmp_path: Path) -> Path:
    """What the shared training learnt, as a base."""
    root, result = trained
    assert result.checkpoint_id is not None
    write_base(tmp_path / "base", load(root, result.checkpoint_id), "# Card\n")
    return tmp_path / "base"


class TestBase:
    def test_is_what_was_trained_in_half_precision_and_has_read_nothing(
        self, base: Path, trained: tuple[Path, TrainResult]
    ) -> None:
        root, result = trained
        own, found = load(root, result.checkpoint_id or ""), load_base(base)
        assert is_base(found.info.id) and not is_base(own.info.id)
        assert found.info.read == () and found.info.vocabulary == own.info.vocabulary
        assert (base / CARD).read_text() == "# Card\n"
        assert (base / "model.safetensors").stat().st_size < 0.6 * sum(4 * w.numel() for w in own.weights.values())
        for name, weights in own.weights.items():
            assert torch.allclose(found.weights[name], weights, atol=2e-3)

    @pytest.mark.parametrize("file", ["model.safetensors", "checkpoint.json"])
    def test_a_damaged_one_is_refused_by_name_and_training_starts_from_nothing(self, base: Path, file: str) -> None:
        data = bytearray((base / file).read_bytes())
        data[len(data) // 2] ^= 4
        (base / file).write_bytes(data)
        with pytest.raises(CheckpointError, match=file):
            load_base(base)
        result = train(corpus(3), root=base / "root", gpt=TINY, config=quick(max_steps=2), base=base)
        assert result.continued_from is None
        assert any("cannot be used" in note and file in note for note in result.notes)

    def test_another_checkpoint_is_no_base(self, trained: tuple[Path, TrainResult]) -> None:
        root, result = trained
        with pytest.raises(CheckpointError, match="no base"):
            load_base(root / "checkpoints" / (result.checkpoint_id or ""))


class TestStart:
    def test_a_first_training_starts_from_it(self, root: Path, base: Path) -> None:
        few = quick(max_steps=4)
        alone = train(corpus(4, first=50), root=root / "alone", gpt=TINY, config=few)
        based = train(corpus(4, first=50), root=root / "based", gpt=TINY, config=few, base=base)
        assert based.validation_loss < alone.validation_loss - 0.5
        (info,) = list_checkpoints(root / "based")
        assert is_base(info.parent or "") and info.read == tuple(f"talk{i:04d}" for i in range(50, 54))

    def test_the_next_continues_its_checkpoint_and_not_the_base(self, root: Path, base: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=4), base=base)
        second = train(corpus(13), root=root, gpt=TINY, config=quick(max_steps=4), base=base)
        assert second.continued_from == first.checkpoint_id
        assert not is_base(second.continued_from or "base-")

    def test_another_shape_starts_from_nothing(self, root: Path, base: Path) -> None:
        other = GPTConfig(layers=1, heads=2, width=32, context=16)
        assert train(corpus(3), root=root, gpt=other, config=quick(max_steps=2), base=base).continued_from is None

    def test_not_for_a_text_whose_characters_it_does_not_know(self, root: Path, base: Path) -> None:
        kana = {ord("a") + at: 0x3042 + 2 * at for at in range(26)}
        texts = [Text(text.id, text.text.lower().translate(kana)) for text in corpus(3)]
        result = train(texts, root=root, gpt=TINY, config=quick(max_steps=2), base=base)
        assert result.continued_from is None
        assert any("of this text's characters: starts from nothing" in note for note in result.notes)

    def test_goes_on_where_it_stopped(self, root: Path, base: Path) -> None:
        asked = iter(range(3))
        stopped = train(
            corpus(4), root=root, gpt=TINY, config=quick(), base=base, should_stop=lambda: next(asked, None) is None
        )
        assert stopped.outcome == "interrupted"
        result = train(corpus(4), root=root, gpt=TINY, config=quick(max_steps=5), base=base)
        assert result.resumed and is_base(result.continued_from or "")


def seconds_in(note: str) -> float:
    """What a note says there must be, to begin anew."""
    return float(note.partition("--seconds ")[2].split()[0])


class TestGrown:
    """An archive that is twice what its model grew from."""

    def test_begins_anew_and_keeps_what_is_better(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=3))
        grown = train(corpus(30), root=root, gpt=TINY, config=quick(max_steps=40))
        assert any("begins anew" in note for note in grown.notes)
        assert grown.continued_from is None and grown.improved
        newest = load_newest(root)
        assert newest is not None and newest.info.parent is None and first.checkpoint_id != newest.info.id

    def test_goes_back_where_that_is_worse(self, root: Path) -> None:
        train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=60))
        grown = train(corpus(30), root=root, gpt=TINY, config=quick(max_steps=1))
        assert not grown.improved and any("is better than what began anew" in note for note in grown.notes)
        old, new = list_checkpoints(root)
        assert new.parent == old.id and set(new.read) == {f"talk{i:04d}" for i in range(30)}
        # it does not begin anew each time from here on
        third = train(corpus(31), root=root, gpt=TINY, config=quick(max_steps=1))
        assert third.continued_from == new.id

    def test_what_took_much_longer_than_there_is_time_is_continued(self, root: Path) -> None:
        hours = itertools.count(step=3600.0)
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=3), clock=lambda: next(hours))
        grown = train(corpus(30), root=root, gpt=TINY, config=quick(max_steps=3, budget_seconds=3600.0))
        assert grown.continued_from == first.checkpoint_id
        old, new = list_checkpoints(root)
        assert 2 * 3600 < old.seconds < new.seconds, "of both trainings"
        (told,) = (note for note in grown.notes if "--seconds" in note)
        again = train(corpus(31), root=root, gpt=TINY, config=quick(max_steps=3, budget_seconds=seconds_in(told)))
        assert any("begins anew" in note for note in again.notes)

    def test_nearly_as_much_time_does(self, root: Path) -> None:
        """A training ends a little before its time or after it, so the same time again is never just as much."""
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=3))
        grown = train(corpus(30), root=root, gpt=TINY, config=quick(budget_seconds=0.9 * first.seconds))
        assert any("begins anew" in note for note in grown.notes)

    def test_a_little_more_is_continued(self, root: Path) -> None:
        first = train(corpus(12), root=root, gpt=TINY, config=quick(max_steps=3))
        assert train(corpus(15), root=root, gpt=TINY, config=quick(max_steps=3)).continued_from == first.checkpoint_id


def test_the_shipped_base_is_small_and_fits_the_defaults() -> None:
    found = load_base()
    assert found.info.gpt == GPTConfig()
    assert sum(file.stat().st_size for file in SHIPPED.iterdir()) < 4_000_000
    assert "licence" in (SHIPPED / CARD).read_text().lower()

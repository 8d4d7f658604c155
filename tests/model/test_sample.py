from __future__ import annotations

from pathlib import Path

import torch

from model import SampleConfig
from model.checkpoint import load_newest
from model.outcome import TrainResult
from model.sample import choose, generate, trim
from model.vocab import RESERVED


def test_a_sample_is_its_seed_whatever_is_beside_it(trained: tuple[Path, TrainResult]) -> None:
    loaded = load_newest(trained[0])
    assert loaded is not None
    prompts = ["the ", "", "one recording keeps the last word. Our index"]
    config = SampleConfig(count=2, length=50, temperature=0.9, top_k=12, seed=5)
    together = generate(loaded, prompts, config)
    assert together == generate(loaded, prompts, config)
    assert [g.seed for g in together] == [5, 6, 7, 8, 9, 10]
    assert len({g.text for g in together}) > 3
    for g in together:
        alone = SampleConfig(count=1, length=50, temperature=0.9, top_k=12, seed=g.seed)
        assert generate(loaded, [g.prompt], alone) == [g]
        assert g.checkpoint == loaded.info.id
        assert not set(g.text) & set(RESERVED)


def test_samples_of_a_trained_model_use_its_words(trained: tuple[Path, TrainResult]) -> None:
    loaded = load_newest(trained[0])
    assert loaded is not None
    (made,) = generate(loaded, [""], SampleConfig(length=200, temperature=0))
    assert "the" in made.text.split()
    assert generate(loaded, [], SampleConfig()) == []


def test_choosing() -> None:
    logits = torch.tensor([[9.0, 9.0, 3.0, 2.0, 1.0]])
    config = SampleConfig(temperature=1.0, top_k=2)

    def chance(x: float) -> torch.Tensor:
        return torch.tensor([x], dtype=torch.float64)

    assert [int(choose(logits, config, chance(x))) for x in (0.0, 0.5, 0.99, 1 - 1e-16)] == [2, 2, 3, 3]
    assert int(choose(logits, SampleConfig(temperature=0), chance(0.99))) == 2


def test_trimming() -> None:
    assert trim("It is so. And then it sto") == "It is so. And then it"
    assert trim("It is so, I think. And th") == "It is so, I think."
    assert trim("unbroken") == "unbroken"
    assert trim("") == ""

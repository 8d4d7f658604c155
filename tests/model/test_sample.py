from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model import SampleConfig
from model import sample as sampling
from model.checkpoint import load_newest
from model.decoder import Decoder
from model.gpt import GPT
from model.outcome import TrainResult
from model.sample import choose, continuations, generate, trim
from model.vocab import RESERVED, SEPARATOR
from tests.model.conftest import TINY


@pytest.fixture
def network() -> GPT:
    """Random, so that it is sure of nothing."""
    torch.manual_seed(5)
    network = GPT(TINY, 20).eval()
    for weights in network.parameters():
        torch.nn.init.normal_(weights, std=0.2)
    return network


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


def test_the_decoder_is_the_network(network: GPT) -> None:
    tokens = torch.randint(20, (3, 16))
    with torch.inference_mode():
        for given in (1, 2, 7):
            decoder, expected = Decoder(network, 4), network(tokens)
            assert torch.allclose(decoder.read(tokens[:, :given]), expected[:, given - 1], atol=1e-4)
            for at in range(given, 16):
                assert torch.allclose(decoder.step(tokens[:, at]), expected[:, at], atol=1e-4)


def test_rows_of_the_decoder_are_picked_and_doubled(network: GPT) -> None:
    tokens = torch.randint(20, (2, 6))
    with torch.inference_mode():
        decoder = Decoder(network, 3)
        decoder.read(tokens)
        decoder.pick(torch.tensor([1, 0, 1]))
        got = decoder.step(torch.tensor([3, 4, 5]))
        grown = torch.cat((tokens[[1, 0, 1]], torch.tensor([[3], [4], [5]])), dim=1)
        assert torch.allclose(got, network(grown)[:, -1], atol=1e-4)


def test_equal_rows_are_read_as_one_and_go_on_apart(network: GPT) -> None:
    start, config = [1, 4, 5], SampleConfig(count=1, length=60, temperature=1.0, top_k=0)
    together = continuations(network, [start] * 5, config)
    assert len(set(map(tuple, together))) == 5
    assert together[0] == continuations(network, [start], config)[0]


def test_rows_beyond_a_batch_are_the_same(network: GPT, monkeypatch: pytest.MonkeyPatch) -> None:
    starts, config = [[1] * (1 + i % 4) for i in range(7)], SampleConfig(length=40, temperature=1.0)
    whole = continuations(network, starts, config)
    monkeypatch.setattr(sampling, "ROWS", 3)
    assert continuations(network, starts, config) == whole


def test_a_row_ends_with_its_document(network: GPT) -> None:
    """As without a stop up to the first separator, which is drawn as any other number; others go on."""
    starts = [[1, 3], [1, 4, 5], [1] * 18, [1]]
    rows = continuations(network, starts, SampleConfig(length=100, temperature=1.0, top_k=0, stop=True))
    assert len({len(row) for row in rows}) > 2 and all(SEPARATOR not in row and 0 not in row for row in rows)
    for i, (start, row) in enumerate(zip(starts, rows, strict=True)):
        config = SampleConfig(length=100, temperature=1.0, top_k=0, stop=True, seed=1 + i)
        assert continuations(network, [start], config) == [row]
    never = continuations(network, starts, SampleConfig(length=100, temperature=1.0, top_k=0))
    assert [len(row) for row in never] == [100] * 4


def test_a_sample_that_ended_says_so_and_is_left_whole(trained: tuple[Path, TrainResult]) -> None:
    loaded = load_newest(trained[0])
    assert loaded is not None
    hot = SampleConfig(count=24, length=20, temperature=4.0, top_k=0, stop=True)
    made = generate(loaded, ["the "], hot)
    assert {one.ended for one in made} == {True, False}
    assert all(len(one.text) < 20 for one in made if one.ended)
    assert not any(one.ended for one in generate(loaded, ["the "], SampleConfig(count=3, length=20)))


def reference(logits: npt.NDArray[np.float64], config: SampleConfig) -> npt.NDArray[np.float64]:
    """The definitions, number by number: the probability of each."""
    scaled = logits / config.temperature
    scaled[: 1 if config.stop else 2] = -np.inf
    order = np.argsort(-scaled, kind="stable")
    if config.top_k:
        scaled[order[config.top_k :]] = -np.inf
    probability = np.exp(scaled - scaled.max())
    probability /= probability.sum()
    kept: set[int] = set()
    for number in order:  # the smallest set of the likeliest that holds top_p
        if config.top_p == 1 or sum(probability[k] for k in kept) < config.top_p:
            kept.add(int(number))
    kept = {k for k in kept if probability[k] >= config.min_p * probability.max()}
    cut = np.array([p if k in kept else 0.0 for k, p in enumerate(probability)])
    result: npt.NDArray[np.float64] = cut / cut.sum()
    return result


@pytest.mark.parametrize(
    "config",
    [
        SampleConfig(temperature=1.0, top_k=0),
        SampleConfig(temperature=0.7, top_k=5),
        SampleConfig(temperature=1.3, top_k=0, top_p=0.8),
        SampleConfig(temperature=1.0, top_k=0, top_p=1e-9),
        SampleConfig(temperature=1.0, top_k=0, min_p=0.2),
        SampleConfig(temperature=1.0, top_k=0, min_p=1.0),
        SampleConfig(temperature=0.9, top_k=9, top_p=0.9, min_p=0.1, stop=True),
    ],
    ids=repr,
)
def test_what_is_drawn_is_what_the_definitions_leave(config: SampleConfig) -> None:
    """Chances spread evenly over [0, 1) draw each number as often as it is likely, and no other at all."""
    torch.manual_seed(3)
    draws = 4000
    chance = (torch.arange(draws, dtype=torch.float64) + 0.5) / draws
    for _ in range(5):
        logits = torch.randn(24) * 2
        drawn = choose(logits.expand(draws, -1), config, chance)
        share = np.bincount(drawn.numpy(), minlength=24) / draws
        expected = reference(logits.double().numpy().copy(), config)
        assert np.abs(share - expected).max() < 2 / draws
        assert not (share[expected == 0] > 0).any()
        assert drawn[-1] in np.flatnonzero(expected)


@pytest.mark.parametrize("wrong", [{"top_p": 0.0}, {"top_p": 1.1}, {"min_p": -0.1}, {"min_p": 2}, {"temperature": -1}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(ValueError):
        SampleConfig(**wrong)  # type: ignore[arg-type]

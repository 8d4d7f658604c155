from __future__ import annotations

import math

import pytest
import torch

from model import GPTConfig, SampleConfig
from model.evaluate import measure
from model.gpt import GPT, grow
from model.laid_out import LaidOut
from model.sample import choose, continuations
from tests.model.conftest import TINY


@pytest.fixture
def network() -> GPT:
    """Random in every weight: zeroed projections would make the tests of attention empty."""
    torch.manual_seed(3)
    model = GPT(TINY, 20).eval()
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(0, 0.3)
    return model


def test_a_fresh_network_knows_nothing() -> None:
    tokens = torch.randint(20, (3, 16))
    assert GPT(TINY, 20).loss(tokens, tokens).item() == pytest.approx(math.log(20))


def test_the_defaults_have_some_eight_hundred_thousand_parameters() -> None:
    assert 750_000 < GPT(GPTConfig(), 70).parameter_count() < 850_000


def test_no_position_sees_the_next(network: GPT) -> None:
    tokens = torch.randint(20, (1, 16))
    other = tokens.clone()
    other[0, 9:] = (other[0, 9:] + 1) % 20
    with torch.no_grad():
        assert torch.allclose(network(tokens)[:, :9], network(other)[:, :9], atol=1e-5)
        assert not torch.allclose(network(tokens)[:, 9:], network(other)[:, 9:], atol=1e-2)


@pytest.mark.parametrize(("precision", "near"), [(torch.float32, 1e-4), (torch.bfloat16, 0.3)])
def test_laid_out_it_gives_the_same_logits(network: GPT, precision: torch.dtype, near: float) -> None:
    for rows, length in ((2, 16), (3, 1), (1, 7)):
        tokens = torch.randint(20, (rows, length))
        with torch.inference_mode():
            laid_out, expected = LaidOut(network, precision), network(tokens).flatten(0, 1)
            assert torch.allclose(laid_out.logits(laid_out.read(tokens)), expected, atol=near)


def test_laid_out_a_vector_of_zeros_stays_one(network: GPT) -> None:
    with torch.inference_mode():
        for table in network.embeds:
            table.weight[7] = 0
        laid_out, tokens = LaidOut(network), torch.tensor([[7, 7, 3]])
        assert torch.allclose(laid_out.logits(laid_out.read(tokens)), network(tokens)[0], atol=1e-4)


def test_greedy_with_the_cache_is_greedy_without_it(network: GPT) -> None:
    starts = [[1], [1, 5, 6, 7], [1, *range(2, 17)], [4] * 40]
    config = SampleConfig(length=60, temperature=0)
    got = continuations(network, starts, config)
    for start, row in zip(starts, got, strict=True):
        assert row == _without_cache(network, start, config)


def _without_cache(network: GPT, start: list[int], config: SampleConfig) -> list[int]:
    """One row, the whole context anew for every character; a full context is cut to its second half."""
    context, text, out = network.config.context, list(start[-network.config.context :]), []
    first = 0
    with torch.no_grad():
        for _ in range(config.length):
            if len(text) - first > context:
                first = len(text) - context // 2
            logits = network(torch.tensor([text[first:]]))[:, -1]
            text.append(int(choose(logits, config, torch.zeros(1, dtype=torch.float64))))
            out.append(text[-1])
    return out


def test_growing_keeps_what_was_known(network: GPT) -> None:
    weights = network.state_dict()
    grown = GPT(TINY, 25).eval()
    grown.load_state_dict(grow(weights, 25))
    tokens = torch.randint(20, (2, 16))
    with torch.no_grad():
        assert torch.allclose(grown(tokens)[..., :20], network(tokens), atol=1e-5)
    for new, old in zip(grown.embeds, network.embeds, strict=True):
        assert torch.allclose(new.weight[20:].mean(0), old.weight.mean(0), atol=1e-6)


def test_a_position_starts_from_its_last_characters(network: GPT) -> None:
    """As many as the reach, in their places; before the first there is nothing."""
    a, b = torch.tensor([[2, 3, 4, 5, 6]]), torch.tensor([[9, 3, 4, 5, 6]])
    with torch.no_grad():
        assert torch.equal(network.embed(a)[:, 4], network.embed(b)[:, 4])
        assert not torch.allclose(network.embed(a)[:, 3], network.embed(b)[:, 3])
        assert not torch.allclose(network.embed(a)[:, 2], network.embed(a.flip(1))[:, 2])
        for length in range(1, 6):
            assert torch.equal(network.embed(a[:, :length]), network.embed(a)[:, :length])


def test_a_loss_over_windows_counts_every_character_once(network: GPT) -> None:
    ids = torch.randint(2, 20, (16 * 5 + 8,)).numpy().astype("uint16")
    loss = measure(network, ids)
    assert loss.characters == len(ids) - 1
    assert loss.bits == pytest.approx(loss.nats / math.log(2))
    assert measure(network, ids, windows=3).characters == 3 * 16
    with pytest.raises(ValueError):
        measure(network, ids[:1])


@pytest.mark.parametrize("wrong", [{"width": 30}, {"heads": 3}, {"context": 2}, {"layers": 0}, {"reach": 0}])
def test_shapes_that_cannot_be_built_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError):
        GPTConfig(**wrong)

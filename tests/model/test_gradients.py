"""Gradients are a batch's, in whatever parts it is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest
import torch

from model import evaluate
from model.evaluate import measure
from model.gpt import GPT
from model.gradients import Gradients
from model.team import Team
from tests.model.conftest import HALF, TINY


@pytest.fixture
def network() -> GPT:
    torch.manual_seed(3)
    model = GPT(TINY, 20)
    with torch.no_grad():
        for p in model.parameters():
            p.normal_(0, 0.3)
    return model


@pytest.fixture
def threads() -> Iterator[None]:
    before = torch.get_num_threads()
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("threads")
@pytest.mark.parametrize("rows", [6, 5, 1])
def test_of_two_threads_as_of_one(network: GPT, rows: int) -> None:
    """An odd number of windows too, whose halves are none."""
    inputs, targets = torch.randint(20, (2, rows, 16))
    told, gradients = [], []
    for number in (1, 2):
        torch.set_num_threads(number)
        found = Gradients(network, Team(), pytest.fail, drops=False)
        found.prepare(inputs)
        told.append(float(found.of(inputs, targets)))
        gradients.append([p.grad for p in network.parameters()])
        assert torch.get_num_threads() == number
        network.zero_grad(set_to_none=True)
    assert told[0] == pytest.approx(told[1], abs=HALF)
    for one, two in zip(*gradients, strict=True):
        assert one is not None and two is not None
        assert torch.allclose(one, two, rtol=0.05, atol=0.01 * float(one.abs().max()))


@pytest.mark.usefixtures("threads")
def test_where_two_threads_have_too_little_memory_one_reads_in_parts(
    network: GPT, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both halves have ended before it goes on, one of them well."""
    torch.set_num_threads(2)
    inputs, targets = torch.randint(20, (2, 6, 16))
    notes: list[str] = []
    before = set(threading.enumerate())
    found, forward = Gradients(network, Team(), notes.append, drops=False), network.forward
    asked = iter(range(99))

    def scarce(tokens: torch.Tensor) -> torch.Tensor:
        if next(asked) == 0:
            raise MemoryError
        return forward(tokens)

    monkeypatch.setattr(network, "forward", scarce)
    told = float(found.of(inputs, targets))
    assert told == pytest.approx(float(network.loss(inputs, targets).detach()), abs=HALF)
    assert len(notes) == 1 and "read in 2 parts" in notes[0]
    assert not set(threading.enumerate()) - before


@pytest.mark.usefixtures("threads")
def test_two_threads_measure_the_same_loss(network: GPT) -> None:
    ids = torch.randint(2, 20, (16 * 7 + 3,)).numpy().astype("uint16")
    losses = []
    for number in (1, 2):
        torch.set_num_threads(number)
        losses.append(measure(network, ids))
    assert losses[0].characters == losses[1].characters == len(ids) - 1
    assert losses[0].nats == pytest.approx(losses[1].nats, abs=HALF)


@pytest.mark.usefixtures("threads")
def test_where_two_threads_have_too_little_memory_one_measures(network: GPT, monkeypatch: pytest.MonkeyPatch) -> None:
    """It waits for the half that still reads: what that holds may be all there is."""
    torch.set_num_threads(2)
    ids = torch.randint(2, 20, (16 * 70 + 3,)).numpy().astype("uint16")
    expected, read, before = measure(network, ids), evaluate._read, set(threading.enumerate())
    asked, short, read_by = iter(range(99)), threading.Event(), list[tuple[str, int]]()

    def scarce(logits_of: Callable[[torch.Tensor], torch.Tensor], rows: npt.NDArray[np.int64]) -> float:
        call = next(asked)
        if call == 0:
            assert short.wait(10)
            time.sleep(0.05)
        elif call == 1 or not read_by:  # the first call reads still
            short.set()
            raise MemoryError
        read_by.append((threading.current_thread().name[:4], len(rows)))
        return read(logits_of, rows)

    monkeypatch.setattr(evaluate, "_read", scarce)
    found = measure(network, ids)
    assert found.nats == pytest.approx(expected.nats, abs=HALF) and found.characters == expected.characters
    assert read_by == [("half", 32), ("Main", 32), ("Main", 32), ("Main", 6), ("Main", 1)]
    assert not set(threading.enumerate()) - before

"""The number of threads is measured with the clock it is handed, and torch is left as it was."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import torch

from model.threads import ROUNDS, best_threads


def clock_of(seconds: dict[int, float]) -> Callable[[], float]:
    """A clock on which a round with n threads takes ``seconds[n]``."""

    def ticks() -> Iterator[float]:
        now = 0.0
        for spent in seconds.values():
            for _ in range(ROUNDS):
                yield now
                now += spent
                yield now

    return ticks().__next__


@pytest.mark.parametrize(
    ("seconds", "best"),
    [
        ({1: 1.0, 2: 0.6}, 2),
        ({1: 1.0, 2: 15.0}, 1),  # a busy machine
        ({1: 1.0, 2: 0.95}, 1),  # not worth a processor
        ({1: 1.0, 2: 0.6, 4: 0.35, 8: 0.34}, 4),
        ({1: 1.0, 2: 0.6, 3: 0.4}, 3),
        ({1: 1.0}, 1),
    ],
)
def test_the_soonest_wins(seconds: dict[int, float], best: int) -> None:
    before = torch.get_num_threads()
    assert best_threads(max(seconds), clock_of(seconds)) == best
    assert torch.get_num_threads() == before

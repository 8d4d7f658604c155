"""The number of threads is measured with the clock it is handed, and torch is left as it was."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
import torch

from model.threads import ROUNDS, best_threads, halves


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
        ({1: 1.0, 2: 0.6, 4: 0.5, 6: 0.4}, 6),
        ({1: 1.0}, 1),
    ],
)
def test_the_soonest_wins(seconds: dict[int, float], best: int) -> None:
    before = torch.get_num_threads()
    assert best_threads(max(seconds), clock_of(seconds)) == best
    assert torch.get_num_threads() == before


def test_only_even_numbers_are_proposed() -> None:
    """Two halves share them: of three, one would wait for the other."""
    assert best_threads(3, clock_of({1: 1.0, 2: 0.6})) == 2


@pytest.fixture
def told() -> Iterator[Callable[[int], None]]:
    """Says how many threads torch has, for one test."""
    before = torch.get_num_threads()
    yield torch.set_num_threads
    torch.set_num_threads(before)


@pytest.mark.parametrize(("number", "shares"), [(2, [1, 1]), (3, [1, 2]), (4, [2, 2])])
def test_halves_share_all_threads_and_leave_the_number_to_others(
    told: Callable[[int], None], number: int, shares: list[int]
) -> None:
    told(number)
    pool = halves()
    assert pool is not None
    both = threading.Barrier(2)

    def share() -> int:
        both.wait()
        torch.ones(64, 64) @ torch.ones(64, 64)
        return torch.get_num_threads()

    found = [pool.submit(share) for _ in range(2)]
    assert sorted(each.result() for each in found) == shares
    later: list[int] = []
    other = threading.Thread(target=lambda: later.append(torch.get_num_threads()))
    other.start()
    other.join()
    assert later == [torch.get_num_threads()] == [number]
    pool.shutdown()


@pytest.mark.parametrize("there", [0, 1])
def test_where_the_system_gives_no_thread_one_does_the_work(
    told: Callable[[int], None], monkeypatch: pytest.MonkeyPatch, there: int
) -> None:
    told(2)
    before, start = set(threading.enumerate()), threading.Thread.start

    def scarce(thread: threading.Thread) -> None:
        if thread.name == f"half_{there}":
            raise RuntimeError("can't start new thread")
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", scarce)
    assert best_threads(2, time.perf_counter) == 1
    assert torch.get_num_threads() == 2
    assert halves() is None
    assert torch.get_num_threads() == 1
    assert not set(threading.enumerate()) - before


def test_a_half_that_cannot_begin_leaves_one_thread(
    told: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    told(2)
    before, say = set(threading.enumerate()), torch.set_num_threads

    def refuse(number: int) -> None:
        if threading.current_thread().name == "half_1":
            raise RuntimeError
        say(number)

    monkeypatch.setattr(torch, "set_num_threads", refuse)
    assert halves() is None
    assert not set(threading.enumerate()) - before

"""How many processor threads a training should use, measured, not assumed; and how they share its work.

On a busy machine two threads that wait for each other can be many times slower than one, and a small network gains
little from many. So the work of a step is timed with each number before a training starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch

WIDTH, ROWS = 128, 1024  # the products of the default network: 16 windows of 64 characters, 128 wide
MOST = 8  # more gain nothing at this size
REPEATS = 4
ROUNDS = 3
GAIN = 1.1  # what more threads must bring, or fewer are taken: they leave room for others


def best_threads(most: int | None = None, clock: Callable[[], float] = time.perf_counter) -> int:
    """The number of threads, of 1, 2, 4 … up to ``most``, that does a training's work soonest; takes some 0.1 s.

    ``most`` is the machine's processors where it is None, and MOST where there are more.

    The number torch uses is as before afterwards.
    """
    before = torch.get_num_threads()
    most = most or min(os.cpu_count() or 1, MOST)
    best, best_seconds = 1, float("inf")
    try:
        for threads in _candidates(most):
            torch.set_num_threads(threads)
            _work()  # the first time pays for starting the threads
            seconds = min(_timed(clock) for _ in range(ROUNDS))
            if seconds * GAIN < best_seconds:
                best, best_seconds = threads, seconds
    finally:
        torch.set_num_threads(before)
    return best


def halves() -> ThreadPoolExecutor | None:
    """Two threads of Python that compute with half as many threads each as torch uses here; None where that is one.

    For work in two equal parts: they meet at its end, where torch's own meet in each of its operations, and the wait
    for one that is not running is once, not hundreds of times.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        return None
    return ThreadPoolExecutor(2, "half", initializer=torch.set_num_threads, initargs=(threads // 2,))


def _candidates(most: int) -> list[int]:
    return sorted({min(1 << power, most) for power in range(max(1, most).bit_length() + 1)})


def _timed(clock: Callable[[], float]) -> float:
    started = clock()
    for _ in range(REPEATS):
        _work()
    return clock() - started


def _work() -> None:
    x = torch.ones(ROWS, WIDTH)
    hidden = (x @ torch.ones(WIDTH, 4 * WIDTH)).relu_().square_()
    (hidden @ torch.ones(4 * WIDTH, WIDTH)).sum()

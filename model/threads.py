"""How many processor threads a training should use, measured, not assumed; and how they share its work.

On a busy machine two threads that wait for each other can be many times slower than one, and a small network gains
little from many. So the work of a step, shared as a training shares it, is timed with each number before one starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from threading import Barrier, Event, Thread

import torch

WIDTH, ROWS = 128, 1024  # the products of the default network: 16 windows of 64 characters, 128 wide
MOST = 8  # more gain nothing at this size
REPEATS = 3  # in halves, as gradients are, to one by torch's own threads, as the optimiser: 4 to 1 in a step (NOTES.md)
ROUNDS = 3
GAIN = 1.1  # what more threads must bring, or fewer are taken: they leave room for others


def best_threads(most: int | None = None, clock: Callable[[], float] = time.perf_counter) -> int:
    """The number of threads, of 1 and 2, 4 … up to ``most``, that does a training's work soonest; takes some 0.1 s.

    Even numbers, for two halves share them. A number that the system has no threads for is left out.

    ``most`` is the machine's processors where it is None, and MOST where there are more.

    The number torch uses is as before afterwards.
    """
    before = torch.get_num_threads()
    most = most or min(os.cpu_count() or 1, MOST)
    best, best_seconds = 1, float("inf")
    try:
        for threads in _candidates(most):
            if threads > 1 and not _are_to_be_had(2 * threads):  # those of the halves, and torch's beside them
                break
            torch.set_num_threads(threads)
            pool = halves()
            if threads > 1 and pool is None:
                break
            _step(pool)  # the first time pays for starting the threads
            seconds = min(_timed(clock, pool) for _ in range(ROUNDS))
            if pool:
                pool.shutdown()
            if seconds * GAIN < best_seconds:
                best, best_seconds = threads, seconds
    finally:
        torch.set_num_threads(before)
    return best


def halves() -> ThreadPoolExecutor | None:
    """Two threads of Python that compute with half as many threads each as torch uses here, of an odd number one with
    one more; None where that is one. Where the system gives no more threads it is one from then on, for torch's own end
    the process when they are not to be had.

    For work in two equal parts: they meet at its end, where torch's own meet in each of its operations, and the wait
    for one that is not running is once, not hundreds of times. Both run when this returns, and torch's number is else
    as before, here and in threads that are begun later.
    """
    threads = torch.get_num_threads()
    if threads == 1:
        return None
    pool, both = ThreadPoolExecutor(2, "half"), Barrier(2)

    def begin(share: int) -> None:
        torch.get_num_threads()  # for torch takes over the number of others in a thread that asks for the first time
        torch.set_num_threads(share)
        both.wait()  # so that neither thread begins twice

    try:
        begun, _ = wait([pool.submit(begin, n) for n in (threads - threads // 2, threads // 2)], None, FIRST_EXCEPTION)
        for each in begun:
            each.result()
    except BaseException as error:
        both.abort()
        pool.shutdown(cancel_futures=True)
        if not isinstance(error, RuntimeError):  # such as Ctrl-C
            raise
        threads = 1
        return None
    finally:
        torch.set_num_threads(threads)  # which those begun later take over from whoever said it last
    return pool


def _are_to_be_had(count: int) -> bool:
    """Whether the system has so many more threads: where torch does not get its own, it ends the process."""
    over, begun = Event(), list[Thread]()
    try:
        for _ in range(count):
            begun.append(Thread(target=over.wait, daemon=True))
            begun[-1].start()
    except RuntimeError:
        begun.pop()
        return False
    finally:
        over.set()
        for each in begun:
            each.join()
    return True


def _candidates(most: int) -> list[int]:
    even = most - most % 2
    return [1, *sorted({min(1 << power, even) for power in range(1, most.bit_length() + 1)} - {0})]


def _timed(clock: Callable[[], float], pool: ThreadPoolExecutor | None) -> float:
    started = clock()
    _step(pool)
    return clock() - started


def _step(pool: ThreadPoolExecutor | None) -> None:
    for _ in range(REPEATS):
        if pool:
            list(pool.map(_work, (ROWS // 2, ROWS // 2)))
        else:
            _work(ROWS)
    _work(ROWS)


def _work(rows: int) -> None:
    x = torch.ones(rows, WIDTH)
    hidden = (x @ torch.ones(WIDTH, 4 * WIDTH)).relu_().square_()
    (hidden @ torch.ones(4 * WIDTH, WIDTH)).sum()

"""Events that signals set."""

from __future__ import annotations

import _thread
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

STOPS = (signal.SIGTERM, signal.SIGINT)


def set_by_handler(event: threading.Event) -> None:
    """Sets ``event`` from within a handler of signals.

    A handler runs between two steps of what the main thread does, and there the main thread may hold the lock of this
    very event, as it waits for it: to set it there would wait for that lock for ever. So a thread of its own sets it.
    (``threading.Thread`` has a lock, too.)
    """
    _thread.start_new_thread(event.set, ())


def stopped_by_signals(*besides: threading.Event) -> threading.Event:
    """Set by SIGTERM and Ctrl-C from now on, ``besides`` with it; a second one ends at once."""
    stop = threading.Event()

    def on_signal(*_: object) -> None:
        for number in STOPS:
            signal.signal(number, signal.SIG_DFL)
        for event in (stop, *besides):
            set_by_handler(event)

    for number in STOPS:
        signal.signal(number, on_signal)
    return stop


@contextmanager
def stopping_by_signals() -> Iterator[threading.Event]:
    """Set by SIGTERM and Ctrl-C within the block."""
    stop = threading.Event()
    previous = {number: signal.signal(number, lambda *_: set_by_handler(stop)) for number in STOPS}
    try:
        yield stop
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)

"""A signal that comes while the main thread holds the lock of the event it waits for."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import environment

SCRIPT = """
import signal, sys, threading
from contextlib import nullcontext
from connector.daemon.signals import stopped_by_signals, stopping_by_signals
from connector.daemon.trainer import Stop

owned = threading.Condition._is_owned

def interrupted(condition):  # within `wait`, whose caller holds the lock
    threading.Condition._is_owned = owned
    signal.raise_signal(int(sys.argv[2]))
    return owned(condition)

made = {"stopped": lambda: nullcontext(stopped_by_signals()), "stopping": stopping_by_signals,
        "trainer": lambda: nullcontext(Stop().asked)}[sys.argv[1]]
with made() as stop:
    threading.Condition._is_owned = interrupted
    print(stop.wait(60), flush=True)
"""


@pytest.mark.parametrize(
    ("made", "number"),
    [
        ("stopped", signal.SIGINT),
        ("stopped", signal.SIGTERM),
        ("stopping", signal.SIGINT),
        ("stopping", signal.SIGTERM),
        ("trainer", signal.SIGTERM),
    ],
)
def test_it_is_set_and_nothing_waits_for_ever(made: str, number: int, tmp_path: Path) -> None:
    command = [sys.executable, "-c", SCRIPT, made, str(int(number))]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "True\n"
            assert process.wait(30) == 0
        finally:
            process.kill()

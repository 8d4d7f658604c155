"""Holding the archive for a server, without watching the inbox: the index follows the ledger, and what other commands
ask is done here as in the daemon.
"""

from __future__ import annotations

import logging
import signal
import sqlite3
import threading
from types import FrameType
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.writer import Archive, Writer
from connector.daemon.operations import OPERATIONS, carry_out_intents
from connector.daemon.sweeping import Sweeping
from connector.errors import NotSetUpError
from indexer import IndexProblem

log = logging.getLogger("connector")

TICK = 0.5  # seconds between two looks at what other commands ask


def keep(archive: Archive, writer: Writer, stop: threading.Event, progress: Progress = nothing) -> None:
    """Until ``stop``: syncs when ``writer`` demands it, and carries out what waits in the ledger."""

    def act(command: str, arguments: dict[str, Any]) -> dict[str, Any]:
        if command not in OPERATIONS:
            raise NotSetUpError(
                f"`connector serve` holds the archive and does not {command}",
                hint="Stop it, and have `connector run` serve: it does all of this.",
            )
        return OPERATIONS[command](archive, arguments, log.info, progress)

    archive.ledger.reopen_intents()
    sweeping = Sweeping(archive.ledger)
    while not stop.is_set():
        writer.demanded.wait(TICK)
        writer.demanded.clear()
        try:
            sweeping.step()
            archive.view.sync()
        except (OSError, sqlite3.OperationalError, IndexProblem) as error:
            log.error("the index could not be brought up to date: %s; trying again", error)
            stop.wait(TICK)
        except Exception:  # the edge: what cannot be indexed must not end the server
            log.exception("internal error; going on")
            stop.wait(TICK)
        writer.shown()
        carry_out_intents(archive.ledger, act)


def stopped_by_signals(writer: Writer | None = None) -> threading.Event:
    """Set by SIGTERM and Ctrl-C from now on; a second one ends at once."""
    stop = threading.Event()

    def on_signal(number: int, _: FrameType | None) -> None:
        stop.set()
        if writer is not None:
            writer.demanded.set()
        signal.signal(number, signal.SIG_DFL)

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, on_signal)
    return stop

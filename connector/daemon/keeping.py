"""Holding the archive for a server, without watching the inbox: the index follows the ledger, and what other commands
ask is done here as in the daemon.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable
from typing import Any

from connector.archive.groups import Progress
from connector.archive.writer import SERVER, Archive, DataFolderInUseError, Writer, holder_of, writing
from connector.config import Settings
from connector.daemon.operations import OPERATIONS, StoppedError, carry_out_intents
from connector.daemon.sweeping import Sweeping
from connector.daemon.telling import to_log
from connector.errors import NotSetUpError
from indexer import IndexProblem

log = logging.getLogger("connector")

TICK = 0.5  # seconds between two looks at what other commands ask
LOOK_AGAIN = 30.0  # seconds between two looks at whether the archive is held by another process


def keep(archive: Archive, writer: Writer, stop: threading.Event) -> None:
    """Until ``stop``: syncs when ``writer`` demands it, and carries out what waits in the ledger. A commit under way
    is given up then: what it was of is in the ledger, and shown at the next start.
    """

    go_on = _until(stop)

    def act(command: str, arguments: dict[str, Any], progress: Progress) -> dict[str, Any]:
        if command not in OPERATIONS:
            raise NotSetUpError(
                f"`connector serve` holds the archive and does not {command}",
                hint="Stop it, and have `connector run` serve: it does all of this.",
            )
        return OPERATIONS[command](archive, arguments, to_log, progress)

    archive.ledger.reopen_intents()
    sweeping = Sweeping(archive.ledger)
    while not stop.is_set():
        writer.demanded.wait(TICK)
        writer.demanded.clear()
        try:
            sweeping.step()
            archive.view.sync(go_on)
        except StoppedError:
            log.info("stopping: what is not indexed yet is indexed at the next start")
            return
        except (OSError, sqlite3.OperationalError, IndexProblem) as error:
            log.error("the index could not be brought up to date: %s; trying again", error)
            stop.wait(TICK)
        except Exception:  # the edge: what cannot be indexed must not end the server
            log.exception("internal error; going on")
            stop.wait(TICK)
        writer.shown()
        carry_out_intents(archive.ledger, act, go_on)


def _until(stop: threading.Event) -> Progress:
    """Ends what takes long once ``stop`` is set."""

    def go_on(done: int, total: int) -> None:
        if stop.is_set() and done < total:
            raise StoppedError(done, total)

    return go_on


def keep_later(
    settings: Settings,
    stop: threading.Event,
    take: Callable[[Writer | None], None],
    every: float = LOOK_AGAIN,
) -> None:
    """Until ``stop``: keeps the archive that another process held, once nobody has held it at two looks on end, so that
    a daemon that is started again finds it free. ``take`` is handed the door to it, and None before it is closed.
    """
    was_free = False
    while not stop.wait(every):
        is_free = _is_free(settings)
        if was_free and is_free:
            try:
                _taken_over(settings, stop, take)
            except (DataFolderInUseError, StoppedError):
                pass
            except (OSError, sqlite3.OperationalError, IndexProblem, NotSetUpError) as error:
                log.error("the archive could not be taken over: %s; searching goes on, and it is tried again", error)
        was_free = is_free


def _is_free(settings: Settings) -> bool:
    try:
        return holder_of(settings) is None
    except (OSError, sqlite3.OperationalError, NotSetUpError):  # it is looked at again
        return False


def _taken_over(settings: Settings, stop: threading.Event, take: Callable[[Writer | None], None]) -> None:
    with writing(settings, SERVER, log.info) as archive:
        archive.view.sync(_until(stop))
        log.info("nobody else writes any more: documents are taken here from now on")
        writer = Writer(lambda: archive.view.index)
        take(writer)
        try:
            keep(archive, writer, stop)
        finally:
            take(None)
            writer.close()

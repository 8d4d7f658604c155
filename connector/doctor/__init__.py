"""Is the installation well? Checks as values: each says how it is, what was found and what to do.

Nothing is changed but for a hidden folder in the inbox that is gone a moment later, no secret is shown, and nothing but
the port of `serve` on this machine is asked. What an earlier check found to be missing is not asked for by later ones.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path

from connector.config import Config
from connector.daemon.autostart import VARIABLES
from connector.doctor import configured, folders, machine, stored
from connector.doctor.check import Check, fail

__all__ = ["Check", "examine"]


def examine(config_file: Path | None) -> Iterator[Check]:
    """Every check, as it is done; ``config_file`` as ``connector.config.load`` takes it."""
    yield machine.python()
    yield machine.packages()
    check, config = configured.config(config_file)
    yield check
    if config is None:
        return
    try:
        yield from _of(config)
    except (OSError, sqlite3.OperationalError) as error:
        what = f"{error.filename}: {error.strerror}" if isinstance(error, OSError) and error.filename else str(error)
        yield fail("doctor", f"ended here: {what}", "Mend that, and look again: what comes after it was not looked at.")


def _of(config: Config) -> Iterator[Check]:
    settings = config.settings
    yield machine.extras(configured.extras_used(settings))
    yield configured.glossary(config.jargon_file)
    yield configured.identity(config.identity_file)
    inbox, newest_file = folders.inbox(settings)
    yield inbox
    yield folders.watching(settings)
    data = folders.data(settings)
    yield data
    newest_entry = holder = None
    if data.state != "fail":
        yield machine.disk(settings.data, folders.used(settings))
        ledger = stored.ledger(settings.ledger_file)
        yield ledger
        if ledger.state == "ok":
            locks, holder = stored.locks(settings)
            yield locks
            yield stored.index(settings, holder)
            newest_entry = stored.newest_time(settings)
        yield stored.model(settings)
    yield machine.clock(time.time(), newest_entry, newest_file, Path(__file__).stat().st_mtime)
    yield machine.threads(settings.train.threads)
    if (meaning := configured.meaning(settings)) is not None:
        yield meaning
    of_service, kept = configured.variables(config.file.with_name(VARIABLES))
    if kept is not None:
        yield kept
    environment = of_service | os.environ
    yield configured.push_token(settings, environment)
    yield configured.serve_tokens(settings, environment)
    yield configured.port(settings, holder)

"""A local Glean as it is served, on a port of its own, for as long as a block runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from connector import config as configuration
from connector.archive.writer import writing
from connector.daemon.keeping import keep
from connector.serve.running import serving
from connector.serve.service import Check, Service, Writer
from tests.support import WAIT


@contextmanager
def served(home: Path, check: Check | None = None) -> Iterator[tuple[str, Service]]:
    """(address, service) of the archive in ``home``, as `connector serve` holds and serves it."""
    config = configuration.load(home / "config.yaml")
    settings = config.settings
    stop, started = threading.Event(), threading.Event()
    made: list[Writer] = []

    def hold() -> None:
        try:
            with writing(settings, "serve", lambda _: None) as archive:
                made.append(Writer(lambda: archive.view.index))
                started.set()
                keep(archive, made[0], stop)
        finally:
            started.set()

    holder = threading.Thread(target=hold, name="holder")
    holder.start()
    try:
        assert started.wait(WAIT) and made, "the archive was not opened"
        service = Service(settings, config.identity_file, made[0], check)
        with serving(service, "127.0.0.1", 0) as address:
            yield address, service
    finally:
        stop.set()
        if made:
            made[0].demanded.set()
        holder.join(WAIT)

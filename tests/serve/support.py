"""A local Glean as it is served, on a port of its own, for as long as a block runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from connector import config as configuration
from connector.archive.writer import SERVER, Writer, writing
from connector.daemon.keeping import keep
from connector.serve.limits import Limits
from connector.serve.running import serving
from connector.serve.service import Check, Service
from connector.serve.tokens import VARIABLE
from tests.support import WAIT


@dataclass(frozen=True)
class Served:
    """A running server."""

    home: Path
    address: str
    service: Service


@contextmanager
def served(home: Path, *, limits: Limits | None = None, check: Check | None = None) -> Iterator[tuple[str, Service]]:
    """(address, service) of the archive in ``home``, as `connector serve` holds and serves it."""
    config = configuration.load(home / "config.yaml")
    settings = config.settings
    stop, started = threading.Event(), threading.Event()
    made: list[Writer] = []

    def hold() -> None:
        try:
            with writing(settings, SERVER, lambda _: None) as archive:
                made.append(Writer(lambda: archive.view.index))
                started.set()
                keep(archive, made[0], stop)
        finally:
            started.set()

    holder = threading.Thread(target=hold, name="holder")
    holder.start()
    try:
        assert started.wait(WAIT) and made, "the archive was not opened"
        service = Service(settings, config.identity_file, made[0], limits=limits, check=check)
        with serving(service, "127.0.0.1", 0) as address:
            yield address, service
    finally:
        stop.set()
        if made:
            made[0].demanded.set()
        holder.join(WAIT)


@contextmanager
def serving_home(
    home: Path, token: str = "", *, limits: Limits | None = None, check: Check | None = None
) -> Iterator[Served]:
    """The archive in ``home`` served, with this ``token`` of the administrator; "" for none."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, token)
        with served(home, limits=limits, check=check) as (address, service):
            assert bool(service.tokens) == bool(token)  # read once: other tests clean the environment
            yield Served(home, address, service)

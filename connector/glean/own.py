"""What the archive here tells Glean of its own datasource: for documents in files that come without it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.errors import NotSetUpError
from connector.glean.across import People
from connector.glean.datasource import datasource_config
from connector.identity import load_identity


class Own(NamedTuple):
    """A datasource by name; its configuration and its people, read when they are asked for, which may raise a
    ConnectorError. No people: nobody says who they are.
    """

    name: str
    config: Callable[[], dict[str, Any]]
    people: Callable[[], People | None]


def own_datasource(settings: Settings, identity_file: Path) -> Own:
    """The archive's, as its documents would leave now."""
    return Own(settings.glean.datasource, partial(_config, settings), partial(_people, identity_file))


def _people(identity_file: Path) -> People | None:
    identity = load_identity(identity_file)
    return None if identity is None else People.of(identity)


def _config(settings: Settings) -> dict[str, Any]:
    """For the links of all that may leave: what has no link of its own, as samples have none, has that of its page."""
    try:
        with Ledger.open(settings.ledger_file) as ledger:
            links = {link or settings.public_url for link in ledger.links()}
            return datasource_config(settings, links | ({settings.public_url} if ledger.checkpoints() else set()))
    except sqlite3.Error as error:
        raise NotSetUpError(f"{settings.ledger_file}: {error}") from error

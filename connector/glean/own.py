"""What the archive here tells Glean of its own datasource: for documents in files that come without it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from connector.archive.groups import outgoing
from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.glean.across import People
from connector.glean.datasource import datasource_config, origin
from connector.identity import load_identity


class Own(NamedTuple):
    """A datasource by name; its configuration, made when it is asked for; None: nobody says who its people are."""

    name: str
    config: Callable[[], dict[str, Any]]
    people: People | None


def own_datasource(settings: Settings, identity_file: Path) -> Own:
    """The archive's, as its documents would leave now."""
    identity = load_identity(identity_file)
    people = None if identity is None else People.of(identity)
    return Own(settings.glean.datasource, partial(_config, settings), people)


def _config(settings: Settings) -> dict[str, Any]:
    with Ledger.open(settings.ledger_file) as ledger:
        return datasource_config(settings, {origin(document["viewURL"]) for document in outgoing(ledger, settings)})

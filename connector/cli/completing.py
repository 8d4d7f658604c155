"""What the shell completes beyond commands, options and files: ids with their titles, checkpoints, names of settings.

Whatever is wrong, nothing is offered: an error has no place in a line that somebody is typing.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from connector.archive.ledger import Ledger

MOST = 50  # more help nobody

Offered = list[tuple[str, str]]  # value, what a shell that can shows beside it


def transcripts(context: typer.Context, incomplete: str) -> Offered:
    """Ids of transcripts that begin so."""
    with _ledger(context) as ledger:
        return ledger.titles(incomplete, MOST) if ledger else []


def ident(told: str) -> Any:
    """The argument that names a transcript, or something of one; ``told`` is its help."""
    return typer.Argument(autocompletion=transcripts, metavar="ID", help=told)


def held(context: typer.Context, incomplete: str) -> Offered:
    """Those that wait for a person's decision."""
    with _ledger(context) as ledger:
        return ledger.titles(incomplete, MOST, "held") if ledger else []


def checkpoints(context: typer.Context, incomplete: str) -> Offered:
    """Ids of checkpoints, the newest first."""
    with _ledger(context) as ledger:
        known = ledger.checkpoints() if ledger else []
    return [(one.id, f"checkpoint {one.number}") for one in reversed(known) if one.id.startswith(incomplete)]


def presets(incomplete: str) -> Offered:
    """Configurations of nanoGPT."""
    from model.config import PRESETS

    return [(name, one.about) for name, one in PRESETS.items() if name.startswith(incomplete)]


def tokenizers(incomplete: str) -> list[str]:
    from model.config import TOKENIZERS

    return [name for name in TOKENIZERS if name.startswith(incomplete)]


@contextmanager
def _ledger(context: typer.Context) -> Iterator[Ledger | None]:
    """The ledger of the configuration named before, or found; None where there is none that can be read."""
    from connector.archive.ledger import Ledger
    from connector.config import load
    from connector.errors import ConnectorError

    named = context.find_root().params.get("config")
    try:
        opened = Ledger.open(load(Path(named) if named else None).settings.ledger_file)
    except (ConnectorError, OSError, sqlite3.Error):
        yield None
        return
    with opened:
        yield opened

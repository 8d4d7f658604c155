"""The configuration a command works with; read when the command runs, so that `--help` and `search` start at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from connector.config import Config, Settings


def config_of(context: typer.Context) -> Config:
    """The validated configuration that ``--config`` names, or the one that is found."""
    from connector.config import load

    return load(context.obj)


def settings_of(context: typer.Context) -> Settings:
    """Its settings."""
    return config_of(context).settings

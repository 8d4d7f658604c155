"""Which version of the connector this is."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as of

DISTRIBUTION = "transcript-connector"


def version() -> str:
    """As the installed package says; ``unknown`` where only its files are here."""
    try:
        return of(DISTRIBUTION)
    except PackageNotFoundError:
        return "unknown"

"""Where the daemon's lines go: to the terminal, with the time, and into ``data/log/connector.log``, with the date."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

import typer

from connector.cli.output import printable

MAX_BYTES = 5 << 20
KEPT = 3


class _Printable(logging.Formatter):
    """File names and transcripts are hostile input: what they hold must not command the reader's terminal."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(super().format(record))


class _Terminal(logging.Handler):
    """Writes to whatever stderr is at the moment: a progress bar stands in for it while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


def log_to(folder: Path) -> logging.Logger:
    """Sets up and returns the ``connector`` logger."""
    logger = logging.getLogger("connector")
    logger.setLevel(logging.INFO)
    logger.propagate = False
    terminal = _Terminal()
    terminal.setFormatter(_Printable("%(asctime)s  %(message)s", datefmt="%H:%M:%S"))
    file = RotatingFileHandler(folder / "connector.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8")
    file.setFormatter(_Printable("%(asctime)s %(levelname)s %(message)s"))
    logger.handlers = [terminal, file]
    return logger

"""Where lines go: the daemon's to the terminal, with the time, or to systemd's journal, and into
``data/log/connector.log``, with the date; into that file go those of a command that changes the archive as well.

A line about a source carries its name as ``source``, and what took long its ``seconds``. As ``log.format`` says a line
is text for people, or a JSON object for a collector of logs.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import typer

from connector.cli import journal, output
from connector.counting import printable

if TYPE_CHECKING:
    from connector.archive.writer import Say
    from connector.config import Settings

MAX_BYTES = 5 << 20
KEPT = 3
FIELDS = ("source", "seconds")  # what a line may carry besides its message
_UNINDENTED, _BREAK = re.compile(r"\n(?!  )"), re.compile(r"\s*\n\s*")


class TextLines(logging.Formatter):
    """File names and transcripts are hostile input: what they hold must not command the reader's terminal, nor pass for
    a line of its own. What is said is one line, with what to do about it; only a traceback goes on below, indented.
    """

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        source = getattr(record, "source", None)
        if source and not source.isprintable():
            record.message = record.message.replace(source, source.encode("unicode_escape").decode("ascii"))
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        line = printable(super().format(record))
        return _UNINDENTED.sub("\n  ", line) if record.exc_info else _BREAK.sub("; ", line.strip())


class JsonLines(logging.Formatter):
    """One JSON object a line: time (ISO 8601, UTC), level, message, and where there are: source, seconds, traceback."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        told: dict[str, Any] = {"time": at, "level": record.levelname.lower(), "message": record.getMessage()}
        told |= {name: getattr(record, name) for name in FIELDS if hasattr(record, name)}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        line = json.dumps(told, ensure_ascii=False)
        return line if line.isprintable() else json.dumps(told)  # U+2028 and the like end a line for some


class _Terminal(logging.Handler):
    """Writes to whatever stderr is at the moment: a progress bar stands in for it while it is shown."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(self.format(record), err=True)


class _Journal(logging.Handler):
    """Writes to systemd's journal, which is stderr then."""

    def emit(self, record: logging.LogRecord) -> None:
        typer.echo(journal.graded(self.format(record), record.levelno), err=True)


class SharedFile(RotatingFileHandler):
    """A file that several processes append to: it is put aside once, by one of those that find it full, and the others
    go on in the one that takes its place.
    """

    def shouldRollover(self, record: logging.LogRecord) -> bool:  # noqa: N802  # logging's name
        self._leave_old()
        return bool(super().shouldRollover(record))

    def doRollover(self) -> None:  # noqa: N802  # logging's name
        assert self.stream is not None
        with os.fdopen(os.dup(self.stream.fileno())) as full:  # which keeps the lock when the stream is closed
            fcntl.flock(full, fcntl.LOCK_EX)
            self._leave_old()
            if self.stream:
                super().doRollover()

    def _leave_old(self) -> None:
        """Closes the file that is open where the name is another's by now, or none's; the next line opens that one."""
        if self.stream is None:
            return
        name = Path(self.baseFilename)
        try:
            same = os.path.samestat(os.fstat(self.stream.fileno()), name.stat())
        except FileNotFoundError:
            same = not name.parent.is_dir()  # then there is no other to open
        if same:
            return
        self.stream.close()
        self.stream = None


def log_to(folder: Path, form: Literal["text", "json"] = "text", *, terminal: bool = True) -> logging.Logger:
    """Sets up and returns the ``connector`` logger. Of many files at once the terminal shows the number alone, the file
    every name. The file is made, or its name taken up again, with the first line.
    """
    logger = logging.getLogger("connector")
    logger.setLevel(logging.DEBUG)
    logger.propagate = False
    in_journal = journal.is_read()
    shown = _Journal(logging.INFO) if in_journal else _Terminal(logging.INFO)
    file = SharedFile(folder / "connector.log", maxBytes=MAX_BYTES, backupCount=KEPT, encoding="utf-8", delay=True)
    if form == "json":
        shown.setFormatter(JsonLines())
        file.setFormatter(JsonLines())
    else:
        shown.setFormatter(TextLines("%(message)s" if in_journal else "%(asctime)s  %(message)s", datefmt="%H:%M:%S"))
        file.setFormatter(TextLines("%(asctime)s %(levelname)s %(message)s"))
    for former in logger.handlers:
        former.close()
    logger.handlers = [shown, file] if terminal else [file]
    return logger


def said_by_a_command(settings: Settings) -> Say:
    """What a command that changes the archive tells a person by: on stderr, and in the log, where its lines about
    single files go too.
    """
    from connector.daemon.telling import to_log

    if settings.data.is_dir():  # made by the first command that writes
        settings.log_folder.mkdir(exist_ok=True, mode=0o700)
    log_to(settings.log_folder, settings.log.format, terminal=False)

    def say(line: str) -> None:
        output.say(line)
        if settings.log_folder.is_dir():
            to_log(line)

    return say

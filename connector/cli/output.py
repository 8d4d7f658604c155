"""What commands print: one JSON value on stdout with ``--json``, plain text for people, progress on stderr."""

from __future__ import annotations

import json
import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.counting import pace
from connector.counting import printable as printable

if TYPE_CHECKING:
    from connector.archive.groups import Progress

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]

PLAIN_EVERY = 5.0  # seconds between two lines of progress where there is no terminal


def emit(value: Any) -> None:
    """One JSON value on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def finite(value: float | None) -> float | None:
    """The value of an option; BadParameter where it is no number: ``nan`` is within all limits."""
    if value is not None and not math.isfinite(value):
        raise typer.BadParameter(f"{value} is no number to count with")
    return value


def say(line: str) -> None:
    """A line for the person, on stderr."""
    typer.echo(printable(line), err=True)


def first(lines: Sequence[str], most: int) -> list[str]:
    """The first ``most`` of ``lines``, and how many more there are."""
    more = len(lines) - most
    return [*lines[:most], f"and {more:,} more"] if more > 0 else list(lines)


def rows(pairs: Sequence[tuple[str, str]]) -> None:
    """A two-column table on stdout."""
    typer.echo(aligned(pairs))


def aligned(pairs: Sequence[tuple[str, str]]) -> str:
    """A two-column table; a value of several lines stays in its column."""
    width = max((len(name) for name, _ in pairs), default=0)
    return "\n".join(
        f"{name:<{width}}  " + printable(value).replace("\n", "\n" + " " * (width + 2)) for name, value in pairs
    )


def table(header: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> None:
    """A table on stdout, its columns as wide as their longest value; the last may be of any length."""
    everything = [header, *[tuple(map(printable, line)) for line in lines]]
    widths = [max(map(len, column)) for column in zip(*everything, strict=True)]
    for number, line in enumerate(everything):
        padded = [f"{value:<{width}}" for value, width in zip(line[:-1], widths, strict=False)]
        typer.secho("  ".join([*padded, line[-1]]).rstrip(), bold=number == 0)


@contextmanager
def progress(label: str, *, of_bytes: bool = False) -> Iterator[Progress]:
    """A bar with rate and time left at a terminal, a plain line now and then elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield _plain_progress(label, of_bytes)
        return
    from rich.console import Console
    from rich.progress import Progress as Bar

    with Bar(*_columns(of_bytes), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _columns(of_bytes: bool) -> list[Any]:
    from rich import progress as columns
    from rich.text import Text

    class Rate(columns.ProgressColumn):
        """So many a second."""

        def render(self, task: columns.Task) -> Text:
            return Text(
                f"{task.finished_speed or task.speed:,.1f}/s" if task.speed else "", style="progress.data.speed"
            )

    counts = (
        (columns.DownloadColumn(), columns.TransferSpeedColumn())
        if of_bytes
        else (columns.MofNCompleteColumn(), Rate())
    )
    return [columns.TextColumn("{task.description}"), columns.BarColumn(), *counts, columns.TimeRemainingColumn()]


def _plain_progress(label: str, of_bytes: bool = False) -> Progress:
    started = last = time.monotonic()
    size, unit = (1e6, " MB") if of_bytes else (1, "")

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if done and now - last >= PLAIN_EVERY:
            last = now
            say(f"{label}: {pace(done / size, total / size, now - started, unit)}")

    return tell


class LiveProgress:
    """Shows what a daemon or a training tells on stderr: a bar at a terminal, elsewhere a line now and then.

    Of files that are taken in there is a bar alone: the daemon's log has the numbers. ``index`` is one built anew.
    """

    def __init__(self, tell: Callable[[str], None] = say) -> None:
        self._tell = tell
        self._told_at = 0.0
        self._began = 0.0  # the building of an index
        self._bar: Any = None
        self._shows = ""  # what the bar is of

    def __call__(self, message: dict[str, Any]) -> None:
        match message["event"]:
            case "ended":
                self.close()
            case "files" if sys.stderr.isatty():
                self._show("files", "taking in", message["done"], message["total"], _columns(of_bytes=False))
                if message["done"] >= message["total"]:
                    self.close()
            case "index" if sys.stderr.isatty():
                self._show("index", "building the index", message["done"], message["total"], _columns(of_bytes=False))
                if message["done"] >= message["total"]:
                    self.close()
            case "index" if time.monotonic() - self._told_at >= PLAIN_EVERY:
                self._told_at = time.monotonic()
                self._began = self._began or self._told_at
                told = pace(message["done"], message["total"], self._told_at - self._began)
                self._tell(f"building the index: {told}")
            case "progress" if sys.stderr.isatty():
                self._show("training", message["text"], message["fraction"], 1.0, _training_columns())
            case "progress" if time.monotonic() - self._told_at >= PLAIN_EVERY:
                self._told_at = time.monotonic()
                self._tell(f"training: {message['text']}")

    def indexing(self, done: int, total: int) -> None:
        """How far an index that is built anew is: a ``Progress``."""
        self({"event": "index", "done": done, "total": total})

    def _show(self, what: str, text: str, done: float, total: float, columns: list[Any]) -> None:
        if self._shows != what:
            self.close()
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(*columns, console=Console(stderr=True), transient=True)
            self._bar.add_task(text)
            self._bar.start()
            self._shows = what
        self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=text)

    def close(self) -> None:
        """Leaves the terminal as it was."""
        if self._bar is not None:
            self._bar.stop()
        self._bar, self._shows = None, ""


def _training_columns() -> list[Any]:
    from rich.progress import BarColumn, TextColumn

    return [BarColumn(), TextColumn("{task.description}")]

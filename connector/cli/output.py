"""What commands print: one JSON value on stdout with ``--json``, plain text for people, progress on stderr."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

Json = Annotated[bool, typer.Option("--json", help="Print one JSON value on stdout.")]

Progress = Callable[[int, int], None]  # done, total

PLAIN_EVERY = 5.0  # seconds between two lines of progress where there is no terminal


def emit(value: Any) -> None:
    """One JSON value on stdout."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))


def say(line: str) -> None:
    """A line for the person, on stderr."""
    typer.echo(printable(line), err=True)


def printable(text: str) -> str:
    """Text from files without the control characters that could command a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def rows(pairs: list[tuple[str, str]]) -> None:
    """A two-column table on stdout."""
    width = max((len(name) for name, _ in pairs), default=0)
    for name, value in pairs:
        typer.echo(f"{name:<{width}}  {printable(value)}")


@contextmanager
def progress(label: str) -> Iterator[Progress]:
    """A bar with rate and time left at a terminal, a plain line now and then elsewhere; both on stderr."""
    if not sys.stderr.isatty():
        yield _plain_progress(label)
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Bar(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _plain_progress(label: str) -> Progress:
    started = last = time.monotonic()

    def tell(done: int, total: int) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= PLAIN_EVERY:
            last = now
            left = (now - started) / done * (total - done)
            say(f"{label}: {done:,} of {total:,}, {done / (now - started):,.1f}/s, {left:,.0f} s left")

    return tell


@contextmanager
def training_progress() -> Iterator[Callable[[dict[str, Any]], None]]:
    """A bar with the loss at a terminal, a plain line now and then elsewhere; both on stderr."""
    last = 0.0

    def tell(message: dict[str, Any]) -> None:
        nonlocal last
        if message["event"] == "progress" and time.monotonic() - last >= PLAIN_EVERY:
            last = time.monotonic()
            say(f"training: {message['text']}")

    if not sys.stderr.isatty():
        yield tell
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar(BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("starting", total=1.0)

        def show(message: dict[str, Any]) -> None:
            if message["event"] == "progress":
                bar.update(task, completed=message["fraction"], description=message["text"])

        yield show

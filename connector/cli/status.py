"""status: how things stand, once or live."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from connector.cli import output
from connector.cli.context import settings_of
from connector.counting import counted, pace

LINES_SHOWN = 10
EVERY = 1.0  # seconds between two looks with --watch
REST = 4  # times as long as a look took until the next one

Pairs = list[tuple[str, str]]


def register(app: typer.Typer) -> None:
    app.command()(status)


def status(
    context: typer.Context,
    watch: Annotated[bool, typer.Option("--watch", help="Go on showing it, until Ctrl-C.")] = False,
    as_json: output.Json = False,
) -> None:
    """Show sources, documents, the model, what waits and what went wrong.

    Example: connector status --watch
    """
    from connector.archive.status import status as collect

    settings = settings_of(context)
    if watch:
        _watch(lambda: collect(settings), as_json)
    elif as_json:
        output.emit(collect(settings))
    else:
        output.rows(_rows(collect(settings)))


def _watch(look: Callable[[], dict[str, Any]], as_json: bool) -> None:
    """Shows it again and again: in place at a terminal, else one after another; as JSON a line each."""
    from connector.daemon.signals import stopped_by_signals

    stop = stopped_by_signals()
    with _shown(as_json) as show:
        while True:
            started = time.monotonic()
            show(look())
            if stop.wait(max(EVERY, REST * (time.monotonic() - started))):
                return


@contextmanager
def _shown(as_json: bool) -> Iterator[Callable[[dict[str, Any]], None]]:
    if as_json:
        yield lambda report: typer.echo(json.dumps(report, ensure_ascii=False))
        return
    if not sys.stdout.isatty():
        yield lambda report: output.rows([*_rows(report), ("", "")])
        return
    from rich.console import Console
    from rich.live import Live
    from rich.text import Text

    with Live(console=Console(), auto_refresh=False, vertical_overflow="ellipsis") as live:
        yield lambda report: live.update(Text(output.aligned(_rows(report))), refresh=True)


def _rows(report: dict[str, Any]) -> Pairs:
    daemon, model, documents = report["daemon"], report["checkpoint"], report["documents"]
    more = report["errors_more"]
    held, queue, lone = report["transcripts"].get("held", 0), report["queue"], report["without_link"]
    return [
        ("inbox", report["inbox"]),
        (
            "daemon",
            f"running (process {daemon['pid']}): {_doing(daemon)}" if daemon else "not running: connector run",
        ),
        *([("page", report["served"])] if report["served"] else []),
        ("sources", _counts(report["sources"])),
        ("transcripts", _counts(report["transcripts"])),
        *_some(
            "new version",
            [f"{one['by'] or 'a file that is gone'} replaces {one['path']}" for one in report["replaced"]],
        ),
        *_some("same words", [f"{one['path']}: the same words as {one['of']}" for one in report["twins"]]),
        *_some("left out", report["duplicates"][::-1]),
        *([("in doubt", f"{counted(held, 'transcript')} held: connector review list")] if held else []),
        *_some("for nothing", report["describing_nothing"]),
        ("documents", _counts(documents)),
        *([("no video link", f"{counted(lone, 'transcript')}, linked to {report['public_url']}")] if lone else []),
        ("index", "up to date" if report["index"]["current"] else report["index"]["problem"]),
        ("checkpoint", f"{model['id']}: {model['told']}" if model else "none yet"),
        ("training", report["training"]),
        *_pushed(report["push"]),
        ("waiting", f"{counted(queue['files'], 'file')}, {counted(queue['intents'], 'request')}"),
        *(("error", error) for error in report["errors"]),
        *([("error", f"and {more:,} more before these")] if more else []),
    ]


def _doing(daemon: dict[str, Any]) -> str:
    if not daemon.get("progress"):
        return str(daemon["doing"])
    done, total = daemon["progress"]
    return f"{daemon['doing']}; {pace(done, total, daemon['seconds'])}"


def _pushed(push: dict[str, Any]) -> Pairs:
    """Rows about pushing; none where nobody does it."""
    lines = []
    held = ", ".join(counted(number, kind) for kind, number in push["held"].items() if number and kind != "datasource")
    if now := push["under_way"]:
        far = pace(now["done"], now["total"], now["seconds"]) if now["total"] else "reading the archive"
        lines.append(("push", f"under way to {now['server']} ({now['datasource']}): {far}"))
    if begun := push["unfinished"]:
        far = f" after {begun['done']:,} of {begun['total']:,}" if begun["done"] else ""
        lines.append(("push", f"stopped{far}, to {begun['server']} ({begun['datasource']}): the next one goes on"))
    if last := push["last"]:
        lines.append(("pushed", f"{last['at']} to {last['server']} ({last['datasource']})"))
    if held:
        lines.append(("held there", held))
    if last and last["refused"]:
        lines.append(("push", f"{counted(last['refused'], 'document')} refused: connector push"))
    if push["unsure"]:
        lines.append(("push", f"{push['unsure']:,} sent and not acknowledged: the next push sends them again"))
    if failed := push["failed"]:
        lines.append(("push failed", f"{failed['at']}: {failed['reason']}"))
    return lines


def _some(name: str, lines: Sequence[str]) -> Pairs:
    """Rows of ``name`` for the first of ``lines``, and how many more there are: those are in the JSON."""
    return [(name, line) for line in output.first(lines, LINES_SHOWN)]


def _counts(values: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in values.items()) or "none"

"""init, run, status: setting up and running."""

from __future__ import annotations

import logging
import shutil
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import output
from connector.cli.context import config_of, settings_of
from connector.counting import counted

if TYPE_CHECKING:
    from connector.archive.writer import Writer
    from connector.config import Config

LINES_SHOWN = 10


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(run)
    app.command()(status)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to set up; made if need be.")] = Path(),
) -> None:
    """Write a commented config.yaml and make the folders it names.

    Example: connector init ~/talks
    """
    from connector import config as configuration
    from connector.archive.writer import make_folders
    from connector.config_file import FILE_NAME
    from connector.errors import UsageError

    file = folder.absolute() / FILE_NAME
    if file.exists():
        raise UsageError(f"{file} exists already", hint="Edit it, or name another folder: connector init DIR")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(configuration.default_text(), encoding="utf-8")
    settings = configuration.load(file).settings
    make_folders(settings)
    output.say(f"wrote {file}\ndrop transcripts into {settings.inbox}, then: connector --config {file} run")


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take in what is there, train if due, and exit.")] = False,
) -> None:
    """Run the daemon: watch the inbox, index what is dropped, train in the background.

    Example: connector run --once
    """
    from connector.archive.writer import DAEMON, writing
    from connector.cli.logs import log_to
    from connector.daemon.worker import Daemon

    config = config_of(context)
    settings = config.settings
    with writing(settings, DAEMON, output.say) as archive:
        log = log_to(settings.log_folder)
        if not once:
            log.info("drop transcripts into %s (a subfolder is a collection)", settings.inbox)
            command = "connector" if shutil.which("connector") else sys.argv[0]
            log.info('search them from another terminal: %s search "your words"; stop with Ctrl-C', command)
        show = output.TrainingProgress(log.info)
        daemon = Daemon(archive, config.file, show, once=once)
        try:
            with ExitStack() as stack:
                if settings.serve.auto and not once:
                    archive.view.sync()  # before anybody is answered: what was taken back is to be seen by nobody
                    _serve_along(config, daemon.writer, stack)
                daemon.run()
        finally:
            show.close()
    log.info("stopped")


def _serve_along(config: Config, writer: Writer, stack: ExitStack) -> None:
    """The archive served by this process until ``stack`` ends, as `serve` in config.yaml says. Taking in goes on
    without, where another program has the port.
    """
    from connector.errors import PortTakenError
    from connector.serve.limits import Limits
    from connector.serve.running import serving
    from connector.serve.service import Service

    log, wanted = logging.getLogger("connector"), config.settings.serve
    limits = Limits() if wanted.rate_limits else None
    service = Service(config.settings, config.identity_file, writer, limits=limits)
    try:
        log.info("serving %s (open it in a browser)", stack.enter_context(serving(service, wanted.host, wanted.port)))
    except PortTakenError as error:
        log.warning("not served: %s (another `connector`? `serve.port` in config.yaml names another port)", error)


def status(context: typer.Context, as_json: output.Json = False) -> None:
    """Show sources, documents, the model, what waits and what went wrong.

    Example: connector status --json
    """
    from connector.archive.status import status as collect

    report = collect(settings_of(context))
    if as_json:
        output.emit(report)
        return
    daemon, model, documents = report["daemon"], report["checkpoint"], report["documents"]
    more = report["errors_total"] - len(report["errors"])
    held, queue = report["transcripts"].get("held", 0), report["queue"]
    output.rows(
        [
            ("inbox", report["inbox"]),
            (
                "daemon",
                f"running (process {daemon['pid']}): {daemon['doing']}" if daemon else "not running: connector run",
            ),
            ("sources", _counts(report["sources"])),
            ("transcripts", _counts(report["transcripts"])),
            *_some("new version", [f"{one['by']} replaces {one['path']}" for one in report["replaced"]]),
            *_some("same words", [f"{one['path']}: the same words as {one['of']}" for one in report["twins"]]),
            *_some("left out", report["duplicates"][::-1]),
            *([("in doubt", f"{counted(held, 'transcript')} held: connector review list")] if held else []),
            *_some("for nothing", report["describing_nothing"]),
            ("documents", _counts(documents)),
            (
                "no video link",
                f"{counted(report['without_link'], 'transcript')}, linked to {report['public_url']}",
            ),
            ("index", "up to date" if report["index"]["current"] else report["index"]["problem"]),
            ("checkpoint", f"{model['id']}: {model['told']}" if model else "none yet"),
            ("training", report["training"]),
            *_pushed(report["push"]),
            ("waiting", f"{counted(queue['files'], 'file')}, {counted(queue['intents'], 'request')}"),
            *(("error", error) for error in report["errors"]),
            *([("error", f"and {more:,} more before these")] if more else []),
        ]
    )


def _pushed(push: dict[str, Any]) -> list[tuple[str, str]]:
    """Rows about pushing; none where nobody does it."""
    lines = []
    if last := push["last"]:
        held = ", ".join(counted(number, kind) for kind, number in push["held"].items() if kind != "datasource")
        lines.append(("pushed", f"{last['at']} to {last['server']} ({last['datasource']}), which holds {held}"))
        if last["refused"]:
            lines.append(("push", f"{counted(last['refused'], 'document')} refused: connector push"))
    if push["unsure"]:
        lines.append(("push", f"{push['unsure']:,} sent and not acknowledged: the next push sends them again"))
    if failed := push["failed"]:
        lines.append(("push failed", f"{failed['at']}: {failed['reason']}"))
    return lines


def _some(name: str, lines: Sequence[str]) -> list[tuple[str, str]]:
    """Rows of ``name`` for the first of ``lines``, and how many more there are: those are in the JSON."""
    return [(name, line) for line in output.first(lines, LINES_SHOWN)]


def _counts(values: dict[str, int]) -> str:
    return ", ".join(f"{number:,} {name}" for name, number in values.items()) or "none"

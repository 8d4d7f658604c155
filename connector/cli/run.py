"""init, run, rescan: setting up and running."""

from __future__ import annotations

import logging
import shlex
import shutil
import sys
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import output
from connector.cli.context import config_of, settings_of
from connector.config_file import is_found_anywhere
from connector.counting import counted

if TYPE_CHECKING:
    from connector.archive.writer import Archive, Writer
    from connector.config import Config


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(run)
    app.command()(rescan)


def init(
    folder: Annotated[Path, typer.Argument(metavar="[DIR]", help="Where to set up; made if need be.")] = Path(),
) -> None:
    """Write a commented config.yaml and make the folders it names.

    Example: connector init ~/talks
    """
    from connector import config as configuration
    from connector.archive.writer import make_folders
    from connector.config_file import FILE_NAME, default_text
    from connector.errors import UsageError

    file = folder.absolute() / FILE_NAME
    if file.exists():
        raise UsageError(f"{file} exists already", hint="Edit it, or name another folder: connector init DIR")
    folder.mkdir(parents=True, exist_ok=True)
    file.write_text(default_text(), encoding="utf-8")
    settings = configuration.load(file).settings
    make_folders(settings)
    quoted = shlex.quote(str(file))
    output.say(f"wrote {file}\ndrop transcripts into {settings.inbox}, then: connector --config {quoted} run")


def run(
    context: typer.Context,
    once: Annotated[bool, typer.Option("--once", help="Take in what is there, train if due, and exit.")] = False,
) -> None:
    """Run the daemon: watch the inbox, index what is dropped, train in the background.

    Example: connector run --once
    """
    from connector.archive.writer import DAEMON, make_folders, writing
    from connector.cli.logs import log_to
    from connector.daemon.worker import Daemon

    config = config_of(context)
    settings = config.settings
    make_folders(settings)
    log = log_to(settings.log_folder, settings.log.format)
    with (
        closing(output.LiveProgress(log.info)) as show,
        writing(settings, DAEMON, log.info, show.indexing) as archive,
        ExitStack() as stack,
    ):
        daemon = Daemon(archive, config.file, show, once=once)
        if settings.serve.auto and not once:
            with output.progress("indexing") as progress:
                archive.view.sync(progress)  # before anybody is answered: what was taken back is to be seen by nobody
            _serve_along(config, archive, daemon.writer, stack)

        def ready() -> None:
            if not once:
                log.info("drop transcripts into %s (a subfolder is a collection)", settings.inbox)
                log.info('search them from another terminal: %s search "your words"%s', _called(config.file), _ended())

        daemon.run(ready)
    log.info("stopped")


def rescan(context: typer.Context, as_json: output.Json = False) -> None:
    """Have the daemon look at the whole inbox now: for what the system does not report, as on a network share.

    Example: connector rescan
    """
    from connector.archive.ledger import Ledger
    from connector.archive.requests import rescan as look

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger:
        answer = look(ledger, settings)
    if as_json:
        output.emit(answer)
    else:
        typer.echo(f"looked at {settings.inbox}: {counted(answer['waiting'], 'file')} waiting to be taken in")


def _called(config_file: Path) -> str:
    """How a person calls the connector with this configuration, from any folder."""
    command = "connector" if shutil.which("connector") else shlex.quote(sys.argv[0])
    return command if is_found_anywhere(config_file) else f"{command} --config {shlex.quote(str(config_file))}"


def _ended() -> str:
    """How it is stopped, where that is known: what a manager of services started is stopped by that."""
    return "; stop with Ctrl-C" if sys.stderr.isatty() else ""


def _serve_along(config: Config, archive: Archive, writer: Writer, stack: ExitStack) -> None:
    """The archive served by this process until ``stack`` ends, as `serve` in config.yaml says. Taking in goes on
    without, where another program has the port.
    """
    from connector.archive.writer import note_address
    from connector.errors import PortTakenError
    from connector.serve.checking import checker
    from connector.serve.limits import Limits
    from connector.serve.running import serving
    from connector.serve.service import Service

    log, wanted = logging.getLogger("connector"), config.settings.serve
    limits = Limits() if wanted.rate_limits else None
    check = checker() if wanted.validated else None
    service = Service(config.settings, config.identity_file, writer, limits=limits, check=check)
    try:
        address = stack.enter_context(serving(service, wanted.host, wanted.port))
        note_address(archive, address)
        log.info("serving %s (open it in a browser)", address)
    except PortTakenError as error:
        log.warning("not served: %s (another `connector`? `serve.port` in config.yaml names another port)", error)

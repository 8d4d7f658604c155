"""service install, uninstall, status: `connector run` at login."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import output
from connector.cli.context import config_of

if TYPE_CHECKING:
    from connector.daemon.autostart import Autostart, Call

app = typer.Typer(
    help="`connector run` at login: a user unit of systemd, or an agent of launchd.",
    epilog="Example: connector service install",
    no_args_is_help=True,
)


def register(root: typer.Typer) -> None:
    root.add_typer(app, name="service")


@app.command()
def install(
    context: typer.Context,
    only_print: Annotated[bool, typer.Option("--print", help="Print the file, and do nothing.")] = False,
) -> None:
    """Have `connector run` started now and at every login, with the configuration that is used here.

    Example: connector --config ~/talks/config.yaml service install
    """
    from connector.archive.writer import holder_of
    from connector.errors import RemoteError

    found = _autostart(context)
    if only_print:
        typer.echo(found.content.decode("utf-8", "backslashreplace"), nl=False)
        return
    holder = None if found.is_installed else holder_of(config_of(context).settings)
    failed = found.install()
    output.say(f"wrote {found.file}")
    if failed:
        _tell_by_hand(found, failed, found.enable)
        raise typer.Exit(RemoteError.exit_code)
    output.say("started, and starts at every login; how it is: connector service status")
    if holder:
        at_work = f"`connector {holder['command']}` (process {holder['pid']})"
        output.say(f"{at_work} works on the archive now: the service tries again until that has ended")
    if found.manager == "systemd":
        output.say("to have it run without anybody logged in: loginctl enable-linger")
        output.say("where that is refused: sudo loginctl enable-linger $USER")


@app.command()
def uninstall(context: typer.Context) -> None:
    """Stop it, and start it no more. The archive stays as it is.

    Example: connector service uninstall
    """
    from connector.errors import RemoteError

    found = _autostart(context)
    if not found.is_installed:
        output.say(f"not installed: there is no {found.file}")
        return
    failed = found.uninstall()
    output.say(f"took {found.file} away")
    if failed:
        _tell_by_hand(found, failed, found.disable)
        raise typer.Exit(RemoteError.exit_code)


@app.command()
def status(context: typer.Context) -> None:
    """Say whether it is installed, and what the manager says of it.

    Example: connector service status
    """
    from connector.errors import NotSetUpError

    found = _autostart(context)
    if not found.is_installed:
        raise NotSetUpError(f"not installed: there is no {found.file}", hint="connector service install")
    typer.echo(f"installed: {found.file}")
    typer.echo(output.printable(found.told()))


def _autostart(context: typer.Context) -> Autostart:
    from connector.daemon.autostart import autostart

    config = config_of(context)
    return autostart(config.file, config.settings.log_folder)


def _tell_by_hand(found: Autostart, failed: tuple[Call, str], calls: tuple[Call, ...]) -> None:
    call, reason = failed
    output.say(f"{found.manager} could not be told ({shlex.join(call)}: {reason}); where it runs, call:")
    for one in calls:
        output.say(f"  {shlex.join(one)}")

"""``connector``: the commands under one roof, and the edge where every error becomes a sentence and an exit code."""

from __future__ import annotations

import gc
import signal
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from connector.errors import BadInputError, ConnectorError
from indexer import IndexMissing, IndexProblem

INTERRUPTED = 128 + signal.SIGINT  # as Typer exits, and every shell counts
UNREAD = 128 + signal.SIGPIPE  # as of any program whose reader had enough: `connector doctor | head -4`
OBJECTS_UNTIL_COLLECTION = 70_000

# The commands of each module.
MODULES = {
    "run": ("init", "run", "rescan"),
    "status": ("status",),
    "doctor": ("doctor",),
    "service": ("service",),
    "backup": ("backup", "restore"),
    "find": ("search",),
    "suggest": ("suggest",),
    "related": ("occurrences", "similar"),
    "archive": ("ingest", "show", "forget", "rebuild"),
    "reading": ("formats", "parse"),
    "quality": ("quality",),
    "review": ("review",),
    "jargon": ("jargon",),
    "learn": ("train", "sample"),
    "model": ("model",),
    "report": ("report",),
    "exchange": ("export", "check", "access"),
    "push": ("push",),
    "serve": ("serve", "mcp"),
    "evaluate": ("evaluate",),
}


class _Options:
    debug = False


def _tell_version(wanted: bool) -> None:
    if wanted:
        from connector.version import version

        typer.echo(version())
        raise typer.Exit


def options(
    context: typer.Context,
    config: Annotated[
        Path | None,
        typer.Option(
            help="The configuration file. Default: $CONNECTOR_CONFIG, ./config.yaml, or the one beside .venv.",
            show_default=False,
        ),
    ] = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    _: Annotated[
        bool, typer.Option("--version", help="Print the version and exit.", is_eager=True, callback=_tell_version)
    ] = False,
) -> None:
    """Options that stand before every command."""
    context.obj = config
    _Options.debug = debug


def application(arguments: Sequence[str] = ()) -> typer.Typer:
    """All commands; of the ``arguments`` of one the commands of its module alone: the others take a tenth of a second
    to be there.
    """
    app = typer.Typer(
        name="connector",
        help=(
            "Find every moment of your recorded talks: drop transcripts into a folder, search them, hand them to Glean."
        ),
        epilog="Start: connector init, connector run, copy a transcript into the inbox, connector search WORDS.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(options)
    named = _command(arguments)
    for module in [module for module, commands in MODULES.items() if named in commands] or MODULES:
        import_module(f"connector.cli.{module}").register(app)
    return app


def _command(arguments: Sequence[str]) -> str:
    """The command that is named behind the options of ``options``; "" for none."""
    left = iter(arguments)
    for argument in left:
        if not argument.startswith("-"):
            return argument
        if argument == "--config":
            next(left, "")
    return ""


def collect_rarely() -> None:
    """Has Python look for unreachable cycles of objects a hundredth as often.

    A recording becomes thousands of small values that live on, and make no cycles: looking for some among them takes a
    tenth of the reading. (What has no cycle is freed at once in any case.)
    """
    gc.freeze()  # what was imported stays
    gc.set_threshold(OBJECTS_UNTIL_COLLECTION)


def main() -> None:
    """The entry point. Exit codes: 0 done, 1 internal error, 2 usage, 3 not set up, 4 other side, 5 bad input."""
    signal.signal(signal.SIGTERM, _ended)
    try:
        app = application(sys.argv[1:])
        collect_rarely()
        app()
    except SystemExit as ended:
        if isinstance(ended.__context__, BrokenPipeError):  # Typer takes it for a failure
            sys.exit(UNREAD)
        raise
    except KeyboardInterrupt:  # before or after the command
        sys.exit(INTERRUPTED)
    except ConnectorError as error:
        _fail(error.exit_code, error.message, error.hint)
    except IndexMissing:
        _fail(
            3,
            "there is no index yet",
            "`connector run` or `connector ingest PATH` makes it; `connector rebuild` remakes it.",
        )
    except IndexProblem as error:
        _fail(3, str(error), "`connector rebuild` makes the index anew from the ledger.")
    except (OSError, _of_the_ledger()) as error:
        _fail(
            BadInputError.exit_code if isinstance(error, FileNotFoundError | PermissionError) else 1,
            _plain(error),
            "",
        )
    except Exception as error:  # noqa: BLE001  # the edge: never a traceback unless asked for
        _fail(
            1,
            f"internal error: {error!r}",
            "Run the command again with --debug before it, and report what it prints.",
        )


def _of_the_ledger() -> type[Exception]:
    """What SQLite raises where it cannot go on; imported where something has gone wrong: a search does without."""
    import sqlite3

    return sqlite3.OperationalError


def _ended(number: int, _: FrameType | None) -> None:
    """What a command has begun is put away, as with Ctrl-C; those that run on have ways of their own."""
    sys.exit(128 + number)


def _plain(error: Exception) -> str:
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    return str(error)


def _fail(code: int, message: str, hint: str) -> None:
    if _Options.debug:
        traceback.print_exc()
    from logging import ERROR  # here alone

    from connector.cli import journal

    if journal.is_read():
        typer.echo(journal.graded(f"error: {message}" + (f"; {hint}" if hint else ""), ERROR), err=True)
        sys.exit(code)
    typer.secho(f"error: {message}", err=True, fg="red")
    if hint:
        typer.echo(f"  {hint}", err=True)
    sys.exit(code)

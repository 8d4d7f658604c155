"""doctor: is everything well, and what to do where it is not."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import typer

from connector.cli import output

if TYPE_CHECKING:
    from connector.doctor import Check

COLOURS = {"ok": "green", "warn": "yellow", "fail": "red"}


def register(app: typer.Typer) -> None:
    app.command()(doctor)


def doctor(context: typer.Context, as_json: output.Json = False) -> None:
    """Check the installation: machine, configuration, inbox, archive, model, tokens. Says what to do for each.

    Exit code 3 where something must be mended, 0 otherwise.

    Example: connector doctor
    """
    from connector.doctor import examine
    from connector.errors import NotSetUpError

    checks: list[Check] = []
    for check in examine(context.obj):
        checks.append(check)
        if not as_json:
            _tell(check)
    failed = sum(check.state == "fail" for check in checks)
    if as_json:
        output.emit({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        doubtful = sum(check.state == "warn" for check in checks)
        well = f"{len(checks) - failed - doubtful} of {len(checks)} well"
        typer.echo(f"\n{well}, {failed} to mend, {doubtful} that could be better")
    if failed:
        raise typer.Exit(NotSetUpError.exit_code)


def _tell(check: Check) -> None:
    """A line, and below it what to do."""
    typer.secho(f"{check.state:<5}", fg=COLOURS[check.state], nl=False)
    typer.echo(output.printable(f" {check.name:<13}  {check.found}").replace("\n", "\n" + " " * 21))
    if check.todo:
        typer.echo(" " * 21 + output.printable(f"→ {check.todo}").replace("\n", "\n" + " " * 23))

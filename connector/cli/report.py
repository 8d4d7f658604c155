"""report: what became of a training, in words and figures, and where its page with the curves is."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import completing, output
from connector.cli.context import settings_of
from connector.errors import BadInputError, NotSetUpError

if TYPE_CHECKING:
    from connector.config import Settings


def register(app: typer.Typer) -> None:
    app.command()(report)


def report(
    context: typer.Context,
    checkpoint: Annotated[
        str | None,
        typer.Argument(
            autocompletion=completing.checkpoints,
            metavar="[CHECKPOINT]",
            help="Its id, or the beginning of it; or a model's folder (train --text). Default: the newest.",
            show_default=False,
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Copy the page, with its curves, to FILE.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Say what became of a training: a verdict, what to do, every figure, and where the page with the curves is.

    Example: connector report --html report.html
    """
    from model.errors import CheckpointError
    from model.page import figures
    from model.report_files import DATA, PAGE, read_report

    own = checkpoint is not None and (Path(checkpoint) / DATA).is_file()
    folder = Path(checkpoint or "") if own else _folder(settings_of(context), checkpoint)
    try:
        found = read_report(folder)
    except CheckpointError as error:
        raise BadInputError(str(error), hint="The next training writes a new one: connector train") from error
    if found is None:
        raise BadInputError(
            f"{folder.name} has no report: it comes from an earlier version", hint="`connector train` makes the next."
        )
    page = folder / PAGE
    if html:
        shutil.copyfile(page, html)
        page = html
    if as_json:
        output.emit(found.to_json() | {"page": str(page.absolute())})
        return
    judgement = found.judgement
    typer.secho(f"{judgement.verdict}  ({found.checkpoint})", bold=True)
    typer.echo(output.printable(judgement.why))
    typer.echo(output.printable(f"What to do: {judgement.what_to_do}\n"))
    output.rows(figures(found))
    for note in found.notes:
        typer.echo(output.printable(note))
    typer.echo(f"\nthe page: {page.absolute()}")


def _folder(settings: Settings, checkpoint: str | None) -> Path:
    """The folder of the newest checkpoint, or of the one whose id begins so."""
    from model.checkpoint import list_checkpoints
    from model.report_files import folder_of

    known = [info.id for info in list_checkpoints(settings.model_folder)]
    if not known:
        raise NotSetUpError("there is no checkpoint yet", hint="`connector train` makes one, and its report.")
    chosen = [ident for ident in known if ident.startswith(checkpoint)] if checkpoint else known[-1:]
    if len(chosen) != 1:
        there = "more than one checkpoint begins" if chosen else "no checkpoint begins"
        raise BadInputError(f"{there} with {checkpoint!r}", hint=f"There are: {', '.join(known)}")
    return folder_of(settings.model_folder, chosen[0])

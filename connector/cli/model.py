"""model export, model import: what the model may read to another machine, and what it learned there back."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connector.cli import output
from connector.cli.context import settings_of
from connector.cli.learn import taught
from connector.counting import counted
from connector.errors import BadInputError

commands = typer.Typer(
    help="Train on another machine, for example a rented GPU, and bring the checkpoint back.",
    epilog="Example, here: connector model export archive.jsonl. There: connector train --text archive.jsonl"
    " --preset baby. Here again: connector model import archive.model.",
    no_args_is_help=True,
)


def register(app: typer.Typer) -> None:
    commands.command("export")(export)
    commands.command("import")(take_over)
    app.add_typer(commands, name="model")


def export(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="[FILE]", help="Where to; .jsonl.")] = Path("archive.jsonl"),
    as_json: output.Json = False,
) -> None:
    """Write the text of every transcript the model may read into one file, for `connector train --text FILE`.

    It holds what was said, and leaves this machine's permissions behind: whoever has the file can read all of it.

    Example: connector model export archive.jsonl
    """
    from connector.archive.corpus_file import SUFFIX, write_corpus
    from connector.archive.ledger import Ledger

    if file.suffix != SUFFIX:
        raise BadInputError(f"{file}: what is exported is a {SUFFIX} file", hint=f"For example archive{SUFFIX}.")
    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger:
        transcripts, characters = write_corpus(file, ledger, settings)
    if as_json:
        output.emit({"file": str(file), "transcripts": transcripts, "characters": characters})
        return
    typer.echo(f"{counted(transcripts, 'transcript')}, {characters:,} characters in {file}")
    typer.echo(f"there: connector train --text {file.name} --preset baby; then bring {file.stem}.model back")


def take_over(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="What `connector train --text FILE.jsonl` made.")],
    as_json: output.Json = False,
) -> None:
    """Take over the newest checkpoint of a training elsewhere, and draw its samples.

    It must have read nothing but transcripts the model may read here now, and, where both were measured on the same
    held-out transcripts, be no worse than the archive's own.

    Example: connector model import archive.model
    """
    report = taught(context, "import", {"folder": str(folder.absolute())})
    if as_json:
        output.emit(report)
    elif report.get("started"):
        typer.echo("the daemon takes it over; `connector status` shows its checkpoint")

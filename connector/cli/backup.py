"""backup, restore: all that cannot be made anew, in one file, and back."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from connector.cli import output
from connector.cli.context import config_of
from connector.counting import counted


def register(app: typer.Typer) -> None:
    app.command()(backup)
    app.command()(restore)


def backup(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to; in a folder: a file named by the time.")],
    as_json: output.Json = False,
) -> None:
    """Write ledger, checkpoints, config.yaml, jargon.yaml, identity.yaml and tokens (hashes) into one file.

    The daemon may be at work meanwhile. The index is built anew by `restore`; source files and the token of a push are
    not in it.

    Example: connector backup /mnt/backups/
    """
    from connector.archive.backup import backup as write
    from connector.errors import BadInputError, UsageError

    config = config_of(context)
    if file.is_dir():
        file /= f"transcripts-{datetime.now(UTC):%Y-%m-%dT%H%M%SZ}.tar.gz"
    file = file.absolute()
    if not file.parent.is_dir():
        raise BadInputError(f"{file.parent}: no such folder")
    if file.exists() and not file.is_file():
        raise BadInputError(f"{file} is there, and is no plain file")
    if file.resolve().is_relative_to(config.settings.inbox.resolve()):
        raise UsageError(f"{file} lies in the inbox, where it would be taken for a transcript")
    started = time.monotonic()
    with output.progress("packing", of_bytes=True) as progress:
        report = write(config, file, progress)
    report["seconds"] = round(time.monotonic() - started, 3)
    if as_json:
        output.emit(report)
        return
    held = f"{counted(report['transcripts'], 'transcript')}, {counted(report['checkpoints'], 'checkpoint')}"
    typer.echo(f"{file}: {held}, {report['bytes'] / 1e6:,.1f} MB in {report['seconds']:.1f} s")


def restore(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `connector backup` wrote.")],
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="For config.yaml and what lies beside it; made if need be.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Put a backup back where no archive is, each file checked by its hash, and build the index.

    The archive is as it was when the backup was made: what was forgotten after that is there again, and must be
    forgotten anew.

    Example: connector restore transcripts-2026-01-14.tar.gz ~/talks
    """
    from connector.archive.restoring import restore as put_back
    from connector.archive.restoring import target_of
    from connector.archive.writer import writing
    from connector.cli.logs import said_by_a_command
    from connector.daemon.telling import to_log
    from connector.errors import BadInputError

    target = target_of(context.obj, folder)
    if not file.is_file():
        raise BadInputError(f"{file}: no such file")
    started = time.monotonic()
    with output.progress("checking", of_bytes=True) as progress:
        config = put_back(file, target, progress, output.say)
    try:
        say = said_by_a_command(config.settings)
        with writing(config.settings, "restore", say) as archive, output.progress("indexing") as progress:
            archive.view.sync(progress)
            documents = sum(archive.view.index.counts().values())
            transcripts = len(archive.ledger.transcript_ids())
            to_log(f"restored from {file}: {counted(transcripts, 'transcript')}")
    except (KeyboardInterrupt, SystemExit):
        output.say(f"the ledger is restored, its index not; now: connector --config {config.file} rebuild")
        raise
    seconds = round(time.monotonic() - started, 3)
    if as_json:
        told = {"config": str(config.file), "data": str(config.settings.data)}
        output.emit(told | {"transcripts": transcripts, "documents": documents, "seconds": seconds})
        return
    typer.echo(f"{counted(transcripts, 'transcript')}, {counted(documents, 'document')} in {seconds:.1f} s")
    output.say(f"now: connector --config {config.file} run")

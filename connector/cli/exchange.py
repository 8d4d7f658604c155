"""export, check, access: what leaves, whether Glean takes it, and who sees it there."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import completing, output
from connector.cli.context import config_of
from connector.counting import counted

if TYPE_CHECKING:
    from connector.config import Config
    from connector.glean.files import FindOwn
    from connector.glean.own import Own
    from connector.glean.report import Report


def register(app: typer.Typer) -> None:
    app.command()(export)
    app.command()(check)
    app.command()(access)


def export(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: `export` in the data folder.")
    ] = None,
    changed_since: Annotated[
        str | None,
        typer.Option(
            metavar="EXPORT|DATE",
            help="Only what changed since an earlier export: its folder, or a day, for the last one before it.",
        ),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Write all that leaves for Glean as files, checked before: the bodies of its calls, NDJSON, a flat table.

    manifest.json lists the files in the order in which they go, each with its call. With --changed-since documents go
    by calls that leave the others alone, and those that are gone by deletions.

    Example: connector export --out exports/2025-01-14
    """
    from connector.archive.groups import outgoing
    from connector.archive.ledger import Ledger
    from connector.glean.changes import Earlier, earlier_hashes, remember
    from connector.glean.export import export as write
    from connector.identity import load_identity

    config = config_of(context)
    settings = config.settings
    folder = (out or settings.export_folder).absolute()
    with Ledger.open(settings.ledger_file) as ledger:
        since = None
        if changed_since is not None:
            since = Earlier(earlier_hashes(ledger, changed_since), settings.glean.datasource)
        with output.progress("exporting") as progress:
            documents = outgoing(ledger, settings, progress)
            done = write(documents, folder, settings, load_identity(config.identity_file), since)
        remember(ledger, folder, done.hashes, datetime.now(UTC))
    if as_json:
        told = {"folder": str(done.folder), "documents": done.total, "pages": done.pages, "uploadId": done.upload_id}
        told |= {"types": done.documents, "unchanged": done.unchanged, "deleted": done.deleted}
        output.emit(told | {"warnings": done.warnings})
        return
    written = f"{counted(done.total, 'document')} on {counted(done.pages, 'page')}"
    if since:
        written += f", {done.unchanged:,} unchanged, {done.deleted:,} to delete,"
    upload = f" (upload {done.upload_id})" if done.pages else ""
    typer.echo(f"{written} in {done.folder}{upload}")
    for warning in done.warnings:
        output.say(f"note: {warning}")
    typer.echo("manifest.json lists the files in the order in which they go to Glean, each with its call")


def check(
    context: typer.Context,
    files: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[FILE...]", help="JSON or NDJSON for Glean, or a folder of it; none: the archive."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Hold what would leave, or any JSON meant for Glean, against every rule of its indexing API.

    Files are told apart by their shape: pages, documents, a datasource, users, groups, memberships. Documents are held
    against the datasource and the people in the same files, else against the archive's where they are of its own.

    Example: connector check pages/*.json
    """
    from connector.errors import BadInputError

    if files:
        from connector.glean.files import check_files

        report = check_files(files, _own(context))
    else:
        report = _check_archive(config_of(context))
    if as_json:
        output.emit(report.to_json())
    else:
        for line in report.lines():
            typer.echo(output.printable(line))
        for warning in report.warnings:
            output.say(f"note: {warning}")
        for missing in report.unheld:
            output.say(f"not looked at: {missing}")
        fine = "no rule is broken as far as it was looked at" if report.unheld else "Glean takes all of it"
        broken = f"{counted(report.broken, 'rule')} broken" if report.broken else fine
        typer.echo(f"checked: {report.counts()}; {broken}")
    if report.broken:
        raise typer.Exit(BadInputError.exit_code)


def _own(context: typer.Context) -> FindOwn:
    """Finds the archive's datasource, where there is an archive."""
    from connector.errors import NotSetUpError
    from connector.glean.own import own_datasource

    if context.obj:  # one was named: what is wrong with it is to be mended
        config_of(context)

    def own() -> Own | None:
        try:
            config = config_of(context)
        except NotSetUpError:
            return None
        return own_datasource(config.settings, config.identity_file) if config.settings.ledger_file.exists() else None

    return own


def _check_archive(config: Config) -> Report:
    from connector.archive.groups import outgoing
    from connector.archive.ledger import Ledger
    from connector.glean.gate import check_archive
    from connector.identity import load_identity

    settings = config.settings
    with Ledger.open(settings.ledger_file) as ledger, output.progress("checking") as progress:
        return check_archive(outgoing(ledger, settings, progress), settings, load_identity(config.identity_file))


def access(
    context: typer.Context,
    ident: Annotated[str, completing.ident("A document's id, or the beginning of one.")],
    email: Annotated[str, typer.Argument(metavar="EMAIL", help="Who asks.")],
    as_json: output.Json = False,
) -> None:
    """Say whether a person sees a document, and why.

    Example: connector access 1a2b3c4d ann@example.com
    """
    from connector.archive.audience import access as explain
    from connector.archive.ledger import Ledger
    from connector.identity import load_identity

    config = config_of(context)
    with Ledger.open(config.settings.ledger_file) as ledger:
        told = explain(ledger, config.settings, load_identity(config.identity_file), ident, email)
    if as_json:
        output.emit(told.to_json())
        return
    for line in told.lines():
        typer.echo(output.printable(line))

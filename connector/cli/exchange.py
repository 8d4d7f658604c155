"""export: what leaves."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from connector.cli import output
from connector.cli.context import settings_of
from connector.counting import counted


def register(app: typer.Typer) -> None:
    app.command()(export)


def export(
    context: typer.Context,
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where to; default: `export` in the data folder.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Write every document as Glean bulkindexdocuments pages (JSON) and as NDJSON, each checked before.

    Example: connector export --out glean-pages
    """
    from connector.archive.groups import outgoing
    from connector.archive.ledger import Ledger
    from connector.glean.export import export as write

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger, output.progress("exporting") as progress:
        done = write(
            outgoing(ledger, settings, progress),
            (out or settings.export_folder).absolute(),
            settings.glean.datasource,
        )
    if as_json:
        output.emit(
            {
                "folder": str(done.folder),
                "documents": done.documents,
                "pages": done.pages,
                "uploadId": done.upload_id,
            }
        )
        return
    written = f"{counted(done.documents, 'document')} on {counted(done.pages, 'page')}"
    typer.echo(f"{written} in {done.folder} (upload {done.upload_id})")
    typer.echo("each page is the body of one POST to /api/index/v1/bulkindexdocuments, in the order of their names")

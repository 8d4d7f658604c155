"""review list | show | approve | reject: what the quality gate holds, and a person's decision."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from connector.cli import completing, output
from connector.cli.context import settings_of

app = typer.Typer(
    help="Decide about transcripts in doubt: list, show, approve, reject.",
    epilog="Example: connector review list",
    no_args_is_help=True,
)

Idents = Annotated[
    list[str],
    typer.Argument(
        autocompletion=completing.held,
        metavar="ID...",
        help="Of transcripts, or their beginnings; the path of a rejected file.",
    ),
]


def register(root: typer.Typer) -> None:
    root.add_typer(app, name="review")


@app.command("list")
def list_(context: typer.Context, as_json: output.Json = False) -> None:
    """List what is held, each with its first reason, and the files that were rejected.

    Example: connector review list
    """
    from connector.archive.ledger import Ledger

    with Ledger.open(settings_of(context).ledger_file) as ledger:
        held = [
            {"id": row.id, "title": row.metadata.title, "format": row.format, **row.judgement} for row in ledger.held()
        ]
        rejected = [source.path for source in ledger.sources("rejected")]
    if as_json:
        output.emit({"held": held, "rejected": rejected})
        return
    if held:
        output.table(
            ("id", "title", "why"),
            [(one["id"], one["title"] or "", next(iter(one.get("reasons", ())), "")) for one in held],
        )
        output.say("connector review show ID says more; approve ID or reject ID decides")
    else:
        output.say("nothing is held")
    for path in rejected:
        typer.echo(output.printable(f"rejected: {path}"))


@app.command()
def show(
    context: typer.Context,
    ident: Annotated[
        str,
        typer.Argument(autocompletion=completing.held, metavar="ID", help="Of a transcript; its beginning suffices."),
    ],
    as_json: output.Json = False,
) -> None:
    """Show why a transcript is in doubt: reasons, scores, and the doubtful stretches with their words.

    Example: connector review show t0f3a…
    """
    from connector.archive.documents import segments_of
    from connector.archive.ledger import Ledger
    from connector.archive.lookup import transcript_named
    from connector.transcripts.timecode_text import clock_text

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger:
        row = transcript_named(ledger, ident)
        parts = [part for _, part in segments_of(row, settings, ledger.glossary())]
    told = row.judgement
    doubts: list[dict[str, Any]] = [
        {
            "start": start,
            "end": end,
            "grade": grade,
            "reason": reason,
            "text": " ".join(part.text for part in parts if start <= part.start < end or part.start == start),
        }
        for start, end, grade, reason in told.get("doubts", ())
    ]
    if as_json:
        output.emit({"id": row.id, "title": row.metadata.title, "verdict": row.verdict, **told, "doubts": doubts})
        return
    output.rows(
        [
            ("title", row.metadata.title or "Untitled"),
            ("verdict", row.verdict),
            ("quality", told.get("grade", "not asked")),
            *[("because", reason) for reason in told.get("reasons", ())],
            *[(name.replace("_", " "), f"{value:g}") for name, value in told.get("scores", {}).items()],
        ]
    )
    for one in doubts:
        typer.secho(
            output.printable(f"\n{clock_text(one['start'])}-{clock_text(one['end'])}  {one['reason']}"), bold=True
        )
        typer.echo(output.printable(one["text"]))


@app.command()
def approve(context: typer.Context, idents: Idents, as_json: output.Json = False) -> None:
    """Say that transcripts are good enough: they are exported, pushed and learned from like others.

    It holds while their files are the same; new bytes are judged anew.

    Example: connector review approve t0f3a…
    """
    _decide(context, "approve", idents, as_json)


@app.command()
def reject(context: typer.Context, idents: Idents, as_json: output.Json = False) -> None:
    """Say that transcripts are not worth having: they go from every view, and the models that read them.

    Their files stay where they are and are left alone while they are the same.

    Example: connector review reject t0f3a…
    """
    _decide(context, "reject", idents, as_json)


def _decide(context: typer.Context, command: str, idents: list[str], as_json: bool) -> None:
    from connector.archive.ledger import Ledger
    from connector.cli.logs import said_by_a_command
    from connector.daemon.decisions import about
    from connector.daemon.operations import carry_out

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger:
        arguments = about(ledger, idents)
    answer = carry_out(settings, command, arguments, said_by_a_command(settings))
    if as_json:
        output.emit(answer)

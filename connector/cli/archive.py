"""ingest, show, forget, rebuild: what is in the archive."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import completing, output
from connector.cli.context import config_of, settings_of
from connector.counting import counted

if TYPE_CHECKING:
    from connector.archive.rows import TranscriptRow
    from connector.transcripts.transcript import Cue
    from indexer import Document

FILES_TOLD = 12  # of whose notes `ingest` tells
NOTES_TOLD = 8  # of one file


def register(app: typer.Typer) -> None:
    app.command()(ingest)
    app.command()(show)
    app.command()(forget)
    app.command()(rebuild)


def ingest(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(metavar="PATH...", help="Files, or folders with all below them.")],
    as_json: output.Json = False,
) -> None:
    """Take in named files or folders, without watching. They stay where they are.

    Example: connector ingest ~/talks/2025 kickoff.srt
    """
    from connector.daemon.operations import cannot_read
    from connector.errors import BadInputError

    for path in paths:
        if not path.exists():
            raise BadInputError(f"{path}: no such file or folder")
    said: list[str] = []
    answer = _carry_out(context, "ingest", {"paths": [str(path.resolve()) for path in paths]}, "taking in", said)
    if as_json:
        output.emit(answer)
    else:
        for line in map(cannot_read, answer["failed"]):
            if not any(one.endswith(line) for one in said):  # where the daemon took them in, it said so in its own log
                output.say(line)
        _tell_taken_in(answer)
    if answer["failed"]:
        raise typer.Exit(BadInputError.exit_code)


def _tell_taken_in(answer: dict[str, Any]) -> None:
    """The numbers, then file by file what there is to say of it."""
    outcomes = ", ".join(f"{number:,} {outcome}" for outcome, number in answer["outcomes"].items())
    typer.echo(f"{counted(answer['files'], 'file')}: {outcomes or 'no transcript among them'}")
    for one in answer["told"][:FILES_TOLD]:
        lines = [f"{one['outcome']}, takes the place of {', '.join(one['replaced'])}"] if one["replaced"] else []
        lines += [f"held, a person is to look at it: {reason}" for reason in one["held"]]
        lines += output.first(one["notes"], NOTES_TOLD)
        for line in lines:
            typer.echo(output.printable(f"  {one['file']}: {line}"))
    if (more := len(answer["told"]) - FILES_TOLD) > 0:
        typer.echo(f"  and {counted(more, 'more file')} with something to say: all of it with --json")
    if held := {one["id"] for one in answer["told"] if one["held"]}:  # of two files with the same words it is one
        typer.echo(f"{counted(len(held), 'transcript')} held: connector review list")


def show(
    context: typer.Context,
    ident: Annotated[
        str,
        typer.Argument(
            autocompletion=completing.transcripts,
            metavar="ID",
            help="Of a moment, a transcript or a sample; its beginning suffices.",
        ),
    ],
    around: Annotated[int, typer.Option(min=0, max=1000, help="Segments shown before and after a moment.")] = 2,
    said: Annotated[bool, typer.Option("--said", help="The words as the source has them, before cleaning.")] = False,
    asker: Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="Show what this person may see.")] = None,
    as_json: output.Json = False,
) -> None:
    """Show one document, or a transcript around a moment.

    Example: connector show t0f3a… --around 5
    """
    from connector.archive.asking import person
    from connector.archive.ledger import Ledger
    from connector.archive.lookup import lookup

    config = config_of(context)
    with Ledger.open(config.settings.ledger_file) as ledger:
        own = config.settings.glean.datasource
        asking = person(asker, config.identity_file, ledger, own) if asker else None
        chosen, documents = lookup(ledger, config.settings, ident, asking)
        row = ledger.transcript(chosen.group)
        media = ledger.media(row.id) if row else None
    segments = [document for document in documents if document.kind == "segment"]
    if chosen.kind == "segment":
        segments = [document for document in segments if abs(document.position - chosen.position) <= around]
    spoken = _said(row, segments) if said and row else []
    if as_json:
        told = {"said": [{"start": c.start, "end": c.end, "speaker": c.speaker, "text": c.text} for c in spoken]}
        shown = [document.payload for document in segments]
        output.emit({"document": chosen.payload, "around": shown, "media": media} | (told if said else {}))
        return
    typer.secho(output.printable(chosen.title), bold=True)
    typer.echo(chosen.url)
    if media:
        typer.echo(output.printable(f"recording: {media}"))
    typer.echo()
    if chosen.generated:
        typer.echo("generated by the model; nobody said this\n")
        typer.echo(output.printable(f"{chosen.properties.get('prompt', '')} … {chosen.text}"))
    elif chosen.kind == "other":
        typer.echo(output.printable(chosen.text))
    if said:
        for cue in spoken:
            typer.echo(_line(cue.start, cue.speaker, cue.text, marked=False))
        return
    for document in segments:
        typer.echo(_line(document.start or 0.0, document.speaker, document.text, marked=document is chosen))


def _said(row: TranscriptRow, segments: list[Document]) -> list[Cue]:
    """The cues of the stretch that ``segments`` cover, as they were parsed."""
    first = min((document.start or 0.0 for document in segments), default=0.0)
    last = max((document.end or 0.0 for document in segments), default=0.0)
    return [cue for cue in row.cues if cue.end >= first and cue.start <= last]


def _line(start: float, speaker: str | None, text: str, *, marked: bool) -> str:
    from connector.transcripts.timecode_text import clock_text

    who = f"{speaker}: " if speaker else ""
    return output.printable(f"{'→' if marked else ' '} {clock_text(start):>8}  {who}{text}")


def forget(
    context: typer.Context,
    ident: Annotated[
        str,
        typer.Argument(
            autocompletion=completing.transcripts, metavar="ID", help="Of the transcript, or of a moment in it."
        ),
    ],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: output.Json = False,
) -> None:
    """Delete a transcript everywhere: documents, index, and every checkpoint and sample that read it.

    The source file is left alone and is not taken in again while its content is the same.

    Example: connector forget t0f3a… --yes
    """
    from connector.archive.pushes import told_elsewhere

    if not yes:
        typer.confirm(f"Delete transcript {ident} and every model that read it?", abort=True, err=True)
    said: list[str] = []
    answer = _carry_out(context, "forget", {"id": ident}, "forgetting", said)
    if as_json:
        output.emit(answer)
    else:
        revoked = counted(len(answer["revoked_checkpoints"]), "checkpoint")
        typer.echo(output.printable(f"forgot {answer['id']} ({answer['title']}) and {revoked} that read it"))
        output.say(
            "exports made with --out, and what was uploaded from them, still hold it; what was pushed goes with"
            " `connector push`"
        )
        for line in told_elsewhere(answer["elsewhere"]):
            if line not in said:  # where the daemon forgot it, it said so in its own log
                output.say(line)


def rebuild(context: typer.Context, as_json: output.Json = False) -> None:
    """Make the index anew from the ledger, in one step for whoever searches meanwhile.

    Example: connector rebuild
    """
    answer = _carry_out(context, "rebuild", {}, "rebuilding")
    if as_json:
        output.emit(answer)
    else:
        typer.echo(f"{counted(answer['documents'], 'document')} in {answer['seconds']:.1f} s")


def _carry_out(
    context: typer.Context,
    command: str,
    arguments: dict[str, Any],
    label: str,
    said: list[str] | None = None,
) -> dict[str, Any]:
    """Has it done; every line that is told of it is put into ``said`` too."""
    from connector.cli.logs import said_by_a_command
    from connector.daemon.operations import carry_out

    settings = settings_of(context)
    say = said_by_a_command(settings)

    def tell(line: str) -> None:
        if said is not None:
            said.append(line)
        say(line)

    with output.progress(label) as progress:
        return carry_out(settings, command, arguments, tell, progress)

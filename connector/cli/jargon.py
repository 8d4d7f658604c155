"""jargon list | add | suggest | apply: the house's glossary."""

from __future__ import annotations

from collections import Counter
from typing import Annotated, Any

import typer

from connector.cli import output
from connector.cli.context import config_of, settings_of
from connector.counting import counted

app = typer.Typer(
    help="The glossary in jargon.yaml: list, add, suggest, apply.",
    epilog="Example: connector jargon suggest",
    no_args_is_help=True,
)

CHANGES_SHOWN = 40
Several = Annotated[list[str], typer.Option(metavar="TEXT", help="May be given more than once.")]


def register(root: typer.Typer) -> None:
    root.add_typer(app, name="jargon")


@app.command("list")
def list_(context: typer.Context, as_json: output.Json = False) -> None:
    """List the terms of jargon.yaml.

    Example: connector jargon list
    """
    from connector.jargon_file import load_glossary

    file = config_of(context).jargon_file
    glossary = load_glossary(file)
    _warn(glossary)
    if as_json:
        output.emit([_told(term) for term in glossary.terms])
        return
    if not glossary:
        output.say(f"{file} has no terms yet: connector jargon suggest proposes some, connector jargon add writes them")
        return
    output.table(
        ("term", "aliases", "misheard", "definition"),
        [
            (term.name + (" (product)" if term.product else ""), ", ".join(term.aliases), ", ".join(term.misheard),
             term.definition)
            for term in glossary.terms
        ],
    )  # fmt: skip


def _warn(glossary: Any) -> None:
    """Of mis-hearings that are everyday words: `add` refuses them, by hand one may mean it."""
    from connector.jargon_file import common_mishearings

    for sentence in common_mishearings(glossary):
        output.say(f"{sentence}; a longer phrase is safer")


def _told(term: Any) -> dict[str, Any]:
    return {
        "term": term.name,
        "aliases": list(term.aliases),
        "misheard": list(term.misheard),
        "definition": term.definition,
        "product": term.product,
    }


@app.command()
def add(
    context: typer.Context,
    term: Annotated[str, typer.Argument(metavar="TERM", help="As it is rightly written.")],
    alias: Several = [],  # noqa: B006  # Typer's way
    misheard: Several = [],  # noqa: B006
    definition: Annotated[str, typer.Option(metavar="TEXT", help="Shown beside search results.")] = "",
    product: Annotated[bool, typer.Option("--product", help="A thing of this house: its case is set right.")] = False,
    as_json: output.Json = False,
) -> None:
    """Write a term into jargon.yaml, or add to it, and correct the archive by it.

    A mis-hearing must be distinctive: an everyday word is refused, since wherever it is said it would be corrected.

    Example: connector jargon add Kubernetes --alias k8s --misheard "cooper netties" --product
    """
    from connector.jargon_file import add_term
    from connector.transcripts.jargon import Term

    written = add_term(config_of(context).jargon_file, Term(term, tuple(alias), tuple(misheard), definition, product))
    answer = _apply(context)
    if as_json:
        output.emit({"term": _told(written), "applied": answer})


@app.command()
def suggest(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many at most.")] = 40,
    as_json: output.Json = False,
) -> None:
    """Propose terms: words frequent in the archive that general English does not know, and what they are misheard as.

    Example: connector jargon suggest --limit 20
    """
    from connector.archive.glossary import suggestions
    from connector.archive.ledger import Ledger

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger:
        found = suggestions(ledger, settings, limit)
    if as_json:
        output.emit(found)
        return
    for one in found:
        misheard = ", ".join(f"{other['text']} ({other['count']:,})" for other in one["misheard"])
        typer.secho(output.printable(one["term"]), bold=True, nl=False)
        typer.echo(
            output.printable(f"  {one['count']:,} ×" + (f", perhaps misheard as {misheard}" if misheard else ""))
        )
        if one["example"]:
            typer.secho(output.printable(f"    {one['example']['text']}"), dim=True)
    if found:
        output.say('connector jargon add TERM --misheard "…" writes one into jargon.yaml')
    else:
        output.say("nothing to propose: a term is a word unknown to English, said five times in two transcripts")


@app.command()
def apply(
    context: typer.Context,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would change, and change nothing.")] = False,
    as_json: output.Json = False,
) -> None:
    """Correct the archive by jargon.yaml and show every word that is corrected; the daemon does it by itself.

    Example: connector jargon apply --dry-run
    """
    answer = _would_apply(context) if dry_run else _apply(context)
    if as_json:
        output.emit(answer)
        return
    changes = Counter((one["found"], one["put"]) for one in answer["changes"])
    for (found, put), count in changes.most_common(CHANGES_SHOWN):
        typer.echo(output.printable(f"{count:>7,} ×  {' '.join(found.split())} → {put}"))
    if len(changes) > CHANGES_SHOWN:
        typer.echo(f"        and {len(changes) - CHANGES_SHOWN:,} more: --json lists every one with its moment")
    terms, transcripts = (counted(answer[f"{noun}s"], noun) for noun in ("term", "transcript"))
    would = "would be" if dry_run else "is" if answer["transcripts"] == 1 else "are"
    typer.echo(f"{terms}; {transcripts} {would} derived anew")


def _apply(context: typer.Context) -> dict[str, Any]:
    from connector.cli.logs import said_by_a_command
    from connector.daemon.operations import carry_out

    settings = settings_of(context)
    with output.progress("correcting") as progress:
        return carry_out(settings, "jargon", {}, said_by_a_command(settings), progress)


def _would_apply(context: typer.Context) -> dict[str, Any]:
    from connector.archive.glossary import apply_glossary, written_glossary
    from connector.archive.ledger import Ledger

    settings = settings_of(context)
    with Ledger.open(settings.ledger_file) as ledger, output.progress("looking") as progress:
        glossary = written_glossary(ledger, settings)
        _warn(glossary)
        applied = apply_glossary(ledger, settings, glossary, progress, dry_run=True)
    return {"terms": len(glossary.terms), "transcripts": applied.transcripts, "changes": applied.changes}

"""occurrences, similar: from a recording or a moment that was found to its words, and to moments like it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import completing, hits, output
from connector.cli.context import config_of
from connector.cli.find import demand_current_permissions, glossary_of
from connector.cli.words import OfWords
from connector.counting import counted
from connector.errors import BadInputError

if TYPE_CHECKING:
    from indexer import Asker, Document
    from indexer.occurrences import Occurrences
    from indexer.store import Index

SHOWN = 50  # occurrences printed
As = Annotated[str | None, typer.Option("--as", metavar="EMAIL", help="See only what this person may see.")]


def register(app: typer.Typer) -> None:
    app.command(cls=OfWords)(occurrences)
    app.command()(similar)


def occurrences(
    context: typer.Context,
    ident: Annotated[str, completing.ident("Of a transcript, or of a moment in it; its beginning suffices.")],
    query: Annotated[list[str], typer.Argument(metavar="WORDS...", help='Words, "a phrase", begin*, speaker:ann.')],
    asker: As = None,
    as_json: output.Json = False,
) -> None:
    """Count how often words are said in one recording, and tell when, with a link to each time.

    Other forms and names of a word count as it. Words and phrases are counted one by one.

    Example: connector occurrences t0f3a… '"attention mask"' heads
    """
    from indexer.occurrences import occurrences as count
    from indexer.search import SearchRequest

    with _found(context, ident, asker) as (chosen, _, person, index):
        if chosen.transcript_id is None:
            raise BadInputError(f"{chosen.id} is of no recording", hint="Name a transcript, or a moment in one.")
        glossary, wrong = glossary_of(config_of(context).file)
        request = SearchRequest(" ".join(query), asker=person, synonyms=glossary.synonyms)
        told = count(index, chosen.transcript_id, request)
    if wrong:
        output.say(wrong)
    if as_json:
        shown = told.to_json()
        for one, as_told in zip(told.occurrences, shown["occurrences"], strict=True):
            as_told["url"] = hits.moment_link(one.segment, one.at)
        output.emit({"transcript_id": chosen.transcript_id, "title": chosen.recording} | shown)
        return
    _tell_occurrences(chosen, told)


def _tell_occurrences(chosen: Document, told: Occurrences) -> None:
    typer.secho(output.printable(chosen.recording), bold=True)
    for count in told.words:
        forms = ", ".join(f"{said} {times:,}" for said, times in count.said.items())
        forms = f" ({forms})" if list(count.said) not in ([], [count.word]) else ""
        typer.echo(output.printable(f"  {count.word}: {counted(count.count, 'time')}{forms}"))
    for one in told.occurrences[:SHOWN]:
        typer.echo(f"{hits.clock(one.at):>8}  {hits.marked(one.snippet)}")
        typer.secho(f"{'':8}  {hits.moment_link(one.segment, one.at)}", dim=True)
    if (left := told.total - SHOWN) > 0:
        typer.echo(f"and {counted(left, 'more time')}: all of them with --json")
    for hint in told.hints:
        output.say(hint)


def similar(
    context: typer.Context,
    ident: Annotated[str, completing.ident("Of a moment, a transcript or a sample; its beginning suffices.")],
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 10,
    same: Annotated[bool, typer.Option("--same", help="Moments of the same recording too.")] = False,
    group: Annotated[bool, typer.Option("--group", help="A recording a hit, as in search.")] = False,
    cursor: Annotated[str, typer.Option("--next", metavar="TOKEN", help="Go on after a page, as in search.")] = "",
    asker: As = None,
    as_json: output.Json = False,
) -> None:
    """Find the moments most like one, or like a whole recording, by its most telling words.

    Example: connector similar t0f3a… --group
    """
    from indexer.search import SearchRequest
    from indexer.similar import similar as find

    with _found(context, ident, asker) as (chosen, documents, person, index):
        said = [one for one in documents if one.kind == "segment"] if chosen.kind == "transcript" else [chosen]
        request = hits.request_of(
            lambda as_answers: SearchRequest(
                f"similar {chosen.id}{' --same' if same else ''}", limit=limit, cursor=cursor, group=group,
                asker=person, merge=as_answers, facets=as_json,
            ),
            cursor,
            not as_json,
        )  # fmt: skip
        told = find(index, said, request, apart=None if same else chosen.group)
    if as_json:
        words = told.to_json()["words"]
        output.emit({"id": chosen.id, "words": words} | hits.as_json(told.result))
        return
    typer.secho(output.printable(chosen.title), bold=True)
    typer.echo(output.printable(f"  its most telling words: {', '.join(told.words) or 'none'}\n"))
    hits.tell(told.result, request.seen.count)


@contextmanager
def _found(
    context: typer.Context, ident: str, asker: str | None
) -> Iterator[tuple[Document, list[Document], Asker | None, Index]]:
    """What ``ident`` names with all of its group, as far as ``asker`` may see, who that is, and the index."""
    from connector.archive.asking import person as by_email
    from connector.archive.ledger import Ledger
    from connector.archive.lookup import lookup
    from indexer.store import Index

    config = config_of(context)
    with Index.open(config.settings.index_folder) as index:
        with Ledger.open(config.settings.ledger_file) as ledger:
            own = config.settings.glean.datasource
            person = by_email(asker, config.identity_file, ledger, own) if asker else None
            if person is not None:
                demand_current_permissions(config.file, index)
            chosen, documents = lookup(ledger, config.settings, ident, person)
        yield chosen, documents, person, index

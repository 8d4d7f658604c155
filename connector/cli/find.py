"""search: the moment somebody looks for. Quick to start: the ledger, the model and tables stay unloaded."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import hits, output
from connector.cli.words import OfWords
from connector.config_file import NO_MODEL, embedding_model, identity_file, index_folder
from connector.config_file import find as find_config
from connector.counting import counted
from connector.errors import NotSetUpError, UsageError

if TYPE_CHECKING:
    from connector.transcripts.jargon import Glossary
    from indexer.access import Asker
    from indexer.store import Index
    from indexer.vectors import Embedder

DAY = ["%Y-%m-%d"]


class Kind(StrEnum):
    segment = "segment"
    sample = "sample"
    transcript = "transcript"
    all = "all"


class Sort(StrEnum):
    relevance = "relevance"
    date = "date"
    start = "start"


def register(app: typer.Typer) -> None:
    app.command(cls=OfWords)(search)


def search(
    context: typer.Context,
    query: Annotated[
        list[str],
        typer.Argument(
            help='Words, "a phrase", AND OR NOT, -word, begin*, nearly~, speaker:ann, in:folder, tag:x, lang:en,'
            " after:2025-01-01."
        ),
    ],
    limit: Annotated[int, typer.Option(min=1, max=100_000)] = 10,
    offset: Annotated[int, typer.Option(min=0, max=10_000_000, help="Skip so many hits.")] = 0,
    kind: Annotated[Kind, typer.Option(help="Samples are texts the model generated.")] = Kind.segment,
    speaker: Annotated[list[str], typer.Option(help="May be given more than once.")] = [],  # noqa: B006  # Typer's way
    collection: Annotated[list[str], typer.Option(help="A folder of the inbox.")] = [],  # noqa: B006
    tag: Annotated[list[str], typer.Option()] = [],  # noqa: B006
    after: Annotated[datetime | None, typer.Option(formats=DAY, help="Recorded on this day or later.")] = None,
    before: Annotated[datetime | None, typer.Option(formats=DAY, help="Recorded before this day.")] = None,
    asker: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="See only what this person may see.")
    ] = None,
    sort: Annotated[Sort, typer.Option()] = Sort.relevance,
    group: Annotated[
        bool, typer.Option("--group", help="A recording a hit: its best moment, and the others with it.")
    ] = False,
    merge: Annotated[
        bool | None,
        typer.Option(
            "--merge/--no-merge",
            help="Moments said one after another are one hit, counted as one. Default: yes, with --json no, with --next"
            " as on the page before.",
        ),
    ] = None,
    cursor: Annotated[
        str,
        typer.Option(
            "--next",
            metavar="TOKEN",
            help="Go on after a page: what it ends with. Repeats and skips no hit, whatever came meanwhile.",
        ),
    ] = "",
    explain: Annotated[
        bool, typer.Option("--explain", help="Why each hit is here, and where its score is from.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="With --json: each hit's Glean document too.")] = False,
    as_json: output.Json = False,
) -> None:
    """Find moments in everything that was said.

    Example: connector search '"attention mask" speaker:ann' --after 2025-01-01

    The total counts moments; with --merge answers of one to four moments, with --group recordings.
    """
    from indexer.request import MORE, SearchRequest
    from indexer.search import search as find
    from indexer.store import Index

    if full and not as_json:
        raise UsageError("--full goes with --json")
    config = find_config(context.obj)
    person = person_of(asker, config) if asker is not None else None
    typed = " ".join(query)
    glossary, wrong = glossary_of(config)
    request = hits.request_of(
        lambda as_answers: SearchRequest(
            query=typed, synonyms=glossary.synonyms,
            kind=kind.value, limit=limit, offset=offset, sort=sort.value, asker=person, group=group,
            speakers=tuple(speaker), collections=tuple(collection), tags=tuple(tag),
            after=after.date() if after else None, before=before.date() if before else None, facets=as_json,
            merge=as_answers, cursor=cursor, explain=explain,
            more=MORE if as_json else hits.MORE,
        ),
        cursor,
        not as_json if merge is None else merge,
        settled=merge is not None,
    )  # fmt: skip
    with Index.open(index_folder(config)) as index:
        if person is not None:
            demand_current_permissions(config, index)
        result = find(index, request, embedder_in(config))
        behind = "" if result.total or index.generation else unindexed(config)
    for line in filter(None, (wrong, behind)):
        output.say(line)
    terms = glossary.named_in(typed)
    if as_json:
        told = [{"term": t.name, "definition": t.definition, "product": t.product, "aliases": list(t.aliases)}
                for t in terms]  # fmt: skip
        output.emit(hits.as_json(result, full) | {"jargon": told})
        return
    for term in terms:
        if term.definition:
            typer.secho(output.printable(f"{term.name}: {term.definition}"), italic=True)
    hits.tell(result, request.seen.count + request.offset)


def person_of(email: str, config: Path) -> Asker:
    """Whoever has this address, with their groups, here and in other datasources."""
    from connector.archive.asking import person
    from connector.archive.ledger import Ledger
    from connector.config import load

    settings = load(config).settings
    if not settings.ledger_file.exists():  # then there is nothing to see
        return person(email, identity_file(config), None, settings.glean.datasource)
    with Ledger.open(settings.ledger_file) as ledger:
        return person(email, identity_file(config), ledger, settings.glean.datasource)


def glossary_of(config: Path) -> tuple[Glossary, str]:
    """The glossary as it is written, and what is wrong with it: then the search goes on without."""
    from connector.errors import ConfigError
    from connector.jargon_file import jargon_file, load_glossary
    from connector.transcripts.jargon import Glossary

    try:
        return load_glossary(jargon_file(config)), ""
    except (ConfigError, OSError) as error:
        return Glossary(), f"searched without the glossary: {error}"


def embedder_in(config: Path) -> Embedder | None:
    """The embedding model that the configuration names; None for none."""
    if (model := embedding_model(config)) == NO_MODEL:
        return None
    from connector.archive.embedding import embedder_of

    return embedder_of(model)


def unindexed(config: Path) -> str:
    """What to say of an index that shows nothing of a ledger that holds something; "" where that holds nothing."""
    from connector.archive.ledger import Ledger
    from connector.archive.writer import holder_of
    from connector.config import load

    settings = load(config).settings
    if not settings.ledger_file.exists():
        return ""
    with Ledger.open(settings.ledger_file) as ledger:
        held = len(ledger.transcript_ids())
    if not held:
        return ""
    try:
        holder = holder_of(settings)
    except OSError:  # a data folder that is only to be read
        holder = None
    now = f"`connector {holder['command']}` is at it: ask again" if holder else "now: connector rebuild"
    return f"the index shows none of {counted(held, 'transcript')} yet; {now}"


def demand_current_permissions(config: Path, index: Index) -> None:
    """What a person may see follows from the configuration; an index made under another is not shown to them."""
    from connector.archive.documents import fingerprint
    from connector.config import load

    if index.fingerprint != fingerprint(load(config).settings):
        raise NotSetUpError(
            "config.yaml has changed since the index was made, and with it maybe who may see what",
            hint="`connector rebuild`, or a start of the daemon, makes it anew.",
        )

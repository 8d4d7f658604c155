"""search: the moment somebody looks for. Quick to start: the ledger, the model and tables stay unloaded."""

from __future__ import annotations

import html
import re
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import output
from connector.config_file import find as find_config
from connector.config_file import identity_file, index_folder
from connector.counting import counted
from connector.errors import NotSetUpError, UsageError

if TYPE_CHECKING:
    from connector.transcripts.jargon import Glossary
    from indexer.search import Hit, SearchResult
    from indexer.store import Index

MORE = 3  # moments of a recording printed below its best
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
    app.command()(search)


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
    full: Annotated[bool, typer.Option("--full", help="With --json: each hit's Glean document too.")] = False,
    as_json: output.Json = False,
) -> None:
    """Find moments in everything that was said.

    Example: connector search '"attention mask" speaker:ann' --after 2025-01-01
    """
    from indexer.search import SearchRequest
    from indexer.search import search as find
    from indexer.store import Index

    if full and not as_json:
        raise UsageError("--full goes with --json")
    config = find_config(context.obj)
    person = None
    if asker is not None:
        from connector.permissions import asker as by_email

        person = by_email(asker, identity_file(config))
    typed = " ".join(query)
    glossary, wrong = glossary_of(config)
    request = SearchRequest(
        query=typed, synonyms=glossary.synonyms,
        kind=kind.value, limit=limit, offset=offset, sort=sort.value, asker=person, group=group,
        speakers=tuple(speaker), collections=tuple(collection), tags=tuple(tag),
        after=after.date() if after else None, before=before.date() if before else None, facets=as_json,
    )  # fmt: skip
    with Index.open(index_folder(config)) as index:
        if person is not None:
            _demand_current_permissions(config, index)
        result = find(index, request)
    if wrong:
        output.say(wrong)
    terms = glossary.named_in(typed)
    if as_json:
        told = [{"term": t.name, "definition": t.definition, "product": t.product, "aliases": list(t.aliases)}
                for t in terms]  # fmt: skip
        found = result.to_json(full=full)
        for hit, shown in zip(result.hits, found["hits"], strict=True):
            for one, as_told in zip((hit, *hit.more), (shown, *shown.get("more", ())), strict=True):
                as_told["url"] = _link(one)
        output.emit(found | {"jargon": told})
        return
    for term in terms:
        if term.definition:
            typer.secho(output.printable(f"{term.name}: {term.definition}"), italic=True)
    _tell(result, request.offset)


def glossary_of(config: Path) -> tuple[Glossary, str]:
    """The glossary as it is written, and what is wrong with it: then the search goes on without."""
    from connector.errors import ConfigError
    from connector.jargon_file import jargon_file, load_glossary
    from connector.transcripts.jargon import Glossary

    try:
        return load_glossary(jargon_file(config)), ""
    except (ConfigError, OSError) as error:
        return Glossary(), f"searched without the glossary: {error}"


def _demand_current_permissions(config: Path, index: Index) -> None:
    """What a person may see follows from the configuration; an index made under another is not shown to them."""
    from connector.archive.documents import fingerprint
    from connector.config import load

    if index.fingerprint != fingerprint(load(config).settings):
        raise NotSetUpError(
            "config.yaml has changed since the index was made, and with it maybe who may see what",
            hint="`connector rebuild`, or a start of the daemon, makes it anew.",
        )


def _tell(result: SearchResult, offset: int) -> None:
    for hit in result.hits:
        _tell_hit(hit)
    if result.hits:
        shown = f"{offset + 1:,}-{offset + len(result.hits):,} of " if result.total > len(result.hits) else ""
        typer.echo(f"{shown}{result.total:,} found in {result.took_ms:.0f} ms", err=True)
    else:
        typer.echo("nothing found", err=True)
    if result.did_you_mean:
        typer.echo(f"did you mean: {output.printable(result.did_you_mean)}", err=True)
    for hint in result.hints:
        typer.echo(output.printable(hint), err=True)


def _tell_hit(hit: Hit) -> None:
    typer.secho(output.printable(hit.title), bold=True, nl=False)
    about = [
        f"[{hit.collection}]" if hit.collection else "",
        hit.speaker or "",
        hit.recorded.isoformat() if hit.recorded else "",
    ]
    if hit.generated:
        about.append("generated by the model: nobody said this")
    if hit.held:
        about.append("in doubt: held for review")
    elif hit.quality == "low":
        about.append("in doubt: badly heard")
    typer.echo(output.printable("  " + "  ".join(part for part in about if part)).rstrip())
    typer.echo(f"  {_marked(hit.snippet)}")
    typer.secho(f"  {_link(hit)}  {hit.id}", dim=True)
    for other in hit.more[:MORE]:
        typer.echo(f"    {_clock(other)}  {_marked(other.snippet)}")
        typer.secho(f"    {_link(other)}", dim=True)
    if (left := hit.moments - 1 - len(hit.more[:MORE])) > 0:
        typer.echo(f"    and {counted(left, 'more moment')} of it")


def _link(hit: Hit) -> str:
    """The link that opens the recording where the words are said; of what has no times, and of samples, the page."""
    from connector.transcripts.links import moment_url

    if hit.kind != "segment" or hit.at is None or hit.at == hit.start:
        return str(hit.url)
    return moment_url(hit.url, hit.at)


def _clock(hit: Hit) -> str:
    from connector.transcripts.timecode_text import clock_text

    return clock_text(hit.at or 0.0)


def _marked(snippet: str) -> str:
    """The HTML snippet for a terminal: marks in colour, or as *stars* where there is none."""
    on, off = ("\x1b[1;33m", "\x1b[0m") if sys.stdout.isatty() else ("*", "*")
    parts = re.split("(</?b>)", snippet)
    return "".join({"<b>": on, "</b>": off}.get(part) or output.printable(html.unescape(part)) for part in parts)

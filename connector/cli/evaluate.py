"""evaluate: how well the search finds what is known to be there, beside other engines on the same moments."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.cli import output
from connector.config_file import find as find_config
from connector.config_file import index_folder
from connector.errors import NotSetUpError, UsageError

_KINDS = ("exact", "shuffled", "inflected", "misspelt", "synonym", "speaker")


def register(app: typer.Typer) -> None:
    app.command()(evaluate)


def evaluate(
    context: typer.Context,
    queries: Annotated[int, typer.Option(min=1, max=100_000, help="So many of each kind.")] = 100,
    kind: Annotated[
        list[str], typer.Option(metavar="KIND", help=f"One of {', '.join(_KINDS)}; default: all.")
    ] = [],  # noqa: B006  # Typer's way
    misheard: Annotated[
        list[int],
        typer.Option(
            min=1, max=90, metavar="PERCENT",
            help="Also with so many of the words misheard (names twice as many); may be given more than once.",
        ),
    ] = [],  # noqa: B006
    seed: Annotated[int, typer.Option(help="The same seed asks the same queries.")] = 1,
    peers: Annotated[bool, typer.Option(help="Ask SQLite FTS5, and Tantivy where it is installed, too.")] = True,
    as_json: output.Json = False,
) -> None:  # fmt: skip
    """Measure how well the search finds moments, by queries made of the moments themselves.

    Three to five words of a moment: in order, shuffled, in other forms, misspelt, by another name from the glossary,
    with the speaker. With `semantic.model` also by meaning. MRR@10 is 1 where the moment always comes first.

    Example: connector evaluate --queries 200 --misheard 25
    """
    from connector.cli.find import embedder_in, glossary_of
    from connector.evaluation.run import Wish  # fmt: skip
    from connector.evaluation.run import as_json as told
    from connector.evaluation.run import evaluate as run
    from indexer.store import Index

    if wrong := [one for one in kind if one not in _KINDS]:
        raise UsageError(f"--kind is one of {', '.join(_KINDS)}, not {wrong[0]}")
    config = find_config(context.obj)
    glossary, problem = glossary_of(config)
    if problem:
        output.say(problem)
    wish = Wish(kind or _KINDS, queries, seed, (0.0, *(share / 100 for share in misheard)), peers)
    with Index.open(index_folder(config)) as index:
        if not index.counts()["segment"]:
            raise NotSetUpError("there are no moments to find yet", hint="Drop a transcript into the inbox.")
        rows = list(run(index, glossary.synonyms, wish, output.say, embedder_in(config)))
    if as_json:
        output.emit([told(row) for row in rows])
        return
    lines = [
        (
            row.kind,
            f"{row.share:.0%}",
            row.engine,
            *(
                (f"{row.measures.mrr:.3f}", f"{row.measures.recall:.3f}", f"{row.measures.ndcg:.3f}",
                 f"{row.measures.ms:.1f}", f"{row.measures.queries:,}")
                if row.measures.queries
                else ("-", "-", "-", "-", "none could be made")
            ),
        )
        for row in rows
    ]  # fmt: skip
    output.table(("query", "misheard", "engine", "MRR@10", "recall@10", "nDCG@10", "ms", "queries"), lines)

"""suggest: what the beginning of a query may become. Quick to start, as search is: torch only for a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connector.cli import output
from connector.cli.find import demand_current_permissions, person_of
from connector.cli.words import OfWords
from connector.config_file import find as find_config
from connector.config_file import index_folder

if TYPE_CHECKING:
    from indexer.access import Asker
    from indexer.suggest import Expect


def register(app: typer.Typer) -> None:
    app.command(cls=OfWords)(suggest)


def suggest(
    context: typer.Context,
    prefix: Annotated[list[str], typer.Argument(metavar="PREFIX...", help="The beginning of a query, as it is typed.")],
    limit: Annotated[int, typer.Option(min=1, max=1000)] = 10,
    asker: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="Only from what this person may see.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Complete a query: words, what is said after them, speakers and titles, the likeliest first.

    Example: connector suggest attention m

    A space at the end ("attention ") asks for the next word.
    """
    from indexer.store import Index
    from indexer.suggest import suggest as find

    config = find_config(context.obj)
    person = person_of(asker, config) if asker is not None else None
    with Index.open(index_folder(config)) as index:
        if person is not None:
            demand_current_permissions(config, index)
        found = find(index, " ".join(prefix), person, limit, _network(config, person))
    if as_json:
        output.emit(found.to_json())
        return
    if found.suggestions:
        lines = [(one.told, one.text, one.document.url if one.document else "") for one in found.suggestions]
        output.table(("what", "suggestion", "where"), lines)
    else:
        output.say("nothing begins so")
    if found.did_you_mean:
        output.say(f"did you mean: {found.did_you_mean}")


def _network(config: Path, person: Asker | None) -> Expect | None:
    """What the archive's network expects; None, and no second spent, where there is no checkpoint."""

    if not any((index_folder(config).parent / "model" / "checkpoints").glob("c*")):
        return None
    from connector.archive.expecting import Network
    from connector.archive.ledger import Ledger
    from connector.config import load

    settings = load(config).settings
    with Ledger.open(settings.ledger_file) as ledger:
        return Network(settings).expect(ledger, person)

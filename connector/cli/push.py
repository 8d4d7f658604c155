"""push, push status: to Glean, only what changed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from connector.cli import output
from connector.cli.context import config_of, settings_of
from connector.counting import counted
from connector.errors import RemoteError, UsageError

if TYPE_CHECKING:
    from connector.archive.groups import Progress
    from connector.glean.plan import Line, Plan

LINES_SHOWN = 200

app = typer.Typer(no_args_is_help=False)


def register(root: typer.Typer) -> None:
    root.add_typer(app, name="push")


@app.callback(invoke_without_command=True)
def push(
    context: typer.Context,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would go, as a difference; send nothing.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="Everything, documents as one bulk upload.")] = False,
    yes_delete: Annotated[
        bool, typer.Option("--yes-delete", help="Delete more than a fifth of what Glean holds, where that is meant.")
    ] = False,
    restart: Annotated[
        bool, typer.Option("--restart", help="Throw away a bulk upload that somebody else has not finished.")
    ] = False,
    withdraw: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help="Delete all of this archive at a place it was pushed to."),
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Push to Glean what changed since the last push; `push status` asks what Glean holds.

    First goes what people may see no more, then what is there and changes, then people, then what is new.

    Example: connector push --dry-run
    """
    if context.invoked_subcommand:
        return
    from connector.cli.logs import said_by_a_command
    from connector.daemon.pushing import told_of
    from connector.daemon.telling import to_log
    from connector.glean.pushing import push as send
    from connector.glean.withdrawing import withdraw as take_back

    if withdraw is not None and (full or restart):
        raise UsageError("--withdraw goes with --dry-run and --yes-delete alone")
    if dry_run:
        _dry_run(context, full, withdraw, as_json)
        return
    config = config_of(context)
    say = said_by_a_command(config.settings)
    with _told_where_it_stopped(say) as progress:
        if withdraw is not None:
            report = take_back(config.settings, withdraw, yes_delete=yes_delete, progress=progress)
        else:
            report = send(
                config.settings, config.identity_file, full=full, yes_delete=yes_delete, restart=restart,
                progress=progress, say=say,
            )  # fmt: skip
    to_log(told_of(report))
    if as_json:
        output.emit(report)
    else:
        _tell(report)
        tell_elsewhere(report["elsewhere"])
    if report["refused"]:
        raise RemoteError(
            f"{len(report['refused']):,} refused; the rest is there",
            hint="What was refused is tried again by the next push.",
        )


@contextmanager
def _told_where_it_stopped(say: Callable[[str], None]) -> Iterator[Callable[[str], AbstractContextManager[Progress]]]:
    """What shows how far a push is; where Ctrl-C or SIGTERM ends the block, how far it came is said."""
    done = total = 0

    @contextmanager
    def shown(label: str) -> Iterator[Progress]:
        with output.progress(label) as show:

            def follow(*far: int) -> None:
                nonlocal done, total
                done, total = far if label != "reading" else (0, 0)
                show(*far)

            yield follow

    try:
        yield shown
    except (KeyboardInterrupt, SystemExit):
        came = f"{done:,} of {total:,} were done" if done else "before anything was sent"
        say(f"stopped: {came}; run it again for the rest")
        raise


def _dry_run(context: typer.Context, full: bool, withdraw: str | None, as_json: bool) -> None:
    from connector.archive.ledger import Ledger
    from connector.glean.destination import destination_of
    from connector.glean.pushing import planned, reasons_now
    from connector.glean.withdrawing import destination_named, withdrawal

    config = config_of(context)
    settings = config.settings
    with Ledger.open(settings.ledger_file) as ledger, ExitStack() as stack:
        if withdraw is not None:
            destination = destination_named(ledger, withdraw)
            todo = stack.enter_context(withdrawal(ledger, settings, destination))
            reasons = list(todo.refusals)
        else:
            destination = destination_of(settings)
            progress = stack.enter_context(output.progress("reading"))
            plan = planned(
                ledger, settings, config.identity_file, destination, full=full, progress=progress, say=output.say
            )
            todo = stack.enter_context(plan)
            reasons = reasons_now(todo, settings, destination)
        if as_json:
            output.emit(_planned_json(destination.server, todo, reasons))
            return
        lines = list(map(_line, todo.lines()))
        for line in output.first(lines, LINES_SHOWN) if sys.stdout.isatty() else lines:
            typer.echo(output.printable(line))
        again = {kind: counts["again"] for kind, counts in todo.counts().items() if counts["again"]}
        way = "as one bulk upload of all" if todo.bulk else "one batch after another"
        differences = counted(len(lines) - sum(again.values()), "difference")
        output.say(f"{differences}; documents would go {way}, to {destination.server}")
        if again:
            told = ", ".join(counted(number, kind) for kind, number in again.items())
            output.say(f"{told} that did not change would be sent again (=)")
        for reason in reasons:
            output.say(f"refused without --yes-delete: {reason}")


def _line(line: Line) -> str:
    parts = f"({', '.join(line.parts)})" if line.parts else ""
    return " ".join(filter(None, (line.sign, line.kind, line.key, line.title, parts)))


def _planned_json(server: str, todo: Plan, reasons: list[str]) -> dict[str, Any]:
    names = {"+": "new", "~": "changed", "?": "unsure", "=": "again", "-": "removed"}
    return {
        "server": server,
        "way": "bulk" if todo.bulk else "single",
        "counts": todo.counts(),
        "refusals": reasons,
        "differences": [
            {"what": names[one.sign], "kind": one.kind, "key": one.key, "title": one.title, "parts": list(one.parts)}
            for one in todo.lines()
        ],
    }


def _tell(report: dict[str, Any]) -> None:
    kinds = dict.fromkeys([*report["unchanged"], *report["sent"], *report["removed"]])
    output.table(
        ("", "sent", "removed", "unchanged"),
        [
            (f"{kind}s", *(f"{report[what].get(kind, 0):,}" for what in ("sent", "removed", "unchanged")))
            for kind in kinds
        ],
    )
    for one in report["refused"]:
        typer.echo(output.printable(f"refused: {one['kind']} {one['key']}: {one['reason']}"))
    if report["withheld"]:
        output.say(
            f"{counted(report['withheld'], 'thing')} changed under way and did not go: run `connector push` again"
        )
    speed = f", {report['documents_a_second']:,.0f} documents a second" if report["sent"].get("document") else ""
    typer.echo(f"in {report['seconds']:.1f} s{speed}, to {report['server']} ({report['datasource']})")


@app.command()
def status(
    context: typer.Context,
    ident: Annotated[
        str | None, typer.Argument(metavar="[ID]", help="Of a document; none: of the whole datasource.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Ask Glean what it holds: of the datasource, or of one document.

    Example: connector push status t0f3a…
    """
    from connector.archive.ledger import Ledger
    from connector.archive.pushes import elsewhere
    from connector.glean.calls import RefusedError
    from connector.glean.destination import destination_of, token_of
    from connector.glean.remote import Remote

    settings = settings_of(context)
    destination = destination_of(settings)
    with Remote(destination, token_of(settings.push)) as remote:
        try:
            told = remote.document(_type_of(settings, destination.key, ident), ident) if ident else remote.status()
        except RefusedError as refused:
            raise RemoteError(f"{destination.server}: {refused}") from None
    if as_json:
        output.emit(told)
    else:
        output.rows(_flat(told))
        with Ledger.open(settings.ledger_file) as ledger:
            tell_elsewhere(elsewhere(ledger, destination.key))


def tell_elsewhere(places: list[dict[str, Any]]) -> None:
    """Names the other places that still hold documents of this archive: no push to this one touches them."""
    from connector.archive.pushes import told_elsewhere

    for line in told_elsewhere(places):
        output.say(line)


def _type_of(settings: Any, destination: str, ident: str) -> str:
    """The object type of a document, as it was pushed or is derived: by its id's shape alone nobody can tell."""
    from connector.archive.ledger import Ledger
    from connector.errors import BadInputError

    with Ledger.open(settings.ledger_file) as ledger:
        keys = ledger.pushed(destination, "document")
    found = [key.partition("/")[0] for key in keys if key.partition("/")[2] == ident]
    if not found:
        raise BadInputError(f"{ident}: no document with this id was pushed", hint="`connector search` shows ids.")
    return found[0]


def _flat(value: Any, name: str = "") -> list[tuple[str, str]]:
    """Nested JSON as rows: ``documents.counts.uploaded.0.count``."""
    if isinstance(value, dict):
        inner: Sequence[tuple[str, Any]] = list(value.items())
    elif isinstance(value, list):
        inner = [(str(number), item) for number, item in enumerate(value)]
    else:
        return [(name, str(value))]
    return [row for key, item in inner for row in _flat(item, f"{name}.{key}" if name else key)]

"""serve, mcp: the local Glean, and an assistant's door."""

from __future__ import annotations

from typing import Annotated

import typer

from connector.cli import output
from connector.cli.context import config_of


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(mcp)


def serve(
    context: typer.Context,
    host: Annotated[str | None, typer.Option(help="Default: `serve.host` of config.yaml.", show_default=False)] = None,
    port: Annotated[
        int | None,
        typer.Option(min=0, max=65_535, help="0: any that is free. Default: `serve.port`.", show_default=False),
    ] = None,
    limits: Annotated[
        bool, typer.Option("--rate-limits", help="Take no more than Glean does, and answer 429 above that.")
    ] = False,
    validate: Annotated[
        bool,
        typer.Option("--validate", help="Check every request against Glean's OpenAPI specification."),
    ] = False,
    person: Annotated[
        str | None,
        typer.Option("--new-token", metavar="EMAIL", help="Make a token for this person, print it once, and exit."),
    ] = None,
) -> None:
    """Serve the pages, and a local Glean: its indexing API and its client API, for the official clients.

    $CONNECTOR_TOKEN is the administrator's token. Without any token the owner is served, on this machine alone.

    Example: connector serve --port 8765
    """
    from contextlib import ExitStack, closing

    from connector.archive.writer import SERVER, DataFolderInUseError, Writer, make_folders, note_address, writing
    from connector.cli.logs import log_to
    from connector.daemon.keeping import keep, keep_later
    from connector.daemon.signals import stopped_by_signals
    from connector.serve.checking import checker
    from connector.serve.limits import Limits
    from connector.serve.running import serving
    from connector.serve.service import Service
    from connector.serve.tokens import new_token

    config = config_of(context)
    settings = config.settings
    if person is not None:
        output.say(f"this is shown once; its hash is kept in {settings.tokens_file}")
        typer.echo(new_token(settings.tokens_file, person))
        return
    with ExitStack() as stack:
        archive = writer = None
        make_folders(settings)
        log = log_to(settings.log_folder, settings.log.format)
        show = stack.enter_context(closing(output.LiveProgress(log.info)))
        try:
            archive = stack.enter_context(writing(settings, SERVER, log.info, show.indexing))
            writer = Writer(lambda: archive.view.index)
        except DataFolderInUseError as error:
            log.info("%s: it is searched here, and takes documents once nobody else works on it", error.message)
        limited = Limits() if limits or settings.serve.rate_limits else None
        check = checker() if validate or settings.serve.validated else None
        if archive:
            with output.progress("indexing") as progress:
                archive.view.sync(progress)  # before anybody is answered: what was taken back is to be seen by nobody
        stop = stopped_by_signals(
            *[writer.demanded] if writer else []
        )  # from now on: what is done until here may be broken off
        service = Service(settings, config.identity_file, writer, limits=limited, check=check)
        address = stack.enter_context(
            serving(service, host or settings.serve.host, settings.serve.port if port is None else port)
        )
        if archive:
            note_address(archive, address)
        log.info("serving %s (open it in a browser); stop with Ctrl-C", address)
        if archive and writer:
            keep(archive, writer, stop)
        else:
            keep_later(settings, stop, service.take_over)
    log.info("stopped")


def mcp(
    context: typer.Context,
    asker: Annotated[
        str | None, typer.Option("--as", metavar="EMAIL", help="Answer only what this person may see.")
    ] = None,
) -> None:
    """Serve an assistant over standard input and output (Model Context Protocol), read only. It starts this itself.

    Without --as the assistant sees all, as the owner does. Over HTTP, `serve` answers at /mcp.

    Example: connector mcp --as ann@example.com
    """
    from connector.errors import BadInputError
    from connector.permissions import EMAIL
    from connector.serve.mcp.door import serve_streams
    from connector.serve.service import Service

    config = config_of(context)
    if asker is not None and not EMAIL.fullmatch(asker.strip()):
        raise BadInputError(f"`{asker}` is no e-mail address")
    service = Service(config.settings, config.identity_file)
    try:
        serve_streams(service, asker)
    finally:
        service.close()

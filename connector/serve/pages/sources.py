"""What came in, for whoever runs the archive: what is held and why, what could not be read, and the door for more.

What changes the archive is asked of whoever holds it, as the commands do: ``connector.archive.requests``.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from importlib import resources
from pathlib import Path
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from connector.archive.file_keys import file_of
from connector.archive.ledger.reading import Arrived
from connector.archive.metadata.writing import tell
from connector.archive.requests import Answer, ask, ask_and_go_on
from connector.archive.writer import SERVER, holder_of
from connector.config import Settings
from connector.errors import BadInputError, ConfigError, NotSetUpError
from connector.serve.demands import demand_administrator
from connector.serve.http import Asked, Refused
from connector.serve.pages.became import accompanies, described_by, row_named, row_of, row_of_upload, sources_of
from connector.serve.pages.filing import Filed
from connector.serve.pages.receiving import receive
from connector.serve.pages.session import own_path
from connector.serve.pages.site import Page, Site, address, field_of, name_of, render
from connector.serve.service import RETRY, Service

A_PAGE = 50
TAKE_IN_WAIT = 15.0  # seconds an upload waits to be taken in before it says that it goes on
MOST_COLLECTIONS = 500

_DONE = {
    "approve": "Approved: it counts as every other transcript does.",
    "reject": "Rejected: it is found no more, and its file is left alone.",
    "describe": "Written into its sidecar, and read again.",
    "again": "Read again.",
}


def routes(service: Service) -> list[BaseRoute]:
    site = Site(service)

    def sources(asked: Asked) -> Page:
        demand_administrator(asked)
        named = asked.query.get("state", "every")
        chosen: Arrived = next((one for one in get_args(Arrived) if one == named), "every")
        with service.ledger() as ledger:
            counts = ledger.count_arrivals()
            pages = max(1, -(-counts[chosen] // A_PAGE))
            number = min(max(1, _number(asked.query.get("page", ""))), pages)
            found = ledger.arrivals(chosen, limit=A_PAGE, offset=(number - 1) * A_PAGE)
            rows = [row_of(ledger, one) for one in found]
        values = {
            "rows": rows,
            "counts": counts,
            "state": chosen,
            "page": number,
            "pages": pages,
            "done": _DONE.get(asked.query.get("done", ""), ""),
        }
        return Page("sources.html", values | _door(service))

    def became(asked: Asked) -> Page:
        demand_administrator(asked)
        with service.ledger() as ledger:
            named = asked.query.getlist("name")[:A_PAGE]
            rows = [row_named(ledger, name, _unread(service, name)) for name in named]
        return Page("uploaded.html", {"rows": rows} | _door(service))

    def decide(asked: Asked) -> Response:
        decision, name = field_of(asked.body, "decision"), name_of(asked.body)
        if decision not in ("approve", "reject"):
            raise Refused(400, "decision: approve or reject")
        words = field_of(asked.body, "words")
        _carry_out(service, decision, {"ids": [name], "words": {name: words} if words else {}})
        onward = own_path(field_of(asked.body, "next")) if decision == "approve" else ""
        return _told(onward, decision, asked.body)

    def describe(asked: Asked) -> Page | Response:
        key, file = _file(service, name_of(asked.body))
        values = {key: value for key in ("title", "url", "recorded") if (value := field_of(asked.body, key))}
        if not values:
            raise Refused(400, "there is nothing to write: give its link, its title or its day")
        try:
            tell(file, service.settings.inbox, values)
        except ConfigError as error:
            raise _refused(error) from error
        except OSError as error:
            raise Refused(507, f"the sidecar cannot be written: {error.strerror}") from error
        return read_again(key, file) or _told(own_path(field_of(asked.body, "next")), "describe", asked.body)

    def again(asked: Asked) -> Page | Response:
        key, file = _file(service, name_of(asked.body))
        return read_again(key, file) or _told("", "again", asked.body)

    def read_again(key: str, file: Path) -> Page | None:
        """What became of the file, where it still cannot be read."""
        answer = _carry_out(service, "ingest", {"paths": [str(file)]})
        if answer["files"] and not answer["failed"]:
            return None
        with service.ledger() as ledger:
            row = row_named(ledger, key, "left alone")
        return Page("uploaded.html", {"rows": [row]} | _door(service))

    def examples(_: Asked) -> Page:
        try:
            return _taken_in(service, list(_example_talks(service.settings.inbox)))
        except OSError as error:
            raise Refused(507, f"the talks cannot be written into the inbox: {error.strerror}") from error

    async def upload(request: Request) -> Response:
        state = request.state
        demand_administrator(Asked(None, state.asker, state.administrator))
        filed = await receive(request, service.settings)
        page = await run_in_threadpool(_taken_in, service, filed)
        return await run_in_threadpool(render, request, page, service)

    return [
        site.route("/sources", sources),
        site.route("/sources/became", became),
        site.form("/sources/decide", decide, demand=demand_administrator),
        site.form("/sources/describe", describe, demand=demand_administrator),
        site.form("/sources/again", again, demand=demand_administrator),
        site.form("/sources/examples", examples, demand=demand_administrator),
        Route("/sources/upload", upload, methods=["POST"]),
    ]


def _example_talks(inbox: Path) -> Iterator[Filed]:
    """Puts the talks that come with the program into the inbox, what says who may see them first; nothing over
    another file.
    """
    with resources.as_file(resources.files("connector.examples").joinpath("talks")) as talks:
        files = [file for file in talks.rglob("*") if file.is_file()]
        for file in sorted(files, key=lambda one: (not accompanies(one), one)):
            target = inbox / file.relative_to(talks)
            target.parent.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError), target.open("xb") as written:
                written.write(file.read_bytes())
            yield Filed(file.name, target)


def _taken_in(service: Service, filed: Sequence[Filed]) -> Page:
    """Has what arrived taken in, and tells what became of each."""
    settings = service.settings
    kept = [one.path for one in filed if one.path]
    with service.ledger() as ledger:
        paths = [path for path in kept if not accompanies(path)]
        known = list(dict.fromkeys([*sources_of(ledger, settings.inbox), *paths]))
        paths += [
            sibling for path in kept if accompanies(path) for sibling in described_by(known, path, settings.inbox)
        ]
        answer = None
        if paths:
            arguments = {"paths": [str(path) for path in dict.fromkeys(paths)]}
            try:
                answer = ask_and_go_on(ledger, settings, "ingest", arguments, wake=_wake(service), most=TAKE_IN_WAIT)
            except NotSetUpError:
                pass  # each row says that it waits
            except BadInputError as error:
                raise _refused(error) from error
        unknown = "left alone" if answer else _on_its_way(settings)
        rows = [row_of_upload(ledger, one, settings.inbox, known, unknown) for one in filed]
    return Page("uploaded.html", {"rows": rows} | _door(service))


def _unread(service: Service, name: str) -> str:
    """The state of a file that the ledger does not know."""
    inbox = service.settings.inbox
    file = file_of(inbox, name)
    there = file.is_relative_to(inbox) and ".." not in file.parts and os.path.lexists(file)
    return _on_its_way(service.settings) if there else "not there"


def _on_its_way(settings: Settings) -> str:
    return "under way" if holder_of(settings) else "waiting"


def _door(service: Service) -> dict[str, Any]:
    """What the form for uploads needs to know."""
    settings = service.settings
    try:
        with os.scandir(settings.inbox) as entries:  # it knows what is a folder without asking for each
            with_names = sorted(one.name for one in entries if _may_be_named(one.name) and one.is_dir())
    except OSError:
        with_names = []
    holder = holder_of(settings)
    return {
        "collections": with_names[:MOST_COLLECTIONS],
        "inbox": str(settings.inbox),
        "most_megabytes": settings.ingest.max_megabytes,
        "watched": bool(holder and holder["command"] != SERVER),
        "held_by": holder["command"] if holder else "",
    }


def _may_be_named(folder: str) -> bool:
    """Whether a folder may be a collection's: it is not hidden, and its name is text."""
    return not folder.startswith(".") and folder.isprintable()


def _carry_out(service: Service, command: str, arguments: dict[str, Any]) -> Answer:
    with service.ledger() as ledger:
        try:
            return ask(ledger, service.settings, command, arguments, wake=_wake(service))
        except BadInputError as error:
            raise _refused(error) from error
        except NotSetUpError as error:
            busy = holder_of(service.settings) is not None
            what = "It has much to do: try again in a while." if busy else "Start `connector run`, and try again."
            raise Refused(503, f"{error.message}. {what}", {"retry-after": RETRY}) from error


def _wake(service: Service) -> Any:
    return service.writer.wake if service.writer else lambda: None


def _refused(error: BadInputError) -> Refused:
    return Refused(400, f"{error.message}. {error.hint}" if error.hint else error.message)


def _told(onward: str, done: str, body: FormData) -> Response:
    """Back to where one was, with what was done said there."""
    if onward.startswith("/transcript/"):
        return RedirectResponse(onward, 303)
    state = field_of(body, "state")
    return RedirectResponse(address("/sources", state=state if state in get_args(Arrived) else "", done=done), 303)


def _file(service: Service, name: str) -> tuple[str, Path]:
    """The file of the inbox that the ledger knows by this name, as ledger and disk have it; Refused for others."""
    with service.ledger() as ledger:
        known = ledger.source(name)
    if known is None or Path(known.path).is_absolute():
        raise Refused(400, f"{name[:200]}: there is no such file of the inbox")
    return known.path, file_of(service.settings.inbox, known.path)


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) < 7 else 1

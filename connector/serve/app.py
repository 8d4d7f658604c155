"""The server's application: routes of all modules behind the guard."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from anyio import CapacityLimiter, to_thread
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from connector.serve import (
    activity,
    autocomplete,
    documents,
    index_debug,
    index_documents,
    index_people,
    metrics,
    platform,
    search,
    suggesting,
    summaries,
)
from connector.serve.http import Answer, Refused
from connector.serve.mcp.door import Door
from connector.serve.pages import find, model_page, recording, session, sources, status_page
from connector.serve.pages.site import NOBODY, static_files
from connector.serve.refusals import refusal
from connector.serve.security import Guard
from connector.serve.service import Service, no_index
from indexer import IndexProblem

log = logging.getLogger("connector")

WRITES = 40  # threads, beside as many of all others: what waits for a commit keeps no search waiting

# What answers, module by module.
ROUTES: tuple[Callable[[Service], Sequence[BaseRoute]], ...] = (
    search.routes,
    autocomplete.routes,
    suggesting.routes,
    documents.routes,
    summaries.routes,
    activity.routes,
    platform.routes,
    index_documents.routes,
    index_people.routes,
    index_debug.routes,
    session.routes,
    metrics.routes,
    find.routes,
    recording.routes,
    sources.routes,
    model_page.routes,
    status_page.routes,
)


def make_app(service: Service) -> Starlette:
    """The ASGI application that answers for ``service``."""
    door = Door(service)
    app = Starlette(
        routes=[
            *_health(service),
            static_files(),
            door.route(),
            *(found for routes in ROUTES for found in routes(service)),
        ],
        middleware=[Middleware(Guard, service=service)],
        lifespan=door.lifespan,
        exception_handlers={
            Refused: _refused,
            IndexProblem: _unreadable,
            HTTPException: _unknown,
            Exception: _failed,
        },
    )
    app.state.check = service.check
    app.state.checks = CapacityLimiter(1)  # one at a time: they take turns with searches, not all of them with each
    app.state.writes = CapacityLimiter(WRITES)
    app.state.service = service
    return app


def _health(service: Service) -> list[Route]:
    turns = CapacityLimiter(1)  # a thread of its own: whether it is ready is told while all others are at work

    async def alive(_: Request) -> Response:
        return Answer({"status": "ok"})

    async def ready(_: Request) -> Response:
        try:
            await to_thread.run_sync(service.demand_ready, limiter=turns)
        except Refused as error:  # anybody may ask: what the matter is, and where, is the owner's to know
            log.info("not ready: %s", error)
            raise Refused(503, "not ready", error.headers) from error
        return Answer({"status": "ok", "writes": service.writer is not None})

    return [Route("/healthz", alive, methods=["GET"]), Route("/readyz", ready, methods=["GET"])]


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refused)
    return refusal(request, error, request.app.state.service)


async def _unreadable(request: Request, error: Exception) -> Response:
    assert isinstance(error, IndexProblem)
    told = no_index("the index cannot be read", error, getattr(request.state, "asker", NOBODY), "1")
    return refusal(request, told, request.app.state.service)


async def _unknown(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    said = {
        404: f"{request.scope['path'][:200]}: there is no such path here",
        405: f"{request.method} is not for this path",
    }
    told = Refused(error.status_code, said.get(error.status_code, error.detail), error.headers)
    return refusal(request, told, request.app.state.service)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("%s: internal error", request.scope["path"], exc_info=error)
    told = Refused(500, "internal error; the server's log says more")
    return refusal(request, told, request.app.state.service)

"""The way in: `/mcp` of the server, and the standard streams of a process of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskGroup, TaskStatus
from starlette.applications import Starlette
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from connector.errors import NotSetUpError
from connector.serve.http import MAX_QUESTION, Refused
from connector.serve.service import Service

if TYPE_CHECKING:
    from mcp.server.mcpserver import Context

    from indexer.access import Asker

PATH = "/mcp"
MISSING = "MCP takes the package mcp, which is not installed"
INSTALL = "pip install 'transcript-connector[mcp]'"


class Door:
    """Streamable HTTP behind the guard: each request stands for itself, with its own asker, and is answered as JSON.

    The SDK is imported, and its tasks begin, when the first assistant comes.
    """

    def __init__(self, service: Service) -> None:
        self._service = service
        self._tasks: TaskGroup | None = None
        self._opening = anyio.Lock()
        self._app: ASGIApp | None = None

    def route(self) -> Route:
        # No stream is ever opened towards the client, and no session closed: POST is all there is.
        return Route(PATH, endpoint=self, methods=["POST"])

    @asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """As long as the server serves."""
        async with anyio.create_task_group() as self._tasks:
            yield
            self._tasks.cancel_scope.cancel()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._opening:
            if self._app is None:
                assert self._tasks is not None, "the server's lifespan has begun"
                self._app = await self._tasks.start(self._serve)
        await self._app(scope, receive, send)

    async def _serve(self, *, task_status: TaskStatus[ASGIApp]) -> None:
        manager = await anyio.to_thread.run_sync(self._make)
        async with manager.run():
            task_status.started(manager.handle_request)
            await anyio.sleep_forever()

    def _make(self) -> Any:
        try:
            from mcp.server.transport_security import TransportSecuritySettings

            from connector.serve.mcp.server import make_server
        except ImportError as error:
            raise Refused(501, f"{MISSING}: {INSTALL}") from error
        server = make_server(self._service, _of_request)
        server.streamable_http_app(
            stateless_http=True,
            json_response=True,
            max_request_body_size=MAX_QUESTION,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),  # the guard's business
        )
        return server.session_manager


def _of_request(context: Context[Any, Any]) -> Asker | None:
    """Whom the guard let in: of every request anew, and nobody where it has not said who it is."""
    request = context.request_context.request
    assert request is not None, "it came through HTTP"
    asker: Asker | None = request.state.asker
    return asker


def serve_streams(service: Service, email: str | None) -> None:
    """Serves the standard streams until the input ends: the owner, or the person ``email``.

    Raises NotSetUpError without the SDK.
    """
    try:
        from connector.serve.mcp.server import make_server
    except ImportError as error:
        raise NotSetUpError(MISSING, hint=INSTALL) from error
    server = make_server(service, lambda _: None if email is None else service.asker(email))
    server.run("stdio")

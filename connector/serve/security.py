"""Who may ask at all: tokens, ``X-Glean-ActAs``, and web pages of others that a browser here has open.

Programs send their token with each request; a browser sends the cookie of ``pages.session``, which counts for pages
alone. Below every route. Puts ``asker`` (None: the owner) and ``administrator`` into the request's state: where it did
not, no handler can read them. Paths are the scope's, since that of ``request.url`` comes out of the Host header too.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from connector.serve.http import Refused
from connector.serve.limits import LIMITS
from connector.serve.pages.session import COOKIE, demand_own_origin
from connector.serve.refusals import for_programs, refusal
from connector.serve.service import Service
from connector.serve.tokens import Person, Tokens
from indexer.access import Asker

OPEN = ("/healthz", "/readyz", "/sign-in", "/sign-out")  # and /static/
ACT_AS = "x-glean-actas"


class Guard:
    """ASGI middleware: lets through who may ask, and says to handlers who it is."""

    def __init__(self, app: ASGIApp, service: Service) -> None:
        self._app = app
        self._service = service

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive, send)
        try:
            self._limit(request)
            if request.method not in ("GET", "HEAD"):  # programs, clients and assistants too: they name no origin
                demand_own_origin(request)
            if scope["path"] not in OPEN and not scope["path"].startswith("/static/"):
                asker, administrator = await run_in_threadpool(self._identify, request)
                request.state.asker, request.state.administrator = asker, administrator
        except Refused as refused:
            await refusal(request, refused, self._service)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    def _limit(self, request: Request) -> None:
        self._service.take("address", request.client.host if request.client else "")
        self._service.take("deployment")
        if (path := request.scope["path"]) in LIMITS:
            self._service.take(path)

    def _identify(self, request: Request) -> tuple[Asker | None, bool]:
        tokens = self._service.tokens
        if self._service.tokens_needed:  # also where the last one was taken back: then nobody is let in
            person = _person(request, tokens)
            if person is None:
                raise Refused(
                    401, "a valid token is needed: Authorization: Bearer TOKEN", {"www-authenticate": "Bearer"}
                )
        else:
            demand_own_page(request)
            person = Person(None)
        named = [value.strip().lower() for value in request.headers.getlist(ACT_AS)]
        if len(named) > 1 or "" in named:  # never the owner by mistake, nor one of two
            raise Refused(400, "X-Glean-ActAs names one person, or is left out")
        wanted = "".join(named)
        if person.email is None:
            return (self._service.asker(wanted) if wanted else None), True
        if wanted not in ("", person.email):
            raise Refused(403, "only the administrator's token acts for others (X-Glean-ActAs)")
        return self._service.asker(person.email), False


def demand_own_page(request: Request) -> None:
    """Without tokens a request must come from this machine and its pages, not from one that a browser here has open.

    The Host header tells a name that was bound to our address (DNS rebinding), Origin and Sec-Fetch-Site another page.
    """
    ends = (request.scope.get("server"), request.scope.get("client"))
    if not all(end and is_loopback(end[0]) for end in ends):
        raise Refused(403, "without tokens only this machine is served")
    host = request.headers.get("host", "")
    origin = request.headers.get("origin")
    if not is_loopback(_name(f"//{host}")):
        raise Refused(403, f"`{host[:80]}` is no name of this machine; without tokens only its own are served")
    if origin is not None and not is_loopback(_name(origin)):
        raise Refused(403, f"a page of `{origin[:80]}` may not ask here")
    if request.headers.get("sec-fetch-site") == "cross-site" and not _followed(request):
        raise Refused(403, "a page of another site may not ask here")


def _followed(request: Request) -> bool:
    """Whether somebody followed a link of another site to a page, which that site cannot read."""
    told = (request.method, request.headers.get("sec-fetch-mode"), request.headers.get("sec-fetch-dest"))
    return told == ("GET", "navigate", "document") and not for_programs(request)


def _person(request: Request, tokens: Tokens) -> Person | None:
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind:
        return tokens.person(token.strip() if kind.lower() == "bearer" else "")
    return None if for_programs(request) else tokens.visitor(request.cookies.get(COOKIE, ""))


def is_loopback(name: str | None) -> bool:
    """Whether ``name``, a host's name or address, is this machine for itself."""
    if name is None:
        return False
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return name.lower() == "localhost"


def _name(address: str) -> str | None:
    try:
        return urlsplit(address).hostname
    except ValueError:
        return None

"""Signing in with a token: a browser keeps it in a cookie that scripts cannot read, and that another site sends only
with a link that somebody follows (SameSite=Lax): links to moments are followed from everywhere.

The cookie is made of the token's hash: a token taken back signs out at once, nothing is to be kept here, and whatever
else is served under this name, on another port, is sent no token by the browser.
"""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute

from connector.serve.http import Asked, Refused
from connector.serve.pages.site import Page, Site, field_of
from connector.serve.service import Service
from connector.serve.tokens import cookie_of, hash_of

COOKIE = "connector_token"
_AGE = 90 * 86_400  # seconds a browser keeps it


def routes(service: Service) -> list[BaseRoute]:
    site = Site(service)

    def show(asked: Asked) -> Page | Response:
        if not service.tokens_needed:
            return RedirectResponse("/", 303)
        return Page("sign-in.html", {"next": own_path(asked.query.get("next", "")), "wrong": False})

    def enter(asked: Asked) -> Page | Response:
        token, onward = field_of(asked.body, "token"), own_path(field_of(asked.body, "next"))
        if service.tokens.person(token) is None:
            return Page("sign-in.html", {"next": onward, "wrong": True}, status=401)
        response = RedirectResponse(onward, 303)
        response.set_cookie(
            COOKIE, cookie_of(hash_of(token)), max_age=_AGE, secure=asked.encrypted, httponly=True, samesite="lax"
        )
        return response

    def leave(asked: Asked) -> Response:
        response = RedirectResponse("/sign-in", 303)
        response.delete_cookie(COOKIE, secure=asked.encrypted, httponly=True, samesite="lax")
        response.headers["clear-site-data"] = '"cache"'  # recordings, of which a browser keeps what it played
        return response

    return [
        site.route("/sign-in", show, anybody=True),
        site.form("/sign-in", enter, anybody=True),
        site.form("/sign-out", leave, anybody=True),
    ]


def demand_own_origin(request: Request) -> None:
    """Refused for a request of another page, another port of this machine too, which shares its cookies.

    By Sec-Fetch-Site, else by Origin against Host, as Go's ``http.CrossOriginProtection`` does; what has neither comes
    from no browser.
    """
    site = request.headers.get("sec-fetch-site")
    if site in ("same-origin", "none"):
        return
    origin = request.headers.get("origin")
    if site is None and (origin is None or _host(origin) == request.headers.get("host")):
        return
    raise Refused(403, "only a page of this server may send that")


def own_path(wanted: str) -> str:
    """``wanted`` where it is a path of this server, else the first page: nobody is sent elsewhere."""
    parts = _split(wanted)
    own = parts is not None and not parts.scheme and not parts.netloc and wanted.startswith("/")
    return wanted if own and not wanted.startswith("//") and wanted.isprintable() and "\\" not in wanted else "/"


def _split(address: str) -> SplitResult | None:
    try:
        return urlsplit(address)
    except ValueError:
        return None


def _host(origin: str) -> str | None:
    parts = _split(origin)
    return parts.netloc if parts else None

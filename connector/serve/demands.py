"""What is demanded of a request, by pages and interfaces alike: that it is ours, that the owner asks."""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.requests import Request

from connector.serve.http import Asked, Refused


def demand_administrator(asked: Asked) -> None:
    """Refused with 403 for everybody but the owner and the administrator who acts for nobody."""
    if not asked.administrator or asked.asker is not None:
        raise Refused(403, "only the owner and the administrator may ask that")


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


def _host(origin: str) -> str | None:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return None

"""What all pages share: templates that escape by themselves, the frame around them, files of ours, headers.

A page works without script, and asks no other host for anything but the player of the recording that it shows. The
policy (Content Security Policy, level 3) has no inline script or style, so that a title that slipped through an
escape would still not run.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Message

from connector.counting import counted
from connector.serve.http import MAX_QUESTION, Asked, Refused, read_body
from connector.serve.service import Service
from connector.transcripts.timecode_text import clock_text
from indexer.access import Asker
from indexer.languages import code_of
from indexer.languages import name_of as name_of_language

HERE = Path(__file__).parent
STATIC = HERE / "static"
_DAY = 86_400
NOBODY = Asker("", member=False)

Work = Callable[[Asked], "Page | Response"]


@dataclass(frozen=True)
class Page:
    """A template with its ``values``. ``frames`` and ``media``: origins (``https://host``) that may be shown in a
    frame, or played, beside our own.
    """

    template: str
    values: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200
    frames: tuple[str, ...] = ()
    media: tuple[str, ...] = ()


class Site:
    """The pages of one served archive."""

    def __init__(self, service: Service) -> None:
        self.service = service

    def route(self, path: str, work: Work, *, anybody: bool = False) -> Route:
        """What ``work`` answers to GET under ``path``; it runs in a thread. ``anybody``: who is not known too."""

        async def endpoint(request: Request) -> Response:
            return await run_in_threadpool(self._answer, work, request, _asked(request, None, anybody))

        return Route(path, endpoint, methods=["GET"])

    def form(
        self, path: str, work: Work, *, demand: Callable[[Asked], None] = lambda _: None, anybody: bool = False
    ) -> Route:
        """The same for a form that is sent there (POST): its fields, as Starlette's FormData, are the body, which has
        no files and is read once ``demand`` is content. The guard has made sure that it was a page of ours that sent
        it.
        """

        async def endpoint(request: Request) -> Response:
            demand(_asked(request, None, anybody))
            body = await read_body(request, MAX_QUESTION)

            async def received() -> Message:
                return {"type": "http.request", "body": body, "more_body": False}

            async with Request(request.scope, received).form(max_files=0, max_fields=100) as fields:
                return await run_in_threadpool(self._answer, work, request, _asked(request, fields, anybody))

        return Route(path, endpoint, methods=["POST"])

    def _answer(self, work: Work, request: Request, asked: Asked) -> Response:
        told = work(asked)
        return told if isinstance(told, Response) else render(request, told, self.service)


def _asked(request: Request, body: Any, anybody: bool) -> Asked:
    state = request.state
    asker, administrator = (NOBODY, False) if anybody else (state.asker, state.administrator)
    encrypted = request.scope["scheme"] == "https"  # uvicorn takes a proxy of this machine at its word
    return Asked(body, asker, administrator, request.path_params, request.query_params, encrypted)


def static_files() -> BaseRoute:
    """Our scripts and styles, for anybody; named by their content, so that a browser may keep them for a year."""
    return Mount("/static", app=_Static(directory=STATIC))


class _Static(StaticFiles):
    def file_response(self, *args: Any, **kwargs: Any) -> Response:
        response = super().file_response(*args, **kwargs)
        response.headers["cache-control"] = f"public, max-age={365 * _DAY}, immutable"
        response.headers["x-content-type-options"] = "nosniff"
        return response


def render(request: Request, page: Page, service: Service) -> Response:
    """The page in the frame, as the one who asks sees it."""
    state = request.state
    asker = getattr(state, "asker", None)
    frame = {
        "site": service.settings.glean.display_name,
        "path": request.scope["path"],
        "person": asker.email if asker else None,
        "known": hasattr(state, "administrator"),  # nobody is, on the page to sign in and where somebody was refused
        "administrator": getattr(state, "administrator", False) and asker is None,
        "signed_in": service.tokens_needed and hasattr(state, "administrator"),
        "query": "",
    }
    text = environment().get_template(page.template).render(frame | dict(page.values))
    return HTMLResponse(text.encode("utf-8", "replace"), page.status, _headers(page))  # a file's name may be no text


def refusal_page(request: Request, refused: Refused, service: Service) -> Response:
    """What was refused, for a person."""
    response = render(request, Page("refused.html", {"refused": refused}, refused.status), service)
    response.headers.update(refused.headers)
    return response


def field_of(fields: FormData, name: str) -> str:
    """What was typed into a field of a form; "" where there is none."""
    value = fields.get(name, "")
    return value.strip() if isinstance(value, str) else ""


def name_of(fields: FormData, name: str = "name") -> str:
    """The name of a file, or an id, that a page of ours put into a field, percent-encoded: what is around it is part
    of it, and a browser would write its line breaks anew.
    """
    value = fields.get(name, "")
    return unquote(value) if isinstance(value, str) else ""


@cache
def environment() -> Environment:
    """The templates."""
    made = Environment(
        loader=FileSystemLoader(HERE / "templates"), autoescape=True, undefined=StrictUndefined, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    made.filters |= {"coded": quote, "clock": clock_text, "counted": counted, "lang": lang, "language": language_name}
    made.globals |= {"static": _static, "address": address}
    return made


def lang(language: str | None) -> Markup:
    """The attribute ``lang`` for words in this language, where it is known and not the page's own, which is English."""
    code = code_of(language or "")
    return Markup(' lang="{}"').format(code) if code and code != "en" else Markup()


def language_name(language: str) -> str:
    """What a language is called, however it was written."""
    return name_of_language(code_of(language) or language)


def address(path: str, **values: Any) -> str:
    """A path of ours with a query; values that are None or empty are left out, lists are repeated."""
    given = {name: value for name, value in values.items() if value not in (None, "", [], ())}
    return f"{path}?{urlencode(given, doseq=True)}" if given else path


@cache
def _static(name: str) -> str:
    content = (STATIC / name).read_bytes()
    return f"/static/{name}?v={blake2b(content, digest_size=6).hexdigest()}"


def _headers(page: Page) -> dict[str, str]:
    frames = " ".join(page.frames) or "'none'"
    policy = {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "media-src": " ".join(("'self'", *page.media)),
        "connect-src": "'self'",
        "frame-src": frames,
        "form-action": "'self'",
        "base-uri": "'none'",
        "frame-ancestors": "'none'",
    }
    return {
        "content-security-policy": "; ".join(f"{name} {value}" for name, value in policy.items()),
        "cross-origin-opener-policy": "same-origin",
        "x-content-type-options": "nosniff",
        # The hosts of players refuse a frame whose page has no name; they are told our address, no path or words of it.
        "referrer-policy": "strict-origin-when-cross-origin" if page.frames else "same-origin",
        "cache-control": "private, no-store",  # after signing out a browser shows none of it
    }

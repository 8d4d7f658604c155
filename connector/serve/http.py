"""Requests in and answers out: JSON read strictly and within bounds, handlers run in threads, errors as values.

Knows nothing of what is asked.
"""

from __future__ import annotations

import asyncio
import json
import math
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from anyio import to_thread
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from connector.archive.rows import dump
from indexer.access import Asker

SPARE = 400  # frames of the stack that stay free when a body is read
MAX_BODY = 16 << 20  # bytes, to be indexed; a page of an upload has 5 MiB
MAX_QUESTION = 1 << 20  # bytes, of everything else
LONGEST_QUERY = 2_000  # characters of what somebody types; the rest is not looked at
BODY_WAIT = 60  # seconds that a body may take to arrive
JSON = "application/json; charset=UTF-8"  # what the official clients compare with, to the letter


CODES = {
    400: "invalid_request", 401: "authentication_required", 403: "insufficient_permissions", 404: "resource_not_found",
    405: "method_not_allowed", 408: "request_timeout", 409: "conflict", 413: "request_too_large",
    422: "unprocessable_query", 429: "rate_limit_exceeded", 500: "internal_error", 503: "service_unavailable",
}  # fmt: skip


class Refused(Exception):  # noqa: N818 (an answer, not a fault of ours)
    """A request that is answered with ``status`` and a sentence for a person.

    ``code`` names what is wrong for a program, in Glean's words (default: by the status); ``errors`` are the mistakes
    in the body: pointer (RFC 6901), detail, code.
    """

    def __init__(
        self,
        status: int,
        text: str,
        headers: Mapping[str, str] | None = None,
        *,
        code: str = "",
        errors: Sequence[Mapping[str, str]] = (),
    ) -> None:
        super().__init__(text)
        self.status = status
        self.text = text
        self.headers = dict(headers or {})
        self.code = code or CODES.get(status, "invalid_request")
        self.errors = list(errors)


@dataclass(frozen=True)
class Asked:
    """One request as a handler sees it. ``asker``: who must be allowed to see what is answered; None is the owner.
    ``administrator``: whether it came with the administrator's rights, though they may act for somebody. ``encrypted``:
    whether it came by https, behind a proxy too.
    """

    body: Any
    asker: Asker | None
    administrator: bool
    path: Mapping[str, str] = field(default_factory=dict)
    query: QueryParams = field(default_factory=QueryParams)
    encrypted: bool = False


class Answer(Response):
    """A JSON value; ``None`` is an empty answer, as the indexing API gives it."""

    media_type = JSON

    def __init__(self, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(b"" if value is None else dump(value).encode(), status, headers)
        self.headers["content-type"] = JSON  # Starlette writes it its own way
        self.headers["cache-control"] = "no-store"  # it is of whoever asked
        self.headers["x-content-type-options"] = "nosniff"


Work = Callable[[Asked], Any]


def route(path: str, work: Work, *methods: str, indexing: bool = False) -> Route:
    """``work`` under ``path``, by POST where no ``methods`` are named; it runs in a thread and returns a JSON value.

    ``indexing``: for the administrator alone, who may send more; it has threads of its own, all others share one pool.
    """

    async def endpoint(request: Request) -> Response:
        administrator, shared = request.state.administrator, request.app.state
        most = MAX_BODY if indexing and administrator else MAX_QUESTION
        body = await read_json(request, most) if request.method == "POST" else None
        if indexing and not administrator:
            raise Refused(403, "the indexing API takes the administrator's token alone")
        if shared.check is not None:
            turns = shared.writes if indexing else shared.checks
            await to_thread.run_sync(shared.check, path, body, request.query_params.multi_items(), limiter=turns)
        asked = Asked(body, request.state.asker, administrator, request.path_params, request.query_params)
        value = await to_thread.run_sync(work, asked, limiter=shared.writes if indexing else None)
        return value if isinstance(value, Response) else Answer(value)

    return Route(path, endpoint, methods=list(methods) or ["POST"])


def request_id() -> str:
    """A word that names one request, for whoever asks about it."""
    return secrets.token_hex(8)


async def read_json(request: Request, most: int) -> Any:
    """The JSON value of the body, {} where there is none; 400 for what is no strict JSON."""
    body = await read_body(request, most)
    return await run_in_threadpool(parse, body) if body.strip() else {}


async def read_body(request: Request, most: int) -> bytes:
    """The body; 413 above ``most`` bytes, 408 for what comes too slowly, 400 for what breaks off."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > most:
        raise _too_large(most)
    parts: list[bytes] = []
    size = 0
    try:
        async with asyncio.timeout(BODY_WAIT):
            async for part in request.stream():
                size += len(part)
                if size > most:
                    raise _too_large(most)
                parts.append(part)
    except TimeoutError as error:
        raise Refused(408, f"the body did not arrive in {BODY_WAIT} s", {"connection": "close"}) from error
    except asyncio.CancelledError as error:  # by the server, which waits no longer
        raise Refused(503, "the server stops", {"connection": "close"}) from error
    except ClientDisconnect as error:
        raise Refused(400, "the request broke off") from error
    return b"".join(parts)


def parse(body: bytes) -> Any:
    """``body`` as JSON of RFC 8259 and no more: UTF-8 that can be written again, finite numbers, each key once."""
    try:
        value = _with_room(SPARE, body.decode("utf-8"))
        if b"\\u" in body:
            dump(value).encode("utf-8")  # half of a surrogate pair is no text
    except UnicodeError as error:
        raise Refused(400, "the body is no UTF-8 text") from error
    except RecursionError as error:
        raise Refused(400, "the JSON is nested too deeply") from error
    except ValueError as error:
        raise Refused(400, f"the body is no JSON: {error}") from error
    return value


def _with_room(frames: int, text: str) -> Any:
    """The JSON value of ``text``; what takes so many ``frames`` less than Python's stack has is nested too deeply, so
    that whoever writes the value again, further down in the stack, can do so.
    """
    if frames:
        return _with_room(frames - 1, text)
    return json.loads(text, object_pairs_hook=_unique, parse_constant=_no_number, parse_float=_finite)


def _too_large(most: int) -> Refused:
    return Refused(413, f"the body is larger than {most >> 20} MiB", {"connection": "close"})


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key is written twice in one object")
    return found


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    if math.isinf(value := float(text)):
        raise ValueError(f"{text[:40]} is too large a number")
    return value

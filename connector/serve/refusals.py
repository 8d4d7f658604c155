"""What is answered to a request that was refused: free text below ``/api/index``, as Glean's indexing API has it, a
page to a browser, and problem+json (RFC 9457) elsewhere.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from connector.serve.http import Answer, Refused, request_id
from connector.serve.pages.site import address, refusal_page
from connector.serve.service import Service

PROBLEM = "application/problem+json; charset=UTF-8"
PROGRAMS = ("/api/", "/rest/", "/mcp", "/metrics", "/healthz", "/readyz")


def for_programs(request: Request) -> bool:
    """Whether the path is one of an interface, not of a page."""
    path: str = request.scope["path"]
    return path.startswith(PROGRAMS)


def refusal(request: Request, refused: Refused, service: Service) -> Response:
    """What is answered; who is not known, and looks for a page, is sent to where one signs in."""
    if request.scope["path"].startswith("/api/index/"):
        return PlainTextResponse(refused.text, refused.status, refused.headers)
    if "text/html" in request.headers.get("accept", "") and not for_programs(request):
        if refused.status == 401 and request.method == "GET":
            query = f"?{request.url.query}" if request.url.query else ""
            return RedirectResponse(address("/sign-in", next=request.scope["path"] + query), 303)
        return refusal_page(request, refused, service)
    problem: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(refused.status).phrase,
        "status": refused.status,
        "detail": refused.text,
        "code": refused.code,
        "request_id": request_id(),
    }
    if refused.errors:
        problem["errors"] = refused.errors
    response = Answer(problem, refused.status, refused.headers)
    response.headers["content-type"] = PROBLEM
    return response

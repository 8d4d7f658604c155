"""POST /rest/api/v1/feedback and activity: read and accepted, and kept nowhere. Nothing here learns from clicks."""

from __future__ import annotations

import json

from starlette.routing import Route

from connector.serve.client_requests import ActivityAsked, FeedbackAsked, read
from connector.serve.http import Asked, Refused, route
from connector.serve.service import Service


def routes(_: Service) -> list[Route]:
    return [route("/rest/api/v1/feedback", _feedback), route("/rest/api/v1/activity", _activity)]


def _feedback(asked: Asked) -> None:
    """A client may send it as JSON in the parameter ``feedback`` instead of a body."""
    body = asked.body
    if not body and (written := asked.query.get("feedback")):
        try:
            body = json.loads(written)
        except (ValueError, RecursionError) as error:
            raise Refused(400, "feedback: no JSON") from error
    read(FeedbackAsked, body)


def _activity(asked: Asked) -> None:
    read(ActivityAsked, asked.body)

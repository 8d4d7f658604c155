"""Requests checked against Glean's own specification, as a switch: what Glean would refuse or overlook is refused."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

from connector.serve.client_requests import MOST_MISTAKES, refused_for
from connector.serve.http import Refused
from connector.serve.indexing import PREFIX
from connector.serve.service import Check
from connector.serve.specification import calls

MOST_PARTS = 10_000  # values at any depth; the longest that the client API reads, 1,000 of a filter, has some 7,000


def checker() -> Check:
    """A check of every request that the specification knows: each key, type and value, and the address's parameters."""
    known = calls()

    def check(path: str, body: Any, query: Sequence[tuple[str, str]] = ()) -> None:
        if (call := known.get(path)) is None:
            return
        for name, wrong in call.mistakes_in_query(query):
            raise Refused(400, f"the address: `{name[:80]}`: {wrong}", code="invalid_parameter")
        if not path.startswith(PREFIX) and _is_long(body):
            raise Refused(413, f"the body has more than {MOST_PARTS:,} values, which takes too long to check")
        try:
            mistakes = list(islice(call.mistakes(body), MOST_MISTAKES))
        except RecursionError as error:
            raise Refused(400, "the body is nested too deeply") from error
        if mistakes:
            raise refused_for(mistakes)

    return check


def _is_long(body: Any) -> bool:
    parts = [body]
    for one in parts:  # which grows meanwhile
        parts.extend(one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        if len(parts) > MOST_PARTS:
            return True
    return False

"""GET /suggest?q=: what may be meant by the beginning of a query, for the search box of the pages and for whoever asks.

The network helps to order it once it is loaded, which happens beside the first request; until then, and where there is
none for the asker, the archive's own words answer alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.routing import Route

from connector.serve.http import LONGEST_QUERY, Asked, Refused, route
from connector.serve.service import Service, no_index
from indexer import IndexProblem
from indexer import query as typed
from indexer.access import Asker
from indexer.suggest import Suggestions, suggest

RESULTS = 10
MOST = 50


def routes(service: Service) -> list[Route]:
    def answer(asked: Asked) -> dict[str, Any]:
        limit = asked.query.get("limit", str(RESULTS))
        if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:9]) <= MOST):
            raise Refused(400, f"limit is a number from 1 to {MOST}")
        told = suggested(service, asked.query.get("q", ""), asked.asker, int(limit)).to_json()
        if asked.asker is not None:
            for one in told["suggestions"]:
                del one["score"]  # the owner's alone: it counts what is in the archive
        return told

    return [route("/suggest", answer, "GET")]


def suggested(
    service: Service, query: str, asker: Asker | None, most: int, filters: Sequence[typed.Node] = ()
) -> Suggestions:
    """Suggestions for ``asker`` of documents that pass the ``filters``; Refused where there is no index for them."""
    index = service.index(asker)
    with service.ledger() as ledger:
        expect = service.network.expect(ledger, asker, wait=False)
    try:
        return suggest(index, query[:LONGEST_QUERY], asker, most, expect, filters)
    except IndexProblem as error:
        raise no_index("the index cannot be read", error, asker, "1") from error

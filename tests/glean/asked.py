"""What a server of the tests was asked, what the ledger takes it to hold, and what it is to refuse."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.glean.destination import Destination
from tests.glean.misbehaving import Faults, RefusalError, Server
from tests.glean.pushing import DATASOURCE


def routes(server: Server, since: int = 0) -> list[str]:
    return [route for route, _ in server.held.requests[since:]]


def bulk_pages(server: Server, since: int = 0) -> list[dict[str, Any]]:
    return [body for route, body in server.held.requests[since:] if route == "bulkindexdocuments"]


def held(ledger: Path, server: Server, kind: str = "document") -> dict[str, str | None]:
    with Ledger.open(ledger) as opened:
        return opened.pushed(Destination(server.url, DATASOURCE).key, kind)


def faults(seed: int = 1, **told: Any) -> Faults:
    return Faults(seed=seed, **told)


def refusing(
    refused: str, carry_out: Callable[[str, dict[str, Any]], Any], status: int = 409
) -> Callable[[str, dict[str, Any]], Any]:
    def refuse(route: str, body: dict[str, Any]) -> Any:
        if route == refused:
            raise RefusalError(status, "the name is taken")
        return carry_out(route, body)

    return refuse


def only_at(number: int, kind: str) -> Faults:
    """Faults of which one alone happens, at the request of that number."""

    class Once(Faults):
        asked = 0

        def next(self) -> str | None:
            self.asked += 1
            return kind if self.asked == number else None

    return Once()

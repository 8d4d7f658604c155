"""What a server of the tests was asked and shows to whom, what the ledger takes it to hold, what it is to refuse."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.glean.destination import Destination
from tests.glean.misbehaving import Faults, Held, RefusalError, Server, canonical
from tests.glean.pushing import DATASOURCE, Things


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


def shown(held: Held) -> set[tuple[str, str, str]]:
    """Who is shown which document and with which words, as (address, key, all of it but who may see it): users alone,
    by name, by their groups, or all of them.
    """
    inside = {(one.get("memberUserId"), one["groupName"]) for one in held.memberships.values()}
    words = {key: canonical(one | {"permissions": None}) for key, one in held.documents.items()}
    pairs = itertools.product(held.users, held.documents.items())
    return {(email, key, words[key]) for email, (key, one) in pairs if _may_see(email, one["permissions"], inside)}


def _may_see(email: str, permissions: dict[str, Any], inside: set[tuple[Any, str]]) -> bool:
    return (
        permissions.get("allowAllDatasourceUsersAccess") is True
        or {"email": email} in permissions.get("allowedUsers", ())
        or any((email, group) in inside for group in permissions.get("allowedGroups", ()))
    )


def watch(server: Server, told: Things, tell: Callable[[str], None]) -> None:
    """Looks after each request of a push whether anybody is shown what they were not before and are not to be."""
    wanted = Held(
        users={one["email"]: one for one in told["users"]},
        memberships=dict(enumerate(told["memberships"])),  # type: ignore[arg-type]
        documents={f"{one['objectType']}/{one['id']}": one for one in told["documents"]},
    )
    allowed = shown(server.held) | shown(wanted)

    def look() -> None:
        if more := shown(server.held) - allowed:
            tell(f"shown after {server.held.requests[-1][0]}: {sorted(more)[:3]}")
            server.after_each = lambda: None  # once is enough

    server.after_each = look

"""Who may see a document: Glean's ``permissions`` as tokens that an index finds, and the person who asks.

Pure. A permission this module does not understand opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from indexer.text import encodable

EVERYONE = "everyone"
MEMBERS = "members"
INTERSECTION = "all:"


@dataclass(frozen=True)
class Asker:
    """A person who searches; ``member``: one of the users of the datasource. The owner is ``None`` instead."""

    email: str
    groups: frozenset[str] = frozenset()
    member: bool = True

    def tokens(self) -> set[str]:
        """The tokens of which one suffices to see a document; intersections apart, see ``opens``."""
        own = {_user(self.email)} if self.email.strip() else set()
        return {EVERYONE} | ({MEMBERS} if self.member else set()) | own | {_group(name) for name in self.groups}

    def opens(self, token: str) -> bool:
        """Whether ``token`` names an intersection of groups that this person is in entirely."""
        return token.startswith(INTERSECTION) and self._groups.issuperset(json.loads(token[len(INTERSECTION) :]))

    @property
    def _groups(self) -> frozenset[str]:
        return frozenset(encodable(name) for name in self.groups)


def tokens(permissions: dict[str, Any] | None) -> set[str]:
    """The tokens of a document with these ``permissions``; none: only the owner sees it."""
    allowed = permissions or {}
    found = set()
    if allowed.get("allowAnonymousAccess") is True:
        found.add(EVERYONE)
    if allowed.get("allowAllDatasourceUsersAccess") is True:
        found.add(MEMBERS)
    for user in _items(allowed.get("allowedUsers")):
        email = user.get("email") if isinstance(user, dict) else None
        if isinstance(email, str) and email.strip():
            found.add(_user(email))
    found.update(_group(name) for name in _items(allowed.get("allowedGroups")) if isinstance(name, str))
    for intersection in _items(allowed.get("allowedGroupIntersections")):
        required = _items(intersection.get("requiredGroups")) if isinstance(intersection, dict) else ()
        # An intersection of no groups would open the document to all: it opens nothing.
        if required and all(isinstance(name, str) for name in required):
            names = sorted({encodable(name) for name in required})
            found.add(INTERSECTION + json.dumps(names, separators=(",", ":")))
    return found


def _user(email: str) -> str:
    return "user:" + encodable(email.strip().casefold())


def _group(name: str) -> str:
    return "group:" + encodable(name)


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | dict) else ()

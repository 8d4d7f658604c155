"""Who may see a document: Glean's ``permissions`` as tokens that an index finds, and the person who asks.

Users and groups are of a datasource: a group of one means nothing in another. The tokens of documents that are not of
the index's own datasource name theirs, the ``scope``. Pure. A permission this module does not understand opens nothing.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from indexer.text import encodable

EVERYONE = "everyone"
MEMBERS = "members"
INTERSECTION = "all"


@dataclass(frozen=True)
class Membership:
    """That a person is one of the users of ``datasource``, by which id if by another than the e-mail address, and in
    which groups.
    """

    datasource: str
    groups: frozenset[str] = frozenset()
    user_id: str = ""


@dataclass(frozen=True)
class Asker:
    """A person who searches; ``member``: one of the users of the index's own datasource. The owner is ``None`` instead.

    ``elsewhere``: what they are in other datasources, none twice.
    """

    email: str
    groups: frozenset[str] = frozenset()
    member: bool = True
    elsewhere: tuple[Membership, ...] = ()

    def tokens(self) -> set[str]:
        """The tokens of which one suffices to see a document; intersections apart, see ``opens``."""
        own = {_user(self.email)} if self.email.strip() else set()
        found = {EVERYONE} | ({MEMBERS} if self.member else set()) | own | {_group(name) for name in self.groups}
        for other in self.elsewhere:
            scope = other.datasource
            found |= {_token(MEMBERS, scope), _user(self.email, scope)}
            found |= {_token("id", scope, other.user_id)} if other.user_id else set()
            found |= {_group(name, scope) for name in other.groups}
        return found

    def opens(self, token: str) -> bool:
        """Whether ``token`` names an intersection of groups that this person is in entirely."""
        kind, _, names = token.partition(":")
        name, _, scope = kind.partition("@")
        return name == INTERSECTION and self._groups(scope).issuperset(json.loads(names))

    def _groups(self, scope: str) -> frozenset[str]:
        groups = (
            next((o.groups for o in self.elsewhere if o.datasource == scope), frozenset()) if scope else self.groups
        )
        return frozenset(encodable(name) for name in groups)


def tokens(permissions: dict[str, Any] | None, scope: str = "") -> set[str]:
    """The tokens of a document with these ``permissions``; none: only the owner sees it.

    ``scope``: the datasource whose users and groups are meant, "" for the index's own.
    """
    allowed = permissions or {}
    found = set()
    if allowed.get("allowAnonymousAccess") is True:
        found.add(EVERYONE)
    if allowed.get("allowAllDatasourceUsersAccess") is True:
        found.add(_token(MEMBERS, scope))
    for user in _items(allowed.get("allowedUsers")):
        email = user.get("email") if isinstance(user, dict) else None
        if isinstance(email, str) and email.strip():
            found.add(_user(email, scope))
        user_id = user.get("datasourceUserId") if isinstance(user, dict) else None
        if scope and isinstance(user_id, str) and user_id:
            found.add(_token("id", scope, user_id))
    found.update(_group(name, scope) for name in _items(allowed.get("allowedGroups")) if isinstance(name, str))
    for intersection in _items(allowed.get("allowedGroupIntersections")):
        required = _items(intersection.get("requiredGroups")) if isinstance(intersection, dict) else ()
        # An intersection of no groups would open the document to all: it opens nothing.
        if required and all(isinstance(name, str) for name in required):
            names = sorted({encodable(name) for name in required})
            found.add(_token(INTERSECTION, scope, json.dumps(names, separators=(",", ":"))))
    return found


def _user(email: str, scope: str = "") -> str:
    # In lower case as everywhere, never folded: straße@ and strasse@ are two people.
    return _token("user", scope, email.strip().lower())


def _group(name: str, scope: str = "") -> str:
    return _token("group", scope, name)


def _token(kind: str, scope: str, value: str | None = None) -> str:
    """``kind@scope:value``; a scope is letters and digits, so that no value passes for one."""
    told = f"{kind}@{scope}" if scope else kind
    return told if value is None else f"{told}:{encodable(value)}"


def _items(value: Any) -> tuple[Any, ...]:
    return tuple(value) if isinstance(value, Iterable) and not isinstance(value, str | dict) else ()

"""The people and groups of identity.yaml in Glean's shape: users, groups and memberships. Pure.

Source: DatasourceUserDefinition, DatasourceGroupDefinition and DatasourceMembershipDefinition of the indexing API. The
datasource refers to people by e-mail, so that an address is the member's id too.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from connector.identity import Identity

Payload = dict[str, Any]


def users(identity: Identity) -> list[Payload]:
    """A user an address, by address; who has no name is called by the address."""
    names: dict[str, str] = {}
    for user in identity.users:
        names[user.email] = names.get(user.email) or user.name.strip()
    return [{"email": email, "name": name or email} for email, name in sorted(names.items())]


def groups(identity: Identity) -> list[Payload]:
    """Every group that is named anywhere, by name."""
    return [{"name": name} for name in identity.group_names()]


def memberships(identity: Identity) -> list[Payload]:
    """Who is in which group themselves, and which group in which; Glean follows nested groups by itself."""
    people = [(group, email) for email, names in identity.direct_groups().items() for group in names]
    nested = [(group, name) for name, parents in identity.parents().items() for group in parents]
    return [
        *({"groupName": group, "memberUserId": email} for group, email in sorted(people)),
        *({"groupName": group, "memberGroupName": name} for group, name in sorted(nested)),
    ]


# In the order in which they are to be sent: a membership names users and groups that are there.
KINDS: dict[str, Callable[[Identity], list[Payload]]] = {"users": users, "groups": groups, "memberships": memberships}

"""Who may see a document, in Glean's own shape. Values only; the index applies them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.validation import NOT_BLANK
from indexer.access import EVERYONE, MEMBERS, Asker, tokens

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
MOST_PAIRS = 400  # of groups of two lists that are looked at: of longer lists the groups count which are in both
Group = Annotated[str, Field(pattern=NOT_BLANK)]


class Strict(BaseModel):
    """Values as they are written: nothing unknown, nothing converted."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class UserReference(Strict):
    """A person in a permission list."""

    email: str

    @field_validator("email")
    @classmethod
    def _address(cls, value: str) -> str:
        value = value.strip().lower()
        if not EMAIL.fullmatch(value):
            raise ValueError("must be an e-mail address")
        return value


class GroupIntersection(Strict):
    """Groups of which a person must be in every one."""

    required_groups: list[Group] = Field(alias="requiredGroups", min_length=1)


class Permissions(Strict):
    """Glean's DocumentPermissionsDefinition; nothing set means nobody but the owner of the data folder."""

    allowed_users: list[UserReference] = Field(default=[], alias="allowedUsers")
    allowed_groups: list[Group] = Field(default=[], alias="allowedGroups")
    allowed_group_intersections: list[GroupIntersection] = Field(default=[], alias="allowedGroupIntersections")
    allow_anonymous_access: bool = Field(default=False, alias="allowAnonymousAccess")
    allow_all_datasource_users_access: bool = Field(default=False, alias="allowAllDatasourceUsersAccess")

    @field_validator("allowed_users", mode="before")
    @classmethod
    def _addresses(cls, value: Any) -> Any:
        """A plain list of e-mail addresses is what people write; Glean wants objects."""
        if isinstance(value, list):
            return [{"email": item} if isinstance(item, str) else item for item in value]
        return value

    @property
    def open(self) -> bool:
        """Whether every user of the datasource may see it, so that a shared model may read it."""
        return self.allow_anonymous_access or self.allow_all_datasource_users_access

    @property
    def teams(self) -> set[frozenset[str]]:
        """Sets of groups: who is in all of one is let in."""
        several = (frozenset(one.required_groups) for one in self.allowed_group_intersections)
        return {*(frozenset([group]) for group in self.allowed_groups), *several}

    def payload(self) -> dict[str, Any]:
        """The JSON that travels with every document: what is set and no more, so that nothing changes on the way."""
        if self.open:
            wide = "allowAnonymousAccess" if self.allow_anonymous_access else "allowAllDatasourceUsersAccess"
            return {wide: True}
        values = self.model_dump(by_alias=True, exclude_defaults=True)
        return values or {"allowAllDatasourceUsersAccess": False}


OWNER_ONLY = Permissions()
ALL_USERS = Permissions(allowAllDatasourceUsersAccess=True)


def may_see(asker: Asker | None, permissions: dict[str, Any] | None, scope: str = "") -> bool:
    """Whether ``asker`` (None: the owner) may see a document with these permissions, of the datasource ``scope`` where
    it is not the archive's own.
    """
    if asker is None:
        return True
    opened = tokens(permissions, scope)
    return not opened.isdisjoint(asker.tokens()) or any(asker.opens(token) for token in opened)


def lends(owned: dict[str, Any], audience: dict[str, Any]) -> bool:
    """Whether all whom ``audience`` lets in may see what is for those of ``owned``; both in Glean's shape.

    Whoever is named counts as a user of the datasource; the world does not.
    """
    owners, others = tokens(owned), tokens(audience)
    return EVERYONE in owners or others <= owners or (MEMBERS in owners and EVERYONE not in others)


def both(some: dict[str, Any], others: dict[str, Any]) -> dict[str, Any]:
    """For whom it is that both let in, as far as their names tell, in Glean's shape; neither lets in all.

    Who is named by one as a person, and let in by the other as one of a group, is not told from these.
    """
    first, second = Permissions.model_validate(some), Permissions.model_validate(others)
    users = [user for user in first.allowed_users if user in second.allowed_users]
    teams = first.teams & second.teams
    if len(first.teams) * len(second.teams) <= MOST_PAIRS:
        teams = {one | other for one in first.teams for other in second.teams}
        teams = {team for team in teams if not any(less < team for less in teams)}
    told = Permissions(
        allowedUsers=users,
        allowedGroups=sorted(group for team in teams if len(team) == 1 for group in team),
        allowedGroupIntersections=[
            GroupIntersection(requiredGroups=sorted(team)) for team in sorted(teams, key=sorted) if len(team) > 1
        ],
    )
    return told.payload()

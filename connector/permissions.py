"""Who may see a document, in Glean's own shape. Values only; the index applies them."""

from __future__ import annotations

import re
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, field_validator

from connector.validation import NOT_BLANK
from indexer.access import EVERYONE, MEMBERS, Asker, tokens

EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
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

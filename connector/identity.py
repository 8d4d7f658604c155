"""identity.yaml: the users of the datasource, their groups, and groups within groups; who somebody is who asks."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from connector.errors import ConfigError
from connector.permissions import EMAIL, Group, Strict, UserReference
from connector.validation import load_model
from indexer.access import Asker


class User(UserReference):
    """A person: ``groups`` are those they are in themselves."""

    name: str = ""
    groups: list[Group] = Field(default=[])


class NamedGroup(Strict):
    """A group that is in others: whoever is in it is in each of ``groups`` too."""

    name: Group
    groups: list[Group] = Field(default=[])


class Identity(Strict):
    """identity.yaml. A group needs an entry of its own only where it is in another."""

    users: list[User] = Field(default=[])
    groups: list[NamedGroup] = Field(default=[])

    @field_validator("users", "groups", mode="before")
    @classmethod
    def _listed(cls, value: Any) -> Any:
        """A key with nothing after it lists nobody."""
        return [] if value is None else value

    @model_validator(mode="after")
    def _no_circles(self) -> Identity:
        parents = self.parents()
        for name in parents:
            if way := route(parents[name], name, parents):
                raise ValueError(f"the group `{name}` is in itself: {' in '.join((name, *way))}")
        return self

    def parents(self) -> dict[str, list[str]]:
        """The groups that a group is in itself, of every group that has an entry."""
        found: dict[str, list[str]] = {}
        for group in self.groups:
            found[group.name] = _once([*found.get(group.name, []), *group.groups])
        return found

    def direct_groups(self) -> dict[str, list[str]]:
        """The groups that each person is in themselves, by e-mail; a person written twice is in those of both."""
        found: dict[str, list[str]] = {}
        for user in self.users:
            found[user.email] = _once([*found.get(user.email, []), *user.groups])
        return found

    def groups_of(self, email: str) -> frozenset[str]:
        """Every group that a person is in, by nesting too; none for somebody who is not listed."""
        parents = self.parents()
        waiting = list(self.direct_groups().get(email, ()))
        found: set[str] = set()
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += parents.get(name, ())
        return frozenset(found)

    def group_names(self) -> list[str]:
        """Every group there is: with an entry, with a member, or with a group in it; sorted."""
        named = {group.name for group in self.groups}
        for names in (*self.parents().values(), *self.direct_groups().values()):
            named.update(names)
        return sorted(named)


def route(begin: Iterable[str], goal: str, parents: dict[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from one of the groups ``begin`` up to ``goal``, both included; () where there is none."""
    waiting: list[tuple[str, ...]] = [(name,) for name in begin]
    seen: set[str] = set()
    for way in waiting:  # grows while it is gone through: the nearest first
        if way[-1] == goal:
            return way
        if way[-1] not in seen:
            seen.add(way[-1])
            waiting += [(*way, name) for name in parents.get(way[-1], ())]
    return ()


def load_identity(file: Path) -> Identity | None:
    """What identity.yaml says; None where there is no such file. ConfigError where it is wrong."""
    return load_model(file, Identity) if file.exists() else None


def asker(email: str, identity_file: Path) -> Asker:
    """The person ``email`` with the groups identity.yaml gives.

    Without the file everyone counts as a user of the datasource, in no group; with it only those it lists do.
    """
    return asker_in(load_identity(identity_file), email)


def asker_in(identity: Identity | None, email: str) -> Asker:
    """``asker`` where identity.yaml has been read."""
    email = email.strip().lower()
    if not EMAIL.fullmatch(email):
        raise ConfigError(f"`{email}` is no e-mail address", hint="For example ann@example.com")
    if identity is None:
        return Asker(email=email, groups=frozenset(), member=True)
    return Asker(email=email, groups=identity.groups_of(email), member=email in identity.direct_groups())


def _once(names: list[str]) -> list[str]:
    return list(dict.fromkeys(names))

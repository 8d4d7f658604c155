"""The ledger's part about the people of other datasources: users, groups, and who is in which, nested ones included."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from connector.archive.ledger.foreign import ForeignLedger, demand_not_older
from connector.archive.rows import dump
from connector.errors import ConflictError
from indexer.access import Membership


class Member(NamedTuple):
    """One row of a group: a user, by address or id, or another group."""

    group: str
    is_group: bool
    name: str


class PeopleLedger(ForeignLedger):
    """Users, groups and memberships, each of one datasource."""

    def put_user(self, datasource: str, user: dict[str, Any], version: int = 0) -> None:
        """Adds or replaces a user in Glean's shape; ConflictError where ``version`` is older than what is there."""
        with self._transaction():
            self._put_user(datasource, user, version)
            self._demand_one_each(datasource, [reference(user["email"])])

    def _put_user(self, datasource: str, user: dict[str, Any], version: int = 0) -> None:
        email = reference(user["email"])
        known = self._version("foreign_users", "email", datasource, email)
        demand_not_older(version, known, email)
        active = user.get("isActive") is not False
        row = (datasource, email, reference(user.get("userId") or ""), active, dump(user), version or known, self._ms())
        self._db.execute("INSERT OR REPLACE INTO foreign_users VALUES (?, ?, ?, ?, ?, ?, ?)", row)

    def _demand_one_each(self, datasource: str, emails: Sequence[str]) -> None:
        """ConflictError where one of these users and another go by one id, or by the other's address: whose groups were
        its? What others have between them is nothing of theirs.
        """
        given = "FROM json_each(?) CROSS JOIN foreign_users AS one ON (one.datasource, one.email) = (?, value)"
        other = "JOIN foreign_users AS other ON other.datasource = one.datasource AND other.email != one.email"
        by_id = "SELECT other.user_id {} {} AND other.user_id = one.{} WHERE one.{} != '' LIMIT 1"
        borrowed = f"SELECT one.user_id {given} {other} AND other.email = one.user_id LIMIT 1"  # ours
        for query, whose in (
            (by_id.format(given, other, "user_id", "user_id"), "goes for two users"),
            (by_id.format(given, other, "email", "email"), "is the address of another user"),
            (borrowed, "is the address of another user"),
        ):
            if row := self._db.execute(query, (dump(list(emails)), datasource)).fetchone():
                raise ConflictError(f"userId `{row['user_id'][:80]}` {whose} of `{datasource}`")

    def delete_user(self, datasource: str, email: str, version: int = 0) -> None:
        """Deletes a user with all memberships; ConflictError as ``put_user``."""
        with self._transaction():
            self._delete_user(datasource, reference(email), version)

    def _delete_user(self, datasource: str, email: str, version: int = 0) -> None:
        demand_not_older(version, self._version("foreign_users", "email", datasource, email), email)
        row = self._db.execute(
            "DELETE FROM foreign_users WHERE datasource = ? AND email = ? RETURNING user_id", (datasource, email)
        ).fetchone()
        self._delete_members(datasource, False, [email, *([row["user_id"]] if row and row["user_id"] else [])])

    def put_group(self, datasource: str, name: str, version: int = 0) -> None:
        """Adds a group; ConflictError as ``put_user``."""
        with self._transaction():
            self._put_group(datasource, name, version)

    def _put_group(self, datasource: str, name: str, version: int = 0) -> None:
        known = self._version("foreign_groups", "name", datasource, name)
        demand_not_older(version, known, name)
        row = (datasource, name, version or known, self._ms())
        self._db.execute("INSERT OR REPLACE INTO foreign_groups VALUES (?, ?, ?, ?)", row)

    def delete_group(self, datasource: str, name: str, version: int = 0) -> None:
        """Deletes a group with all memberships, in it and of it; ConflictError as ``put_user``."""
        with self._transaction():
            self._delete_group(datasource, name, version)

    def _delete_group(self, datasource: str, name: str, version: int = 0) -> None:
        demand_not_older(version, self._version("foreign_groups", "name", datasource, name), name)
        self._db.execute("DELETE FROM foreign_groups WHERE datasource = ? AND name = ?", (datasource, name))
        self._db.execute("DELETE FROM foreign_memberships WHERE datasource = ? AND group_name = ?", (datasource, name))
        self._delete_members(datasource, True, [name])

    def put_membership(self, datasource: str, member: Member, version: int = 0) -> None:
        """Adds a member to a group; ConflictError as ``put_user``."""
        with self._transaction():
            self._put_membership(datasource, member, version)

    def _put_membership(self, datasource: str, member: Member, version: int = 0) -> None:
        known = self._membership_version(datasource, member)
        demand_not_older(version, known, member.group)
        row = (datasource, *member, version or known, self._ms())
        self._db.execute("INSERT OR REPLACE INTO foreign_memberships VALUES (?, ?, ?, ?, ?, ?)", row)

    def delete_membership(self, datasource: str, member: Member, version: int = 0) -> None:
        """Takes a member out of a group; ConflictError as ``put_user``."""
        with self._transaction():
            self._delete_membership(datasource, member, version)

    def _delete_membership(self, datasource: str, member: Member, version: int = 0) -> None:
        demand_not_older(version, self._membership_version(datasource, member), member.group)
        self._db.execute(
            "DELETE FROM foreign_memberships WHERE (datasource, group_name, is_group, member) = (?, ?, ?, ?)",
            (datasource, *member),
        )

    # -- who is what

    def memberships_of(self, email: str) -> list[Membership]:
        """What a person is in each other datasource of which they are an active user, by its name.

        Groups count transitively, and only those that were indexed themselves. A member named by an address is who has
        that address, never who is called so.
        """
        query = """
            WITH RECURSIVE mine AS (SELECT datasource, email, user_id FROM foreign_users WHERE email = ? AND active),
            inside (datasource, name) AS (
                SELECT row.datasource, row.group_name FROM mine JOIN foreign_memberships AS row
                ON row.datasource = mine.datasource AND NOT is_group AND (member = mine.email OR
                (member = nullif(user_id, '') AND NOT EXISTS (SELECT 1 FROM foreign_users AS named
                WHERE named.datasource = mine.datasource AND named.email = member)))
                UNION SELECT row.datasource, row.group_name FROM inside JOIN foreign_groups AS known
                ON known.datasource = inside.datasource AND known.name = inside.name JOIN foreign_memberships AS row
                ON row.datasource = inside.datasource AND is_group AND member = inside.name
            )
            SELECT mine.datasource, user_id, json_group_array(known.name) FILTER (WHERE known.name NOT NULL)
            FROM mine LEFT JOIN inside ON inside.datasource = mine.datasource LEFT JOIN foreign_groups AS known
            ON known.datasource = inside.datasource AND known.name = inside.name
            GROUP BY mine.datasource ORDER BY mine.datasource
        """
        return [Membership(row[0], frozenset(json.loads(row[2])), row[1]) for row in self._db.execute(query, (email,))]

    def foreign_user(self, datasource: str, email: str) -> tuple[bool, int] | None:
        """(active, ms since 1970 of the upload) of a user; None where there is no such."""
        query = "SELECT active, at FROM foreign_users WHERE datasource = ? AND email = ?"
        row = self._db.execute(query, (datasource, reference(email))).fetchone()
        return (bool(row["active"]), row["at"]) if row else None

    def unknown_references(self, datasource: str, users: Iterable[str], groups: Iterable[str]) -> set[str]:
        """Those of ``users`` (addresses or ids) and ``groups`` that were not indexed."""
        query = (
            "SELECT value FROM json_each(?) WHERE NOT EXISTS"
            " (SELECT 1 FROM foreign_users WHERE datasource = ? AND value IN (email, user_id))"
        )
        found = self._db.execute(query, (dump([reference(user) for user in users]), datasource)).fetchall()
        query = (
            "SELECT value FROM json_each(?) WHERE NOT EXISTS"
            " (SELECT 1 FROM foreign_groups WHERE datasource = ? AND value = name)"
        )
        found += self._db.execute(query, (dump(list(groups)), datasource)).fetchall()
        return {row["value"] for row in found}

    def people_counts(self, datasource: str) -> dict[str, int]:
        """How many users, groups and memberships a datasource has."""
        tables = ("users", "groups", "memberships")
        count = "SELECT count(*) FROM foreign_{} WHERE datasource = ?"
        return {name: int(self._db.execute(count.format(name), (datasource,)).fetchone()[0]) for name in tables}

    def _delete_members(self, datasource: str, is_group: bool, names: Iterable[str]) -> None:
        query = "DELETE FROM foreign_memberships WHERE datasource = ? AND is_group = ? AND member = ?"
        self._db.executemany(query, [(datasource, is_group, name) for name in names])

    def _version(self, table: str, column: str, datasource: str, name: str) -> int:
        query = f"SELECT version FROM {table} WHERE datasource = ? AND {column} = ?"  # noqa: S608  # ours
        row = self._db.execute(query, (datasource, name)).fetchone()
        return int(row["version"]) if row else 0

    def _membership_version(self, datasource: str, member: Member) -> int:
        query = (
            "SELECT version FROM foreign_memberships WHERE (datasource, group_name, is_group, member) = (?, ?, ?, ?)"
        )
        row = self._db.execute(query, (datasource, *member)).fetchone()
        return int(row["version"]) if row else 0


def reference(user: str) -> str:
    """A user's address in lower case, and whatever else a datasource calls a user as it is."""
    return user.strip().lower() if "@" in user else user

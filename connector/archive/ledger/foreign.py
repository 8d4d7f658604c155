"""The ledger's part about other datasources: their configurations and documents, beside the archive's own.

A document is kept as it came. What is replaced as one in the index is a group, as for the archive's own.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NamedTuple

from connector.archive.ledger.file import LedgerFile
from connector.archive.rows import dump
from connector.errors import ConflictError

KEEP_STALE = 7 * 86_400_000  # ms: how long the deletion of much of a datasource waits
SHARE_AT_ONCE = 0.2  # of a datasource that one upload deletes at once


class Key(NamedTuple):
    """What tells documents apart; ``id`` in lower case."""

    datasource: str
    object_type: str
    id: str


class ForeignDocument(NamedTuple):
    """A document of another datasource; ``payload`` is canonical JSON."""

    key: Key
    group: str
    payload: str


class Kept(NamedTuple):
    """What is known of a document; ``payload`` None: it was deleted. ``at``: ms since 1970, of the upload or that."""

    group: str
    payload: str | None
    version: int
    at: int


class ForeignLedger(LedgerFile):
    """Other datasources and their documents."""

    # -- datasources

    def put_datasource(self, config: dict[str, Any]) -> None:
        """Adds a datasource, or changes its configuration."""
        with self._transaction():
            self._db.execute(
                "INSERT INTO datasources VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET config = excluded.config",
                (config["name"], dump(config)),
            )

    def datasource(self, name: str) -> dict[str, Any] | None:
        """The configuration of another datasource, as it came; None where there is no such."""
        row = self._db.execute("SELECT config FROM datasources WHERE name = ?", (name,)).fetchone()
        return dict(json.loads(row["config"])) if row else None

    def datasources(self) -> list[dict[str, Any]]:
        """The configurations of all other datasources, by name."""
        return [json.loads(row["config"]) for row in self._db.execute("SELECT config FROM datasources ORDER BY name")]

    # -- documents

    def put_documents(self, documents: Iterable[ForeignDocument], version: int = 0) -> int:
        """Adds documents or takes new ones for them, all or none; how many are other than they were.

        ConflictError where ``version`` (0: not looked at) is older than that of what is there.
        """
        with self._transaction():
            return self._put_documents(documents, version)

    def _put_documents(self, documents: Iterable[ForeignDocument], version: int = 0) -> int:
        now, changed, groups = self._ms(), 0, dict[str, None]()
        for one in documents:
            known = self.foreign_document(one.key)
            if known:
                demand_not_older(version, known.version, one.key.id)
            self._db.execute(
                "INSERT INTO foreign_documents VALUES (?, ?, ?, ?, ?, ?, ?, NULL)"
                " ON CONFLICT (datasource, object_type, id) DO UPDATE SET (group_id, payload, version, at, stale_at) ="
                " (excluded.group_id, excluded.payload, excluded.version, excluded.at, NULL)",
                (*one.key, one.group, one.payload, version or (known.version if known else 0), now),
            )
            if known is None or known.payload != one.payload:
                changed += 1
                groups[one.group] = None
                if known and known.payload is not None:
                    groups[known.group] = None
        for group in groups:
            self._changed(group)
        return changed

    def delete_document(self, key: Key, version: int = 0) -> bool:
        """Deletes a document, and remembers that; False where there is none, of which a ``version`` is remembered all
        the same: what is older may still be on its way. ConflictError as ``put_documents``.
        """
        with self._transaction():
            known = self.foreign_document(key)
            if known:
                demand_not_older(version, known.version, key.id)
            if known is None or known.payload is None:
                if version:
                    query = "INSERT OR REPLACE INTO foreign_documents VALUES (?, ?, ?, '', NULL, ?, ?, NULL)"
                    self._db.execute(query, (*key, version, self._ms()))
                return False
            self._delete([(key, known.group)], version or known.version)
        return True

    def drop_stale(self) -> int:
        """Deletes what has waited long enough for it; how many documents."""
        query = "SELECT datasource, object_type, id, group_id FROM foreign_documents WHERE stale_at <= ?"
        rows = self._db.execute(query, (self._ms(),)).fetchall()
        if rows:
            with self._transaction():
                self._delete([(Key(*row[:3]), row["group_id"]) for row in rows])
        return len(rows)

    def _delete(self, documents: Iterable[tuple[Key, str]], version: int | None = None) -> None:
        now, groups = self._ms(), dict[str, None]()
        for key, group in documents:
            self._db.execute(
                "UPDATE foreign_documents SET payload = NULL, at = ?, stale_at = NULL, version = coalesce(?, version)"
                " WHERE (datasource, object_type, id) = (?, ?, ?)",
                (now, version, *key),
            )
            groups[group] = None
        for group in groups:
            self._changed(group)

    def foreign_document(self, key: Key) -> Kept | None:
        query = (
            "SELECT group_id, payload, version, at FROM foreign_documents"
            " WHERE (datasource, object_type, id) = (?, ?, ?)"
        )
        row = self._db.execute(query, key).fetchone()
        return Kept(*row) if row else None

    def documents_at(self, datasource: str, view_url: str) -> list[Key]:
        """The documents of a datasource with this ``viewURL``: what has no id is known by it."""
        query = (
            "SELECT datasource, object_type, id FROM foreign_documents"
            " WHERE datasource = ? AND payload NOT NULL AND json_extract(payload, '$.viewURL') = ?"
        )
        return [Key(*row) for row in self._db.execute(query, (datasource, view_url))]

    def foreign_group(self, group: str) -> list[tuple[str, dict[str, Any]]]:
        """(datasource, payload) of every document of a group, in the order of their ids."""
        query = (
            "SELECT datasource, payload FROM foreign_documents WHERE group_id = ? AND payload NOT NULL"
            " ORDER BY object_type, id"
        )
        return [(row["datasource"], json.loads(row["payload"])) for row in self._db.execute(query, (group,))]

    def foreign_groups(self) -> list[str]:
        """The groups of all other datasources' documents."""
        query = "SELECT DISTINCT group_id FROM foreign_documents WHERE payload NOT NULL ORDER BY group_id"
        return [row["group_id"] for row in self._db.execute(query)]

    def foreign_groups_with(self, ident: str) -> list[str]:
        """The groups of the documents with this id, in lower case, of whatever datasource and type."""
        query = "SELECT DISTINCT group_id FROM foreign_documents WHERE id = ? AND payload NOT NULL ORDER BY group_id"
        return [row["group_id"] for row in self._db.execute(query, (ident,))]

    def document_counts(self, datasource: str, generation: int | None = None) -> dict[str, int]:
        """How many documents of each object type a datasource has; of a ``generation`` those not changed since."""
        query = (
            "SELECT object_type, count(*) FROM foreign_documents WHERE datasource = ?1 AND payload NOT NULL"
            " AND (?2 IS NULL OR (SELECT generation FROM changes WHERE changes.group_id = foreign_documents.group_id)"
            " <= ?2) GROUP BY object_type ORDER BY object_type"
        )
        return {row[0]: row[1] for row in self._db.execute(query, (datasource, generation))}

    def changed_at(self, group: str) -> int:
        """The generation that last changed a group; 0 for none."""
        row = self._db.execute("SELECT generation FROM changes WHERE group_id = ?", (group,)).fetchone()
        return int(row["generation"]) if row else 0

    def _ms(self) -> int:
        return round(self._clock().timestamp() * 1000)


def demand_not_older(version: int, known: int, what: str) -> None:
    """ConflictError where ``version`` is given and older than the one that is ``known``."""
    if 0 < version < known:
        raise ConflictError(f"{what}: version {version} is older than version {known}, which is here")

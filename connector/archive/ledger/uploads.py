"""The ledger's part about bulk uploads: pages wait until the last one is there, and then take the place of what was.

One upload at a time of each kind (of memberships: of each group). What an upload was without goes, at once where it is
little, see ``SHARE_AT_ONCE``; what was indexed singly while it was under way stays.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from typing import Literal, NamedTuple

from connector.archive.ledger.foreign import KEEP_STALE, SHARE_AT_ONCE, ForeignDocument, Key
from connector.archive.ledger.people import Member, PeopleLedger
from connector.errors import ConflictError

Kind = Literal["documents", "users", "groups", "memberships"]
HISTORY = 20  # finished uploads that are remembered, of a datasource and kind


class Page(NamedTuple):
    """One page: (key, JSON) of its items, and what it says of its upload. ``subject``: of memberships the group."""

    datasource: str
    kind: Kind
    subject: str
    upload_id: str
    items: list[tuple[str, str]]
    first: bool
    last: bool
    restart: bool = False
    delete_all_stale: bool = False

    @property
    def hash(self) -> str:
        """Of what it brings, and its place."""
        told = json.dumps([self.items, self.first, self.last, self.delete_all_stale])
        return hashlib.sha256(told.encode()).hexdigest()


class Upload(NamedTuple):
    """An upload as it is remembered; times in ms since 1970, ``ended`` None: under way. ``effective``: False of
    memberships that named no group.
    """

    upload_id: str
    began: int
    ended: int | None
    paused: bool
    effective: bool


class UploadLedger(PeopleLedger):
    """Uploads under way, and the last ones that ended."""

    def take_page(self, page: Page) -> None:
        """Keeps a page; with the last one its upload is what there is. ConflictError where it does not go on with the
        one upload that is under way. A page that was the last to be taken changes nothing: its answer was lost.
        """
        with self._transaction():
            if self._was_taken(page):
                return
            number = self._begin(page) if page.first else self._go_on(page)
            self._db.executemany(
                "INSERT OR REPLACE INTO staged VALUES (?, ?, ?)", [(number, key, text) for key, text in page.items]
            )
            self._db.execute("UPDATE uploads SET page = ? WHERE number = ?", (page.hash, number))
            if page.last:
                self._end(number, page)

    def _was_taken(self, page: Page) -> bool:
        """Whether it is what its upload brought last; one that begins anew, or after an upload's end, is no repeat."""
        row = self._db.execute(
            "SELECT upload_id, page, ended FROM uploads WHERE (datasource, kind, subject) = (?, ?, ?)"
            " ORDER BY number DESC LIMIT 1",
            page[:3],
        ).fetchone()
        if row is None or (page.first and (page.restart or row["ended"] is not None)):
            return False
        return (row["upload_id"], row["page"]) == (page.upload_id, page.hash)

    def _under_way(self, page: Page) -> tuple[int, str] | None:
        row = self._db.execute(
            "SELECT number, upload_id FROM uploads WHERE (datasource, kind, subject) = (?, ?, ?) AND ended IS NULL",
            page[:3],
        ).fetchone()
        return (row["number"], row["upload_id"]) if row else None

    def _begin(self, page: Page) -> int:
        if known := self._under_way(page):
            if not page.restart:
                raise ConflictError(
                    f"upload {known[1]} of {page.kind} is not finished: send its last page, or begin anew with"
                    " forceRestartUpload"
                )
            self._db.execute("DELETE FROM uploads WHERE number = ?", known[:1])
        row = (*page[:4], self._ms())
        columns = "datasource, kind, subject, upload_id, began, paused, page"
        query = f"INSERT INTO uploads ({columns}) VALUES (?, ?, ?, ?, ?, 0, '')"  # noqa: S608
        return int(self._db.execute(query, row).lastrowid or 0)

    def _go_on(self, page: Page) -> int:
        known = self._under_way(page)
        if known is None:
            raise ConflictError(f"no upload of {page.kind} is under way: begin one with isFirstPage")
        if known[1] != page.upload_id:
            raise ConflictError(f"upload {known[1]} of {page.kind} is under way, not {page.upload_id}")
        return known[0]

    def _end(self, number: int, page: Page) -> None:
        paused = False
        match page.kind:
            case "documents":
                paused = self._replace_documents(number, page)
            case "users":
                stale, paused = self._stale("foreign_users", "email", number, page)
                brought = list(self._staged(number))
                for _, text in brought:
                    self._put_user(page.datasource, json.loads(text))
                for email in stale:
                    self._delete_user(page.datasource, email)
                self._demand_one_each(page.datasource, [email for email, _ in brought])
            case "groups":
                stale, paused = self._stale("foreign_groups", "name", number, page)
                for name, _ in self._staged(number):
                    self._put_group(page.datasource, name)
                for name in stale:
                    self._delete_group(page.datasource, name)
            case "memberships":
                self._db.execute(
                    "DELETE FROM foreign_memberships WHERE datasource = ? AND group_name = ?",
                    (page.datasource, page.subject),
                )
                for _, text in self._staged(number):
                    self._put_membership(page.datasource, Member(*json.loads(text)))
        self._db.execute("DELETE FROM staged WHERE upload = ?", (number,))
        self._db.execute("UPDATE uploads SET ended = ?, paused = ? WHERE number = ?", (self._ms(), paused, number))
        self._db.execute(
            "DELETE FROM uploads WHERE (datasource, kind) = (?, ?) AND ended NOT NULL AND number NOT IN (SELECT number"
            " FROM uploads WHERE (datasource, kind) = (?, ?) ORDER BY number DESC LIMIT ?)",
            (*page[:2], *page[:2], HISTORY),
        )

    def _replace_documents(self, number: int, page: Page) -> bool:
        """Whether the deletion of what was not in the upload waits, since it is much."""
        before = sum(self.document_counts(page.datasource).values())
        began = "(SELECT began FROM uploads WHERE number = ?)"
        rows = self._db.execute(
            "SELECT datasource, object_type, id, group_id FROM foreign_documents AS known"  # noqa: S608
            f" WHERE datasource = ? AND payload NOT NULL AND at <= {began} AND NOT EXISTS"
            " (SELECT 1 FROM staged WHERE upload = ? AND key = known.object_type || '/' || known.id)",
            (page.datasource, number, number),
        ).fetchall()
        stale = [(Key(*row[:3]), row["group_id"]) for row in rows]
        self._put_documents(self._staged_documents(number, page.datasource))
        if len(stale) <= SHARE_AT_ONCE * before or page.delete_all_stale:
            self._delete(stale)
            return False
        self._db.executemany(
            "UPDATE foreign_documents SET stale_at = coalesce(stale_at, ?)"
            " WHERE (datasource, object_type, id) = (?, ?, ?)",
            [(self._ms() + KEEP_STALE, *key) for key, _ in stale],
        )
        return True

    def _staged_documents(self, number: int, datasource: str) -> Iterator[ForeignDocument]:
        for key, text in self._staged(number):
            object_type, _, ident = key.partition("/")
            group, _, payload = text.partition("\n")
            yield ForeignDocument(Key(datasource, object_type, ident), json.loads(group), payload)

    def _staged(self, number: int) -> Iterable[tuple[str, str]]:
        return self._db.execute("SELECT key, payload FROM staged WHERE upload = ? ORDER BY key", (number,))

    def _stale(self, table: str, column: str, number: int, page: Page) -> tuple[list[str], bool]:
        """The names that are not in the upload, were there when it began, and are to go; and whether more would have
        to. Glean's specification: they go only where they are few, unless its check is disabled.
        """
        query = (
            f"SELECT {column} FROM {table} AS known WHERE datasource = ? AND at <= (SELECT began FROM uploads"  # noqa: S608
            f" WHERE number = ?) AND NOT EXISTS (SELECT 1 FROM staged WHERE upload = ? AND key = known.{column})"
        )
        stale = [row[0] for row in self._db.execute(query, (page.datasource, number, number)).fetchall()]
        before = self._db.execute(f"SELECT count(*) FROM {table} WHERE datasource = ?", page[:1]).fetchone()[0]  # noqa: S608
        paused = len(stale) > SHARE_AT_ONCE * before and not page.delete_all_stale
        return ([], True) if paused else (stale, False)

    def uploads(self, datasource: str, kind: Kind) -> list[Upload]:
        """The upload under way and those that ended last, the newest first."""
        query = (
            "SELECT upload_id, began, ended, paused, kind != 'memberships' OR subject != '' FROM uploads"
            " WHERE datasource = ? AND kind = ? ORDER BY number DESC"
        )
        found = self._db.execute(query, (datasource, kind))
        return [Upload(row[0], row[1], row[2], bool(row[3]), bool(row[4])) for row in found]


def staged_document(document: ForeignDocument) -> tuple[str, str]:
    """A document as an item of a page."""
    return f"{document.key.object_type}/{document.key.id}", f"{json.dumps(document.group)}\n{document.payload}"

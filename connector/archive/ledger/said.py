"""What files say of a recording: put together, and kept where the file that said it is gone, renamed or of another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import compress
from typing import Any

from connector.archive.ledger.reading import DEFAULT
from connector.archive.ledger.review import ReviewLedger
from connector.archive.ledger.statement import Statement, kept, to_keep, together
from connector.archive.rows import SourceRow, dump
from connector.permissions import ALL_USERS, both, lends

_FOLLOWED = "default permissions, followed"  # the state that holds those that all recordings were put together by
PART = 200  # recordings put together in one transaction
_SOURCES = "SELECT number, metadata, guessed, former, sha256 FROM sources"


class SaidLedger(ReviewLedger):
    """What people say of a recording, whichever of its files are still there."""

    def _refresh_metadata(self, ident: str) -> bool:
        """A transcript carries what its files say, key by key; True where that changed it.

        What somebody wrote down goes before what was guessed from names; the version that is shown before those it
        replaced, so that a new export without a sidecar opens nothing that the old one's had closed. Of files that are
        gone, or had another name, the permissions count on where no file that is there says any, and they are no wider
        than the default: to rename or delete one opens nothing. So do title, day and language, where all that files
        that are there have of them is guessed. While the words of a file that is gone are shown, since no other has
        been read instead yet, what it said counts as before. Speakers that another version named are shown where that
        lends to who may see this one.
        """
        rows = self._db.execute(
            "SELECT sources.metadata, guessed, state, former, sources.sha256,"
            " replaced OR state = 'missing' AND sources.sha256 != transcripts.sha256 AS aside"  # other words are shown
            " FROM sources JOIN transcripts ON id = transcript_id"
            " WHERE id = ? AND sources.metadata IS NOT NULL AND state != 'duplicate'"
            " ORDER BY aside, CASE replaced WHEN 1 THEN -number ELSE number END",
            (ident,),
        ).fetchall()
        query = "SELECT metadata, permissions, named_by, unnamed FROM transcripts WHERE id = ?"
        have = self._db.execute(query, (ident,)).fetchone()
        if not rows or have is None:
            return False
        gone = [row for row in rows if row["state"] == "missing"]
        there = [row for row in rows if row["state"] != "missing"]
        counting = rows if all(row["aside"] for row in there) else there
        files = [_of_file(row, aside=bool(row["aside"])) for row in counting]
        former = [_of_file(row).outliving(others=True) for row in gone]
        former += [one for row in counting for one in kept(row["former"])]
        former += [one.of_others() for row in gone if row not in counting for one in kept(row["former"])]
        if all(file.aside for file in files):  # the words are of a file that is another recording's now
            audience = json.loads(have["permissions"] or "null")
        else:
            audience = self._audience(files, [one for one in former if not one.for_names])
        lent = self._lent([*files, *former], audience)  # the others are for other people
        namers = compress([*files, *former], lent)
        unnamed = have["named_by"] not in (None, *(one.sha256 for one in namers))
        of_files = list(compress(files, lent))
        of_former = [one for one in compress(former, lent[len(files) :]) if not one.for_names]
        told = together(of_files, of_former) | ({} if audience is None else {"permissions": audience})
        text = dump(told)
        if text == have["metadata"] and unnamed == have["unnamed"]:
            return False
        self._db.execute(
            "UPDATE transcripts SET metadata = ?, permissions = ?, unnamed = ? WHERE id = ?",
            (text, None if audience is None else dump(audience), unnamed, ident),
        )
        self._changed(ident)
        return True

    def _audience(self, files: Sequence[Statement], former: Sequence[Statement]) -> dict[str, Any] | None:
        """Whom the files of a recording let in, or they and their former names where these have other bytes now: those
        whom the default and all that was said let in. None for the default: the words of a file that names nobody were
        never for more, and who is to see less of the recording stays so.
        """
        for one in (*files, *(one for one in former if not one.others)):
            if one.permissions is not None:
                return one.permissions
        default = audience = self.get_state(DEFAULT) or ALL_USERS.payload()
        for said in (one.permissions for one in former if one.permissions is not None):
            if lends(audience, said):
                audience = said
            elif not lends(said, audience):
                audience = both(audience, said)
        return None if audience == default else audience

    def set_default(self, permissions: dict[str, Any], progress: Callable[[int, int], None] | None = None) -> None:
        """Who may see, from now on, what names nobody; what files say of recordings is put together anew by that.

        In parts, between which others may write; what is interrupted is begun anew. ``progress``: recordings done, all.
        """
        if self.get_state(DEFAULT) == self.get_state(_FOLLOWED) == permissions:
            return
        self.set_state(DEFAULT, permissions)
        several = (
            "SELECT transcript_id FROM sources WHERE transcript_id NOT NULL GROUP BY transcript_id"
            " HAVING count(*) > 1 OR max(former != '[]')"
        )
        idents = [row["transcript_id"] for row in self._db.execute(several).fetchall()]
        for begin in range(0, len(idents), PART):
            part = idents[begin : begin + PART]
            with self._transaction():
                for ident in part:
                    self._refresh_metadata(ident)
            if progress:
                progress(begin + len(part), len(idents))
        self.set_state(_FOLLOWED, permissions)

    def _take_over(self, path: str, old: str) -> None:
        """``path`` is what ``old`` was: the old row goes, what it said outlives it, and its place in order stays."""
        row = self._db.execute(f"{_SOURCES} WHERE path = ?", (old,)).fetchone()
        mine = self._db.execute(f"{_SOURCES} WHERE path = ?", (path,)).fetchone()
        said = Statement(_of_file(row).outliving(others=False).values)
        self._db.execute("DELETE FROM sources WHERE path = ?", (old,))
        former = to_keep([said, *kept(row["former"]), *kept(mine["former"])])
        number = min(row["number"], mine["number"])
        self._db.execute("UPDATE sources SET former = ?, number = ? WHERE path = ?", (former, number, path))

    def _hand_over(self, known: SourceRow) -> None:
        """The file is to hold another recording, or none: what it said, and had said by former names, of the one it was
        is kept by another of that one's files, as what a file that is gone said counts on.
        """
        row = self._db.execute(f"{_SOURCES} WHERE path = ?", (known.path,)).fetchone()
        heir = self._db.execute(
            "SELECT path, former FROM sources WHERE transcript_id = ? AND path != ? AND state NOT IN"
            " ('duplicate', 'rejected') ORDER BY state = 'missing', number LIMIT 1",
            (known.transcript_id, known.path),
        ).fetchone()
        if heir is None or known.transcript_id is None or known.state == "duplicate":
            return
        said = [_of_file(row).outliving(others=True), *(one.of_others() for one in kept(row["former"]))]
        self._put_former(heir["path"], [*said, *kept(heir["former"])], known.transcript_id)

    def _disown(self, path: str) -> None:
        """The file has another one's bytes now: what it said by former names was of its own."""
        (former,) = self._db.execute("SELECT former FROM sources WHERE path = ?", (path,)).fetchone()
        said = to_keep(one.of_others() for one in kept(former))
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (said, path))

    def _keep_namer(self, known: SourceRow) -> None:
        """The file is to name nobody any more: where the speakers shown are those it named, what it said then tells for
        whom they are.
        """
        row = self._db.execute(f"{_SOURCES} WHERE path = ?", (known.path,)).fetchone()
        permissions = _of_file(row).permissions
        for_whom = {} if permissions is None else {"permissions": permissions}
        namer = Statement(for_whom, sha256=row["sha256"], for_names=True)
        self._put_former(known.path, [namer, *kept(row["former"])], str(known.transcript_id))

    def _orphaned(self, ident: str) -> list[Statement]:
        """For whom a recording is that no file is left of, and whose speakers it has."""
        query = (
            "SELECT permissions, named_by FROM transcripts WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM sources WHERE transcript_id = ?1 AND state != 'duplicate')"
        )
        row = self._db.execute(query, (ident,)).fetchone()
        if row is None:
            return []
        said = {"permissions": json.loads(row["permissions"])} if row["permissions"] else {}
        return [Statement(said, sha256=row["named_by"], others=True)] if said or row["named_by"] else []

    def _put_former(self, path: str, said: Iterable[Statement], ident: str) -> None:
        """What others said of the recording ``ident`` counts on with this file, and of the bytes that those had which
        name the speakers.
        """
        (namer,) = self._db.execute("SELECT named_by FROM transcripts WHERE id = ?", (ident,)).fetchone()
        told = (one if one.sha256 == namer else replace(one, sha256=None) for one in said)
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (to_keep(told), path))


def _of_file(row: sqlite3.Row, *, aside: bool = False) -> Statement:
    return Statement(json.loads(row["metadata"] or "{}"), json.loads(row["guessed"]), row["sha256"], aside)

"""What files say of a recording: put together, and kept where the file that said it is gone, renamed or of another."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from itertools import compress
from typing import Any

from connector.archive.ledger.reading import DEFAULT
from connector.archive.ledger.review import ReviewLedger
from connector.archive.rows import SourceRow, dump
from connector.permissions import ALL_USERS, both, lends

_FOLLOWED = "default permissions, followed"  # the state that holds those that all recordings were put together by
PART = 200  # recordings put together in one transaction
# In what was said of a recording by a file that is no more of it, besides what it said:
_OF = "sha256"  # the bytes it had then, where the speakers shown are those it named
_OTHERS = "others"  # true where the file it is kept with has other bytes, which may be for other people
_NAMES = "names"  # true where it tells for whom these speakers are and nothing else
_OUTLIVING = ("permissions", "title", "recorded", "language")  # what a file wrote of the recording, not of itself


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
        gone = [row for row in rows if row["state"] == "missing"]
        there = [row for row in rows if row["state"] != "missing"]
        query = "SELECT metadata, permissions, named_by, unnamed FROM transcripts WHERE id = ?"
        have = self._db.execute(query, (ident,)).fetchone()
        if not rows or have is None:
            return False
        rows = rows if all(row["aside"] for row in there) else there
        told = [(json.loads(row["metadata"]), json.loads(row["guessed"])) for row in rows]
        former = [_outliving(row["metadata"], row["guessed"]) | {_OF: row["sha256"], _OTHERS: True} for row in gone]
        former += [one for row in rows for one in json.loads(row["former"])]
        former += [one | {_OTHERS: True} for row in gone if row not in rows for one in json.loads(row["former"])]
        counting = [one for one in former if _NAMES not in one]
        if all(row["aside"] for row in rows):  # the words are of a file that is another recording's now
            audience = json.loads(have["permissions"] or "null")
        else:
            said = [*(one for one, _ in told), *(one for one in counting if _OTHERS not in one)]
            audience = next((one["permissions"] for one in said if "permissions" in one), None)
            audience = self._no_wider(one for one in counting if _OTHERS in one) if audience is None else audience
        files = [(said, bool(row["aside"])) for (said, _), row in zip(told, rows, strict=True)]
        lent = self._lent([*files, *((said, True) for said in former)], audience)  # the others are for other people
        hashes = [*(row["sha256"] for row in rows), *(one.get(_OF) for one in former)]
        unnamed = have["named_by"] not in (None, *compress(hashes, lent))
        former = [one for one in compress(former, lent[len(told) :]) if one in counting]
        told = list(compress(told, lent))
        written = [{key: value for key, value in values.items() if key not in guessed} for values, guessed in told]
        merged: dict[str, Any] = {} if audience is None else {"permissions": audience}
        for values in (*written, *former, *(values for values, _ in told)):
            for key, value in values.items():
                if key not in ("permissions", _OF, _OTHERS):
                    merged.setdefault(key, value)
        text = dump(merged)
        if text == have["metadata"] and unnamed == have["unnamed"]:
            return False
        permissions = merged.get("permissions")
        self._db.execute(
            "UPDATE transcripts SET metadata = ?, permissions = ?, unnamed = ? WHERE id = ?",
            (text, dump(permissions) if permissions is not None else None, unnamed, ident),
        )
        self._changed(ident)
        return True

    def _no_wider(self, former: Iterable[dict[str, Any]]) -> dict[str, Any] | None:
        """Those whom the default and all permissions that other files said let in, None for the default: the words of
        a file that names nobody were never for more, and who is to see less of the recording stays so.
        """
        default = audience = self.get_state(DEFAULT) or ALL_USERS.payload()
        for said in (one["permissions"] for one in former if "permissions" in one):
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
        row = self._db.execute(
            "SELECT number, metadata, guessed, former FROM sources WHERE path = ?", (old,)
        ).fetchone()
        mine = self._db.execute("SELECT number, former FROM sources WHERE path = ?", (path,)).fetchone()
        said = _outliving(row["metadata"], row["guessed"])
        former = ([said] if said else []) + [
            one for one in json.loads(row["former"]) + json.loads(mine["former"]) if one != said
        ]
        self._db.execute("DELETE FROM sources WHERE path = ?", (old,))
        number = min(row["number"], mine["number"])
        self._db.execute("UPDATE sources SET former = ?, number = ? WHERE path = ?", (dump(former), number, path))

    def _hand_over(self, known: SourceRow) -> None:
        """The file is to hold another recording, or none: what it said, and had said by former names, of the one it was
        is kept by another of that one's files, as what a file that is gone said counts on.
        """
        row = self._db.execute("SELECT guessed, former FROM sources WHERE path = ?", (known.path,)).fetchone()
        heir = self._db.execute(
            "SELECT path, former FROM sources WHERE transcript_id = ? AND path != ? AND state NOT IN"
            " ('duplicate', 'rejected') ORDER BY state = 'missing', number LIMIT 1",
            (known.transcript_id, known.path),
        ).fetchone()
        if heir is None or known.transcript_id is None or known.state == "duplicate":
            return
        said = [_outliving(known.metadata, row["guessed"]) | {_OF: known.sha256}, *json.loads(row["former"])]
        said = [one | {_OTHERS: True} for one in said]
        self._put_former(heir["path"], [*said, *json.loads(heir["former"])], known.transcript_id)

    def _disown(self, path: str) -> None:
        """The file has another one's bytes now: what it said by former names was of its own."""
        (former,) = self._db.execute("SELECT former FROM sources WHERE path = ?", (path,)).fetchone()
        said = [one | {_OTHERS: True} for one in json.loads(former)]
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (dump(said), path))

    def _keep_namer(self, known: SourceRow) -> None:
        """The file is to name nobody any more: where the speakers shown are those it named, what it said then tells for
        whom they are.
        """
        row = self._db.execute("SELECT former FROM sources WHERE path = ?", (known.path,)).fetchone()
        kept = {_OF: known.sha256, _NAMES: True}
        if permissions := json.loads(known.metadata or "{}").get("permissions"):
            kept["permissions"] = permissions
        self._put_former(known.path, [kept, *json.loads(row["former"])], str(known.transcript_id))

    def _orphaned(self, ident: str) -> list[dict[str, Any]]:
        """For whom a recording is that no file is left of, and whose speakers it has."""
        query = (
            "SELECT permissions, named_by FROM transcripts WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM sources WHERE transcript_id = ?1 AND state != 'duplicate')"
        )
        row = self._db.execute(query, (ident,)).fetchone()
        if row is None:
            return []
        said = {"permissions": json.loads(row["permissions"])} if row["permissions"] else {}
        return [said | {_OF: row["named_by"], _OTHERS: True}] if said or row["named_by"] else []

    def _put_former(self, path: str, said: Iterable[dict[str, Any]], ident: str) -> None:
        """What others said of the recording ``ident`` counts on with this file: each thing once, and of the bytes that
        those had which name the speakers.
        """
        (namer,) = self._db.execute("SELECT named_by FROM transcripts WHERE id = ?", (ident,)).fetchone()
        told = [{key: value for key, value in one.items() if key != _OF or value == namer} for one in said]
        told = [one for one in told if _OF in one or (_NAMES not in one and one.keys() - {_OTHERS})]
        once = [one for at, one in enumerate(told) if one not in told[:at]]
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (dump(once), path))


def _outliving(metadata: str | None, guessed: str) -> dict[str, Any]:
    """Of what a file said, in JSON, that which somebody wrote down and which is true of the recording without it."""
    said = json.loads(metadata or "{}")
    return {key: said[key] for key in _OUTLIVING if key in said and key not in json.loads(guessed)}

"""Files that are gone or moved: what they said of a recording counts on, and which file of it counts now."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable
from itertools import compress
from typing import Any, NamedTuple

from connector.archive.ledger.reading import DEFAULT
from connector.archive.ledger.review import ReviewLedger
from connector.archive.rows import SourceRow, dump

_PRESENT = "state NOT IN ('missing', 'duplicate')"
_FOLLOWED = "default permissions, followed"  # the state that holds those that all recordings were put together by
PART = 200  # recordings put together in one transaction
_OF = "sha256"  # in what a file said of a recording that it is no more of: the bytes it had then
_OUTLIVING = ("permissions", "title", "recorded", "language")  # what a file wrote of the recording, not of itself


class Gone(NamedTuple):
    """What became of files that are gone: transcripts removed, (path, the one whose older words count again)."""

    removed: list[str]
    again: list[tuple[str, str]]
    moved: list[tuple[str, str]]  # (path, the one that has the same bytes)


class GoneLedger(ReviewLedger):
    """What people say of a recording, whichever of its files are still there."""

    def _refresh_metadata(self, ident: str) -> bool:
        """A transcript carries what its files say, key by key; True where that changed it.

        What somebody wrote down goes before what was guessed from names; the version that is shown before those it
        replaced, so that a new export without a sidecar opens nothing that the old one's had closed. Of files that are
        gone, or had another name, the permissions count on where no file that is there says any: to rename one opens
        nothing. So do title, day and language, where all that files that are there have of them is guessed. While the
        words of a file that is gone are shown, since no other has been read instead yet, what it said counts as before.
        Speakers that another version named are shown where that lends to who may see this one.
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
        former = [_outliving(row["metadata"], row["guessed"]) | {_OF: row["sha256"]} for row in gone]
        former += [one for row in (*rows, *gone) for one in json.loads(row["former"])]
        if all(row["aside"] for row in rows):  # the words are of a file that is another recording's now
            audience = json.loads(have["permissions"] or "null")
        else:
            said = [*(one for one, _ in told), *former]
            audience = next((one["permissions"] for one in said if "permissions" in one), None)
        files = [(said, bool(row["aside"])) for (said, _), row in zip(told, rows, strict=True)]
        lent = self._lent([*files, *((said, True) for said in former)], audience)  # the others are for other people
        hashes = [*(row["sha256"] for row in rows), *(one.pop(_OF, None) for one in former)]
        unnamed = have["named_by"] not in (None, *compress(hashes, lent))
        told, former = list(compress(told, lent)), list(compress(former, lent[len(told) :]))
        written = [{key: value for key, value in values.items() if key not in guessed} for values, guessed in told]
        merged: dict[str, Any] = {} if audience is None else {"permissions": audience}
        for values in (*written, *former, *(values for values, _ in told)):
            for key, value in values.items():
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

    def twins_of(self, path: str, sha256: str, ident: str) -> list[str]:
        """The other files of the transcript that hold, or held, the same bytes."""
        query = (
            "SELECT path FROM sources WHERE path != ? AND sha256 = ? AND transcript_id = ? AND state != 'failed'"
            " ORDER BY number"
        )
        return [row["path"] for row in self._db.execute(query, (path, sha256, ident)).fetchall()]

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
        """The file is to hold another recording: what it said, and had said by former names, of the one that it was is
        kept by another of that one's files, as what a file that is gone said counts on.
        """
        row = self._db.execute("SELECT guessed, former FROM sources WHERE path = ?", (known.path,)).fetchone()
        heir = self._db.execute(
            "SELECT path, former FROM sources WHERE transcript_id = ? AND path != ? AND state != 'duplicate'"
            " ORDER BY state = 'missing', number LIMIT 1",
            (known.transcript_id, known.path),
        ).fetchone()
        if heir is None or known.state == "duplicate":
            return
        said = _outliving(known.metadata, row["guessed"]) | {_OF: known.sha256}
        former = [said, *json.loads(row["former"]), *json.loads(heir["former"])]
        once = [one for at, one in enumerate(former) if one not in former[:at]]
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (dump(once), heir["path"]))

    def mark_missing(self, paths: Iterable[str], *, remove: bool = False) -> Gone:
        """The files are gone. With ``remove`` transcripts that no file is left of go too."""
        gone = Gone([], [], [])
        leaving = dict.fromkeys(paths)
        with self._transaction():
            for path in leaving:
                source = self.source(path)
                if source is None:
                    continue
                ident = source.transcript_id
                if ident is None or source.state == "duplicate":  # now gone: nothing to remember it for
                    self._db.execute("DELETE FROM sources WHERE path = ?", (path,))
                    continue
                if twin := self._present_twin(path, source.sha256, ident, leaving):
                    self._take_over(twin, path)
                    gone.moved.append((path, twin))
                    self._refresh_metadata(ident)
                    continue
                self._db.execute("UPDATE sources SET state = 'missing', seen = ? WHERE path = ?", (self._now(), path))
                if remove and not self._is_present(ident):
                    self._db.execute("DELETE FROM sources WHERE transcript_id = ? AND state = 'missing'", (ident,))
                    self._delete_transcript(ident)
                    gone.removed.append(ident)
                    continue
                if older := self._revive(ident):  # what is there goes before what is gone
                    gone.again.append((path, older))
                self._refresh_metadata(ident)
                self._ask_for_names(ident)
        return gone

    def _ask_for_names(self, ident: str) -> None:
        """Where speakers are hidden since the file that named them is gone, those that are there are read again: they
        may name the same ones themselves.
        """
        self._db.execute(
            "UPDATE sources SET stamp = '' WHERE transcript_id = ?1 AND state = 'indexed' AND NOT replaced"
            " AND EXISTS (SELECT 1 FROM transcripts WHERE id = ?1 AND unnamed)",
            (ident,),
        )

    def _present_twin(self, path: str, sha256: str | None, ident: str, leaving: Container[str]) -> str | None:
        query = (
            f"SELECT path FROM sources WHERE path != ? AND sha256 = ? AND transcript_id = ? AND {_PRESENT}"  # noqa: S608
            " AND state != 'failed' ORDER BY number"
        )
        rows = self._db.execute(query, (path, sha256, ident)).fetchall()
        return next((row["path"] for row in rows if row["path"] not in leaving), None)

    def lost_transcripts(self, paths: Iterable[str]) -> set[str]:
        """The transcripts that would have no source left if ``paths`` were gone."""
        gone = set(paths)
        lost = set()
        for ident in {s.transcript_id for p in gone if (s := self.source(p)) and s.transcript_id}:
            query = f"SELECT path FROM sources WHERE transcript_id = ? AND {_PRESENT}"  # noqa: S608
            if all(row["path"] in gone for row in self._db.execute(query, (ident,))):
                lost.add(ident)
        return lost

    def _is_present(self, ident: str) -> bool:
        query = f"SELECT 1 FROM sources WHERE transcript_id = ? AND {_PRESENT}"  # noqa: S608
        return self._db.execute(query, (ident,)).fetchone() is not None


def _outliving(metadata: str | None, guessed: str) -> dict[str, Any]:
    """Of what a file said, in JSON, that which somebody wrote down and which is true of the recording without it."""
    said = json.loads(metadata or "{}")
    return {key: said[key] for key in _OUTLIVING if key in said and key not in json.loads(guessed)}

"""Files that are gone or moved: what they said of a recording counts on, and which file of it counts now."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Sequence
from itertools import compress
from typing import Any, NamedTuple

from connector.archive.ledger.reading import DEFAULT
from connector.archive.ledger.review import ReviewLedger
from connector.archive.rows import SourceRow, dump
from connector.permissions import ALL_USERS, lends

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
        former = [_outliving(row["metadata"], row["guessed"]) | {_OF: row["sha256"]} for row in gone]
        former += [one for row in (*rows, *gone) for one in json.loads(row["former"])]
        if all(row["aside"] for row in rows):  # the words are of a file that is another recording's now
            audience = json.loads(have["permissions"] or "null")
        else:
            audience = next((one["permissions"] for one, _ in told if "permissions" in one), None)
            audience = self._no_wider(former) if audience is None else audience
        files = [(said, bool(row["aside"])) for (said, _), row in zip(told, rows, strict=True)]
        lent = self._lent([*files, *((said, True) for said in former)], audience)  # the others are for other people
        hashes = [*(row["sha256"] for row in rows), *(one.pop(_OF, None) for one in former)]
        unnamed = have["named_by"] not in (None, *compress(hashes, lent))
        told, former = list(compress(told, lent)), list(compress(former, lent[len(told) :]))
        written = [{key: value for key, value in values.items() if key not in guessed} for values, guessed in told]
        merged: dict[str, Any] = {} if audience is None else {"permissions": audience}
        for values in (*written, *former, *(values for values, _ in told)):
            for key, value in values.items():
                if key != "permissions":
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

    def _no_wider(self, former: Sequence[dict[str, Any]]) -> dict[str, Any] | None:
        """The first permissions that files said which are gone; None, the default, where that lets in fewer: an older
        version, whose file names nobody, was not for those whom the one that is gone had let in.
        """
        said = next((one["permissions"] for one in former if "permissions" in one), None)
        default = self.get_state(DEFAULT) or ALL_USERS.payload()
        return None if said is None or lends(said, default) else said

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
        said = [self._said(known, row["guessed"]), *json.loads(row["former"]), *json.loads(heir["former"])]
        self._put_former(heir["path"], said, known.transcript_id)

    def _keep_namer(self, known: SourceRow, ident: str) -> None:
        """The file is to name nobody any more: where the speakers shown are those it named, what it said then tells for
        whom they are.
        """
        row = self._db.execute("SELECT guessed, former FROM sources WHERE path = ?", (known.path,)).fetchone()
        said = self._said(known, row["guessed"])
        if _OF in said:
            self._put_former(known.path, [said, *json.loads(row["former"])], ident)

    def _said(self, known: SourceRow, guessed: str) -> dict[str, Any]:
        """What a file said, which outlives it; with its bytes, where the speakers shown are those it named."""
        query = "SELECT 1 FROM transcripts WHERE id = ? AND named_by = ?"
        names = self._db.execute(query, (known.transcript_id, known.sha256)).fetchone()
        return _outliving(known.metadata, guessed) | ({_OF: known.sha256} if names else {})

    def _orphaned(self, ident: str) -> dict[str, Any]:
        """What is known of a recording that no file is left of: {} where there is one, or nothing is known."""
        query = (
            "SELECT metadata, named_by FROM transcripts WHERE id = ?1"
            " AND NOT EXISTS (SELECT 1 FROM sources WHERE transcript_id = ?1 AND state != 'duplicate')"
        )
        row = self._db.execute(query, (ident,)).fetchone()
        if row is None:
            return {}
        return _outliving(row["metadata"], "[]") | ({_OF: row["named_by"]} if row["named_by"] else {})

    def _put_former(self, path: str, said: Iterable[dict[str, Any]], ident: str) -> None:
        """What others said of the recording ``ident`` counts on with this file: each thing once, and of the bytes that
        those had which name the speakers.
        """
        (namer,) = self._db.execute("SELECT named_by FROM transcripts WHERE id = ?", (ident,)).fetchone()
        told = [{key: value for key, value in one.items() if key != _OF or value == namer} for one in said]
        once = [one for at, one in enumerate(told) if one and one not in told[:at]]
        self._db.execute("UPDATE sources SET former = ? WHERE path = ?", (dump(once), path))

    def reject(self, ident: str) -> list[str]:
        """A person says that it is no transcript worth having: it goes, and stays away while its files are the same.

        Where an older version of it is there, that one is to be read again: returns the paths. Until it has been, the
        recording is held, and what was said of it counts on; rejected once more, it goes.
        """
        with self._transaction():
            title = self._title(ident)
            self._decide(ident, "rejected")
            rejected = self._db.execute(
                "UPDATE sources SET state = 'rejected', error = path || ?"
                " WHERE transcript_id = ? AND state IN ('indexed', 'failed') AND NOT replaced RETURNING path",
                (f": {title}, rejected by a person", ident),
            ).fetchall()
            for source in [self.source(row["path"]) for row in rejected]:
                assert source is not None
                self._hand_over(source)
                self._db.execute("UPDATE sources SET transcript_id = NULL WHERE path = ?", (source.path,))
            if self._revive(ident) is None:
                self._delete_transcript(ident)
                return []
            self._set_verdict(ident, "held")
            self._refresh_metadata(ident)
            self._let_in(ident)
            self._unlearn(ident)
            return self._indexed(ident)

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

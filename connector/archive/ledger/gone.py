"""Files that are gone, moved or rejected, and which file of a recording counts now."""

from __future__ import annotations

from collections.abc import Container, Iterable
from typing import NamedTuple

from connector.archive.ledger.said import SaidLedger

_PRESENT = "state NOT IN ('missing', 'duplicate')"


class Gone(NamedTuple):
    """What became of files that are gone: transcripts removed, (path, the one whose older words count again)."""

    removed: list[str]
    again: list[tuple[str, str]]
    moved: list[tuple[str, str]]  # (path, the one that has the same bytes)


class GoneLedger(SaidLedger):
    """What becomes of a recording when one of its files goes."""

    def twins_of(self, path: str, sha256: str, ident: str) -> list[str]:
        """The other files of the transcript that hold, or held, the same bytes."""
        query = (
            "SELECT path FROM sources WHERE path != ? AND sha256 = ? AND transcript_id = ? AND state != 'failed'"
            " ORDER BY number"
        )
        return [row["path"] for row in self._db.execute(query, (path, sha256, ident)).fetchall()]

    def reject(self, ident: str) -> None:
        """A person says that it is no transcript worth having: it goes, and stays away while its files are the same.

        Where an older version of it is there, that one is to be read in its place, see ``waiting``, together with this;
        what was said of the recording counts on.
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
            self._revive(ident)
            if not self._is_present(ident):
                self._delete_transcript(ident)
                return
            self._let_in(ident)
            self._unlearn(ident)

    def waiting(self, ident: str) -> list[str]:
        """The files of older versions that are to be read, as no newer one is there any more."""
        query = "SELECT path FROM sources WHERE transcript_id = ? AND state = 'indexed' AND replaced ORDER BY number"
        return [row["path"] for row in self._db.execute(query, (ident,)).fetchall()]

    def drop_without_files(self, ident: str) -> None:
        """The recording goes where no file of it is there."""
        with self._transaction():
            if not self._is_present(ident):
                self._delete_transcript(ident)

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

"""Which recording is a file of? An id is given once, and kept by whatever else is a version of the same words."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from enum import StrEnum
from typing import Literal, NamedTuple

from connector.archive.ledger.reading import ReadingLedger
from connector.archive.metadata import Metadata
from connector.archive.rows import PackedCues, SourceRow, TranscriptRow
from connector.transcripts.likeness import same_recording, share_words
from connector.transcripts.programme import counted_from, programme_start
from connector.transcripts.sketch import SKETCH_SHARED
from connector.transcripts.transcript import Cue

ID_LENGTH = 20
CANDIDATES = 3  # transcripts a new one is compared with, those of the likest sketches

# A file whose words are its transcript's, or will be once it has been read again.
COUNTS = "(state = 'indexed' OR state = 'failed' AND NOT replaced)"

Duplicates = Literal["replace", "keep", "reject"]


class Outcome(StrEnum):
    """What taking in one source came to."""

    NEW = "new"
    UPDATED = "updated"  # another version of a transcript we have, in the same file
    VERSION = "new version"  # another file's, which takes the place of the words we had
    METADATA = "metadata"  # the same words; what people say about them changed
    MOVED = "moved"  # a file we had under another name, which is gone
    TWIN = "twin"  # another file with words we have, or had
    DUPLICATE = "duplicate"  # another version, and the settings say to leave it out
    UNCHANGED = "unchanged"
    FORGOTTEN = "forgotten"  # a person had it deleted; the file is left alone
    REJECTED = "rejected"  # a person decided that it is no transcript worth having
    FAILED = "failed"


def transcript_id(origin: str) -> str:
    """A fixed-width id (``t`` and 19 hex digits of SHA-256) that Glean takes anywhere."""
    return "t" + hashlib.sha256(origin.encode("utf-8", "surrogatepass")).hexdigest()[: ID_LENGTH - 1]


class Identity(NamedTuple):
    """The transcript a source is of, what it is if it has the cues we have, and the state its row gets."""

    transcript_id: str
    outcome: Outcome
    state: Literal["indexed", "replaced", "duplicate"] = "indexed"
    replaces: bool = False  # it would take the place of another file's words


class IdentityLedger(ReadingLedger):
    """Tells the recording of a source."""

    def identify(
        self,
        path: str,
        metadata: Metadata,
        sha256: str,
        cues: PackedCues,
        duplicates: Duplicates,
        is_gone: Callable[[str], bool] = lambda _: False,
    ) -> Identity:
        """Which recording a source is of. Bytes that are an older version of one stay so.

        ``is_gone`` says whether a file, by its path, is not there any more though the ledger has not noticed.
        """
        older = self._of_replaced(sha256)
        if older and (not metadata.id or transcript_id(f"id:{metadata.id}") == older):
            return Identity(older, Outcome.TWIN, "replaced")
        ident, outcome = self._identity(path, metadata, sha256, cues, duplicates, is_gone)
        have = self.transcript(ident)
        query = f"SELECT 1 FROM sources WHERE transcript_id = ? AND path != ? AND sha256 != ? AND {COUNTS}"  # noqa: S608
        others = self._db.execute(query, (ident, path, sha256)).fetchone()
        replaces = bool(have and have.cues_hash != cues.hash and have.verdict == "accepted" and others)
        return Identity(ident, outcome, "duplicate" if outcome is Outcome.DUPLICATE else "indexed", replaces)

    def beside(self, cues: PackedCues) -> Identity:
        """An identity of its own, for a version that is in doubt: it waits beside the one that is not."""
        return Identity(self._new_id(cues), Outcome.TWIN)

    def _identity(
        self,
        path: str,
        metadata: Metadata,
        sha256: str,
        cues: PackedCues,
        duplicates: Duplicates,
        is_gone: Callable[[str], bool],
    ) -> tuple[str, Outcome]:
        """Given once: a known file keeps its id; a moved one inherits it, and so do a twin and another version unless
        the settings keep them apart; new cues are hashed.

        The outcome is what it is if the cues are those we have.
        """
        known = self.source(path)
        query = "SELECT id FROM transcripts WHERE cues_hash = ? ORDER BY id"
        alike = [] if metadata.id else [str(row["id"]) for row in self._db.execute(query, (cues.hash,)).fetchall()]
        own = known.transcript_id if known and known.state != "duplicate" else None
        if own in alike:
            return str(own), Outcome.TWIN
        if known and own and known.state == "indexed" and known.sha256 == sha256 and not metadata.id:
            return own, Outcome.TWIN  # its cues may have another version's speakers, and are not alike
        moved = next((ident for ident in alike if not self._is_elsewhere(ident, path, is_gone)), None)
        if moved or (alike and duplicates == "replace"):
            return moved or alike[0], Outcome.TWIN
        if known and known.transcript_id and known.state != "duplicate":
            shared = self._db.execute(
                "SELECT 1 FROM sources WHERE transcript_id = ? AND path != ? AND sha256 != ?"
                " AND state IN ('indexed', 'failed', 'replaced')",
                (known.transcript_id, known.path, sha256),
            ).fetchone()
            have = self.transcript(known.transcript_id)
            reused = known.state == "missing" and have is not None and not share_words(have.cues, cues.cues)
            if not shared and not reused:
                return known.transcript_id, Outcome.TWIN
        like = None if duplicates == "keep" else alike[0] if alike else self._recording_of(cues)
        named = transcript_id(f"id:{metadata.id}") if metadata.id else None
        same = like if like and (named in (None, like) or not self._is_named(like)) else named
        if same is None:
            return self._new_id(cues), Outcome.TWIN
        left_out = duplicates == "reject" and self._is_elsewhere(same, path, is_gone)
        return same, Outcome.DUPLICATE if left_out else Outcome.TWIN

    def _is_elsewhere(self, ident: str, path: str, is_gone: Callable[[str], bool]) -> bool:
        """Whether a file other than ``path`` is there that holds the transcript."""
        query = f"SELECT path FROM sources WHERE transcript_id = ? AND path != ? AND {COUNTS}"  # noqa: S608
        return any(not is_gone(row["path"]) for row in self._db.execute(query, (ident, path)).fetchall())

    def _new_id(self, cues: PackedCues) -> str:
        attempt = 0
        while True:  # a recording that was edited since may still go by the hash of these cues
            ident = transcript_id(f"cues:{cues.hash}:{attempt}")
            if not self._db.execute("SELECT 1 FROM transcripts WHERE id = ?", (ident,)).fetchone():
                return ident
            attempt += 1

    def like(self, cues: Sequence[Cue], numbers: Sequence[int], *, besides: str | None = None) -> str | None:
        """The transcript, other than ``besides``, that is mostly these words at these times; None for none.

        ``numbers`` is the sketch of ``cues``.
        """
        candidates = self._candidates(numbers)
        return next((have.id for have in candidates if have.id != besides and same_recording(have.cues, cues)), None)

    def _recording_of(self, cues: PackedCues) -> str | None:
        """The transcript of which these are a version: ``like`` them, or with the hour that its programme began at."""
        candidates = list(self._candidates(cues.sketch))
        for have in candidates:
            if same_recording(have.cues, cues.cues):
                return have.id
        for have in candidates:
            begun = programme_start(have.format, have.cues, timecode=True)
            if begun and same_recording(counted_from(have.cues, begun.seconds), cues.cues):
                return have.id
        return None

    def _candidates(self, numbers: Sequence[int]) -> Iterator[TranscriptRow]:
        """The transcripts that share most of the ``numbers`` of a sketch, the likest first."""
        query = (
            f"SELECT transcript_id, count(*) AS shared FROM sketches WHERE hash IN ({','.join('?' * len(numbers))})"  # noqa: S608
            " GROUP BY transcript_id HAVING shared >= ? ORDER BY shared DESC, transcript_id LIMIT ?"
        )
        for row in self._db.execute(query, (*numbers, SKETCH_SHARED, CANDIDATES)).fetchall():
            if have := self.transcript(row["transcript_id"]):
                yield have

    def _is_named(self, ident: str) -> bool:
        """Whether a sidecar gave the transcript its id: then another id means another recording."""
        query = "SELECT metadata FROM sources WHERE transcript_id = ? AND metadata IS NOT NULL"
        named = (json.loads(row["metadata"]).get("id") for row in self._db.execute(query, (ident,)))
        return any(name and transcript_id(f"id:{name}") == ident for name in named)

    def _of_replaced(self, sha256: str) -> str | None:
        """The transcript of which these bytes are an older version, while the file that took its place is there."""
        query = (
            "SELECT transcript_id FROM sources AS older WHERE sha256 = ? AND replaced"
            " AND state != 'indexed'"  # which is to be read again, and counts then
            " AND EXISTS (SELECT 1 FROM sources AS newer WHERE newer.transcript_id = older.transcript_id"
            " AND newer.state IN ('indexed', 'failed') AND NOT newer.replaced)"
        )
        row = self._db.execute(query, (sha256,)).fetchone()
        return row["transcript_id"] if row else None

    def named_by_another(
        self, path: str, name: str, sha256: str, cues: Sequence[Cue]
    ) -> tuple[SourceRow, TranscriptRow] | None:
        """The other file whose sidecar gave its recording the id ``name``, one that is there if any, and the recording.

        None where its words are some of these: then this is another transcription of it, as the id says.
        """
        query = (
            "SELECT * FROM sources WHERE transcript_id = ? AND path != ? AND sha256 != ?"
            " AND json_extract(metadata, '$.id') = ? ORDER BY state = 'missing', number"
        )
        ident = transcript_id(f"id:{name}")
        row = self._db.execute(query, (ident, path, sha256, name)).fetchone()
        have = self.transcript(ident)
        return (SourceRow.of(row), have) if row and have and not share_words(have.cues, cues) else None

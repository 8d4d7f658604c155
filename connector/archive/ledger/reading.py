"""What the ledger answers: sources, transcripts and counts, for any process. Changes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from functools import lru_cache
from itertools import compress
from typing import Any, Literal, NamedTuple

from connector.archive.ledger.models import ModelLedger
from connector.archive.ledger.statement import Statement, kept
from connector.archive.rows import SourceRow, TranscriptRow, dump
from connector.permissions import ALL_USERS, lends
from connector.transcripts.jargon import Glossary
from connector.transcripts.quality.plausibility import FEWEST_WORDS, LANGUAGE

GLOSSARY = "glossary"  # the state that holds the one in force
DEFAULT = "default permissions"  # the state that holds the configuration's


_TRANSCRIPTS = "SELECT transcripts.*, weighed FROM transcripts LEFT JOIN plausibility ON transcript_id = id"

Arrived = Literal["every", "held", "failed", "rejected", "unlinked", "aside"]
_ARRIVED: dict[Arrived, str] = {
    "every": "1",
    "held": "verdict IS 'held' AND state IN ('indexed', 'failed') AND NOT replaced",
    "failed": "state = 'failed'",
    "rejected": "state = 'rejected'",
    "unlinked": "state = 'indexed' AND json_extract(sources.metadata, '$.url') IS NULL",
    "aside": "state IN ('replaced', 'duplicate', 'missing', 'forgotten')",
}


class Arrival(NamedTuple):
    """A file that came in, when its state last changed (ISO 8601, UTC), and what is shown of it: the verdict on its
    transcript and what is said of that, None and nothing where there is none.
    """

    source: SourceRow
    seen: str
    verdict: str | None
    told: dict[str, Any]


@lru_cache(maxsize=2)
def _glossary(text: str) -> Glossary:
    return Glossary.from_json(text)


class ReadingLedger(ModelLedger):
    """Looks at sources and transcripts."""

    def source(self, path: str) -> SourceRow | None:
        row = self._db.execute("SELECT * FROM sources WHERE path = ?", (path,)).fetchone()
        return SourceRow.of(row) if row else None

    def sources(self, state: str | None = None) -> Iterator[SourceRow]:
        """Every source, or those in ``state``, in order of first sight."""
        for row in self._db.execute("SELECT * FROM sources WHERE ?1 IS NULL OR state = ?1 ORDER BY number", (state,)):
            yield SourceRow.of(row)

    def versions(self) -> list[dict[str, Any]]:
        """The files whose words another file's took the place of, with that file (None where it is gone), the newest
        first.
        """
        query = (
            "SELECT old.path, old.transcript_id, (SELECT path FROM sources WHERE transcript_id = old.transcript_id"
            " AND NOT replaced AND state IN ('indexed', 'failed') ORDER BY number LIMIT 1) AS by"
            " FROM sources AS old WHERE old.replaced AND old.state NOT IN ('missing', 'indexed')"  # to be read again
            " ORDER BY old.seen DESC, old.number DESC"
        )
        return [dict(row) for row in self._db.execute(query)]

    def twins(self) -> list[dict[str, Any]]:
        """The files that hold the same words as another one, which came first: ``of``. The newest first."""
        there = "NOT {0}.replaced AND {0}.state IN ('indexed', 'failed')"
        query = (
            "SELECT path, transcript_id, of FROM (SELECT twin.*, (SELECT path FROM sources AS one"  # noqa: S608
            f" WHERE one.transcript_id = twin.transcript_id AND {there.format('one')} ORDER BY number LIMIT 1) AS of"
            f" FROM sources AS twin WHERE {there.format('twin')}) WHERE of != path ORDER BY seen DESC, number DESC"
        )
        return [dict(row) for row in self._db.execute(query)]

    def transcript(self, ident: str) -> TranscriptRow | None:
        row = self._db.execute(f"{_TRANSCRIPTS} WHERE id = ?", (ident,)).fetchone()
        return TranscriptRow.of(row) if row else None

    def media(self, ident: str) -> str | None:
        """The video or audio file beside one of the transcript's files, relative to the inbox; None for none.

        Never beside one that is for other people: it may show what they alone are to see.
        """
        query = (
            "SELECT media, sources.metadata, former, replaced OR state = 'missing' AS aside, permissions FROM sources"
            " JOIN transcripts ON id = transcript_id WHERE id = ? AND state != 'duplicate'"
            " ORDER BY replaced, CASE replaced WHEN 1 THEN -number ELSE number END"
        )
        rows = self._db.execute(query, (ident,)).fetchall()
        told = [Statement(json.loads(row["metadata"] or "{}"), aside=bool(row["aside"])) for row in rows]
        audience = json.loads(rows[0]["permissions"] or "null") if rows else None
        former = [one for row in rows for one in kept(row["former"])]
        found = compress([row["media"] for row in rows], self._lent(told + former, audience))
        return next(filter(None, found), None)

    def _lent(self, statements: Sequence[Statement], audience: dict[str, Any] | None) -> list[bool]:
        """Which files of a recording, by what they say, the newest first, lend that and what lies beside them to its
        ``audience``, None for the default: those whose own people that is no more than. One that names nobody follows
        what others said while its own words are shown; else it is for whom the default is, and of these for no more
        than all versions before it were for.
        """
        default = self.get_state(DEFAULT) or ALL_USERS.payload()
        ours = default if audience is None else audience
        by_default = before = lends(default, ours)
        named = any(one.permissions is not None and not one.aside for one in statements)
        lent = []
        for one in reversed(statements):
            if one.permissions is not None:
                lent.append(lends(one.permissions, ours))
                before = before and (lent[-1] or not one.aside)
            else:
                lent.append(before if one.aside else by_default or not named)
        return lent[::-1]

    def titles(self, beginning: str, most: int, verdict: str | None = None) -> list[tuple[str, str]]:
        """(id, title) of at most so many transcripts whose id begins so, of those with ``verdict``."""
        query = (
            "SELECT id, coalesce(json_extract(metadata, '$.title'), '') FROM transcripts"
            " WHERE substr(id, 1, length(?1)) = ?1 AND (?3 IS NULL OR verdict = ?3) ORDER BY id LIMIT ?2"
        )
        return [(row[0], row[1]) for row in self._db.execute(query, (beginning, most, verdict))]

    def transcript_ids(self) -> list[str]:
        return [row["id"] for row in self._db.execute("SELECT id FROM transcripts ORDER BY id")]

    def has_cues(self, ident: str, cues_hash: str) -> bool:
        """Whether the transcript is there and has exactly these cues, and so has been judged."""
        query = "SELECT 1 FROM transcripts WHERE id = ? AND cues_hash = ?"
        return bool(self._db.execute(query, (ident, cues_hash)).fetchone())

    def known_words(self, words: Iterable[str], *, besides: str | None) -> set[str]:
        """Those of ``words`` that accepted transcripts, other than ``besides``, hold though English does not."""
        query = (
            "SELECT value FROM json_each(?) WHERE EXISTS (SELECT 1 FROM unusual_words"
            " JOIN transcripts ON transcripts.id = transcript_id"
            " WHERE word = value AND verdict = 'accepted' AND transcript_id IS NOT ?)"
        )
        return {row["value"] for row in self._db.execute(query, (dump(list(words)), besides))}

    def accepted(self) -> Iterator[tuple[str, str, dict[str, Any] | None]]:
        """(id, hash of the cues, permissions or None for the default) of every accepted transcript, by id."""
        query = "SELECT id, cues_hash, permissions FROM transcripts WHERE verdict = 'accepted' ORDER BY id"
        for row in self._db.execute(query):
            yield row["id"], row["cues_hash"], json.loads(row["permissions"]) if row["permissions"] else None

    def links(self) -> list[str | None]:
        """The links of all accepted transcripts, each once; None among them where one has none."""
        query = "SELECT DISTINCT json_extract(metadata, '$.url') AS url FROM transcripts WHERE verdict = 'accepted'"
        return [row["url"] for row in self._db.execute(query)]

    def held(self) -> list[TranscriptRow]:
        """The transcripts that wait for a person's decision, by id."""
        query = f"{_TRANSCRIPTS} WHERE verdict = 'held' ORDER BY id"
        return [TranscriptRow.of(row) for row in self._db.execute(query)]

    def unweighed(self, model: str, threshold: float) -> list[str]:
        """The transcripts, by id, that this language model was not asked about, or under another threshold.

        Of those that it can tell something of: judged by the gate, in its language, with words enough.
        """
        query = (
            "SELECT id FROM transcripts"
            " WHERE id NOT IN (SELECT transcript_id FROM plausibility WHERE model = ? AND threshold = ?)"
            " AND json_extract(judgement, '$.language') = ? AND json_extract(judgement, '$.scores.words') >= ?"
            " ORDER BY id"
        )
        return [row["id"] for row in self._db.execute(query, (model, threshold, LANGUAGE, FEWEST_WORDS))]

    def glossary(self) -> Glossary:
        """The glossary that documents are corrected by; empty where none was applied."""
        return _glossary(self.get_state(GLOSSARY) or "[]")

    def groups(self) -> list[str]:
        """The groups of documents there are: transcripts and checkpoints, by id."""
        query = "SELECT id FROM transcripts UNION ALL SELECT id FROM checkpoints ORDER BY id"
        return [row["id"] for row in self._db.execute(query)]

    def arrivals(self, of: Arrived, *, limit: int, offset: int = 0) -> list[Arrival]:
        """The files that came in, those that changed last first."""
        query = (
            "SELECT sources.*, verdict, transcripts.metadata AS told FROM sources"  # noqa: S608
            f" LEFT JOIN transcripts ON transcripts.id = transcript_id WHERE {_ARRIVED[of]}"
            " ORDER BY seen DESC, number DESC LIMIT ? OFFSET ?"
        )
        return [
            Arrival(SourceRow.of(row), row["seen"], row["verdict"], json.loads(row["told"] or "{}"))
            for row in self._db.execute(query, (limit, offset)).fetchall()
        ]

    def files_of(self, ident: str) -> list[str]:
        """The paths of the files whose words the transcript shows, in order of first sight."""
        query = (
            "SELECT path FROM sources WHERE transcript_id = ? AND state IN ('indexed', 'failed') AND NOT replaced"
            " ORDER BY number"
        )
        return [row["path"] for row in self._db.execute(query, (ident,))]

    def count_arrivals(self) -> dict[Arrived, int]:
        """How many files are each."""
        sums = ", ".join(f"coalesce(sum({condition}), 0) AS {name}" for name, condition in _ARRIVED.items())
        query = f"SELECT {sums} FROM sources LEFT JOIN transcripts ON transcripts.id = transcript_id"  # noqa: S608
        row = self._db.execute(query).fetchone()
        return {name: row[name] for name in _ARRIVED}

    def arrival(self, path: str) -> Arrival | None:
        """What became of one file; None where it never came in."""
        query = (
            "SELECT sources.*, verdict, transcripts.metadata AS told FROM sources"
            " LEFT JOIN transcripts ON transcripts.id = transcript_id WHERE path = ?"
        )
        row = self._db.execute(query, (path,)).fetchone()
        return row and Arrival(SourceRow.of(row), row["seen"], row["verdict"], json.loads(row["told"] or "{}"))

    def counts(self) -> dict[str, dict[str, int]]:
        """Sources by state, transcripts by verdict."""
        count = "SELECT {0} AS name, count(*) AS number FROM {1} GROUP BY {0} ORDER BY {0}"
        return {
            "sources": {row["name"]: row["number"] for row in self._db.execute(count.format("state", "sources"))},
            "transcripts": {
                row["name"]: row["number"] for row in self._db.execute(count.format("verdict", "transcripts"))
            },
        }

    def last_seen(self, state: str | None = None) -> float | None:
        """When a source's row, of those in ``state``, was last changed, in seconds since 1970; None for none."""
        query = "SELECT max(seen) AS at FROM sources WHERE ?1 IS NULL OR state = ?1"
        at = self._db.execute(query, (state,)).fetchone()["at"]
        return datetime.fromisoformat(at).timestamp() if at else None

    def without_link(self) -> int:
        """How many transcripts no video link is known for."""
        query = "SELECT count(*) FROM transcripts WHERE json_extract(metadata, '$.url') IS NULL"
        return int(self._db.execute(query).fetchone()[0])

    def decision(self, sha256: str) -> str | None:
        """What a person decided about these bytes: approved, rejected, or None."""
        row = self._db.execute("SELECT decision FROM decisions WHERE sha256 = ?", (sha256,)).fetchone()
        return row["decision"] if row else None

    def is_approved(self, ident: str) -> bool:
        """Whether a person approved the bytes whose words are shown: a file that is there, or the last that was."""
        query = (
            "SELECT state = 'missing' AS gone, decision FROM sources LEFT JOIN decisions USING (sha256)"
            " WHERE transcript_id = ? AND NOT replaced AND state IN ('indexed', 'failed', 'missing')"
        )
        files = self._db.execute(query, (ident,)).fetchall()
        there = [file for file in files if not file["gone"]] or files
        return any(file["decision"] == "approved" for file in there)

    def _title(self, ident: str) -> str:
        row = self.transcript(ident)
        return row.metadata.title or "Untitled" if row else "Untitled"

"""The glossary as it is applied: kept in the ledger beside the transcripts, so that documents follow from the ledger.

``jargon.yaml`` is what people write; applying it takes it over and re-derives the transcripts it corrects otherwise.
"""

from __future__ import annotations

import hashlib
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from connector.archive.documents import cleaned_segments, fingerprint
from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.rows import TranscriptRow, dump
from connector.config import Settings
from connector.counting import counted
from connector.errors import ConfigError
from connector.jargon_file import common_mishearings, load_glossary
from connector.transcripts.clean import clean_cues
from connector.transcripts.jargon import Glossary
from connector.transcripts.jargon.suggest import suggest

UNFINISHED = "glossary_change"  # the state that says how far a change came that was interrupted


class Applied(NamedTuple):
    """What a glossary corrects: how many transcripts it re-derives, and every change of a word there is now."""

    transcripts: int
    changes: list[dict[str, Any]]  # transcript_id, title, start (seconds), found, put, term


def written_glossary(ledger: Ledger, settings: Settings) -> Glossary:
    """What jargon.yaml says; where the settings come from no file, what is applied. Raises ConfigError."""
    return load_glossary(settings.jargon_file) if settings.jargon_file else ledger.glossary()


class GlossaryChange:
    """A change of jargon.yaml taken over in steps, so that who takes it over can do other things between them.

    Documents are corrected by the old glossary until every transcript has been looked at; what comes in meanwhile is
    looked at too. ``save`` remembers how far it came, and the next change between the same two goes on there.
    """

    def __init__(self, ledger: Ledger, settings: Settings, new: Glossary) -> None:
        self._ledger, self._settings, self._new = ledger, settings, new
        self._old = ledger.glossary()
        self._differs = self._old.differs_on(new)
        between = [self._old.to_json(), new.to_json(), fingerprint(settings)]
        self._between = hashlib.sha256(dump(between).encode()).hexdigest()
        self._seen = ledger.generation()
        self._touched: list[str] = []
        self._waiting = ledger.transcript_ids()
        saved = ledger.get_state(UNFINISHED)
        if saved and saved["between"] == self._between:
            self._seen, self._touched, self._waiting = saved["seen"], saved["touched"], saved["waiting"]

    def step(self, seconds: float = math.inf) -> bool:
        """Looks at transcripts for some ``seconds``, at least at one; True once all is done and in force."""
        until = time.monotonic() + seconds
        while self._waiting or self._came_meanwhile():
            ident = self._waiting.pop()
            row = self._ledger.transcript(ident)
            if row and any(self._differs(part.text) for part in cleaned_segments(row, self._settings)):
                self._touched.append(ident)
            if time.monotonic() >= until:
                return False
        self._ledger.set_glossary(self._new, dict.fromkeys(self._touched))
        self._ledger.set_state(UNFINISHED, None)
        return True

    def _came_meanwhile(self) -> bool:
        changes = self._ledger.changes_since(self._seen)
        self._waiting = [group for _, group in changes]
        self._seen = changes[-1][0] if changes else self._seen
        return bool(changes)

    @property
    def is_overtaken(self) -> bool:
        """Whether somebody applied a glossary meanwhile: then there may be another change to make, or none."""
        return self._ledger.glossary() != self._old

    def save(self) -> None:
        """How far it came, for the next time."""
        state = {"between": self._between, "seen": self._seen, "touched": self._touched, "waiting": self._waiting}
        self._ledger.set_state(UNFINISHED, state)

    @property
    def told(self) -> str:
        """What to say of it when it is done."""
        count = len(set(self._touched))
        terms, transcripts = counted(len(self._new.terms), "term"), counted(count, "transcript")
        return f"the glossary changed: {terms}, {transcripts} derived anew"


def glossary_change(ledger: Ledger, settings: Settings, say: Callable[[str], None]) -> GlossaryChange | None:
    """The change to what jargon.yaml says; None where it says the same, or is wrong, which is told of."""
    try:
        new = written_glossary(ledger, settings)
    except (ConfigError, OSError) as error:
        say(f"the glossary stays as it was: {error}")
        return None
    if new == ledger.glossary():
        return None
    for sentence in common_mishearings(new):
        say(f"jargon.yaml: {sentence}")
    return GlossaryChange(ledger, settings, new)


def follow_glossary(ledger: Ledger, settings: Settings, say: Callable[[str], None]) -> None:
    """Takes over jargon.yaml where it has changed, at once. A wrong one is told of and changes nothing."""
    if change := glossary_change(ledger, settings, say):
        change.step()
        say(change.told)


def apply_glossary(
    ledger: Ledger,
    settings: Settings,
    new: Glossary,
    progress: Progress = nothing,
    *,
    dry_run: bool = False,
) -> Applied:
    """Takes over ``new`` and marks the transcripts it corrects otherwise than the one before; no others change."""
    old = ledger.glossary()
    differs = old.differs_on(new)
    touched: list[str] = []
    changes: list[dict[str, Any]] = []
    idents = ledger.transcript_ids()
    for done, ident in enumerate(idents, start=1):
        if row := ledger.transcript(ident):
            parts = cleaned_segments(row, settings)
            if any(differs(part.text) for part in parts):
                touched.append(ident)
            for part in parts:
                where = {"transcript_id": ident, "title": row.metadata.title, "start": part.start}
                changes += [
                    where | {"found": change.found, "put": change.put, "term": change.term}
                    for change in new.correct(part.text)[1]
                ]
        progress(done, len(idents))
    if not dry_run and new != old:
        ledger.set_glossary(new, touched)
    return Applied(len(touched), changes)


def suggestions(ledger: Ledger, settings: Settings, limit: int) -> list[dict[str, Any]]:
    """What the glossary may lack, by what the accepted transcripts say, the most useful first."""

    def rows() -> Iterator[TranscriptRow]:
        for ident, _, _ in ledger.accepted():
            row = ledger.transcript(ident)
            if row and row.judgement.get("language") in (None, "en"):  # what is unknown is told by a list of English
                yield row

    def cues() -> Iterator[tuple[str, list[tuple[float, str]]]]:
        for row in rows():
            cleaned = clean_cues(row.cues, settings.clean.steps, row.metadata.language)
            yield row.id, [(cue.start, cue.text) for cue in cleaned]

    people = {name for row in rows() for name in (*(cue.speaker for cue in row.cues), *row.metadata.speakers.values())}
    return [
        {
            "term": one.name,
            "count": one.count,
            "transcripts": one.transcripts,
            "misheard": [{"text": other.form, "count": other.count} for other in one.misheard],
            "example": one.example and asdict(one.example),
        }
        for one in suggest(cues, ledger.glossary(), {name for name in people if name}, limit=limit)
    ]

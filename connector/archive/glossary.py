"""The glossary as it is applied: kept in the ledger beside the transcripts, so that documents follow from the ledger.

``jargon.yaml`` is what people write; applying it takes it over and re-derives the transcripts it corrects otherwise.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import Any, NamedTuple

from connector.archive.documents import cleaned_segments
from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.rows import TranscriptRow
from connector.config import Settings
from connector.errors import ConfigError
from connector.jargon_file import load_glossary
from connector.transcripts.clean import clean_cues
from connector.transcripts.jargon import Glossary
from connector.transcripts.jargon.suggest import suggest


class Applied(NamedTuple):
    """What a glossary corrects: how many transcripts it re-derives, and every change of a word there is now."""

    transcripts: int
    changes: list[dict[str, Any]]  # transcript_id, title, start (seconds), found, put, term


def written_glossary(ledger: Ledger, settings: Settings) -> Glossary:
    """What jargon.yaml says; where the settings come from no file, what is applied. Raises ConfigError."""
    return load_glossary(settings.jargon_file) if settings.jargon_file else ledger.glossary()


def follow_glossary(ledger: Ledger, settings: Settings, say: Callable[[str], None]) -> bool:
    """Takes over jargon.yaml where it has changed; True where it had. A wrong one is told of and changes nothing."""
    try:
        new = written_glossary(ledger, settings)
    except (ConfigError, OSError) as error:
        say(f"the glossary stays as it was: {error}")
        return False
    if new == ledger.glossary():
        return False
    applied = apply_glossary(ledger, settings, new, told=False)
    say(f"the glossary changed: {len(new.terms):,} terms, {applied.transcripts:,} transcripts derived anew")
    return True


def apply_glossary(
    ledger: Ledger,
    settings: Settings,
    new: Glossary,
    progress: Progress = nothing,
    *,
    dry_run: bool = False,
    told: bool = True,
) -> Applied:
    """Takes over ``new`` and marks the transcripts it corrects otherwise than the one before; no others change.

    The changes of words are collected where they are to be ``told``: there may be very many.
    """
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
            for part in parts if told else ():
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

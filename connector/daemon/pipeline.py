"""The line a source goes through, from bytes to the ledger, on one screen. No threads, no waiting, no index.

The index follows from the ledger (``connector.archive.view``).
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import stat
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from connector.archive.judging import judge
from connector.archive.ledger import Ledger, Outcome
from connector.archive.ledger.identity import Identity
from connector.archive.metadata import MAX_TEXT, Metadata, from_source, layers_for, merge, place_of, unused_labels
from connector.archive.metadata.recordings import media_beside
from connector.archive.rows import PackedCues, SourceRow, pack
from connector.config import Settings
from connector.daemon.inbox import Found, Inbox
from connector.errors import BadInputError, ConfigError, TranscriptError
from connector.transcripts import formats
from connector.transcripts.language import alike, identify
from connector.transcripts.likeness import with_speakers_of
from connector.transcripts.programme import from_its_start, programme_start
from connector.transcripts.transcript import Cue, Reading
from indexer.languages import code_of

log = logging.getLogger("connector")

_SETTLED = ("indexed", "failed", "forgotten", "replaced", "duplicate", "rejected")  # read, and left so while unchanged

NAMED = "it names no speakers; those of the version before are kept, by their times"
AS_BEFORE = "who may see it stays as before; a sidecar with permissions changes it"


class StillChangingError(OSError):
    """The file was written to while it was read."""


@dataclass(frozen=True)
class Ingested:
    """What became of one source."""

    key: str
    outcome: Outcome
    transcript_id: str | None = None
    format: str = ""
    cues: int = 0
    error: str = ""
    notes: Sequence[str] = ()
    replaced: Sequence[str] = ()  # the files whose words these take the place of
    held: Sequence[str] = ()  # why a person is to look at it first
    moved_from: str | None = None  # where the file was before


def ingest(
    found: Found,
    inbox: Inbox,
    ledger: Ledger,
    settings: Settings,
    *,
    root: Path | None = None,
    again: bool = False,
) -> Ingested:
    """Takes one source into the ledger.

    ``root`` is the folder a person named, where it is not the inbox; ``again``: read it though it is as it was.

    A source that is wrong comes back as FAILED, remembered with its reason. Raises OSError for what may pass (a busy
    file, a full disk, StillChangingError): the caller tries again.
    """
    key = found.key
    known = ledger.source(key)
    if not again and known and known.stamp == found.stamp and known.state in _SETTLED:
        return Ingested(key, Outcome.UNCHANGED, known.transcript_id)
    sha256 = None
    try:
        data = read_whole(found.path, settings.ingest.max_megabytes << 20)
        sha256 = hashlib.sha256(data).hexdigest()
        if barred := ledger.skip_barred(key, stamp=found.stamp, sha256=sha256):
            return Ingested(key, barred)
        written = layers_for(found.path, inbox.folder)
        given = merge(written, found.path, "")
        reading = formats.read(data, found.path.name, fps=given.fps)
        reading = _from_its_start(reading, given.offset, found.path, inbox.folder)
        written.append(from_source(reading.metadata))
        metadata = merge(written, found.path, inbox.collection(found.path, root))
        if given.offset is None:
            reading = _as_its_programme(reading, ledger)
        packed = pack(reading.cues)
        metadata = _with_own_id(ledger, known, key, metadata, sha256, packed.cues)
    except BadInputError as error:
        message = (error.in_file(key) if isinstance(error, TranscriptError) else error).args[0]
        told = f"{message}\n{error.hint}" if error.hint else message
        ledger.fail(key, stamp=found.stamp, sha256=sha256, error=told)
        return Ingested(key, Outcome.FAILED, error=told)
    judged = None
    identity = ledger.identify(key, metadata, sha256, packed, settings.ingest.duplicates, inbox.is_gone)
    packed, named_by = _with_known_speakers(ledger, identity, packed)
    labels = unused_labels(metadata.speakers, packed.cues)
    told = [f"the sidecar names `{label}`, and nobody here is called so" for label in labels]
    notes = [*reading.notes, *told]
    if again or not ledger.has_cues(identity.transcript_id, packed.hash) or _language(known) != metadata.language:
        others = partial(ledger.known_words, besides=identity.transcript_id)
        judged = judge(packed.cues, metadata.language, others, settings, run_back=reading.run_back)
        if identity.replaces and judged.held and ledger.decision(sha256) != "approved":
            packed, named_by = pack(reading.cues), None
            identity = ledger.beside(packed)
    twins = ledger.twins_of(key, sha256, identity.transcript_id)
    moved_from = next((twin for twin in twins if inbox.is_gone(twin)), None)
    accepted = ledger.accept(
        key,
        stamp=found.stamp,
        sha256=sha256,
        metadata=metadata,
        media=inbox.key(media) if (media := media_beside(found.path, inbox.folder)) else None,
        guessed=metadata.model_fields_set.difference(*(layer.model_fields_set for layer in written)),
        format=reading.format,
        cues=packed,
        judgement=judged and judged.judgement,
        unusual=judged.unusual if judged else (),
        identity=identity,
        moved_from=moved_from,
        named_by=named_by,
    )
    if named_by and not accepted.unnamed:
        notes.append(NAMED)
    if accepted.audience_kept and (moved_from or known is None):
        notes.append(AS_BEFORE)
    if judged:
        notes += _corrections(ledger, packed.cues)
    return Ingested(
        key,
        accepted.outcome,
        accepted.transcript_id,
        reading.format,
        len(reading.cues),
        notes=notes,
        replaced=accepted.replaced,
        held=judged.judgement["reasons"] if judged and accepted.verdict == "held" else (),
        moved_from=moved_from,
    )


def _language(known: SourceRow | None) -> str | None:
    """The language a person declared the last time; another one may free a transcript that was held, or hold it."""
    return json.loads(known.metadata).get("language") if known and known.metadata else None


def _corrections(ledger: Ledger, cues: Sequence[Cue]) -> list[str]:
    """What the glossary makes of the words, a sentence a term; what was said itself is for no log."""
    glossary = ledger.glossary()
    if not glossary.terms:
        return []
    changes = glossary.correct("\n".join(cue.text for cue in cues))[1]
    counted = Counter(change.put for change in changes)
    return [f"the glossary corrects {count:,} words to {put}" for put, count in counted.items()]


def _from_its_start(reading: Reading, offset: float | None, path: Path, inbox: Path) -> Reading:
    """``from_its_start``; an ``offset`` that cannot be is said to be so where a person wrote it."""
    try:
        return from_its_start(reading, offset)
    except ConfigError as error:
        raise ConfigError(f"{place_of('offset', path, inbox)}: {error.message}", hint=error.hint) from None


def _as_its_programme(reading: Reading, ledger: Ledger) -> Reading:
    """The reading counted from the hour it begins at, where a recording is here that says the same from nought on.

    A subtitle's times do not say that they are a timecode; those of the transcript beside it, of one programme, do.
    """
    begun = programme_start(reading.format, reading.cues, hour=reading.hour, timecode=True)
    if begun is None:
        return reading
    counted = from_its_start(reading, begun.seconds * 3600 / reading.hour)
    packed = pack(counted.cues)
    if ledger.like(packed.cues, packed.sketch) is None:
        return reading
    return replace(counted, notes=(*counted.notes, f"{begun.note}, as are those of the same recording here"))


def _with_known_speakers(ledger: Ledger, identity: Identity, packed: PackedCues) -> tuple[PackedCues, str | None]:
    """Cues that name nobody with the speakers of the version they replace, by time, and the hash of the file that named
    these, None where it was this one.

    A subtitle of a meeting says better what was said, the meeting's own transcript who said it. To whom they are shown
    the ledger knows.
    """
    have = ledger.transcript(identity.transcript_id) if identity.state == "indexed" else None
    named = with_speakers_of(packed.cues, have.kept_cues) if have else packed.cues
    if have is None or named is packed.cues:
        return packed, None
    return pack(named), have.named_by or have.sha256 or ""


def _with_own_id(
    ledger: Ledger, known: SourceRow | None, key: str, metadata: Metadata, sha256: str, cues: Sequence[Cue]
) -> Metadata:
    """``metadata``, its ``id`` with the language where the same id is that of the talk in another language.

    One sidecar speaks for ``talk.en.vtt`` and ``talk.de.vtt``: whichever came later is ``ID.de``, or ``ID.en``, and
    stays so. ConfigError where the id is another recording's, which is there in another file.
    """
    if metadata.id is None:
        return metadata
    had = json.loads(known.metadata).get("id") if known and known.metadata else None
    if had and had.startswith(f"{metadata.id}."):
        return metadata.model_copy(update={"id": had})
    if (other := ledger.named_by_another(key, metadata.id, sha256, cues)) is None:
        return metadata
    theirs, have = other
    spoken = code_of(metadata.language or "") or identify(" ".join(cue.text for cue in cues)).code
    if not alike(spoken, code_of(have.metadata.language or "") or have.judgement.get("language") or spoken):
        its_own = metadata.model_copy(update={"id": f"{metadata.id[: MAX_TEXT - len(spoken) - 1]}.{spoken}"})
        if ledger.named_by_another(key, str(its_own.id), sha256, cues) is None:
            return its_own
    if theirs.state == "missing":
        return metadata
    raise ConfigError(
        f"{key}: its sidecar gives it the id `{metadata.id}`, which is that of {theirs.path}, and it has other words",
        hint=f"Two recordings need two ids; without one they are told apart by their words. If it is the same talk,"
        f" move {theirs.path} out of the inbox: then {key} takes its place.",
    )


def ingest_safely(
    found: Found, inbox: Inbox, ledger: Ledger, settings: Settings, *, root: Path | None = None, again: bool = False
) -> Ingested:
    """``ingest``, with an error of ours remembered as the source's: one file must never stop the next.

    Raises OSError and sqlite3.OperationalError for what may pass.
    """
    try:
        return ingest(found, inbox, ledger, settings, root=root, again=again)
    except (OSError, sqlite3.OperationalError):
        raise
    except Exception as error:  # the edge
        log.exception("%s: internal error", found.key)
        told = f"{found.key}: internal error: {error!r}"
        ledger.fail(found.key, stamp=found.stamp, error=told)
        return Ingested(found.key, Outcome.FAILED, error=told)


def read_whole(path: Path, most: int) -> bytes:
    """The bytes of a regular file; TranscriptError where it is above ``most`` bytes, StillChangingError where it grows.

    Opened without blocking, so that a pipe put in the file's place cannot hold the daemon.
    """
    descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
    with os.fdopen(descriptor, "rb") as file:
        before = os.fstat(descriptor)
        if not stat.S_ISREG(before.st_mode):
            raise TranscriptError("not a regular file")
        if before.st_size > most:
            raise TranscriptError(
                f"{before.st_size >> 20} MB, larger than the {most >> 20} MB that are read",
                hint="Raise ingest.max_megabytes in config.yaml if it really is a transcript.",
            )
        data = file.read(most + 1)
        after = os.fstat(descriptor)
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns) or len(data) != after.st_size:
        raise StillChangingError(f"{path.name} is still being written")
    return data

"""The line a source goes through, from bytes to the ledger, on one screen. No threads, no waiting, no index.

The index follows from the ledger (``connector.archive.view``).
"""

from __future__ import annotations

import hashlib
import logging
import os
import sqlite3
import stat
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from connector.archive.ledger import Ledger, Outcome
from connector.archive.metadata import from_source, layers_for, merge
from connector.config import Settings
from connector.daemon.inbox import Found, Inbox
from connector.errors import BadInputError, ConfigError, TranscriptError
from connector.transcripts import formats
from connector.transcripts.transcript import Cue

log = logging.getLogger("connector")


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
    if not again and known and known.stamp == found.stamp and known.state in ("indexed", "failed", "forgotten"):
        return Ingested(key, Outcome.UNCHANGED, known.transcript_id)
    sha256 = None
    try:
        data = read_whole(found.path, settings.ingest.max_megabytes << 20)
        sha256 = hashlib.sha256(data).hexdigest()
        if ledger.skip_forgotten(key, stamp=found.stamp, sha256=sha256):
            return Ingested(key, Outcome.FORGOTTEN)
        layers = layers_for(found.path, inbox.folder)
        given = merge(layers, found.path, "")
        if given.id and (other := ledger.named_by_another(key, given.id, sha256)):
            raise ConfigError(
                f"{key}: its sidecar gives it the id `{given.id}`, which is that of {other}",
                hint="Two recordings need two ids; without one they are told apart by their words.",
            )
        reading = formats.read(data, found.path.name, fps=given.fps)
        if given.offset:
            reading = replace(reading, cues=shifted(reading.cues, given.offset))
        metadata = merge([*layers, from_source(reading.metadata)], found.path, inbox.collection(found.path, root))
    except BadInputError as error:
        message = (error.in_file(key) if isinstance(error, TranscriptError) else error).args[0]
        told = f"{message}\n{error.hint}" if error.hint else message
        ledger.fail(key, stamp=found.stamp, sha256=sha256, error=told)
        return Ingested(key, Outcome.FAILED, error=told)
    outcome, ident = ledger.accept(key, stamp=found.stamp, sha256=sha256, metadata=metadata, reading=reading)
    return Ingested(key, outcome, ident, reading.format, len(reading.cues), notes=reading.notes)


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


def shifted(cues: Sequence[Cue], offset: float) -> tuple[Cue, ...]:
    """Cues of a programme that starts at ``offset`` seconds, counted from its start; what lies before it is at 0."""
    return tuple(replace(c, start=max(0.0, c.start - offset), end=max(0.0, c.end - offset)) for c in cues)

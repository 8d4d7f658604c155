"""What tests of versions share: texts, ways to take them in, and looks at what became of them."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Sequence
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.rows import TranscriptRow
from connector.archive.writer import Archive
from connector.config import Settings
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import Ingested, ingest
from connector.transcripts import formats
from connector.transcripts.transcript import Cue
from tests.support import srt, talk

EVERYBODY = {"allowAnonymousAccess": True}
STAFF = {"allowedGroups": ["staff"]}
BOARD = {"allowedGroups": ["board"]}


def allow(archive: Archive, sidecar: str, permissions: dict[str, Any] | None, **said: str) -> None:
    file = archive.settings.inbox / sidecar
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(said | ({} if permissions is None else {"permissions": permissions})))


def shown(archive: Archive, ident: str | None) -> TranscriptRow:
    row = archive.ledger.transcript(ident or "")
    assert row is not None
    return row


def put(archive: Archive, name: str, text: str, *, again: bool = False, **ingest_settings: str) -> Ingested:
    settings = archive.settings.model_copy(
        update={"ingest": archive.settings.ingest.model_copy(update=ingest_settings)}
    )
    file = settings.inbox / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return take(archive, name, settings, again=again)


def take(archive: Archive, name: str, settings: Settings | None = None, *, again: bool = False) -> Ingested:
    settings = settings or archive.settings
    inbox = Inbox(settings)
    found = inbox.find(settings.inbox / name)
    assert found is not None
    return ingest(found, inbox, archive.ledger, settings, again=again)


def state(ledger: Ledger, name: str) -> str:
    source = ledger.source(name)
    assert source is not None
    return source.state


def words(ledger: Ledger, ident: str | None) -> str:
    row = ledger.transcript(ident or "")
    assert row is not None
    return " ".join(cue.text for cue in row.cues)


FIRST = talk("bread", 20)
MENDED = FIRST.replace("bread", "rye bread")
GERMAN = srt(
    [
        f"Und dann, zum {number}. Mal, kneten wir das Brot mit {2 * number} Händen, bis der Teig nicht mehr klebt."
        for number in range(20)
    ]
)


def as_webvtt(srt: str) -> str:
    return "WEBVTT\n\n" + srt.replace(",", ".")


def with_speakers(srt: str, *names: str) -> str:
    """Zoom's WebVTT of ``srt``: its speakers take turns."""
    turns = itertools.cycle(names or ("Ann", "Bob"))
    return as_webvtt(re.sub("^About", lambda _: f"{next(turns)}: About", srt, flags=re.MULTILINE))


def later(text: str, seconds: float) -> str:
    """``text``, of a talk of 20 lines, with every time so much later."""
    return srt([cue.text for cue in cues(text)], start=1.0 + seconds)


def cues(text: str) -> Sequence[Cue]:
    return formats.read(text.encode(), "talk.srt").cues


def speakers(ledger: Ledger, ident: str | None) -> list[str | None]:
    row = ledger.transcript(ident or "")
    assert row is not None
    return [cue.speaker for cue in row.cues]

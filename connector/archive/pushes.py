"""What is remembered of pushes: the last one, why one failed since, and of what state of things each was."""

from __future__ import annotations

import hashlib
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.archive.writer import is_held
from connector.config import Settings
from connector.counting import counted

PUSH_LAST, PUSH_FAILED, PUSH_BEGUN = "push_last", "push_failed", "push_begun"  # states of the ledger
NOTE_EVERY = 2.0  # seconds between two notes of how far a push is


def mark_of(ledger: Ledger, settings: Settings, identity_file: Path, destination: str) -> str:
    """What a push is made of: under another mark there may be something to push, or a way to. ``destination`` is where
    it goes, which the settings alone do not say.
    """
    stamps = [_stamp(identity_file), _stamp(settings.push.token_file)]
    told = dump([ledger.generation(), stamps, destination, settings.model_dump(mode="json")])
    return hashlib.sha256(told.encode("utf-8", "surrogatepass")).hexdigest()[:32]


def _stamp(file: Path | None) -> list[int] | None:
    """Changes when the file or who may read it does; None where there is none."""
    if file is None or not file.exists():
        return None
    found = file.stat()
    return [found.st_mtime_ns, found.st_ctime_ns, found.st_size]


def elsewhere(ledger: Ledger, here: str) -> list[dict[str, Any]]:
    """The destinations but ``here`` that still hold documents of this archive: no push to that one touches them."""
    return [
        {"place": place.replace(" ", "/"), "documents": number}
        for place, number in ledger.pushed_documents().items()
        if number and place != here
    ]


def told_elsewhere(places: list[dict[str, Any]]) -> list[str]:
    """``elsewhere`` in words."""
    return [
        f"{one['place']} still holds {counted(one['documents'], 'document')} of this archive; to take them back:"
        f" connector push --withdraw {one['place']}"
        for one in places
    ]


def noting(ledger: Ledger, server: str, datasource: str, shown: Progress = nothing) -> Progress:
    """``shown``, and in the ledger where a push goes and how far it is: at once, and now and then. A push that ends
    well takes it away.
    """
    began, at = time.monotonic(), datetime.now(UTC).isoformat(timespec="seconds")
    noted = began

    def note(done: int, total: int) -> None:
        told = {"server": server, "datasource": datasource, "at": at, "done": done, "total": total}
        ledger.set_state(PUSH_BEGUN, told | {"seconds": round(time.monotonic() - began, 3)})

    def follow(done: int, total: int) -> None:
        nonlocal noted
        shown(done, total)
        if time.monotonic() - noted >= NOTE_EVERY:
            noted = time.monotonic()
            note(done, total)

    note(0, 0)
    return follow


def doubt(ledger: Ledger) -> bool:
    """Nothing that was pushed is certain any more, and the last push counts as one that did not end: what is there may
    be of later than this ledger. Whether anything was pushed.
    """
    was_pushed = ledger.doubt_pushed()
    if last := ledger.get_state(PUSH_BEGUN) or ledger.get_state(PUSH_LAST):
        noting(ledger, last["server"], last["datasource"])
    ledger.set_state(PUSH_LAST, None)
    ledger.set_state(PUSH_FAILED, None)
    return was_pushed


def pushes(ledger: Ledger, settings: Settings) -> dict[str, Any]:
    """What was pushed last, what is under way or was stopped since, what the other side holds of ours by kind, there
    where a push went last, and why one failed since.
    """
    last, failed, begun = (ledger.get_state(key) for key in (PUSH_LAST, PUSH_FAILED, PUSH_BEGUN))
    goes_on = begun is not None and is_held(settings.push_lock_file)
    told = failed is not None and begun is not None and failed["at"] >= begun["at"]
    place = begun or last
    counts = ledger.pushed_counts(f"{place['server']} {place['datasource']}") if place else {}
    return {
        "auto": settings.push.auto,
        "last": last and {key: value for key, value in last.items() if key != "mark"},
        "under_way": begun if goes_on else None,
        "unfinished": None if goes_on or told else begun,
        "held": {kind: certain for kind, (certain, _) in counts.items()},
        "unsure": sum(unsure for _, unsure in counts.values()),
        "failed": failed and {"reason": failed["reason"], "at": failed["at"]},
    }

"""What is remembered of pushes: the last one, why one failed since, and of what state of things each was."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.config import Settings
from connector.counting import counted

PUSH_LAST, PUSH_FAILED = "push_last", "push_failed"  # states of the ledger


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


def pushes(ledger: Ledger, settings: Settings) -> dict[str, Any]:
    """What was pushed last, what the other side holds of ours by kind, and why a push failed since."""
    last, failed = ledger.get_state(PUSH_LAST), ledger.get_state(PUSH_FAILED)
    counts = ledger.pushed_counts(f"{last['server']} {last['datasource']}") if last else {}
    return {
        "auto": settings.push.auto,
        "last": last and {key: value for key, value in last.items() if key != "mark"},
        "held": {kind: certain for kind, (certain, _) in counts.items()},
        "unsure": sum(unsure for _, unsure in counts.values()),
        "failed": failed and {"reason": failed["reason"], "at": failed["at"]},
    }

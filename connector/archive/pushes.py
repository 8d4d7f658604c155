"""What is remembered of pushes: the last one, why one failed since, and of what state of things each was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.config import Settings

PUSH_LAST, PUSH_FAILED = "push_last", "push_failed"  # states of the ledger


def mark_of(ledger: Ledger, settings: Settings, identity_file: Path) -> str:
    """What a push is made of: under another mark there may be something to push."""
    identity = identity_file.stat() if identity_file.exists() else None
    stamp = [identity.st_mtime_ns, identity.st_size] if identity else None
    return dump([ledger.generation(), stamp, settings.model_dump(mode="json")])


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

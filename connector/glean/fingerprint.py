"""What is remembered of a document that was pushed: enough to tell whether, and in which parts, it changed. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

from connector.archive.rows import dump

Payload = dict[str, Any]

WHOLE, PART = 32, 8  # hexadecimal digits
AUDIENCE = "permissions"
PARTS = ("title", "body", "viewURL", AUDIENCE, "customProperties", "tags")  # told apart; the order is kept in ledgers


def hash_of(line: bytes) -> str:
    """Of canonical JSON."""
    return hashlib.sha256(line).hexdigest()[:WHOLE]


def fingerprint(document: Payload, line: bytes) -> str:
    """The hash of ``line``, which is the document as canonical JSON, and a short one of each of ``PARTS``."""
    return hash_of(line) + "".join(_short(document.get(part)) for part in PARTS)


def same_audience(print: str, document: Payload) -> bool:
    """Whether ``document`` may be seen by the same people as the one of that fingerprint."""
    return _parts(print)[PARTS.index(AUDIENCE)] == _short(document.get(AUDIENCE))


def changed(before: str, after: str) -> list[str]:
    """Which of ``PARTS`` differ between two fingerprints; none where it is something else."""
    pairs = zip(PARTS, _parts(before), _parts(after), strict=True)
    return [name for name, former, now in pairs if former != now]


def _short(value: Any) -> str:
    return hashlib.sha256(dump(value).encode("utf-8", "surrogatepass")).hexdigest()[:PART]


def _parts(print: str) -> list[str]:
    end = WHOLE + PART * len(PARTS)
    return [print[start : start + PART] for start in range(WHOLE, end, PART)]

"""What is remembered of a document that was pushed: enough to tell whether, and in which parts, it changed. Pure."""

from __future__ import annotations

import hashlib
from typing import Any

from connector.archive.rows import dump

Payload = dict[str, Any]

WHOLE, PART = 32, 8  # hexadecimal digits
AUDIENCE = "permissions"
PARTS = ("title", "body", "viewURL", AUDIENCE, "customProperties", "tags")  # told apart; the order is kept in ledgers
_REST = WHOLE + PART * len(PARTS)  # where the hash of all else begins


def hash_of(line: bytes) -> str:
    """Of canonical JSON."""
    return hashlib.sha256(line).hexdigest()[:WHOLE]


def fingerprint(document: Payload, line: bytes) -> str:
    """The hash of ``line``, which is the document as canonical JSON, a short one of each of ``PARTS``, and one of the
    rest, which older ledgers lack.
    """
    rest = {name: value for name, value in document.items() if name not in PARTS}
    return hash_of(line) + "".join(_short(document.get(part)) for part in PARTS) + _short(rest)


def is_same(before: str, after: str) -> bool:
    """Whether two hashes are of the same: a fingerprint's first part, or a whole hash, says it."""
    return before[:WHOLE] == after[:WHOLE]


def differ_in_audience_alone(before: str, after: str) -> bool:
    """Whether two documents differ in who may see them, and for certain in nothing else."""
    return changed(before, after) == [AUDIENCE] and before[_REST:] == after[_REST:]


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
    return [print[start : start + PART] for start in range(WHOLE, _REST, PART)]

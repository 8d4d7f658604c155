"""A document of the index: the Glean ``DocumentDefinition`` as JSON, and what is read from it.

The payload is the truth and is kept as it came; every property here is a reading of it. Knows nothing of
Whoosh.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from typing import Any

from indexer.access import tokens
from indexer.markup import plain

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
_DECIMAL = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_LANGUAGE = re.compile("[a-z]{2,3}")
_MOST_SECONDS = 1e12  # of what others send; anything above is no time
_MOST_POSITIONS = 1 << 31
KINDS = {"Transcript": "transcript", "TranscriptSegment": "segment", "TranscriptSample": "sample"}


def canonical(payload: Any) -> str:
    """``payload`` as canonical JSON: sorted keys, no spaces, not escaped beyond need."""
    return _ENCODER.encode(payload)


@dataclass(frozen=True)
class Document:
    """One payload; documents are equal when their payloads are.

    ``cues`` are not part of it: where each cue of a segment begins in its text (characters), and when it is said
    (seconds), ascending. The index keeps them to tell the time of a hit. ``scope`` is the datasource of a document that
    is not of the index's own, letters and digits: ids, groups and rights of different datasources are different.
    """

    payload: dict[str, Any]
    cues: tuple[tuple[int, float], ...] = field(default=(), compare=False)
    scope: str = ""

    @classmethod
    def from_json(cls, text: str, scope: str = "") -> Document:
        """The document whose ``canonical`` JSON is ``text``."""
        return cls(json.loads(text), scope=scope)

    @cached_property
    def canonical(self) -> str:
        return canonical(self.payload)

    @cached_property
    def sha256(self) -> str:
        """The hash of the canonical JSON in UTF-8, in hexadecimal."""
        return hashlib.sha256(self.canonical.encode("utf-8", "surrogatepass")).hexdigest()

    @cached_property
    def properties(self) -> dict[str, Any]:
        """The custom properties, name to value."""
        return {
            item["name"]: item.get("value")
            for item in self.payload.get("customProperties") or ()
            if isinstance(item, dict) and "name" in item
        }

    @property
    def id(self) -> str:
        """What no other document of the index has: the payload's, after datasource and object type where ``scope`` is
        set; those compare without case.
        """
        ident = str(self.payload["id"])
        return f"{self.scope}/{self.payload.get('objectType') or ''}/{ident.lower()}" if self.scope else ident

    @property
    def kind(self) -> str:
        """``transcript``, ``segment``, ``sample``, or ``other`` for a foreign object type."""
        return KINDS.get(self.payload.get("objectType", ""), "other")

    @property
    def group(self) -> str:
        """What is replaced as one: the transcript's id, or the checkpoint's for a sample. With a ``scope`` after it and
        ``:/``, which no ``id`` begins with, so that no document's slashes make it one of another's group.
        """
        if self.scope and self.kind == "other":
            return self.id
        ident = str(self.payload["id"])
        whole = ident if self.kind == "transcript" else str(self.payload.get("containerDatasourceId") or ident)
        return f"{self.scope}:/{whole.lower()}" if self.scope else whole

    @property
    def transcript_id(self) -> str | None:
        return self.group if self.kind in ("transcript", "segment") else None

    @property
    def title(self) -> str:
        return _text(self.payload.get("title"))

    @property
    def recording(self) -> str:
        """The title without a segment's time: what the words of a title are taken from."""
        return _text(self.payload.get("container")) or self.title if self.kind == "segment" else self.title

    @cached_property
    def text(self) -> str:
        """What it says, of HTML without its tags."""
        body = self.payload.get("body")
        if not isinstance(body, dict):
            return ""
        text = _text(body.get("textContent"))
        return plain(text) if body.get("mimeType") == "text/html" else text

    @property
    def url(self) -> str:
        return _text(self.payload.get("viewURL"))

    @property
    def speaker(self) -> str | None:
        return _text(self.properties.get("speaker")) or None

    @property
    def start(self) -> float | None:
        """Seconds from the recording's start."""
        return _place(self.properties.get("start"))

    @property
    def end(self) -> float | None:
        """Seconds from the recording's start."""
        return _place(self.properties.get("end"))

    @property
    def position(self) -> int:
        """The place among the segments of the transcript, from 0."""
        value = self.properties.get("position")
        return value if isinstance(value, int) and 0 <= value < _MOST_POSITIONS else 0

    @property
    def collection(self) -> str | None:
        named = _text(self.properties.get("collection"))
        return named or (_text(self.payload.get("container")) if self.kind == "transcript" else "") or None

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(tag for tag in self.payload.get("tags") or () if isinstance(tag, str))

    @property
    def recorded(self) -> date | None:
        """The day of the recording (UTC), from ``createdAt`` in epoch seconds."""
        return _day(self.payload.get("createdAt"))

    @property
    def updated(self) -> date | None:
        """The day of the last change (UTC), from ``updatedAt``; None where nobody says."""
        return _day(self.payload.get("updatedAt"))

    @property
    def permissions(self) -> dict[str, Any] | None:
        """Who may see it, in Glean's shape; None where nobody but the owner may."""
        value = self.payload.get("permissions")
        return value if isinstance(value, dict) else None

    @cached_property
    def access(self) -> frozenset[str]:
        """The tokens that open it."""
        return frozenset(tokens(self.permissions, self.scope))

    @property
    def held(self) -> bool:
        """Whether it is in doubt: found here, marked, and not handed on until a person approves it."""
        return self.payload.get("status") == "held"

    @property
    def quality(self) -> str | None:
        """high, medium or low, as the quality gate graded what is said; None where it was not asked."""
        return _text(self.properties.get("quality")) or None

    @property
    def language(self) -> str:
        """The two or three letters of the language a recording is in; "" where nobody knows."""
        told = _text(self.properties.get("language")).replace("_", "-").partition("-")[0].lower()
        return told if _LANGUAGE.fullmatch(told) else ""

    @property
    def generated(self) -> bool:
        """Whether a model wrote it."""
        return self.kind == "sample" or self.properties.get("generated") == "yes"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _day(value: Any) -> date | None:
    seconds = _seconds(value)
    try:
        return None if seconds is None else datetime.fromtimestamp(seconds, UTC).date()
    except (OverflowError, OSError, ValueError):  # a year that a date cannot hold
        return None


def _seconds(value: Any) -> float | None:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if number and abs(value) <= _MOST_SECONDS else None


def _place(value: Any) -> float | None:
    """Seconds within a recording: text, for Glean has no property for a number with a fraction, or a number."""
    if isinstance(value, str):
        value = float(value) if _DECIMAL.fullmatch(value) else None
    return _seconds(value)

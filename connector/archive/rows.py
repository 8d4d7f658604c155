"""The ledger's rows as frozen values, and the canonical JSON they are kept in."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from connector.archive.metadata import Metadata
from connector.transcripts.transcript import Cue


def dump(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8 as it is."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass(frozen=True)
class SourceRow:
    """A file we know of."""

    path: str
    state: str
    stamp: str
    sha256: str | None
    transcript_id: str | None
    metadata: str | None
    error: str | None

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        return cls(**{name: row[name] for name in cls.__dataclass_fields__})


@dataclass(frozen=True)
class TranscriptRow:
    """A transcript as parsed: everything a document is derived from, with the configuration."""

    id: str
    format: str
    cues_json: str
    cues_hash: str
    metadata_json: str
    verdict: str

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        return cls(
            row["id"], row["format"], row["cues"], row["cues_hash"], row["metadata"], row["verdict"]
        )  # fmt: skip

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        return tuple(Cue(*values) for values in json.loads(self.cues_json))

    @cached_property
    def metadata(self) -> Metadata:
        return Metadata.model_validate_json(self.metadata_json)


@dataclass(frozen=True)
class CheckpointRow:
    """A trained state of the model; the weights lie in the model folder under the same id."""

    id: str
    number: int
    corpus: str
    read: list[str]
    report: dict[str, Any]
    open: bool

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        return cls(
            row["id"],
            row["number"],
            row["corpus"],
            json.loads(row["read"]),
            json.loads(row["report"]),
            bool(row["open"]),
        )


@dataclass(frozen=True)
class SampleRow:
    """One generated text, with what is needed to draw it again and the segments it was prompted from."""

    checkpoint_id: str
    number: int
    prompt: str
    seed: int
    temperature: float
    top_k: int
    text: str
    sources: list[str]

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        values = {name: row[name] for name in cls.__dataclass_fields__}
        return cls(**{**values, "sources": json.loads(row["sources"])})

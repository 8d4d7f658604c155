"""The ledger's rows as frozen values, and the canonical JSON they are kept in."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from connector.archive.metadata import Metadata
from connector.transcripts.quality.plausibility import joined
from connector.transcripts.sketch import sketch
from connector.transcripts.transcript import Cue

_CANONICAL = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def dump(value: Any) -> str:
    """Canonical JSON: sorted keys, no spaces, UTF-8 as it is."""
    return _CANONICAL.encode(value)


@dataclass(frozen=True)
class PackedCues:
    """Cues as the ledger keeps them: JSON, and its hash, which two readings of the same cues share."""

    cues: Sequence[Cue]
    json: str
    hash: str

    @cached_property
    def sketch(self) -> tuple[int, ...]:
        """What versions of the same words share most of."""
        return sketch(self.cues)


def pack(cues: Sequence[Cue]) -> PackedCues:
    """``cues`` as [start, end, speaker, text], and a fifth value where the confidence is known."""
    text = dump([list(_values(cue)) for cue in cues])
    return PackedCues(cues, text, hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest())


def _values(cue: Cue) -> tuple[Any, ...]:
    told = (cue.start, cue.end, cue.speaker, cue.text)
    return told if cue.confidence is None else (*told, cue.confidence)


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
    media: str | None = None
    replaced: int = 0

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
    judgement_json: str | None = None
    weighed_json: str | None = None
    sha256: str | None = None  # of the bytes whose words these are
    named_by: str | None = None  # of the one whose speakers these are
    unnamed: int = 0  # 1: which is for other people

    @classmethod
    def of(cls, row: sqlite3.Row) -> Self:
        return cls(
            row["id"], row["format"], row["cues"], row["cues_hash"], row["metadata"], row["verdict"], row["judgement"],
            row["weighed"], row["sha256"], row["named_by"], row["unnamed"],
        )  # fmt: skip

    @cached_property
    def cues(self) -> tuple[Cue, ...]:
        """As they are shown."""
        return tuple(cue._replace(speaker=None) for cue in self.kept_cues) if self.unnamed else self.kept_cues

    @cached_property
    def kept_cues(self) -> tuple[Cue, ...]:
        """With the speakers' names, whoever these are for."""
        return tuple(Cue(*values) for values in json.loads(self.cues_json))

    @cached_property
    def metadata(self) -> Metadata:
        return Metadata.model_validate_json(self.metadata_json)

    @cached_property
    def gate(self) -> dict[str, Any]:
        """What the quality gate said when the transcript was taken in."""
        return dict(json.loads(self.judgement_json)) if self.judgement_json else {}

    @cached_property
    def judgement(self) -> dict[str, Any]:
        """What the quality gate said, and the language model since: grade, scores, reasons, doubts; empty where the
        gate was not asked. Of the grade ``low`` is what they hold.
        """
        return joined(self.gate, json.loads(self.weighed_json)) if self.weighed_json else self.gate


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

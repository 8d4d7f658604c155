"""What the model may read, and in which words. Pure over the ledger; knows nothing of torch."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Iterator
from typing import Literal, NamedTuple

from connector.archive.documents import segments_of
from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.config import Settings
from connector.permissions import Permissions
from connector.transcripts.clean import clean_cues

TrainOn = Literal["open", "all"]


class Prompt(NamedTuple):
    """What a sample continues, and the segment it is the beginning of; None where a person wrote it."""

    segment_id: str | None
    text: str


def trainable(ledger: Ledger, default: Permissions, train_on: TrainOn) -> dict[str, str]:
    """id → hash of the cues of every accepted transcript the model may read: with ``open`` what everyone may see."""
    return {
        ident: cues_hash
        for ident, cues_hash, permissions in ledger.accepted()
        if train_on == "all" or (default if permissions is None else Permissions.model_validate(permissions)).open
    }


def corpus_hash(transcripts: dict[str, str]) -> str:
    """Two corpora of the same hash have the same texts."""
    return hashlib.sha256(dump(sorted(transcripts.items())).encode()).hexdigest()[:16]


def corpus(ledger: Ledger, settings: Settings, transcripts: dict[str, str]) -> Iterator[tuple[str, str]]:
    """(id, text as it is shown: cleaned and corrected) of each transcript, a cue a line, by id."""
    glossary = ledger.glossary()
    for ident in sorted(transcripts):
        if row := ledger.transcript(ident):
            cues = clean_cues(row.cues, settings.clean.steps, row.metadata.language)
            yield ident, glossary.correct("\n".join(cue.text for cue in cues))[0]


def prompts(
    ledger: Ledger, settings: Settings, transcripts: dict[str, str], *, count: int, length: int, seed: int
) -> list[Prompt]:
    """``count`` beginnings of real segments, at most ``length`` characters, ending with a word; drawn with ``seed``."""
    draw = random.Random(seed)  # noqa: S311  # not for secrets
    chosen: list[Prompt] = []
    idents = sorted(transcripts)
    for _ in range(count if idents else 0):
        row = ledger.transcript(draw.choice(idents))
        segments = segments_of(row, settings, ledger.glossary()) if row else []
        if segments:
            ident, part = draw.choice(segments)
            chosen.append(Prompt(ident, beginning(part.text, length)))
    return chosen


def beginning(text: str, length: int) -> str:
    """The first words of ``text`` that fit in ``length`` characters; at least a piece of the first word."""
    if len(text) <= length:
        return text
    head = text[: length + 1].rsplit(maxsplit=1)[0] if " " in text[: length + 1] else text[:length]
    return head[:length].rstrip()

"""The quality gate asked about one reading, with the settings' thresholds and what the archive knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from typing import Any, NamedTuple

from connector.config import Settings
from connector.transcripts.clean import clean_cues
from connector.transcripts.quality import assess
from connector.transcripts.transcript import Cue


class Judged(NamedTuple):
    """The gate's judgement as the ledger keeps it, and the words the general list of English does not know."""

    judgement: dict[str, Any]
    unusual: set[str]

    @property
    def held(self) -> bool:
        return bool(self.judgement["verdict"] == "held")


def judge(
    cues: Sequence[Cue], language: str | None, archive_knows: Callable[[set[str]], set[str]], settings: Settings
) -> Judged:
    """Judges ``cues`` as parsed; ``language`` is the one a person declared.

    ``archive_knows`` returns those of some words that other accepted transcripts hold.
    """
    said = assess(
        clean_cues(cues, replace(settings.clean.steps, stutters=False), language),  # a loop is no stutter
        language=language,
        expected=settings.quality.languages,
        archive_knows=archive_knows,
        thresholds=settings.quality.thresholds,
    )
    told = asdict(said) | {"doubts": [list(doubt) for doubt in said.doubts], "reasons": list(said.reasons)}
    unusual = told.pop("unlisted")
    return Judged(told, set(unusual))

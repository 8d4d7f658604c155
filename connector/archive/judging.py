"""The quality gate asked about one reading, with the settings' thresholds and what the archive knows; and, later, what
a language model thinks of it. Knows nothing of torch: the model is handed in.

**Which model.** The base that comes with the package, never a checkpoint of the archive. The base has read public talks
and no document, so it can tell nobody's words to anybody, and its scale is the same on every day and machine: a limit
in bits means the same in all of them. A checkpoint knows the house's own words better, but it has read the very text it
would judge, and finds garbage likely once it has learned it; and its scale moves with every training. The base in
`train.base` may be anything, another language too, of which nobody has measured where clean talks lie.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any, NamedTuple

from connector.config import Settings
from connector.transcripts.clean import clean_cues
from connector.transcripts.quality import assess
from connector.transcripts.quality.plausibility import Bits, Weighed, weigh
from connector.transcripts.transcript import Cue
from model.base import SHIPPED
from model.checkpoint import DESCRIPTION
from model.errors import CheckpointError
from model.files import read_sealed


class Judged(NamedTuple):
    """The gate's judgement as the ledger keeps it, and the words the general list of English does not know."""

    judgement: dict[str, Any]
    unusual: set[str]

    @property
    def held(self) -> bool:
        return bool(self.judgement["verdict"] == "held")


def asked_model() -> str | None:
    """The id of the model that is asked; None where it is missing or damaged, and nobody can be."""
    try:
        return str(read_sealed(SHIPPED / DESCRIPTION)["id"])
    except CheckpointError:
        return None


def weigh_cues(cues: Sequence[Cue], language: str | None, bits: Bits, limit: float, settings: Settings) -> Weighed:
    """What the model thinks of ``cues`` as parsed; ``language`` is the declared one, ``bits`` asks the model."""
    steps = replace(settings.clean.steps, stutters=False, casing=True)  # CAPITALS are news to it, whatever they say
    return weigh(clean_cues(cues, steps, language), bits, limit)


def judge(
    cues: Sequence[Cue],
    language: str | None,
    archive_knows: Callable[[set[str]], set[str]],
    settings: Settings,
    *,
    run_back: float,
) -> Judged:
    """Judges ``cues`` as parsed; ``language`` is the one a person declared, ``run_back`` what the reading says.

    ``archive_knows`` returns those of some words that other accepted transcripts hold. The judgement keeps
    ``run_back`` whatever the thresholds are: the cues are in order, and cannot tell it to whoever judges them again.
    """
    said = assess(
        clean_cues(cues, replace(settings.clean.steps, stutters=False), language),  # a loop is no stutter
        language=language,
        expected=settings.quality.languages,
        archive_knows=archive_knows,
        thresholds=settings.quality.thresholds,
        run_back=run_back,
    )
    told = {field.name: getattr(said, field.name) for field in fields(said) if field.name != "unlisted"}
    told |= {"doubts": [list(doubt) for doubt in said.doubts], "reasons": list(said.reasons)}
    told["run_back"] = round(run_back, 4)
    return Judged(told, set(said.unlisted))

"""The child's side of the quality gate's last sign: what a language model thinks of the transcripts that are new.

Asked here, after a transcript is searchable, since it takes torch and half a second for an hour of talk. Writes
nothing: what is found is told to the parent, a transcript at a time, so that a child that is killed loses only the one
it was at.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import asdict
from functools import partial

from connector.archive.judging import asked_model, weigh_cues
from connector.archive.ledger import Ledger
from connector.config import Settings
from connector.transcripts.quality.plausibility import READ, Bits, joined
from model.base import SHIPPED
from model.serve import LanguageModel


def base_bits() -> Bits:
    """Bits a character of texts by the base that comes with the package; raises CheckpointError where it cannot."""
    base = LanguageModel(SHIPPED, base=SHIPPED)  # in that folder is no checkpoint: nothing that has read a document
    base.info()
    return partial(base.score, most=READ)


def weigh_new(
    ledger: Ledger, settings: Settings, tell: Callable[..., None], stop: threading.Event, held: set[str]
) -> None:
    """Tells what the model thinks of every transcript it was not asked about; adds to ``held`` those it holds.

    Raises CheckpointError where the model cannot be loaded.
    """
    model, limit = asked_model(), settings.quality.bits_a_character
    if model is None or limit is None or not (waiting := ledger.unweighed(model, limit)):
        return
    if len(waiting) > 1:
        tell("say", text=f"asking the language model about {len(waiting):,} transcripts")
    bits = base_bits()
    for ident in waiting:
        if stop.is_set():
            break
        row = ledger.transcript(ident)
        if row is None:
            continue
        weighed = asdict(weigh_cues(row.cues, row.metadata.language, bits, limit, settings))
        tell("weighed", id=ident, cues_hash=row.cues_hash, weighed=weighed, model=model, threshold=limit)
        if joined(row.gate, weighed).get("grade") == "low" and not ledger.is_approved(ident):
            held.add(ident)

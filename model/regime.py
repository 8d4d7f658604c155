"""How strongly a training learns: at what part of its rates, and how much of what it knows is dropped at random.

By what its weights come from, and by how much text there is for a weight; measured, see NOTES.md. Pure.
"""

from __future__ import annotations

from typing import NamedTuple

from model.config import TrainConfig
from model.report import Origin

SMALL_TEXT = 0.35  # characters a weight; of a longer text a training reads too little twice for dropout to pay
SMALL_RATE = 0.5  # of a continued training's rates, on such a text: it is learnt by heart before it teaches anything
OWN_RATE = 0.6  # of them on a longer one, where it was read before: what more spoils, a short training does not mend


class Regime(NamedTuple):
    """`rate` multiplies the learning rates; `dropout` and `embed_dropout` are shares."""

    rate: float
    dropout: float
    embed_dropout: float


def regime_of(config: TrainConfig, origin: Origin, characters_a_weight: float) -> Regime:
    """Of a training whose weights come from `origin`, with so much text to learn from."""
    small = characters_a_weight < SMALL_TEXT
    own = SMALL_RATE if small else OWN_RATE if origin == "checkpoint" else 1.0
    rate = 1.0 if origin == "nothing" else own * config.continue_rate
    return Regime(rate, config.dropout, config.embed_dropout) if small else Regime(rate, 0.0, 0.0)

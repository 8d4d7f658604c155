"""The two losses a verdict is made of: of the same weights, without dropout, on what is held out and on what was read.

The loss that a training shows on its way is neither: it is of weights of some steps before, with dropout.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from model.evaluate import Lengths, Loss, measure
from model.gpt import GPT
from model.vocab import Ids

ENOUGH = 4096  # tokens of what was read, at least: some hundredths of a nat


class Losses(NamedTuple):
    """On what is held out, and, in nats a character, on what was read."""

    validation: Loss
    training: float


def losses_of(
    network: GPT, held: Ids, read: Sequence[Ids], lengths: Lengths, *, context: int, windows: int | None, few: int
) -> Losses:
    """Over ``held`` in at most ``windows`` windows, and over ``few`` (more of a short context) of ``read``, its parts
    by their shares. Raises ValueError where a part has fewer than two tokens.
    """
    whole, few = sum(map(len, read)), max(few, ENOUGH // context)
    parts = [
        measure(network, ids, lengths=lengths, context=context, windows=max(1, round(few * len(ids) / whole)))
        for ids in read
    ]
    nats = sum(part.nats * part.characters for part in parts) / max(1, sum(part.characters for part in parts))
    return Losses(measure(network, held, lengths=lengths, context=context, windows=windows), nats)

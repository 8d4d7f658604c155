"""How well a network reads text it never learnt from: mean loss over windows of the validation split."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from model.device import halved
from model.gpt import GPT
from model.vocab import Ids

ROWS = 64  # windows at once: large enough for good products, small enough for the cache


@dataclass(frozen=True, slots=True)
class Loss:
    """Mean loss in nats a character, and over how many characters."""

    nats: float
    characters: int

    @property
    def bits(self) -> float:
        """Bits a character: what stays comparable when alphabets differ."""
        return self.nats / math.log(2)


def measure(model: GPT, ids: Ids, *, context: int | None = None, windows: int | None = None) -> Loss:
    """Loss over `ids`, cut into windows side by side, the last one shorter; leaves the network's mode
    as it was.

    With `windows`, over at most so many full ones, evenly spread: the same ones every time. A window's first
    characters have little before them, so this is what nanoGPT reports, and stricter than a sliding window.
    Raises ValueError for fewer than two characters.
    """
    if len(ids) < 2:
        raise ValueError("a loss needs at least two characters")
    length = min(context or model.config.context, len(ids) - 1)
    starts = np.arange((len(ids) - 1) // length) * length
    rest = (len(ids) - 1) % length
    if windows is not None and windows < len(starts):
        starts, rest = starts[np.linspace(0, len(starts) - 1, windows).astype(np.int64)], 0
    batches = [_cut(ids, starts[i : i + ROWS], length) for i in range(0, len(starts), ROWS)]
    if rest:
        batches.append(_cut(ids, np.array([len(ids) - 1 - rest]), rest))
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    device = model.head.weight.device
    with torch.inference_mode(), halved(device):
        for rows in batches:
            tokens = torch.from_numpy(rows).to(device)
            size = rows.size - len(rows)
            total += float(model.loss(tokens[:, :-1], tokens[:, 1:])) * size
            count += size
    model.train(was_training)
    return Loss(total / count, count)


def _cut(ids: Ids, starts: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    windows: npt.NDArray[np.int64] = ids[starts[:, None] + np.arange(length + 1)].astype(np.int64)
    return windows

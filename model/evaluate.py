"""How well a network reads text it never learnt from: mean loss over windows of the validation split."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from model.device import halved, precision_of, ran_out_of_memory
from model.gpt import GPT
from model.laid_out import LaidOut
from model.threads import halves
from model.vocab import Ids

Lengths = npt.NDArray[np.uint16]
ROWS = 64  # windows at once: large enough for good products, small enough for the cache


@dataclass(frozen=True, slots=True)
class Loss:
    """Mean loss in nats a character, and over how many characters, in how many tokens."""

    nats: float
    characters: int
    tokens: int = 0

    @property
    def bits(self) -> float:
        """Bits a character: what stays comparable when vocabularies differ."""
        return self.nats / math.log(2)


def measure(
    model: GPT, ids: Ids, *, lengths: Lengths | None = None, context: int | None = None, windows: int | None = None
) -> Loss:
    """Loss over `ids`, cut into windows side by side, the last one shorter. `lengths` (V,) says how many
    characters each token stands for; None: one each.

    With `windows`, over at most so many full ones, evenly spread: the same ones every time. A window's first
    tokens have little before them, so this is what nanoGPT reports, and stricter than a sliding window.
    Where the memory does not do, one thread reads fewer windows at once, down to one. Raises ValueError for fewer than
    two tokens, and torch's own where there is no memory for one window.
    """
    if len(ids) < 2:
        raise ValueError("a loss needs at least two tokens")
    length = min(context or model.config.context, len(ids) - 1)
    starts = np.arange((len(ids) - 1) // length) * length
    rest = (len(ids) - 1) % length
    if windows is not None and windows < len(starts):
        starts, rest = starts[np.linspace(0, len(starts) - 1, windows).astype(np.int64)], 0
    total, count, characters = 0.0, 0, 0
    at_once, done = ROWS, 0
    logits_of, pool = _logits_of(model), halves() if model.head.weight.device.type == "cpu" else None
    while done < len(starts) + bool(rest):
        if done < len(starts):
            rows = _cut(ids, starts[done : done + at_once], length)
        else:
            rows = _cut(ids, np.array([len(ids) - 1 - rest]), rest)
        try:
            if pool and len(rows) > 1:
                nats = sum(pool.map(partial(_read, logits_of), np.array_split(rows, 2)))
            else:
                nats = _read(logits_of, rows)
        except (MemoryError, RuntimeError) as error:
            if at_once == 1 or not ran_out_of_memory(error):
                raise
            if pool:
                pool.shutdown()  # when the other half has ended, too: what it holds may be all there is
                pool = None
            at_once //= 2
            continue
        total += nats
        count += rows.size - len(rows)
        characters += characters_of(rows[:, 1:], lengths)
        done += len(rows)
    return Loss(total / max(1, characters), characters, count)  # a piece of one character may have none of its own


def _logits_of(model: GPT) -> Callable[[Tensor], Tensor]:
    """What gives the logits (N, V) of tokens (B, T), with nothing dropped."""
    device = model.head.weight.device
    if device.type == "cpu":
        laid_out = LaidOut(model, precision_of(device))
        return lambda tokens: laid_out.logits(laid_out.read(tokens))

    def logits(tokens: Tensor) -> Tensor:
        was_training = model.training
        model.eval()
        try:
            with halved(device):
                return model(tokens.to(device)).float().flatten(0, 1)
        finally:
            model.train(was_training)

    return logits


def _read(logits_of: Callable[[Tensor], Tensor], rows: npt.NDArray[np.int64]) -> float:
    """What windows (B, T + 1) cost, in nats, without their first tokens."""
    with torch.inference_mode():
        tokens = torch.from_numpy(rows)
        logits = logits_of(tokens[:, :-1])
        return float(F.cross_entropy(logits, tokens[:, 1:].flatten().to(logits.device), reduction="sum"))


def characters_of(tokens: npt.NDArray[np.integer], lengths: Lengths | None) -> int:
    """How many characters the tokens stand for."""
    return tokens.size if lengths is None else int(lengths.take(tokens).sum())


def _cut(ids: Ids, starts: npt.NDArray[np.int64], length: int) -> npt.NDArray[np.int64]:
    windows: npt.NDArray[np.int64] = ids[starts[:, None] + np.arange(length + 1)].astype(np.int64)
    return windows

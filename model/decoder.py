"""A network one position at a time, with the keys and values of what it has read: for sampling and completing.

Shapes as in gpt.py.
"""

from __future__ import annotations

import torch
from torch import Tensor

from model.gpt import GPT
from model.laid_out import LEAST, LaidOut


class Decoder:
    """A network one position at a time, for rows of text that grow together, up to the context.

    With few rows the time goes into operations, not into arithmetic; a position here has as few as can be. `length`
    positions are read, the same for every row. For inference mode.
    """

    def __init__(self, model: GPT, rows: int) -> None:
        """Room for at most `rows` rows (B)."""
        config = model.config
        self._network, self.context, self.length, self.rows = LaidOut(model), config.context, 0, 0
        heads, dim = config.heads, config.width // config.heads
        self._tokens = torch.full((rows, config.reach - 1 + config.context), self._network.vocabulary)
        self._keys = torch.empty((config.layers, rows, heads, dim, config.context))  # as attention multiplies them
        self._values = torch.empty((config.layers, rows, heads, config.context, dim))

    def read(self, tokens: Tensor) -> Tensor:
        """Begin anew with tokens (B, T); logits of what follows (B, V). Equal rows are read once."""
        rows, length = tokens.shape
        alike = tokens[:1] if bool((tokens == tokens[:1]).all()) else tokens

        def keep(layer: int, keys: Tensor, values: Tensor) -> None:
            self._keys[layer, :rows, ..., :length] = keys.transpose(-1, -2)
            self._values[layer, :rows, :, :length] = values

        x = self._network.read(alike, keep=keep).view(len(alike), length, -1)[:, -1]
        before = self._network.config.reach - 1
        self._tokens[:rows, before : before + length] = tokens
        self.rows, self.length = rows, length
        return self._network.logits(x).expand(rows, -1)

    def step(self, tokens: Tensor) -> Tensor:
        """One more token of each row (B,); logits of what follows (B, V)."""
        network, rows, at = self._network, self.rows, self.length
        config = network.config
        heads, width = config.heads, config.width
        dim = width // heads
        self._tokens[:rows, at + config.reach - 1] = tokens
        x = network.begin(self._tokens[:rows, at : at + config.reach])  # (B, C)
        for layer, (qkv, out, up, down) in enumerate(network.layers):
            mixed = torch.mm(_direction(x), qkv)  # (B, 3C)
            pairs = _direction(mixed[:, : 2 * width].view(rows, 2 * heads, dim)).view(rows, 2 * heads, dim // 2, 2)
            qk = torch.view_as_real(torch.view_as_complex(pairs) * network.turn[at]).view(rows, 2, heads, dim)
            keys, values = self._keys[layer, :rows], self._values[layer, :rows]
            keys[..., at] = qk[:, 1]
            values[:, :, at] = mixed[:, 2 * width :].view(rows, heads, dim)
            q = qk[:, 0].reshape(rows * heads, 1, dim)
            weights = torch.bmm(q, keys.view(rows * heads, dim, -1)[..., : at + 1]).softmax(dim=-1)
            seen = torch.bmm(weights, values.view(rows * heads, -1, dim)[:, : at + 1])
            x = torch.addmm(x, seen.view(rows, width), out)
            h = torch.mm(_direction(x), up).relu_()
            x = torch.addmm(x, h.mul_(h), down)
        self.length += 1
        return network.logits(x)

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, in this order; a row may come more than once."""
        count, before, length = len(rows), self._network.config.reach - 1, self.length
        self._tokens[:count, : before + length] = self._tokens[rows, : before + length]
        self._keys[:, :count, ..., :length] = self._keys[:, rows, ..., :length]
        self._values[:, :count, :, :length] = self._values[:, rows, :, :length]
        self.rows = count


def _direction(x: Tensor) -> Tensor:
    """Over the last dimension, of length 1."""
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(LEAST)

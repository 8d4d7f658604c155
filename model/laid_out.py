"""A network laid out for reading without learning, on a processor: what `GPT.forward` computes, in half its time.

What only training needs is left out, and what can be done once is done once: a root-mean-square norm is a direction
times a constant, which goes into the matrix that follows; and as a row may be scaled behind a product as well as
before it, the stream is multiplied as it is and its length taken out of the result. The halves that rotary positions
pair lie side by side and turn as complex numbers; the tables of the last tokens are one.

Shapes as in gpt.py, N = B x T. For inference mode.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from model.gpt import GPT, LOGIT_CAP

LEAST = 1e-18  # a vector of zeros stays one, also by the square of the inverse

Keep = Callable[[int, Tensor, Tensor], None]  # layer, keys and values (B, H, T, D)


class LaidOut:
    """`precision`: what products are computed in; the stream and the odds are in single precision in any case."""

    def __init__(self, model: GPT, precision: torch.dtype = torch.float32) -> None:
        config = self.config = model.config
        self.precision, self.vocabulary = precision, model.head.out_features
        heads, dim = config.heads, config.width // config.heads
        pairs = torch.arange(dim).view(2, -1).t().flatten()  # (D,): 0, D/2, 1, D/2 + 1 …
        turned = (torch.arange(2 * heads)[:, None] * dim + pairs).flatten()  # rows of queries and keys
        order = torch.cat((turned, torch.arange(2 * config.width, 3 * config.width)))
        self.root = root = config.width**0.5

        def laid(weight: Tensor, scale: float = 1.0) -> Tensor:
            return (weight.detach() * scale).t().contiguous().to(precision)

        self.layers = [
            (laid(block.qkv.weight[order], root), laid(block.out.weight), laid(block.up.weight, root),
             laid(block.down.weight))
            for block in model.blocks
        ]  # fmt: skip
        self._head = (model.head.weight.detach() * (root / LOGIT_CAP)).t().contiguous()
        cos, sin = model.rotary.unbind(-2)  # (context, 1, D/2) each
        self.turn = torch.complex(cos, -sin).expand(-1, 2 * heads, -1).clone()  # (context, 2H, D/2)
        self.turn[:, heads:] *= dim**0.5  # norms of queries and keys, and attention's scale: dim / sqrt(dim), once
        # One table for all places; the row after a place's tokens is for "before the first": nothing.
        nothing = torch.zeros(1, config.width)
        self._table = torch.cat([part for embed in model.embeds for part in (embed.weight.detach() * root, nothing)])
        self._place = torch.arange(config.reach - 1, -1, -1) * (self.vocabulary + 1)  # (R,): the oldest first

    def read(self, tokens: Tensor, *, keep: Keep | None = None) -> Tensor:
        """The stream (N, C) behind the last block, of tokens (B, T) from the beginning of a context on.

        `keep` is handed each layer's keys and values.
        """
        rows, length = tokens.shape
        config, precision = self.config, self.precision
        heads, width = config.heads, config.width
        dim = width // heads
        recent = F.pad(tokens, (config.reach - 1, 0), value=self.vocabulary).unfold(1, config.reach, 1)
        x = self.begin(recent.flatten(0, 1))
        for layer, (qkv, out, up, down) in enumerate(self.layers):
            mixed = torch.mm(x.to(precision), qkv)  # (N, 3C)
            v = (mixed[:, 2 * width :] * inverse_length(x)).to(precision).view(rows, length, heads, dim).transpose(1, 2)
            qk = mixed[:, : 2 * width].float().view(rows, length, 2 * heads, dim)
            qk.mul_(inverse_length(qk))
            torch.view_as_complex(qk.view(rows, length, 2 * heads, dim // 2, 2)).mul_(self.turn[:length])
            q, k = qk.to(precision).transpose(1, 2).chunk(2, dim=1)  # (B, H, T, D) each
            if keep:
                keep(layer, k, v)
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True, scale=1.0)
            x.add_(torch.mm(y.transpose(1, 2).reshape(-1, width), out))
            h = torch.mm(x.to(precision), up).relu_()
            x.addcmul_(torch.mm(h.mul_(h), down), inverse_length(x).square_())
        return x

    def begin(self, recent: Tensor) -> Tensor:
        """Where positions start (N, C), of their last tokens (N, R), the vocabulary's size for "before the first"."""
        x = F.embedding_bag(recent + self._place, self._table, mode="sum")
        return x.mul_(inverse_length(x).mul_(self.root))

    def logits(self, x: Tensor) -> Tensor:
        """What follows (N, V), of the stream (N, C)."""
        return torch.mm(x * inverse_length(x), self._head).tanh_().mul_(LOGIT_CAP)


def inverse_length(x: Tensor) -> Tensor:
    """One over the length of each vector along the last dimension (…, 1)."""
    return torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(LEAST).reciprocal_()

"""The network: a decoder-only transformer over characters, small enough to read and to train on two cores.

Pre-norm blocks without biases or learned gains. What differs from GPT-2, and where it comes from: rotary
positions (Su et al. 2021, arXiv 2104.09864), RMSNorm (Zhang and Sennrich 2019, 1910.07467), normed queries
and keys (Henry et al. 2020, 2010.04245), squared ReLU (So et al. 2021, 2109.08668), branches that start at
zero (ReZero's idea, 2003.04887), a soft cap on the logits (Gemma 2, 2408.00118), an untied head. And each
position starts from its last few characters at once, a table of embeddings for each place, summed: so the first
perceptron sees syllables, and no layer of attention has to learn to look one character back. That is the largest
gain of all at this size (NOTES.md); its like are Primer's convolutions (So et al. 2021).

Shapes in comments: B rows, T positions, C width, H heads, D = C / H, V characters, R reach. This module must not
know optimisers, files or text.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F  # noqa: N812  # the name everyone knows it by
from torch import Tensor, nn

from model.config import GPTConfig
from model.functions import RMSNorm, Rotation, SquaredReLU

LOGIT_CAP = 15.0
ROTARY_BASE = 1024.0  # the slowest pair turns once in some 6,400 characters; contexts here are 64 to 512


def norm(x: Tensor) -> Tensor:
    """Root-mean-square norm over the last dimension, in the precision of ``x``."""
    if x.is_cuda:  # one kernel there; autocast would have it write single precision
        with torch.autocast("cuda", enabled=False):
            return F.rms_norm(x, x.shape[-1:])
    normed: Tensor = RMSNorm.apply(x)
    return normed


def rotary_table(context: int, dim: int) -> Tensor:
    """Cosines and sines of every position, (context, 1, 2, dim / 2), the 1 broadcasting over heads."""
    speed = ROTARY_BASE ** -torch.linspace(0, 1, dim // 2)
    angle = torch.outer(torch.arange(context, dtype=torch.float32), speed)  # (context, D/2)
    return torch.stack((angle.cos(), angle.sin()), dim=1)[:, None]


def rotate(x: Tensor, table: Tensor) -> Tensor:
    """Turn (…, T, H, D) by each position's angles."""
    turned: Tensor = Rotation.apply(x, table)
    return turned


def narrowed(x: Tensor) -> Tensor:
    """In half precision on a GPU that multiplies in it, where moving the stream takes longer than the products do."""
    return x.bfloat16() if x.is_cuda and torch.is_autocast_enabled("cuda") else x


def single() -> torch.autocast:
    """Within it, a processor computes in single precision whatever is around it; other devices keep to what is."""
    return torch.autocast("cpu", enabled=False)


class Block(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """Attention, then a perceptron, each added to the stream it reads."""

    def __init__(self, config: GPTConfig, dropout: float) -> None:
        super().__init__()
        self.heads, self.dropout = config.heads, dropout
        self.qkv = nn.Linear(config.width, 3 * config.width, bias=False)
        self.out = nn.Linear(config.width, config.width, bias=False)
        self.up = nn.Linear(config.width, 4 * config.width, bias=False)
        self.down = nn.Linear(4 * config.width, config.width, bias=False)
        nn.init.zeros_(self.out.weight)  # at the start the network is the identity: no depth to tame
        nn.init.zeros_(self.down.weight)

    def forward(self, x: Tensor, table: Tensor) -> Tensor:
        x = x + self._drop(self.attend(norm(x), table))
        return x + self._drop(self.down(SquaredReLU.apply(self.up(norm(x)))))

    def attend(self, x: Tensor, table: Tensor) -> Tensor:
        rows, length, width = x.shape
        qkv = self.qkv(x)
        qkv = (qkv if x.is_cuda else qkv.float()).view(rows, length, 3 * self.heads, width // self.heads)
        qk, v = qkv.split((2 * self.heads, self.heads), dim=2)
        qk = rotate(norm(qk), table.to(qk.dtype))  # queries and keys in one go: half as many small operations
        q, k = qk.transpose(1, 2).chunk(2, dim=1)  # (B, H, T, D) each
        v = v.transpose(1, 2)
        with single():  # the kernel's derivative takes twice as long in half precision
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)  # (B, H, T, D)
        return self.out(y.transpose(1, 2).reshape(rows, length, width))

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, self.dropout, self.training) if self.dropout else x


class GPT(nn.Module):  # type: ignore[misc]
    """Logits of the next character at every position."""

    def __init__(self, config: GPTConfig, vocab_size: int, dropout: float = 0.0, embed_dropout: float = 0.0) -> None:
        super().__init__()
        self.config, self.dropout = config, embed_dropout
        self.embeds = nn.ModuleList(nn.Embedding(vocab_size, config.width) for _ in range(config.reach))
        self.blocks = nn.ModuleList(Block(config, dropout) for _ in range(config.layers))
        self.head = nn.Linear(config.width, vocab_size, bias=False)
        nn.init.zeros_(self.head.weight)  # the first loss is exactly ln V
        self.register_buffer("rotary", rotary_table(config.context, config.width // config.heads), persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        """Logits (B, T, V) of int64 tokens (B, T), T at most the context."""
        x = narrowed(self.embed(tokens))  # (B, T, C)
        if self.dropout:
            x = F.dropout(x, self.dropout, self.training)
        table = self.rotary[: tokens.size(1)]
        for block in self.blocks:
            x = block(x, table)
        with torch.autocast(x.device.type, enabled=False):  # eight bits would blur the odds
            logits = self.head(norm(x).float())
        return LOGIT_CAP * torch.tanh(logits / LOGIT_CAP)

    def embed(self, tokens: Tensor) -> Tensor:
        """Where each position starts (B, T, C): the normed sum of what its last R characters mean in their places."""
        here, *before = self.embeds
        x = here(tokens)
        for places, embedding in enumerate(before[: tokens.size(1) - 1], start=1):
            x = x + F.pad(embedding(tokens[:, :-places]), (0, 0, places, 0))
        return norm(x)

    def loss(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy in nats a character; both (B, T)."""
        return loss_of(self(tokens), targets)

    def parameter_count(self) -> int:
        return sum(p.numel() for p in self.parameters())


def loss_of(logits: Tensor, targets: Tensor) -> Tensor:
    """Mean cross-entropy in nats a character of logits (B, T, V) and the characters that came (B, T)."""
    return F.cross_entropy(logits.float().flatten(0, 1), targets.flatten())


def grow(weights: dict[str, Tensor], vocab_size: int) -> dict[str, Tensor]:
    """The same weights for a larger alphabet: new rows of embedding and head start at the mean row.

    At the mean, a new character neither drowns nor starves the known ones (Hewitt 2021, "Initializing new
    word embeddings for pretrained language models").
    """
    grown = dict(weights)
    for name, rows in weights.items():
        if name.startswith("embeds.") or name == "head.weight":  # (V, C)
            fresh = rows.mean(dim=0, keepdim=True).expand(vocab_size - rows.size(0), -1)
            grown[name] = torch.cat((rows, fresh)).contiguous()
    return grown

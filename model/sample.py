"""Text from a trained network, with a key-value cache, many rows at once, past the context's length.

This module must not know how the network was trained or what becomes of the text. What it makes is always a
`Generated`, which says so. Shapes as in gpt.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from model.checkpoint import Loaded
from model.config import SampleConfig
from model.device import keep_freed_memory
from model.gpt import GPT, LOGIT_CAP, KeyValueCache
from model.tokenizer import as_document
from model.vocab import RESERVED, SEPARATOR, UNKNOWN

SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)")
ROWS = 64  # rows at once: more are hardly quicker, and each has its keys and values, a megabyte for the default network
_LEAST = 1e-20  # a vector of zeros stays one


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """A text the model made: the continuation without the prompt, and all it takes to make it again.

    `ended`: the model ended the document there; else the length asked for was reached.
    """

    text: str
    prompt: str
    checkpoint: str
    seed: int
    temperature: float
    top_k: int
    top_p: float
    min_p: float
    ended: bool


def generate(loaded: Loaded, prompts: Sequence[str], config: SampleConfig) -> list[Generated]:
    """`config.count` texts for every prompt, in order; an empty prompt starts where documents start.

    A text whose document did not end is cut back to its last full sentence where that leaves half of it, else to its
    last full word. Sample number i has seed `config.seed + i` and does not depend on what is sampled beside it.
    """
    asked = [prompt for prompt in prompts for _ in range(config.count)]
    if not asked:
        return []
    vocabulary = loaded.vocabulary
    starts = [as_document(vocabulary, prompt).tolist() for prompt in asked]
    lengths = torch.from_numpy(vocabulary.lengths.astype(np.int64))
    rows = continuations(loaded.network(), starts, config, None if bool((lengths == 1).all()) else lengths)
    made = []
    for i, (prompt, row) in enumerate(zip(asked, rows, strict=True)):
        text = vocabulary.decode(row)[: config.length]  # the last token may have had more
        ended = max(len(row), int(lengths[row].sum())) < config.length
        made.append(
            Generated(
                text=text if ended else trim(text),
                prompt=prompt,
                checkpoint=loaded.info.id,
                seed=config.seed + i,
                temperature=config.temperature,
                top_k=config.top_k,
                top_p=config.top_p,
                min_p=config.min_p,
                ended=ended,
            )
        )
    return made


def continuations(
    model: GPT, starts: Sequence[Sequence[int]], config: SampleConfig, lengths: Tensor | None = None
) -> list[list[int]]:
    """`config.length` new numbers after each of `starts` (each at least one number); fewer where a document ended.

    With `lengths`, how many characters each number stands for (V,), only as many as make `config.length` of them.

    When the context is full, the second half of it is read anew at the beginning and the rest is forgotten: exact,
    and at most twice the work. Rows go in batches of like length, on one thread (`one_thread`).
    """
    order = sorted(range(len(starts)), key=lambda row: len(starts[row]))
    rows: list[list[int]] = [[] for _ in starts]
    with torch.inference_mode(), one_thread():
        decoder = Decoder(model, min(len(starts), ROWS))
        for first in range(0, len(order), ROWS):
            _continue(decoder, starts, order[first : first + ROWS], config, lengths, rows)
    return rows


def _continue(
    decoder: Decoder,
    starts: Sequence[Sequence[int]],
    numbers: list[int],
    config: SampleConfig,
    lengths: Tensor | None,
    out: list[list[int]],
) -> None:
    """Continues the starts of these numbers together, into the same places of `out`.

    All begin at position 0; one with a longer start is fed its own numbers while others already go on, so nothing
    is padded and none depends on another. What has ended leaves the batch when the context is read anew.
    """
    cut = [starts[number][-decoder.context :] for number in numbers]
    rows = torch.tensor(numbers)  # (B,): whose each row is; the six below are kept beside it
    given = torch.tensor([len(start) for start in cut])  # (B,): how many numbers are the start's own
    end = given + config.length  # (B,): where the row ends
    written = torch.zeros_like(end)  # (B,): its new characters
    total, shortest, longest = int(end.max()), int(given.min()), int(given.max())
    text = torch.zeros((len(numbers), total), dtype=torch.int64)  # (B, all)
    chance = torch.zeros((len(numbers), total), dtype=torch.float64)  # (B, all)
    for row, (number, start) in enumerate(zip(numbers, cut, strict=True)):
        text[row, : len(start)] = torch.tensor(start)
        own = torch.Generator().manual_seed(config.seed + number)
        own_chance = torch.rand(config.length, generator=own, dtype=torch.float64)
        chance[row, len(start) : len(start) + config.length] = own_chance
    logits = decoder.read(text[:, :shortest])
    for at in range(shortest, total):
        chosen = choose(logits, config, chance[:, at])
        if at < longest:
            chosen = torch.where(at < given, text[:, at], chosen)
        text[:, at] = chosen
        if config.stop:
            end = torch.where((chosen == SEPARATOR) & (at >= given) & (at < end), at, end)
        if lengths is not None:
            written += torch.where(at >= given, lengths[chosen], 0)
            end = torch.where((written >= config.length) & (at < end), at + 1, end)
        if at + 1 == total or ((config.stop or lengths is not None) and bool((end <= at + 1).all())):
            break
        if decoder.length < decoder.context:
            logits = decoder.step(chosen)
            continue
        _collect(rows, text, given, end, out)
        going = (end > at + 1).nonzero()[:, 0]
        rows, text, chance, given, end, written = (each[going] for each in (rows, text, chance, given, end, written))
        logits = decoder.read(text[:, at + 1 - decoder.context // 2 : at + 1])
    _collect(rows, text, given, end, out)


def _collect(rows: Tensor, text: Tensor, given: Tensor, end: Tensor, out: list[list[int]]) -> None:
    """Writes down each row's new numbers so far; a row that goes on is written down again, longer."""
    for row, number in enumerate(rows.tolist()):
        out[number] = text[row, given[row] : end[row]].tolist()


def choose(logits: Tensor, config: SampleConfig, chance: Tensor) -> Tensor:
    """The next number of every row (B,) from logits (B, V) and a uniform chance in [0, 1) a row.

    Never "unknown", and a separator only where the configuration stops at one. In this order, each of what the one
    before left over: the probabilities at the temperature; the `top_k` likeliest numbers (Fan et al. 2018, arXiv
    1805.04833); the smallest set of the likeliest that holds `top_p` of the probability (nucleus sampling, Holtzman
    et al. 2019, 1904.09751); what has at least `min_p` of the likeliest's probability (Nguyen et al. 2024,
    2407.01082). Then by inverse transform: the first number whose cumulated probability exceeds the chance.
    """
    first = UNKNOWN + 1 if config.stop else len(RESERVED)
    logits = logits[:, first:]
    if config.temperature == 0:
        return logits.argmax(dim=-1) + first
    # The likeliest first: every rule then keeps a beginning of the row, and rounding at the end of the sum never
    # picks what has no probability. Sorting is stable, so that of equals the same one comes first every time.
    if 0 < config.top_k < logits.size(-1):
        likeliest, order = logits.topk(config.top_k, dim=-1)
    else:
        likeliest, order = logits.sort(dim=-1, descending=True, stable=True)
    probability = torch.softmax(likeliest.double() / config.temperature, dim=-1)  # (B, K)
    summed = probability.cumsum(dim=-1)
    kept = torch.full_like(chance, probability.size(-1), dtype=torch.int64)  # (B,): how many of the row
    if config.top_p < 1:
        kept = (F.pad(summed[:, :-1], (1, 0)) < config.top_p).sum(dim=-1)  # what is likelier does not suffice
    if config.min_p > 0:
        kept = torch.minimum(kept, (probability >= config.min_p * probability[:, :1]).sum(dim=-1))
    last = (kept - 1)[:, None]
    place = (summed <= chance[:, None] * summed.gather(-1, last)).sum(dim=-1, keepdim=True)
    return order.gather(-1, torch.minimum(place, last))[:, 0] + first


def trim(text: str) -> str:
    """Cut a text back to its last full sentence, or else its last full word, where half of it is left."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    if ends and ends[-1] * 2 >= len(text):
        return text[: ends[-1]]
    head, space, _ = text.rpartition(" ")
    return head if space and len(head) * 2 >= len(text) else text


@contextmanager
def one_thread() -> Iterator[None]:
    """Torch on one thread, and afterwards as before; but freed memory is kept for good.

    A step is too small to share: with two threads beside one busy process it took ten times as long.
    """
    keep_freed_memory()
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


class Decoder:
    """A network one position at a time, for rows of text that grow together, up to the context.

    What `GPT.forward` gives with a cache, in a third of its operations: with few rows the time goes into those, not
    into arithmetic. The weights are laid out once: root mean squares become lengths (their constant goes into the
    matrix that follows), the halves that rotary positions pair lie side by side and turn as complex numbers, the
    tables of the last tokens are one. `length` positions are read, the same for every row. For inference mode.
    """

    def __init__(self, model: GPT, rows: int) -> None:
        """Room for at most `rows` rows (B)."""
        config = self.config = model.config
        self.model, self.context, self.length, self.rows = model, config.context, 0, 0
        heads, dim, vocabulary = config.heads, config.width // config.heads, model.head.out_features
        self._pairs = torch.arange(dim).view(2, -1).t().flatten()  # (D,): 0, D/2, 1, D/2 + 1 …
        turned = (torch.arange(2 * heads)[:, None] * dim + self._pairs).flatten()  # rows of queries and keys
        order = torch.cat((turned, torch.arange(2 * config.width, 3 * config.width)))
        root = config.width**0.5  # a root-mean-square norm is the direction times this
        self._layers = [
            (
                (block.qkv.weight[order] * root).t().contiguous(),
                block.out.weight.t().contiguous(),
                (block.up.weight * root).t().contiguous(),
                block.down.weight.t().contiguous(),
            )
            for block in model.blocks
        ]
        self._head = (model.head.weight * (root / LOGIT_CAP)).t().contiguous()
        cos, sin = model.rotary.unbind(-2)  # (context, 1, D/2) each
        turn = torch.complex(cos, -sin).expand(-1, 2 * heads, -1).clone()
        turn[:, heads:] *= dim**0.5  # norms of queries and keys, and attention's scale: dim / sqrt(dim), once
        self._turn = turn  # (context, 2H, D/2)
        # One table for all places; the row after a place's tokens is for "before the first": nothing.
        nothing = torch.zeros(1, config.width)
        self._table = torch.cat([part for embed in model.embeds for part in (embed.weight * root, nothing)])
        self._place = torch.arange(config.reach - 1, -1, -1) * (vocabulary + 1)  # (R,): the oldest first
        self._tokens = torch.full((rows, config.reach - 1 + config.context), vocabulary)
        self._keys = torch.empty((config.layers, rows, heads, dim, config.context))  # as attention multiplies them
        self._values = torch.empty((config.layers, rows, heads, config.context, dim))

    def read(self, tokens: Tensor) -> Tensor:
        """Begin anew with tokens (B, T); logits of what follows (B, V). Equal rows are read once."""
        rows, length = tokens.shape
        alike = tokens[:1] if bool((tokens == tokens[:1]).all()) else tokens
        cache = KeyValueCache(replace(self.config, context=max(8, length)), len(alike))
        logits = self.model(alike, cache)[:, -1]
        before = self.config.reach - 1
        self._tokens[:rows, before : before + length] = tokens
        self._keys[:, :rows, ..., :length] = cache.keys[..., :length, self._pairs].transpose(-1, -2)
        self._values[:, :rows, :, :length] = cache.values[:, :, :, :length]
        self.rows, self.length = rows, length
        return logits.expand(rows, -1)

    def step(self, tokens: Tensor) -> Tensor:
        """One more token of each row (B,); logits of what follows (B, V)."""
        rows, at, config = self.rows, self.length, self.config
        heads, width = config.heads, config.width
        dim = width // heads
        self._tokens[:rows, at + config.reach - 1] = tokens
        recent = self._tokens[:rows, at : at + config.reach] + self._place  # (B, R)
        x = self._table.index_select(0, recent.flatten()).view(rows, config.reach, width).sum(dim=1)  # (B, C)
        x = _direction(x) * width**0.5
        for layer, (qkv, out, up, down) in enumerate(self._layers):
            mixed = torch.mm(_direction(x), qkv)  # (B, 3C)
            pairs = _direction(mixed[:, : 2 * width].view(rows, 2 * heads, dim)).view(rows, 2 * heads, dim // 2, 2)
            qk = torch.view_as_real(torch.view_as_complex(pairs) * self._turn[at]).view(rows, 2, heads, dim)
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
        return LOGIT_CAP * torch.tanh(torch.mm(_direction(x), self._head))

    def pick(self, rows: Tensor) -> None:
        """Go on with these rows, in this order; a row may come more than once."""
        count, before, length = len(rows), self.config.reach - 1, self.length
        self._tokens[:count, : before + length] = self._tokens[rows, : before + length]
        self._keys[:, :count, ..., :length] = self._keys[:, rows, ..., :length]
        self._values[:, :count, :, :length] = self._values[:, rows, :, :length]
        self.rows = count


def _direction(x: Tensor) -> Tensor:
    """Over the last dimension, of length 1."""
    return x / torch.linalg.vector_norm(x, dim=-1, keepdim=True).clamp_min_(_LEAST)

"""Text from a trained network, with a key-value cache, many rows at once, past the context's length.

This module must not know how the network was trained or what becomes of the text. What it makes is always a
`Generated`, which says so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from model.checkpoint import Loaded
from model.config import SampleConfig
from model.gpt import GPT, KeyValueCache
from model.vocab import RESERVED, SEPARATOR

SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)")


@dataclass(frozen=True, kw_only=True, slots=True)
class Generated:
    """A text the model made: the continuation without the prompt, and all it takes to make it again."""

    text: str
    prompt: str
    checkpoint: str
    seed: int
    temperature: float
    top_k: int


def generate(loaded: Loaded, prompts: Sequence[str], config: SampleConfig) -> list[Generated]:
    """`config.count` texts for every prompt, in order; an empty prompt starts where documents start.

    A text ends at its last full sentence where that leaves half of it, else at its last full word.
    Sample number i has seed `config.seed + i` and does not depend on what is sampled beside it.
    """
    asked = [prompt for prompt in prompts for _ in range(config.count)]
    if not asked:
        return []
    vocabulary = loaded.vocabulary
    starts = [[SEPARATOR, *vocabulary.encode(prompt).tolist()] for prompt in asked]
    rows = continuations(loaded.network(), starts, config)
    return [
        Generated(
            text=trim(vocabulary.decode(row)),
            prompt=prompt,
            checkpoint=loaded.info.id,
            seed=config.seed + i,
            temperature=config.temperature,
            top_k=config.top_k,
        )
        for i, (prompt, row) in enumerate(zip(asked, rows, strict=True))
    ]


def continuations(model: GPT, starts: Sequence[Sequence[int]], config: SampleConfig) -> list[list[int]]:
    """`config.length` new numbers after each of `starts` (each at least one number).

    All rows begin at position 0 and move together; a row with a longer start is fed its own numbers
    while others already go on, so nothing is padded and no row depends on another. When the context is
    full, the second half of it is read anew at the beginning and the rest is forgotten: exact, and at
    most twice the work.
    """
    context = model.config.context
    starts = [list(start[-context:]) for start in starts]
    lengths = [len(start) for start in starts]
    total = max(lengths) + config.length
    text = torch.zeros((len(starts), total), dtype=torch.int64)  # (B, all)
    for row, start in enumerate(starts):
        text[row, : len(start)] = torch.tensor(start)
    given = torch.tensor(lengths)  # (B,)
    chance = _chance(lengths, config, total)  # (B, all)
    with torch.inference_mode():
        cache = KeyValueCache(model.config, len(starts))
        logits = model(text[:, : min(lengths)], cache)
        for at in range(min(lengths), total):
            chosen = choose(logits[:, -1], config, chance[:, at])
            text[:, at] = torch.where(at < given, text[:, at], chosen)
            if at + 1 == total:
                break
            if cache.length == context:
                cache = KeyValueCache(model.config, len(starts))
                logits = model(text[:, at + 1 - context // 2 : at + 1], cache)
            else:
                logits = model(text[:, at : at + 1], cache)
    return [text[row, n : n + config.length].tolist() for row, n in enumerate(lengths)]


def choose(logits: Tensor, config: SampleConfig, chance: Tensor) -> Tensor:
    """The next number of every row (B,) from logits (B, V) and a uniform chance in [0, 1) a row.

    Never "unknown" and never a separator. By inverse transform: the first number whose cumulated probability
    exceeds the chance.
    """
    logits = logits.clone()
    logits[:, : len(RESERVED)] = -torch.inf
    if config.temperature == 0:
        return logits.argmax(dim=-1)
    if 0 < config.top_k < logits.size(-1):
        smallest = logits.topk(config.top_k, dim=-1).values[:, -1:]
        logits = logits.masked_fill(logits < smallest, -torch.inf)
    # The likeliest first: rounding at the end of the sum then never picks what has no probability.
    probability, order = torch.softmax(logits.double() / config.temperature, dim=-1).sort(descending=True, stable=True)
    place = (probability.cumsum(dim=-1) <= chance[:, None]).sum(dim=-1)
    last = (probability > 0).sum(dim=-1) - 1
    return order.gather(-1, torch.minimum(place, last)[:, None])[:, 0]


def trim(text: str) -> str:
    """Cut a text back to its last full sentence, or else its last full word, where half of it is left."""
    ends = [match.end() for match in SENTENCE_END.finditer(text)]
    if ends and ends[-1] * 2 >= len(text):
        return text[: ends[-1]]
    head, space, _ = text.rpartition(" ")
    return head if space and len(head) * 2 >= len(text) else text


def _chance(lengths: Sequence[int], config: SampleConfig, total: int) -> Tensor:
    """A row's own uniform numbers, from its own seed, at the positions it samples (float64)."""
    chance = torch.zeros((len(lengths), total), dtype=torch.float64)
    for row, n in enumerate(lengths):
        generator = torch.Generator().manual_seed(config.seed + row)
        chance[row, n : n + config.length] = torch.rand(config.length, generator=generator, dtype=torch.float64)
    return chance

"""Text from a trained network, with a key-value cache, many rows at once, past the context's length.

This module must not know how the network was trained or what becomes of the text. What it makes is always a
`Generated`, which says so. Shapes as in gpt.py.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from model.checkpoint import Loaded
from model.config import SampleConfig
from model.decoder import Decoder
from model.device import keep_freed_memory
from model.gpt import GPT
from model.tokenizer import as_document
from model.vocab import RESERVED, SEPARATOR, UNKNOWN

SENTENCE_END = re.compile(r"[.!?。！？…][\"'”’)\]]*(?=\s|$)")
ROWS = 64  # rows at once: more are hardly quicker, and each has its keys and values, a megabyte for the default network


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

"""How good the answers are: MRR@10, recall@10 and nDCG@10 of queries that each have one right answer."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from dataclasses import dataclass

from connector.evaluation.engines import Engine
from connector.evaluation.known_items import KnownItem


@dataclass(frozen=True, slots=True)
class Measures:
    """Of ``queries``: the mean of 1/rank, the share that is among the first ten, the mean of 1/log2(1 + rank), and the
    middle time of an answer in milliseconds. What is not among the ten counts 0.
    """

    queries: int
    mrr: float
    recall: float
    ndcg: float
    ms: float


def measure(engine: Engine, items: Iterable[KnownItem]) -> Measures:
    """Asks ``engine`` every one of ``items``; of none, all measures are nan."""
    ranks: list[int] = []
    times: list[float] = []
    for item in items:
        began = time.perf_counter()
        found = engine.find(item)
        times.append(time.perf_counter() - began)
        ranks.append(found.index(item.wanted) + 1 if item.wanted in found else 0)
    if not ranks:
        return Measures(0, math.nan, math.nan, math.nan, math.nan)
    return Measures(
        len(ranks),
        _mean(1 / rank if rank else 0.0 for rank in ranks),
        _mean(float(rank > 0) for rank in ranks),
        _mean(1 / math.log2(1 + rank) if rank else 0.0 for rank in ranks),
        sorted(times)[len(times) // 2] * 1000,
    )


def _mean(values: Iterable[float]) -> float:
    listed = list(values)
    return sum(listed) / len(listed)

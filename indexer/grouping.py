"""Hits recording by recording: the best moment of each first, the others with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from indexer.matching import Hits
from indexer.plan import Scope
from indexer.postings import Numbers
from indexer.values import row_of


@dataclass(frozen=True, slots=True)
class Recording:
    """The places (N,) among the hits of one recording's moments, the best first."""

    group: str
    places: Numbers


def by_recording(scope: Scope, found: Hits, sort: str) -> list[Recording]:
    """The recordings of ``found``: by their best moment, the newest of equal ones first, or by day or by id."""
    groups: dict[str, list[int]] = {}
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(found.numbers, (leaf.offset, leaf.offset + leaf.size)).tolist()
        codes, values = leaf.coded_groups()
        for place, code in enumerate(codes[found.numbers[low:high] - leaf.offset].tolist(), start=low):
            groups.setdefault(values[code], []).append(place)
    rank = np.round(found.scores, 6)

    def place_of(recording: Recording) -> tuple[Any, ...]:
        first = int(recording.places[0])
        score = -float(rank[first])
        newest = -int(row_of(scope, int(found.numbers[first]))[1] or 0) if sort != "start" else 0
        return {"relevance": (score, newest), "date": (newest, score), "start": ()}[sort] + (recording.group,)

    recordings = []
    for group, places in groups.items():
        inside = np.array(places, np.int64)
        recordings.append(Recording(group, inside[np.argsort(-rank[inside], kind="stable")]))
    return sorted(recordings, key=place_of)

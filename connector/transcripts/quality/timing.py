"""What the times of cues tell: how fast is spoken, how much of the programme is covered, how many speak at once.

Arrays in, figures out. Knows nothing of words or verdicts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.transcript import Cue

RATE_SECONDS = 30.0  # over which speed is taken: cues that come by the minute, or in pairs, are no fast speech
QUICK, SLOW = 25.0, 3.0  # characters a second


@dataclass(frozen=True, slots=True)
class Times:
    """``starts``, ``ends`` (seconds), ``characters`` and ``words`` of the cues, (C,) each, as they are told."""

    starts: NDArray[np.float64]
    ends: NDArray[np.float64]
    characters: NDArray[np.float64]
    words: NDArray[np.float64]


def times_of(cues: Sequence[Cue]) -> Times:
    """The times of ``cues``; what is no finite number is 0."""
    rows = np.array([(cue.start, cue.end, len(cue.text), cue.text.count(" ") + 1) for cue in cues], np.float64).reshape(
        -1, 4
    )
    rows = np.clip(np.nan_to_num(rows, nan=0.0, posinf=0.0, neginf=0.0), -1e9, 1e9)
    return Times(*rows.T)


def rates(times: Times, amounts: NDArray[np.float64]) -> NDArray[np.float64]:
    """What is said a second (C,), from each cue's start to the first start or last end at least 30 seconds on.

    ``amounts`` (C,) says how much each cue holds. Times between starts, since many formats know no ends. NaN where
    the text after a cue is too short to tell, or there are no times at all.
    """
    found = np.full(len(times.starts), np.nan)
    starts = np.maximum.accumulate(times.starts) if len(times.starts) else times.starts
    if not len(starts):
        return found
    said = np.append(0.0, np.cumsum(amounts))
    until = np.searchsorted(starts, starts + RATE_SECONDS)
    inside = until < len(starts)
    here = np.flatnonzero(inside)
    found[here] = (said[until[here]] - said[here]) / (starts[until[here]] - starts[here])
    # The last half minute has no start after it. It is as fast as what it is part of.
    first = int(np.searchsorted(starts, starts[-1] - RATE_SECONDS))
    length = max(float(times.ends.max()), float(starts[-1])) - starts[first]
    if length >= RATE_SECONDS / 2:
        found[~inside] = (said[-1] - said[first]) / length
    return found


def overlap(times: Times) -> float:
    """How many cues run at once where any runs, on average: 1 for one voice, some 1.1 where people talk across."""
    lengths = np.maximum(times.ends - times.starts, 0.0)
    covered = _covered(times)
    return float(lengths.sum() / covered) if covered > 0 else 1.0


def coverage(times: Times) -> float | None:
    """How long is spoken of the time from first start to last end, 1 at most; None where there is no such time.

    A cue is spoken as long as it lasts, but in no less time than quick speech takes, and no more than slow speech: many
    formats make ends up. The longest time without a word is left out: one wrong time must not tell of the whole.
    """
    order = np.argsort(times.starts, kind="stable")
    starts, characters = times.starts[order], times.characters[order]
    spoken = np.clip((times.ends - times.starts)[order], characters / QUICK, characters / SLOW)
    ends = np.maximum.accumulate(starts + spoken) if len(starts) else starts
    if len(starts) < 2:
        return None
    silent = np.maximum(starts[1:] - ends[:-1], 0.0)
    span = float(ends[-1] - starts[0] - silent.max())
    return min(1.0, float(spoken.sum()) / span) if span > 0 else None


def _covered(times: Times) -> float:
    """Seconds in which one cue or more runs."""
    if not len(times.starts):
        return 0.0
    order = np.argsort(times.starts, kind="stable")
    starts, ends = times.starts[order], np.maximum(times.ends, times.starts)[order]
    reached = np.append(starts[0], np.maximum.accumulate(ends)[:-1])
    return float(np.maximum(ends - np.maximum(starts, reached), 0.0).sum())

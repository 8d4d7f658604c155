"""Captions that grow: each cue says what the one before said and a word more, as live captions are written.

Works on cues side by side, with speakers and times. Knows nothing of what a text says.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from connector.transcripts.transcript import Cue

_SHARE = 0.5  # of the cues, and more, go on from the one before; in a lesson ("I am", "I am here") half of them may
_FEWEST = 3
_PAUSE = 1.0  # seconds; after a longer one somebody begins anew


def said_in_full(cues: Sequence[Cue]) -> list[Cue]:
    """Of cues that grow into one another only the last, from the start of the first; all, where captions do not grow.

    No cue that is left goes on from the one before, so doing it again changes nothing.
    """
    if not grow(cues):
        return list(cues)
    kept: list[Cue] = []
    for cue in cues:
        while kept and _goes_on(kept[-1], cue):
            cue = cue._replace(start=kept.pop().start)
        kept.append(cue)
    return kept


def grow(cues: Sequence[Cue]) -> bool:
    """Whether these captions grow."""
    enough = max(_FEWEST, _SHARE * len(cues))
    texts = [cue.text for cue in cues]
    if sum(map(str.startswith, texts[1:], texts)) < enough:  # nearly always, and soon found out
        return False
    grown = sum(_goes_on(before, cue) for before, cue in pairwise(cues))
    return grown >= _FEWEST and grown > _SHARE * len(cues)


def _goes_on(before: Cue, cue: Cue) -> bool:
    """Whether ``cue`` says what the one before said, and more, without a pause and by the same speaker."""
    said = before.text
    return (
        cue.text.startswith(said)
        and cue.text[len(said) : len(said) + 1].isspace()
        and cue.speaker == before.speaker
        and cue.start - before.end <= _PAUSE
    )

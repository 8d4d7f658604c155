"""What a transcript is: cues as they were said, and the segments made of them. Plain values only.

Times are seconds from the start of the recording (float); text is UTF-8 ``str``; ``speaker`` is None
where nobody is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple


class Cue(NamedTuple):
    """One timed line of a source, as the source has it (tags and entities included: cleaning comes later).

    ``confidence`` is the recogniser's own, from 0 to 1, the mean of its words; None where the format has none.
    (A named tuple, as ``Segment`` is: made in a third of a dataclass's time, and a recording has thousands.)
    """

    start: float
    end: float
    speaker: str | None
    text: str
    confidence: float | None = None


# A cue of all five values, in half the time the class takes: a recording has thousands, each made several times.
cue_of: Callable[[tuple[float, float, str | None, str, float | None]], Cue] = partial(tuple.__new__, Cue)


class Segment(NamedTuple):
    """Consecutive cues found and linked as one.

    ``offsets`` holds, for every cue in it, the character position in ``text`` where the cue begins and its
    start in seconds, ascending; the first is always ``(0, start)``.
    """

    start: float
    end: float
    speaker: str | None
    text: str
    offsets: tuple[tuple[int, float], ...]


# As ``cue_of``.
segment_of: Callable[[tuple[float, float, str | None, str, tuple[tuple[int, float], ...]]], Segment] = partial(
    tuple.__new__, Segment
)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader made of one source: its format, the cues in order of time, what the file says of itself.

    ``metadata`` holds only keys a sidecar may have (title, url, recorded, speakers, tags, language …), as
    plain values. ``notes`` are sentences about what was odd but survivable, each with its line where
    known. ``hour`` is how many seconds an hour of the file's timecode lasts: 3603.6 where 30 frames are counted
    in 1.001 seconds. ``run_back`` is the share of the file's lines that start before the one before them, or end
    before they start: the cues are in order whatever it is. ``timecode``: the file says that its times count frames,
    in a format whose times need not, or that they count on a timecode on which the programme starts at a whole hour.
    """

    format: str
    cues: tuple[Cue, ...]
    metadata: dict[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    hour: float = 3600.0
    run_back: float = 0.0
    timecode: bool = False

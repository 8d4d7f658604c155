"""Where a programme starts on its own timecode: at 01:00:00:00, as broadcasters and editors lay it out.

Judges cues and the kind of their times; knows nothing of files or sidecars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from connector.transcripts.transcript import Cue

# Only times that count frames are timecodes of a programme. In the others a file that begins at 1:00:30 is the second
# part of a recording, or a clock on the wall; there a person has to say so (`offset`).
TIMECODE_FORMATS = frozenset(("premiere_text", "premiere_csv", "premiere_markers", "scc", "spruce"))
FIRST_WORDS_WITHIN = 300.0  # seconds; a programme says its first words soon after it begins
HOURS = range(1, 24)  # 10:00:00:00 in Europe; a reel or part each has its own hour
DROP_FRAME_LAG = 0.00361  # seconds that an hour of drop-frame timecode is shorter than one of the clock (SMPTE ST 12-1)


@dataclass(frozen=True, slots=True)
class ProgrammeStart:
    """What to subtract from every time, in seconds, and the sentence that says so."""

    seconds: float
    note: str


def programme_start(format_name: str, cues: Sequence[Cue], *, hour: float = 3600.0) -> ProgrammeStart | None:
    """The whole hour of timecode at which the programme begins; None where its times count from nought.

    ``cues`` are in order of time. It begins at an hour where the first words follow within five minutes of it and
    nothing lies before, in a format that counts frames. ``hour`` is how long an hour of the file's timecode lasts in
    seconds: ``FrameClock.hour`` (3603.6 at 23.976 and at 29.97 without drop-frame).
    """
    if format_name not in TIMECODE_FORMATS or not cues:
        return None
    first = min(cue.start for cue in cues)
    number = int((first + DROP_FRAME_LAG * HOURS.stop) // hour)
    start = number * hour
    if number not in HOURS or not start - DROP_FRAME_LAG * number <= first <= start + FIRST_WORDS_WITHIN:
        return None
    return ProgrammeStart(
        start,
        f"the programme starts at {number:02d}:00:00:00; times are counted from there"
        " (`offset: 0` in a sidecar keeps them as they are)",
    )

"""Where a programme starts on its own timecode: at 01:00:00:00, as broadcasters and editors lay it out.

Judges cues and the kind of their times; knows nothing of files or sidecars.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from connector.errors import ConfigError
from connector.transcripts.timecode_text import clock_text
from connector.transcripts.transcript import Cue, Reading

# Only times that count frames are timecodes of a programme. In the others a file that begins at 1:00:30 is the second
# part of a recording, or a clock on the wall; there a person has to say so (`offset`).
TIMECODE_FORMATS = frozenset(("premiere_text", "premiere_csv", "premiere_markers", "scc", "spruce"))
FIRST_WORDS_WITHIN = 300.0  # seconds; a programme says its first words soon after it begins
HOURS = range(1, 24)  # 10:00:00:00 in Europe; a reel or part each has its own hour
_DIGITS = 9  # of seconds: 3605.48 less an hour is 5.48 and not 5.480000000000018
DROP_FRAME_LAG = 0.00361  # seconds that an hour of drop-frame timecode is shorter than one of the clock (SMPTE ST 12-1)


@dataclass(frozen=True, slots=True)
class ProgrammeStart:
    """What to subtract from every time, in seconds, and the sentence that says so."""

    seconds: float
    note: str


def programme_start(
    format_name: str, cues: Sequence[Cue], *, hour: float = 3600.0, timecode: bool = False
) -> ProgrammeStart | None:
    """The whole hour of timecode at which the programme begins; None where its times count from nought.

    ``cues`` are in order of time. It begins at an hour where the first words follow within five minutes of it and
    nothing lies before, in a format that counts frames, or a file that says it does (``timecode``). ``hour`` is how
    long an hour of the file's timecode lasts in seconds: ``FrameClock.hour`` (3603.6 at 23.976 and at 29.97 without
    drop-frame).
    """
    if not (timecode or format_name in TIMECODE_FORMATS) or not cues:
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


def from_its_start(reading: Reading, offset: float | None) -> Reading:
    """The reading with its times counted from the programme's start; what lies before it is at 0.

    ``offset`` is where it starts, in seconds of timecode, as a person says; None: as its times show. ConfigError,
    which names the key alone, where not a word would be left after it.
    """
    start = None
    if offset is None:
        start = programme_start(reading.format, reading.cues, hour=reading.hour, timecode=reading.timecode)
        offset = start.seconds if start else 0.0
    else:
        offset *= reading.hour / 3600
    if not offset:
        return reading
    before = sum(cue.end <= offset for cue in reading.cues)
    last = max(cue.end for cue in reading.cues)
    if offset >= last:
        raise ConfigError(
            f"`offset`: the programme cannot start at {clock_text(offset)}, after the transcript's last words"
            f" (at {clock_text(last)}): every time would be 0",
            hint="Write where it starts by the transcript's own times, or leave the key out where they count from 0.",
        )
    notes = [start.note] if start else []
    if before and not start:
        notes.append(f"{before:,} of {len(reading.cues):,} cues lie before the `offset`: they are put at 0")
    return replace(reading, cues=counted_from(reading.cues, offset), notes=(*reading.notes, *notes))


def counted_from(cues: Sequence[Cue], start: float) -> tuple[Cue, ...]:
    """``cues`` with their times counted from ``start``, in seconds; what lies before it is at 0."""
    return tuple(
        cue._replace(start=max(0.0, round(cue.start - start, _DIGITS)), end=max(0.0, round(cue.end - start, _DIGITS)))
        for cue in cues
    )

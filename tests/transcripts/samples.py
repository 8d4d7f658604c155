"""What a hand-checked sample file should read as; the tables stand in ``test_samples_*.py``, one a family."""

from __future__ import annotations

from typing import NamedTuple

from connector.transcripts.formats import read
from connector.transcripts.transcript import Reading
from tests.support import SHARED

DATA = SHARED / "data"


class Sample(NamedTuple):
    """A file below shared/data and what is in it, counted by hand. Times in seconds; cues as parsed, not cleaned."""

    path: str
    reader: str
    cues: int
    first: float
    last: float
    speakers: tuple[str, ...] = ()

    def reading(self) -> Reading:
        file = DATA / self.path
        return read(file.read_bytes(), file.name)

    def check(self) -> None:
        """Asserts that the file reads as told."""
        reading = self.reading()
        said = Sample(
            self.path,
            reading.format,
            len(reading.cues),
            round(reading.cues[0].start, 3),
            round(max(cue.end for cue in reading.cues), 3),
            tuple(sorted({cue.speaker for cue in reading.cues if cue.speaker})),
        )
        assert said == self

"""From bytes to segments, on one core: the corpus by folder, what each part of the way costs, the slowest reader.

python -m tests.benchmarks.reading [--json] [--files 1000] [--runs 5]
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from connector.cli.main import collect_rarely
from connector.errors import TranscriptError
from connector.transcripts import formats
from connector.transcripts.clean import clean_cues
from connector.transcripts.decode import decode
from connector.transcripts.segment import segment
from tests.benchmarks.report import CORPUS, Figure, arguments, median, publish, real_or_written, say
from tests.support import SHARED

SAMPLES = (Path(__file__).parents[1] / "fixtures" / "transcripts", SHARED / "data" / "formats")
SMALL = 2000  # bytes; of a smaller sample the time is that of starting
PARTS = ("decode", "parse", "clean", "segment")
Value = TypeVar("Value")


@dataclass
class Timed:
    """The best times of one file, in seconds, part by part."""

    path: Path
    size: int
    format: str = ""
    seconds: dict[str, float] = field(default_factory=dict)

    @property
    def rate(self) -> float:
        """Megabytes a second over all parts."""
        return self.size / sum(self.seconds.values()) / 1e6


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--files", type=int, default=1000, help="of the corpus, at most")
    parser.add_argument("--runs", type=int, default=5, help="each file is read so often; the best counts")
    options = parser.parse_args()
    collect_rarely()  # as every command does
    with tempfile.TemporaryDirectory() as folder:
        say("reading the corpus …")
        corpus = [_timed(path, options.runs) for path in real_or_written(Path(folder), options.files)]
        say("reading the samples of every format …")
        samples = [_timed(path, options.runs) for path in _samples()]
    read = [timed for timed in corpus if timed]
    figures = [Figure("decode to segments, median file", median([timed.rate for timed in read]), "MB/s", "10")]
    folders = sorted({_folder(timed.path) for timed in read})
    figures += [
        Figure(f"{name}, all", _rate([timed for timed in read if _folder(timed.path) == name]), "MB/s")
        for name in folders
    ]
    total = sum(sum(timed.seconds.values()) for timed in read)
    figures += [
        Figure(f"share of {part}", 100 * sum(timed.seconds[part] for timed in read) / total, "%") for part in PARTS
    ]
    by_reader: dict[str, list[Timed]] = {}
    for timed in samples:
        if timed:
            by_reader.setdefault(timed.format, []).append(timed)
    if by_reader:
        slowest = min(by_reader, key=lambda name: _rate(by_reader[name]))
        figures.append(Figure(f"slowest reader, {slowest}", _rate(by_reader[slowest]), "MB/s"))
        figures.append(Figure("readers timed on samples", len(by_reader), "readers"))
    publish("reading", figures, options.json)


def _timed(path: Path, runs: int) -> Timed | None:
    """The file's times; None where it is no transcript. Parsing is what reading takes beyond decoding."""
    data = path.read_bytes()
    timed = Timed(path, len(data))
    try:
        reading, whole = _best(lambda: formats.read(data, path.name), runs)
        _, decoding = _best(lambda: decode(data), runs)
    except TranscriptError:
        return None
    cues, cleaning = _best(lambda: clean_cues(reading.cues), runs)
    _, segmenting = _best(lambda: segment(cues), runs)
    timed.format = reading.format
    timed.seconds = dict(zip(PARTS, (decoding, max(0.0, whole - decoding), cleaning, segmenting), strict=True))
    return timed


def _best(work: Callable[[], Value], runs: int) -> tuple[Value, float]:
    best = float("inf")
    for _ in range(max(1, runs)):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return result, best


def _samples() -> list[Path]:
    paths = [path for folder in SAMPLES if folder.is_dir() for path in sorted(folder.rglob("*")) if path.is_file()]
    return [path for path in paths if path.stat().st_size >= SMALL]


def _folder(path: Path) -> str:
    return path.parent.name if CORPUS in path.parents else "written talks"


def _rate(timed: list[Timed]) -> float:
    return sum(each.size for each in timed) / sum(sum(each.seconds.values()) for each in timed) / 1e6


if __name__ == "__main__":
    main()

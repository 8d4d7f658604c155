"""Writing to the index alone: a transcript of 200 segments into a large index until it is committed and found, while
merges run beside it; and the rate and memory of writing the large index.

python -m tests.benchmarks.writing [--json] [--segments 100000] [--drops 500]
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from indexer import Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.ingest import archived, fill
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.benchmarks.search_peers import copies
from tests.support import make_home

A_DROP = 200  # segments
PAUSE = 0.1  # seconds between two drops


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--drops", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        fill(home, Path(folder), min(options.segments, 100_000))
        segments = [one for one in archived(home) if one.kind == "segment"]
        figures = [
            *_bulk(Path(folder) / "index", segments, options.segments),
            *_drops(Path(folder) / "index", segments, options.drops),
            *_deletions(Path(folder) / "index"),
        ]
    publish("writing", figures, options.json)


def _bulk(folder: Path, segments: Sequence[Document], count: int) -> Iterator[Figure]:
    say(f"writing {count:,} segments …")
    documents = copies(segments, count)
    groups = [_group(f"g{at:06d}", documents[at : at + A_DROP]) for at in range(0, count, A_DROP)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    busy, started = time.process_time(), time.monotonic()
    Index.create(folder, "bench", groups, 1).close()
    busy, seconds = time.process_time() - busy, time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield Figure("written at once", count, "segments")
    yield Figure("rate", count / seconds, "segments/s")
    yield Figure("rate of a core that does nothing else", count / busy, "segments/s", "3000")
    yield Figure("peak memory above that of the documents", (after - before) / 1024, "MB", "below 600")
    yield Figure("on disk", _size(folder), "MB")


def _drops(folder: Path, segments: Sequence[Document], count: int) -> Iterator[Figure]:
    say(f"dropping {count} transcripts …")
    committed, visible, busy, pieces = [], [], [], []
    with Index.open(folder, writer=True) as index:
        for number in range(count):
            word = f"droppedword{number}q"
            drop = _group(f"drop{number:05d}", copies(segments[number % 50 * A_DROP :], A_DROP), word)
            time.sleep(PAUSE)
            worked, started = time.process_time(), time.perf_counter()
            index.write([drop], number + 2)
            committed.append(time.perf_counter() - started)
            assert search(index, SearchRequest(word)).total == 1
            visible.append(time.perf_counter() - started)
            busy.append(time.process_time() - worked)
            with index.reading() as view:
                pieces.append(len(view.leaves))
    yield Figure(f"committed, median of {count}", median(committed), "s")
    yield Figure("committed and found, median", median(visible), "s", "0.3")
    yield Figure("committed and found, p95", p95(visible), "s")
    yield Figure("committed and found, worst", max(visible), "s", "0.5")
    yield Figure("of a core that does nothing else, median", median(busy), "s", "0.3")
    yield Figure("of a core that does nothing else, worst", max(busy), "s", "0.5")
    yield Figure("index segments at most", max(pieces), "segments", "at most 10")


def _deletions(folder: Path) -> Iterator[Figure]:
    """Deletes half of the drops, one commit each, with what merges by itself meanwhile."""
    before = _size(folder)
    with Index.open(folder, writer=True) as index:
        groups = sorted({one.group for one in index.documents("segment") if one.group.startswith("drop")})
        for group in groups:
            index.write([(group, [])], index.generation + 1)
        index.settle()
    yield Figure("on disk before all drops are deleted", before, "MB")
    yield Figure("on disk after", _size(folder), "MB")


def _group(group: str, documents: Sequence[Document], word: str = "") -> tuple[str, list[Document]]:
    """The documents as those of a recording of their own; ``word`` is said in the first."""
    made = []
    for at, one in enumerate(documents):
        body = one.payload["body"]
        if word and not at:
            body = {**body, "textContent": f"{one.text} {word}"}
        told = {**one.payload, "id": f"{group}{at:04d}", "containerDatasourceId": group, "body": body}
        made.append(Document(told, one.cues))
    return group, made


def _size(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.iterdir() if path.is_file()) / 1e6


if __name__ == "__main__":
    main()

"""Writing to the index alone: a transcript of 200 segments into a large index until it is committed and found, while
merges run beside it; and the rate and memory of writing the large index.

python -m tests.benchmarks.writing [--json] [--segments 100000] [--drops 500]
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from indexer import Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from indexer.text import words
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
    making = Making(segments, count)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    busy, started = time.process_time(), time.monotonic()
    Index.create(folder, "bench", making, 1).close()
    busy, seconds = time.process_time() - busy - making.busy, time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    yield Figure("written at once", count, "segments")
    yield Figure("rate, with what makes the documents", count / seconds, "segments/s")
    yield Figure("rate of a core that does nothing else", count / busy, "segments/s", "3000")
    yield Figure("peak memory above the start", (after - before) / 1024, "MB", "below 600")
    yield Figure("on disk", _size(folder), "MB")


class Making:
    """``count`` documents in groups, made when they are asked for; ``busy``: the processor's seconds for it."""

    def __init__(self, segments: Sequence[Document], count: int) -> None:
        self._segments, self._count = segments, count
        self.busy = 0.0

    def __iter__(self) -> Iterator[tuple[str, list[Document]]]:
        documents = copies(self._segments, self._count)
        for at in range(0, self._count, A_DROP):
            started = time.process_time()
            made = _group(f"g{at:06d}", islice(documents, A_DROP))
            self.busy += time.process_time() - started
            yield made


def _drops(folder: Path, segments: Sequence[Document], count: int) -> Iterator[Figure]:
    say(f"dropping {count} transcripts …")
    committed, visible, busy, pieces = [], [], [], []
    common = Counter(word for one in segments[:1_000] for word in set(words(one.text))).most_common(30)[10:]
    quiet: list[float] = []
    beside: list[float] = []  # a merge
    fresh: list[float] = []
    with Index.open(folder, writer=True) as index:
        for number in range(count):
            word = f"droppedword{number}q"
            drop = _group(f"drop{number:05d}", copies(segments[number % 50 * A_DROP :], A_DROP), word)
            time.sleep(PAUSE)
            first, again = _asking(index, common[number % 20][0])
            fresh.append(first)
            (beside if index.merging else quiet).append(again)
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
    for name, asking in (("no merge runs", quiet), ("a merge runs", beside)):
        if asking:
            yield Figure(f"a common word while {name}, median of {len(asking)}", median(asking) * 1000, "ms")
            yield Figure(f"a common word while {name}, p95", p95(asking) * 1000, "ms")
    yield Figure("a common word first after a commit, median", median(fresh) * 1000, "ms")
    yield Figure("a common word first after a commit, p95", p95(fresh) * 1000, "ms")
    yield Figure("index segments at most", max(pieces), "segments", "at most 10")


def _asking(index: Index, word: str) -> tuple[float, float]:
    """Seconds of a search that is the first for its word after a commit, and of the same again."""
    started = time.perf_counter()
    search(index, SearchRequest(word, facets=False))
    first = time.perf_counter()
    search(index, SearchRequest(word, facets=False))
    return first - started, time.perf_counter() - first


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


def _group(group: str, documents: Iterable[Document], word: str = "") -> tuple[str, list[Document]]:
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

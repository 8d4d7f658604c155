"""The shell command as a whole process, and the classes of queries inside one, at 20,000 segments.

python -m tests.benchmarks.search [--json] [--segments 20000] [--runs 15]
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

from connector import config as configuration
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.ingest import fill
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.support import environment, make_home

COMMAND = str(Path(sys.executable).with_name("connector"))
QUERIES = {
    "rare word": "eclipse",
    "common word": "so",
    "AND of 2": "block transaction",
    "OR of 2": "block OR transaction",
    "phrase": '"attention mask"',
    "prefix": "trans*",
    "typing error": "trasaction",
}


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--segments", type=int, default=20_000)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    figures: list[Figure] = []
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        fill(home, Path(folder), options.segments)
        say("searching …")
        bare = [_process([sys.executable, "-c", "pass"], home) for _ in range(options.runs)]
        whole = [_process([COMMAND, "search", "attention mask"], home) for _ in range(options.runs)]
        figures.append(Figure("python -c pass, median", median(bare), "s"))
        figures.append(Figure("connector search, whole process, median", median(whole), "s", "0.4"))
        figures.append(Figure("connector search, whole process, p95", p95(whole), "s"))
        with Index.open(configuration.load(home / "config.yaml").settings.index_folder) as index:
            figures.append(Figure("segments", index.counts()["segment"], "segments"))
            for name, query in QUERIES.items():
                search(index, SearchRequest(query, facets=False))
                times = [_timed(index, query) for _ in range(30)]
                figures.append(Figure(f"{name}, median in process", median(times) * 1000, "ms"))
    publish("search", figures, options.json)


def _process(command: list[str], home: Path) -> float:
    started = time.monotonic()
    subprocess.run(command, cwd=home, env=environment(), capture_output=True, check=True)
    return time.monotonic() - started


def _timed(index: Index, query: str) -> float:
    started = time.monotonic()
    search(index, SearchRequest(query, facets=False))
    return time.monotonic() - started


if __name__ == "__main__":
    main()

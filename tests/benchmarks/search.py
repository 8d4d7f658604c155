"""Queries of every class at 100,000 segments, beside Whoosh as it comes, SQLite FTS5 and Tantivy, on the same
documents; and the shell command as a whole process.

python -m tests.benchmarks.search [--json] [--segments 100000] [--queries 40] [--runs 15]
"""

from __future__ import annotations

import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from indexer import Document
from indexer.text import words
from tests.benchmarks.ingest import archived, fill
from tests.benchmarks.report import Figure, arguments, median, p95, publish, say
from tests.benchmarks.search_ours import Ours
from tests.benchmarks.search_peers import (
    AS_TYPED,
    FACETS,
    GROUPED,
    KIND,
    MERGED,
    PEERS,
    SNIPPETS,
    WHOLE,
    WORDS,
    Asked,
    copies,
)
from tests.support import environment, make_home

FRESH = 5  # queries of each class that are the first after opening
COMMAND = str(Path(sys.executable).with_name("connector"))
# Bare, what the peers hand out: 3. The whole answer, or snippets, twice that; facets, recordings and neighbours twice
# the 10 ms of every class that has no aim of its own.
AIMS = dict.fromkeys(WORDS, 3) | dict.fromkeys((*WHOLE, SNIPPETS), 6) | dict.fromkeys((FACETS, GROUPED, MERGED), 20)


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--segments", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=40, help="of each class")
    parser.add_argument("--runs", type=int, default=15, help="of the shell command")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder) / "home")
        fill(home, Path(folder), options.segments)
        segments = [one for one in archived(home) if one.kind == "segment"]
        figures = [*_processes(home, options.runs)]
        figures.append(Figure("segments", options.segments, "segments"))
        figures += _classes(Path(folder), segments, options.segments, options.queries)
    publish("search", figures, options.json)


def _processes(home: Path, runs: int) -> list[Figure]:
    say("timing the shell command …")
    bare = [_process([sys.executable, "-c", "pass"], home) for _ in range(runs)]
    whole = [_process([COMMAND, "search", "attention mask"], home) for _ in range(runs)]
    return [
        Figure("python -c pass, median", median(bare), "s"),
        Figure("connector search, whole process, median", median(whole), "s", "0.35"),
        Figure("connector search, whole process, p95", p95(whole), "s"),
    ]


def _classes(folder: Path, segments: Sequence[Document], size: int, count: int) -> list[Figure]:
    asked = _asked(segments, count)
    figures: list[Figure] = []
    for engine in (Ours, *PEERS):
        name = engine.__name__
        say(f"building and asking {name} …")
        started = time.perf_counter()
        engine(folder / name, copies(segments, size)).close()
        figures.append(Figure(f"{name}: documents written", size / (time.perf_counter() - started), "docs/s"))
        started = time.perf_counter()
        opened = engine(folder / name, None)
        figures.append(Figure(f"{name}: opening", (time.perf_counter() - started) * 1000, "ms"))
        for kind, queries in asked.items():
            cold = [_first(engine, folder / name, query) for query in queries[:FRESH]]
            new, again = ([_timed(opened, query) for query in queries] for _ in range(2))
            if new[0] is None:
                continue
            first, asked_new, told = ([each for each in times if each is not None] for times in (cold, new, again))
            aim = f"p95 {AIMS.get(kind, 10)}" if name == "Ours" else ""
            figures.append(Figure(f"{name}: {kind}, first after opening, median of {FRESH}", median(first), "ms"))
            figures.append(Figure(f"{name}: {kind}, first after opening, worst", max(first), "ms"))
            figures.append(Figure(f"{name}: {kind}, not asked before, median", median(asked_new), "ms"))
            figures.append(Figure(f"{name}: {kind}, not asked before, p95", p95(asked_new), "ms"))
            figures.append(Figure(f"{name}: {kind}, median", median(told), "ms"))
            figures.append(Figure(f"{name}: {kind}, p95", p95(told), "ms", aim))
        opened.close()
    return figures


def _asked(documents: Sequence[Document], count: int) -> dict[str, list[Asked]]:
    """Queries of each class, of words by how many segments have them, with a fixed seed."""
    rng = random.Random(11)
    said = [words(one.text) for one in rng.sample(list(documents), min(5_000, len(documents)))]
    frequency = Counter(word for each in said for word in set(each) if word.isalpha())
    common = [word for word, _ in frequency.most_common(60)][10:]
    middle = [word for word, times in frequency.items() if len(said) / 200 <= times <= len(said) / 50] or common
    rare = [word for word, times in frequency.items() if times == 1 and len(word) > 4] or middle
    speakers = [one.speaker for one in documents[:2_000] if one.speaker] or ["nobody"]
    days = sorted({one.recorded for one in documents if one.recorded}) or [date(2025, 1, 1)]
    long = [each for each in said if len(each) > 12] or said

    def phrase() -> tuple[str, ...]:
        each = rng.choice(long)
        at = rng.randrange(max(1, len(each) - 3))
        return tuple(each[at : at + 3])

    def some(kind: str, each: Sequence[str], size: int = 1) -> list[Asked]:
        return [Asked(kind, tuple(rng.sample(each, min(size, len(each))))) for _ in range(count)]

    def dates() -> tuple[date, date]:
        day = rng.choice(days)
        return day, day + timedelta(days=90)

    asked = {
        "rare word": some("rare word", rare),
        "middle word": some("middle word", middle),
        "common word": some("common word", common),
        "OR of 2": some("OR of 2", common, 2),
        "OR of 5": some("OR of 5", common, 5),
        "AND of 2": some("AND of 2", common, 2),
        "AND of 3": some("AND of 3", common, 3),
        "phrase": [Asked("phrase", phrase()) for _ in range(count)],
        "prefix": [Asked("prefix", (rng.choice(middle)[:3],)) for _ in range(count)],
        "fuzzy": some("fuzzy", middle),
        "word and speaker": [
            Asked("word and speaker", (rng.choice(common),), rng.choice(speakers)) for _ in range(count)
        ],
        "word and dates": [Asked("word and dates", (rng.choice(common),), days=dates()) for _ in range(count)],
        "word and place": [
            Asked("word and place", (rng.choice(common),), place=(at := 60 * rng.randrange(40), at + 600))
            for _ in range(count)
        ],
        KIND: some(KIND, common),
        SNIPPETS: some(SNIPPETS, common),
        "sorted by date": some("sorted by date", common),
        FACETS: some(FACETS, common),
        GROUPED: some(GROUPED, common),
        MERGED: some(MERGED, common),
        AS_TYPED: [Asked(AS_TYPED, phrase()) for _ in range(count)],
    }  # fmt: skip
    return asked | {
        whole: [replace(one, kind=whole) for one in asked[kind]] for kind, whole in zip(WORDS, WHOLE, strict=True)
    }


def _first(engine: Any, folder: Path, asked: Asked) -> float | None:
    """Milliseconds of the first query after opening; None where the engine has no such query."""
    fresh = engine(folder, None)
    try:
        return _timed(fresh, asked)
    finally:
        fresh.close()


def _timed(engine: object, asked: Asked) -> float | None:
    """Milliseconds; None where the engine has no such query."""
    started = time.perf_counter()
    answer = engine.find(asked)  # type: ignore[attr-defined]
    return None if answer is None else (time.perf_counter() - started) * 1000


def _process(command: list[str], home: Path) -> float:
    started = time.monotonic()
    subprocess.run(command, cwd=home, env=environment(), capture_output=True, check=True)
    return time.monotonic() - started


if __name__ == "__main__":
    main()

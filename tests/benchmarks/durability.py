"""kill -9 and flipped bits, again and again: what was acknowledged is found, once, and nothing wrong is ever served.

python -m tests.benchmarks.durability [--json] [--kills 200] [--flips 200] [--seed 7]

Killed is a process that takes in transcripts, replaces and deletes them, by commits with merges in the background.
Flipped is a bit of any file of the index, or its end is cut off; then an archive with that index is searched and
opened by a writer, which has to build it anew.
"""

from __future__ import annotations

import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from indexer import Document, IndexDamaged, IndexMissing
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.report import Figure, arguments, publish, say
from tests.indexer.support import recording

QUERIES = ("common", '"version of"', "speaker:anna", "word7 OR word11", "comm*", "vershun")
GROUPS = 12  # recordings that are written again and again
LARGE = 90  # segments of a recording at most: so few that merges of all sizes come soon


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--flips", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = [
            *kills(Path(folder, "killed"), options.kills, options.seed),
            *flips(Path(folder, "flipped"), options.flips, options.seed),
        ]
    publish("durability", figures, options.json)
    sys.exit(any(figure.value for figure in figures if figure.aim == "0"))


def changes(generation: int) -> list[tuple[str, list[Document]]]:
    """What the commit with this number writes: some recordings anew, now and then one deleted."""
    draw = random.Random(generation)
    groups = draw.sample(range(GROUPS), draw.randint(1, 3))
    return [(name(group), _version(group, generation, draw)) for group in groups]


def _version(group: int, generation: int, draw: random.Random) -> list[Document]:
    if draw.random() < 0.1:
        return []
    said = [f"common version of {generation} word{draw.randint(0, 40)}" for _ in range(draw.randint(1, LARGE))]
    return recording(name(group), *said)[1]


def name(group: int) -> str:
    """The id of a recording."""
    return f"t{group:03d}"


def truth(generation: int) -> dict[str, str]:
    """Every document, by its id, after all commits up to this one."""
    groups: dict[str, list[Document]] = {}
    for number in range(1, generation + 1):
        groups.update(changes(number))
    return {document.id: document.canonical for documents in groups.values() for document in documents}


def answers(index: Index) -> list[Any]:
    """What a person is told of a few queries, and all documents there are."""
    found = [search(index, SearchRequest(query, limit=10_000)) for query in QUERIES]
    told = [
        (one.total, one.facets, sorted((hit.id, round(hit.score, 9), hit.text) for hit in one.hits)) for one in found
    ]
    return [*told, sorted(document.canonical for document in index.documents())]


def kills(folder: Path, count: int, seed: int) -> Iterator[Figure]:
    """Kills the writer at random moments; the index is then what the last commit it told of left, or the next."""
    draw = random.Random(seed)
    Index.create(folder, "durability").close()
    lost = wrong = orphans = 0
    acknowledged, merges = 0, 0
    started = time.monotonic()
    for number in range(count):
        told = _killed(folder, draw.uniform(0.0, 0.5))
        acknowledged = max([acknowledged, *told])
        with Index.open(folder) as reader:  # as a search finds it, before any writer has come
            lost += reader.generation < acknowledged
            shown = {document.id: document.canonical for document in reader.documents()}
            wrong += shown != truth(reader.generation) or len(shown) != sum(reader.counts().values())
            wrong += {hit.id for hit in search(reader, SearchRequest("common", limit=10_000)).hits} != {
                ident for ident, text in shown.items() if '"TranscriptSegment"' in text
            }
            acknowledged = reader.generation
        with Index.open(folder, writer=True) as writer:
            names = {path.name.split(".")[0] for path in folder.iterdir()}
            living = {leaf.reader.segment().segment_id() for leaf in writer._view.leaves}
            if left := names - living - {f"_MAIN_{writer._view.commit}", "MAIN_WRITELOCK"}:
                say(f"nobody owns {', '.join(left)}")
            orphans += len(left)
            merges = max(merges, len(living))
        if number % 20 == 19:
            say(f"{number + 1} kills, {acknowledged} commits …")
    yield Figure("kills", count, "processes")
    yield Figure("commits that were acknowledged", acknowledged, "commits")
    yield Figure("seconds", time.monotonic() - started, "s")
    yield Figure("index segments at most", merges, "segments", "at most 10")
    yield Figure("acknowledged commits lost", lost, "kills", "0")
    yield Figure("documents missing, twice or wrong", wrong, "kills", "0")
    yield Figure("files that nobody owns after the next start", orphans, "files", "0")


def _killed(folder: Path, after: float) -> list[int]:
    """Runs the writer, kills it so many seconds after its first commit, and returns the commits it told of."""
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITER, str(folder)], stdout=subprocess.PIPE, text=True, env=os.environ
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(after)
    child.kill()
    rest = child.stdout.read()
    child.wait()
    child.stdout.close()
    return [int(line) for line in (first + rest).splitlines()]


_WRITER = """
import sys
from indexer import merging
from indexer.store import Index
from tests.benchmarks.durability import changes
merging.SMALL = 150  # merges of all sizes come soon
index = Index.open(sys.argv[1], writer=True)
while True:
    number = index.generation + 1
    index.write(changes(number), number)
    print(number, flush=True)
"""


def flips(folder: Path, count: int, seed: int) -> Iterator[Figure]:
    """Damages any file of an index; each search gives the right answers or tells, and what is built anew is right."""
    draw = random.Random(seed)
    groups = [(name(group), _version(group, 1, random.Random(group))) for group in range(GROUPS)]
    right = _built(folder, groups)
    told = silent = wrong = unmended = 0
    for _ in range(count):
        _damage(draw.choice(sorted(path for path in folder.iterdir() if path.stat().st_size)), draw)
        try:
            with Index.open(folder) as reader:
                wrong += answers(reader) != right
        except (IndexDamaged, IndexMissing):
            told += 1
        try:
            Index.open(folder, writer=True).close()
            silent += 1
        except (IndexDamaged, IndexMissing):
            pass
        unmended += _built(folder, groups) != right
    yield Figure("files damaged", count, "files")
    yield Figure("searches that told of it", told, "searches")
    yield Figure("searches with a wrong answer", wrong, "searches", "0")
    yield Figure("damage that a writer did not see", silent, "files", "0")
    yield Figure("indexes not right after they were built anew", unmended, "indexes", "0")


def _built(folder: Path, groups: list[tuple[str, list[Document]]]) -> list[Any]:
    """What an index of two segments says that is written in the place of any that is there."""
    half = len(groups) // 2
    with Index.create(folder, "durability", groups[:half]) as index:
        for generation in (1, 2):
            index.write(groups[half:], generation)
        return answers(index)


def _damage(path: Path, draw: random.Random) -> None:
    """A bit flips, or the end is gone."""
    content = bytearray(path.read_bytes())
    at = draw.randrange(len(content))
    if draw.random() < 0.7:
        content[at] ^= 1 << draw.randrange(8)
    else:
        del content[at:]
    path.write_bytes(content)


if __name__ == "__main__":
    main()

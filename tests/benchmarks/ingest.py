"""From a dropped file to a found moment: latency of drops, rate and memory of bulk ingest beside bare Whoosh.

python -m tests.benchmarks.ingest [--json] [--drops 50] [--segments 20000]
"""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator
from itertools import chain, islice
from pathlib import Path

from whoosh import index as whoosh_index
from whoosh.fields import DATETIME, ID, KEYWORD, NUMERIC, STORED, TEXT, Schema

from connector import config as configuration
from connector.archive.groups import all_documents
from connector.archive.ledger import Ledger
from connector.config import Settings
from indexer import Document
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.benchmarks.report import CORPUS, Figure, arguments, median, p95, publish, real_or_written, say
from tests.benchmarks.retold import retold
from tests.support import CONNECTOR, daemon, environment, make_home, talk

DROPPED_SEGMENTS = 200


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--drops", type=int, default=50)
    parser.add_argument("--segments", type=int, default=20_000, help="in the index the drops go into")
    parser.add_argument("--files", type=int, default=358, help="taken in in bulk")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = [*bulk(Path(folder), options.files), *drops(Path(folder), options.drops, options.segments)]
    publish("ingest", figures, options.json)


def bulk(folder: Path, count: int) -> Iterator[Figure]:
    """``connector ingest`` of the whole corpus as a process, beside bare Whoosh writing the documents it made."""
    files = real_or_written(folder / "written", count)
    home = make_home(folder / "bulk")
    say(f"ingesting {len(files)} files …")
    started = time.monotonic()
    subprocess.run(
        [*CONNECTOR, "ingest", *map(str, files)], cwd=home, env=environment(), capture_output=True, check=False
    )
    seconds = time.monotonic() - started
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    documents = archived(home)
    started = time.monotonic()
    subprocess.run([*CONNECTOR, "rebuild"], cwd=home, env=environment(), capture_output=True, check=True)
    index = time.monotonic() - started
    say(f"writing {len(documents):,} documents with bare Whoosh …")
    bare = bare_whoosh(folder / "bare", documents)
    yield Figure("ingest, whole process", seconds, "s")
    yield Figure("files", len(files) / seconds, "files/s")
    yield Figure("documents", len(documents) / seconds, "docs/s")
    yield Figure("bare Whoosh, the same documents", len(documents) / bare, "docs/s")
    yield Figure("ingest against bare Whoosh", bare / seconds, "times", "at least 0.7")
    yield Figure("writing the index of them alone", index, "s")
    yield Figure("ingest against writing the index", seconds / index, "times", "at most 1.25")
    yield Figure("peak memory", peak, "MB")


def archived(home: Path) -> list[Document]:
    settings = _settings(home)
    with Ledger.open(settings.ledger_file) as ledger:
        return [document for _, documents in all_documents(ledger, settings) for document in documents]


def bare_whoosh(folder: Path, documents: list[Document]) -> float:
    """Seconds Whoosh needs as it comes, with the field types its documentation gives for such fields."""
    folder.mkdir()
    schema = Schema(
        id=ID(unique=True), kind=ID, group=ID, title=TEXT, text=TEXT, speaker=TEXT, collection=KEYWORD(commas=True),
        tags=KEYWORD(commas=True), access=KEYWORD(commas=True), start=NUMERIC(float),
        recorded=DATETIME, payload=STORED,
    )  # fmt: skip
    index = whoosh_index.create_in(folder, schema)
    started = time.monotonic()
    writer = index.writer()
    for document in documents:
        writer.add_document(
            id=document.id, kind=document.kind, group=document.group, title=document.recording, text=document.text,
            speaker=document.speaker or "", collection=document.collection or "", tags=",".join(document.tags),
            access="members", start=document.start or 0.0, payload=document.canonical,
        )  # fmt: skip
    writer.commit()
    return time.monotonic() - started


def drops(folder: Path, count: int, segments: int) -> Iterator[Figure]:
    """Copies of a transcript of some 200 segments, each with a word of its own, dropped one after another."""
    # each drop is a copy with one word more: another version of one recording, were they not kept apart
    home = make_home(folder / "drops", ingest="{rescan: 30, duplicates: keep}")
    fill(home, folder, segments)
    original = transcript_of(DROPPED_SEGMENTS, folder)
    settings = _settings(home)
    latencies, sizes = [], []
    with daemon(home) as running, Index.open(settings.index_folder) as index:
        say(f"dropping {count} transcripts into {index.counts()['segment']:,} segments …")
        idle = _resident(running.process.pid)
        for number in range(count):
            word = f"droppedword{number}q"
            target = home / "inbox" / f"drop{number}{original.suffix}"
            staged = home / "staged"
            staged.write_text(marked(original.read_text(encoding="utf-8-sig"), word), encoding="utf-8")
            started = time.monotonic()
            shutil.copyfile(staged, target)
            while not (index.refresh() and search(index, SearchRequest(word)).total):
                time.sleep(0.005)
                if time.monotonic() - started > 60:
                    sys.exit(f"not found within a minute\n{running.log}")
            latencies.append(time.monotonic() - started)
            sizes.append(index.counts()["segment"])
            time.sleep(0.1)
        after = _resident(running.process.pid)
    yield Figure("segments of a dropped transcript", (sizes[-1] - sizes[0]) / max(1, count - 1), "segments")
    yield Figure(f"drop to searchable, median of {count}", median(latencies), "s")
    yield Figure("drop to searchable, p95", p95(latencies), "s", "below 2")
    yield Figure("drop to searchable, worst", max(latencies), "s")
    yield Figure("daemon idle, resident", idle, "MB", "below 150")
    yield Figure("daemon after the drops, resident", after, "MB")


def fill(home: Path, folder: Path, segments: int) -> None:
    """Takes in transcripts until the archive holds ``segments``, or all there are."""
    say(f"filling an archive with {segments:,} segments …")
    _take_in(home, real_or_written(folder / "written", 10_000), segments)


def fill_beyond(home: Path, folder: Path, segments: int) -> None:
    """Takes in transcripts until the archive holds ``segments``: where the corpus ends, its talks in other words.

    ``home`` is to keep duplicates: a talk in other words is else a version of that talk.
    """
    say(f"filling an archive with {segments:,} segments …")
    files = real_or_written(folder / "written", 400)  # the corpus has fewer
    _take_in(home, chain(files, retold(files, folder / "retold")), segments)


def _take_in(home: Path, files: Iterable[Path], segments: int) -> None:
    coming = iter(files)
    while _segments(home) < segments and (batch := list(islice(coming, 20))):
        subprocess.run(
            [*CONNECTOR, "ingest", *map(str, batch)], cwd=home, env=environment(), capture_output=True, check=False
        )


def transcript_of(segments: int, folder: Path) -> Path:
    """A real transcript that makes about so many segments; a written one where there are none."""
    if CORPUS.exists():
        from connector.transcripts import formats
        from connector.transcripts.clean import clean_cues
        from connector.transcripts.segment import segment

        def distance(path: Path) -> int:
            return abs(len(segment(clean_cues(formats.read(path.read_bytes(), path.name).cues))) - segments)

        return min(sorted((CORPUS / "ethereum-pm").glob("*.vtt"))[:80], key=distance)
    file = folder / "dropped.srt"
    file.write_text(talk("a long day", count=segments * 5))
    return file


def marked(text: str, word: str) -> str:
    """The transcript with ``word`` said in its first cue."""
    return re.sub(r"(-->[^\n]*\n)", rf"\g<1>{word} ", text, count=1)


def _segments(home: Path) -> int:
    settings = _settings(home)
    if not settings.index_folder.exists():
        return 0
    with Index.open(settings.index_folder) as index:
        return index.counts()["segment"]


def _settings(home: Path) -> Settings:
    return configuration.load(home / "config.yaml").settings


def _resident(pid: int) -> float:
    """Megabytes of ``pid`` in memory (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    match = re.search(r"VmRSS:\s+(\d+) kB", status)
    return int(match.group(1)) / 1024 if match else 0.0


if __name__ == "__main__":
    main()

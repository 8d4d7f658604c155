"""`connector export` of an archive, as a process: documents a second, and what it takes of memory more than for one
recording.

python -m tests.benchmarks.glean [--json] [--documents 100000]

Read from the ledger, derived, held against every rule and each other, and written as pages, lines and rows, with a
thousand people.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from connector.archive.documents import timed_documents
from connector.archive.ledger import Ledger
from connector.archive.metadata import Metadata
from connector.archive.rows import TranscriptRow, dump, pack
from connector.config import Settings
from connector.transcripts.transcript import Cue
from tests.benchmarks.report import Figure, arguments, publish
from tests.support import CONNECTOR, environment, make_home

SENTENCE = "so what we do here is look at every drain twice a year and write down what the water left behind "
SEGMENTS = 200  # of a recording
# A process's peak begins with that of whoever starts it, which has filled a ledger: a small one starts it.
STARTER = (
    "import os, sys; _, status, used = os.wait4(os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ), 0);"
    " print(status, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, file=sys.stderr)"
)


class Run(NamedTuple):
    """Of one process: documents, seconds by the clock and of the processor, and the most memory it had, in MB."""

    documents: int
    seconds: float
    processor: float
    peak: float


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--documents", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home = make_home(Path(folder))
        (home / "identity.yaml").write_text(
            "users:\n" + "".join(f"- {{email: p{n}@example.com, groups: [team{n % 50}]}}\n" for n in range(1000))
        )
        fill(home, 0, 1)
        one = exported(home)
        fill(home, 1, max(2, options.documents // (SEGMENTS + 1)))
        full = exported(home)
    figures = [
        Figure("documents", full.documents, "documents"),
        Figure("time", full.seconds, "s"),
        Figure("documents a second", full.documents / full.seconds, "docs/s"),
        Figure("the same a second of the processor", full.documents / full.processor, "docs/s"),
        Figure("peak memory", full.peak, "MB"),
        Figure("above that of one recording", full.peak - one.peak, "MB"),
    ]
    publish("glean", figures, options.json)


def fill(home: Path, begin: int, end: int) -> None:
    """Recordings in the ledger, of the same words but for a number."""
    metadata = Metadata.model_validate(
        {"title": "Drains", "url": "https://v.example.com/1", "permissions": {"allowedGroups": ["team7"]}}
    )
    with Ledger.open(home / "data" / "ledger.db", create=True) as ledger:
        for number in range(begin, end):
            words = f"{number} {SENTENCE * 3}"
            cues = pack([Cue(n * 20.0, n * 20.0 + 19, f"Speaker {n % 2}", words) for n in range(SEGMENTS)])
            ledger.accept(
                f"{number}.srt", stamp="", sha256=str(number), metadata=metadata, format="srt", cues=cues,
                duplicates="keep",
            )  # fmt: skip


def exported(home: Path) -> Run:
    """What `connector export` takes; it ends well, or this does not."""
    started = time.monotonic()
    with (home / "told").open("wb") as told, (home / "used").open("wb") as used:
        subprocess.run(
            [sys.executable, "-ISc", STARTER, *CONNECTOR, "export", "--json"],
            cwd=home, env=environment(), stdout=told, stderr=used, check=True,
        )  # fmt: skip
    seconds = time.monotonic() - started
    status, processor, peak = map(float, (home / "used").read_text().splitlines()[-1].split())
    assert status == 0
    return Run(json.loads((home / "told").read_text())["documents"], seconds, processor, peak)


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Documents of such transcripts, made without a ledger."""
    metadata = Metadata.model_validate({"title": "Drains", "url": "https://v.example.com/1"})
    text = metadata.model_dump_json(exclude_unset=True, by_alias=True)
    made = 0
    while made < count:
        cues = [[n * 20.0, n * 20.0 + 19, f"Speaker {n % 2}", SENTENCE * 3] for n in range(200)]
        row = TranscriptRow(f"t{made:019d}", "srt", dump(cues), "hash", text, "accepted")
        for document, _ in timed_documents(row, Settings()):
            yield document
            made += 1


if __name__ == "__main__":
    main()

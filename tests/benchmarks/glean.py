"""Export: documents a second and peak memory, each document checked.

python -m tests.benchmarks.glean [--json] [--documents 100000]
"""

from __future__ import annotations

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from connector.archive.documents import transcript_documents
from connector.archive.metadata import Metadata
from connector.archive.rows import TranscriptRow, dump
from connector.config import Settings
from connector.glean.export import export
from tests.benchmarks.report import Figure, arguments, publish

SENTENCE = "so what we do here is look at every drain twice a year and write down what the water left behind "


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--documents", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        started, worked = time.monotonic(), time.process_time()
        done = export(documents(options.documents), Path(folder) / "export", Settings())
        seconds, processor = time.monotonic() - started, time.process_time() - worked
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = [
        Figure("documents", done.total, "documents"),
        Figure("derived, checked and written", done.total / seconds, "docs/s"),
        Figure("the same a second of the processor", done.total / processor, "docs/s"),
        Figure("peak memory above the start", peak - before, "MB"),
    ]
    publish("glean", figures, options.json)


def documents(count: int) -> Iterator[dict[str, Any]]:
    """Documents of made-up transcripts of 200 segments each."""
    metadata = Metadata.model_validate({"title": "Drains", "url": "https://v.example.com/1"})
    text = metadata.model_dump_json(exclude_unset=True, by_alias=True)
    made = 0
    while made < count:
        cues = [[n * 20.0, n * 20.0 + 19, f"Speaker {n % 2}", SENTENCE * 3] for n in range(200)]
        row = TranscriptRow(f"t{made:019d}", "srt", dump(cues), "hash", text, "accepted")
        for document in transcript_documents(row, Settings()):
            yield document
            made += 1


if __name__ == "__main__":
    main()

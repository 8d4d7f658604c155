"""Export: checked documents as Glean ``bulkindexdocuments`` pages and as NDJSON, all of it or nothing.

The pages are what goes to ``POST /api/index/v1/bulkindexdocuments``, in order: one uploadId, the first and last page
marked. An upload replaces everything Glean holds of the datasource, so an empty one is never written.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector.archive.rows import dump
from connector.errors import BadInputError, PayloadError, UsageError
from connector.glean.check import MAX_DOCUMENT_BYTES, problems

PAGE_DOCUMENTS = 1000
PAGE_BYTES = 5 << 20
NDJSON = "documents.ndjson"
PAGE = "bulkindexdocuments-{:05d}.json"
OLD = ".old"
MARK = ".connector-output"  # a folder with this file in it is never taken for part of an inbox


@dataclass(frozen=True)
class Exported:
    """What an export wrote."""

    folder: Path
    documents: int
    pages: int
    upload_id: str


def export(documents: Iterable[dict[str, Any]], folder: Path, datasource: str) -> Exported:
    """Writes pages and NDJSON into ``folder``, replacing an earlier export there in one step.

    Raises PayloadError for a document Glean would refuse, BadInputError where there is nothing to export, UsageError
    where ``folder`` holds anything but an earlier export. Whatever goes wrong, what was there stays.
    """
    if folder.exists() and not _is_export(folder):
        raise UsageError(f"{folder} is not empty and holds no export", hint="Name a folder of its own: --out DIR")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _recover(folder)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        (work / MARK).touch()
        count, upload_id = _write_ndjson(documents, work / NDJSON)
        pages = _write_pages(work, datasource, upload_id)
        for file in (work / NDJSON, *pages):
            _sync(file)
        _swap(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return Exported(folder, count, len(pages), upload_id)


def _recover(folder: Path) -> None:
    """What an export that was killed left: puts the former one back if it was just being replaced, and sweeps."""
    for left in folder.parent.glob(f".{glob.escape(folder.name)}.*"):
        if left.suffix == OLD and not folder.exists():
            left.rename(folder)
        elif (left / MARK).exists():
            shutil.rmtree(left, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MARK).exists() or not any(folder.iterdir()))


def _write_ndjson(documents: Iterable[dict[str, Any]], file: Path) -> tuple[int, str]:
    """A document a line; returns how many and the uploadId, which follows from the content."""
    content = hashlib.sha256()
    count = 0
    seen: set[bytes] = set()
    with file.open("wb") as out:
        for document in documents:
            line = dump(document).encode()
            _demand(document, len(line))
            key = hashlib.blake2b(f"{document['objectType']}:{document['id']}".encode(), digest_size=12).digest()
            if key in seen:
                raise PayloadError(f"{document['id']}: id: stands twice in the archive")
            seen.add(key)
            content.update(line + b"\n")
            out.write(line + b"\n")
            count += 1
    if count == 0:
        raise BadInputError(
            "there is nothing to export, and an empty upload would delete everything Glean holds",
            hint="Take transcripts in first: `connector ingest PATH`.",
        )
    return count, content.hexdigest()[:32]


def _demand(document: dict[str, Any], size: int) -> None:
    found = problems(document)
    if size > MAX_DOCUMENT_BYTES:
        found.append(f"body: the document has {size} bytes, at most {MAX_DOCUMENT_BYTES} fit")
    if found:
        name = document.get("id", "?") if isinstance(document, dict) else "?"
        raise PayloadError("\n".join(f"document {name}: {problem}" for problem in found))


def _write_pages(work: Path, datasource: str, upload_id: str) -> list[Path]:
    head = {"uploadId": upload_id, "datasource": datasource}
    room = PAGE_BYTES - len(dump(head | {"documents": [], "isFirstPage": False, "isLastPage": False}))
    with (work / NDJSON).open("rb") as lines:
        batches = list(_batch_sizes(lines, room))
    files = []
    with (work / NDJSON).open("rb") as lines:
        for number, size in enumerate(batches):
            page = head | {
                "documents": [json.loads(next(lines)) for _ in range(size)],
                "isFirstPage": number == 0,
                "isLastPage": number == len(batches) - 1,
            }
            file = work / PAGE.format(number + 1)
            file.write_text(dump(page), encoding="utf-8")
            files.append(file)
    return files


def _batch_sizes(lines: Iterable[bytes], room: int) -> Iterator[int]:
    """How many documents go on each page: at most 1,000, and no more bytes than fit."""
    count = used = 0
    for line in lines:
        size = len(line)  # the newline stands for the comma
        if count == PAGE_DOCUMENTS or (count and used + size > room):
            yield count
            count = used = 0
        count += 1
        used += size
    if count:
        yield count


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _swap(work: Path, folder: Path) -> None:
    """Puts the finished ``work`` in the place of ``folder``: no half-written export ever carries its name."""
    old = None
    if folder.exists():
        old = work.with_name(work.name + OLD)
        folder.rename(old)
    try:
        work.rename(folder)
    except OSError:
        if old:
            old.rename(folder)
        raise
    if old:
        shutil.rmtree(old)

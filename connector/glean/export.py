"""Export: everything that leaves for Glean as files, checked before, all of it or nothing.

In the folder: the bodies of the calls, in the order of ``manifest.json``; the same documents as NDJSON and as a flat
table; their hashes, for the next export of changes. The same archive gives the same bytes. A full upload replaces
everything Glean holds of the datasource, so an empty one is never written. What changed goes by calls that leave the
rest alone, in the order of a push: what is taken from people first, who is let into a group last. Users alone are given
before the documents, which may name them.
"""

from __future__ import annotations

import glob
import hashlib
import json
import os
import re
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from connector.archive.rows import dump
from connector.config import Settings
from connector.errors import BadInputError, UsageError
from connector.glean.changes import HASHES, Earlier, hash_line, upload_line
from connector.glean.dataset import row
from connector.glean.gate import Gate, demand
from connector.glean.json_file import LINES
from connector.glean.manifest import MANIFEST_NAME, tally
from connector.glean.pages import ENDPOINT, MEMBERSHIPS, Upload, Written, document_pages, identity_uploads
from connector.identity import Identity

FORMAT = 1
DAY = 86_400  # seconds, longer than any export takes
SWAP = 60  # seconds, longer than it takes to put a finished one in the former one's place
NDJSON = "documents.ndjson"
DATASET = "dataset.jsonl"
DATASOURCE = "datasource.json"
OLD = ".old"
MARK = ".connector-output"  # a folder with this file in it is never taken for part of an inbox
WORK = re.compile(r"[a-z0-9_]{8}")  # how ``tempfile`` ends its names


@dataclass(frozen=True)
class Exported:
    """What an export wrote. ``documents`` by object type; ``unchanged`` since the earlier export, and not written."""

    folder: Path
    documents: dict[str, int]
    unchanged: int
    deleted: int
    pages: int
    upload_id: str
    hashes: str
    warnings: list[str]

    @property
    def total(self) -> int:
        return sum(self.documents.values())


def export(
    documents: Iterable[dict[str, Any]],
    folder: Path,
    settings: Settings,
    identity: Identity | None = None,
    since: Earlier | None = None,
) -> Exported:
    """Writes an export into ``folder``, replacing an earlier one there in one step; with ``since`` only what changed.

    Raises PayloadError for documents Glean would refuse, BadInputError where there is nothing to export, UsageError
    where ``folder`` holds anything but an earlier export. Whatever goes wrong, what was there stays.
    """
    if folder.exists() and not _is_export(folder):
        raise UsageError(f"{folder} is not empty and holds no export", hint="Name a folder of its own: --out DIR")
    folder.parent.mkdir(parents=True, exist_ok=True)
    _recover(folder)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        with _under_way(work):
            done = _write(documents, work, folder, settings, identity, since)
            for file in sorted(work.iterdir()):
                _sync(file)
            _swap(work, folder)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return done


def _write(
    documents: Iterable[dict[str, Any]],
    work: Path,
    folder: Path,
    settings: Settings,
    identity: Identity | None,
    since: Earlier | None,
) -> Exported:
    gate = Gate(settings, identity)
    counts, all_there, content = _write_lines(documents, work, gate, since)
    report = gate.close()
    demand(report)
    if all_there == 0 and since is None:
        raise BadInputError(
            "there is nothing to export, and an empty upload would delete everything Glean holds",
            hint="Take transcripts in first: `connector ingest PATH`.",
        )
    datasource = settings.glean.datasource
    upload = content.hexdigest()[:32]
    head = {"datasource": datasource, "uploadId": upload}
    (work / DATASOURCE).write_bytes(dump(gate.datasource).encode())
    config = Written(work / DATASOURCE, ENDPOINT.format("adddatasource"))
    uploads = list(identity_uploads(gate.identity, datasource))
    people = _write_people(uploads, datasource, work, since)
    members = [written for written in people if written.endpoint == ENDPOINT.format(MEMBERSHIPS)]
    pages = document_pages(work / NDJSON, work, "indexdocuments" if since else "bulkindexdocuments", head)
    sent, deleted = [config, *people, *pages], 0
    if since:
        now = {upload.head["group"]: upload.things for upload in uploads if upload.call == MEMBERSHIPS}
        left = ({"datasource": datasource, "membership": one} for one in since.left(now))
        gone = ({"datasource": datasource, "objectType": kind, "id": ident} for kind, ident in since.gone())
        out, _ = _write_deletions(work, "deletemembership", left)
        deletions, deleted = _write_deletions(work, "deletedocument", gone)
        sent = [config, *out, *deletions, *(one for one in people if one not in members), *pages, *members]
    kept = [Written(work / name, None) for name in (NDJSON, DATASET, HASHES)]
    files = [_described(written) for written in (*sent, *kept)]
    manifest = {
        "format": FORMAT,
        "kind": "changes" if since else "all",
        "datasource": datasource,
        **tally(written.file for written in people),
        "documents": counts,
        "uploadId": upload,
        "files": files,
    }
    if since:
        manifest |= {"deleted": deleted, "unchanged": all_there - sum(counts.values()), "since": since.sha256}
    (work / MANIFEST_NAME).write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    hashes = str(files[-1]["sha256"])
    unchanged = all_there - sum(counts.values())
    return Exported(folder, counts, unchanged, deleted, len(pages), upload, hashes, report.warnings)


def _write_lines(
    documents: Iterable[dict[str, Any]], work: Path, gate: Gate, since: Earlier | None
) -> tuple[dict[str, int], int, Any]:
    """A document a line, as NDJSON, as rows and as hashes; returns how many of each type were written, how many there
    are, and the hash of what was written.
    """
    content = hashlib.sha256()
    written: Counter[str] = Counter()
    count = 0
    with (work / NDJSON).open("wb") as out, (work / DATASET).open("wb") as rows, (work / HASHES).open("wb") as hashes:
        for document in documents:
            line = dump(document).encode("utf-8", "surrogatepass")
            gate.check(document, len(line))
            count += 1
            if gate.report.broken:  # nothing of it is kept; the rest is looked at, to tell of all at once
                continue
            digest = hashlib.sha256(line).hexdigest()
            hashes.write(hash_line(document, digest))
            if since and since.has((document["objectType"], document["id"]), digest):
                continue
            content.update(line + b"\n")
            out.write(line + b"\n")
            rows.write(dump(row(document)).encode() + b"\n")
            written[document["objectType"]] += 1
    return dict(sorted(written.items())), count, content


def _write_people(uploads: Iterable[Upload], datasource: str, work: Path, since: Earlier | None) -> list[Written]:
    """The uploads of people but those that are as they were, and a line of each at the end of the hashes."""
    written: list[Written] = []
    numbers: Counter[str] = Counter()
    with (work / HASHES).open("ab") as hashes:
        for upload in uploads:
            hashes.write(upload_line(datasource, upload))
            if not (since and since.has(upload.key, upload.ident)):
                pages = upload.write(work, numbers[upload.call] + 1)
                numbers[upload.call] += len(pages)
                written += pages
    return written


def _write_deletions(work: Path, call: str, bodies: Iterable[dict[str, Any]]) -> tuple[list[Written], int]:
    """A file with one of ``bodies`` of ``call`` a line, where there is any; and how many there are."""
    file, count = work / f"{call}.ndjson", 0
    with file.open("wb") as out:
        for count, body in enumerate(bodies, start=1):  # noqa: B007
            out.write(dump(body).encode() + b"\n")
    if count == 0:
        file.unlink()
    return [Written(file, ENDPOINT.format(call), "line")] if count else [], count


def _described(written: Written) -> dict[str, Any]:
    with written.file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
        stream.seek(0)
        lines = {"lines": sum(1 for _ in stream)} if written.file.suffix in LINES else {}
    name, size = written.file.name, written.file.stat().st_size
    told = {"name": name, "bytes": size, "sha256": digest, "endpoint": written.endpoint} | lines
    return told | ({"each": written.each} if written.each else {})


@contextmanager
def _under_way(work: Path) -> Iterator[None]:
    """Marks ``work``, and holds its mark, so that no other export sweeps it; not on a share that knows no locks."""
    lock = FileLock(work / MARK)
    try:
        lock.acquire()
    except OSError:
        (work / MARK).touch()
    try:
        yield
    finally:
        lock.release()


def _is_under_way(work: Path) -> bool | None:
    """None where that cannot be told: on a share that knows no locks."""
    try:
        with FileLock(work / MARK, timeout=0) if (work / MARK).exists() else nullcontext():
            return False
    except (Timeout, PermissionError):  # it is held, or another user's
        return True
    except OSError:
        return None


def _is_left(folder: Path) -> bool:
    """Whether nobody works in an export's ``folder`` any more; where locks do not tell, its age does."""
    under_way = _is_under_way(folder)
    return _age(folder) > DAY if under_way is None else not under_way


def _age(work: Path) -> float:
    """Seconds since its mark was touched; none where it is gone."""
    try:
        return time.time() - (work / MARK).stat().st_mtime
    except FileNotFoundError:
        return 0.0


def _recover(folder: Path) -> None:
    """What an export into this folder that was killed left: puts the former one back if it was just being replaced, and
    sweeps. What another one holds that is under way stays, with the former one that it is replacing.
    """
    begin = f".{folder.name}."
    for left in folder.parent.glob(f"{glob.escape(begin)}*"):
        if not WORK.fullmatch(left.name.removeprefix(begin).removesuffix(OLD)):  # of a folder whose name goes on
            continue
        work = left.with_name(left.name.removesuffix(OLD))
        under_way = _is_under_way(work)
        if under_way or (under_way is None and work.exists() and _age(work) < SWAP):
            continue
        if left.suffix == OLD and not folder.exists():
            left.rename(folder)
        elif (left / MARK).exists() and _is_left(left):
            shutil.rmtree(left, ignore_errors=True)


def _is_export(folder: Path) -> bool:
    return folder.is_dir() and ((folder / MARK).exists() or not any(folder.iterdir()))


def _sync(file: Path) -> None:
    with file.open("rb") as handle:
        os.fsync(handle.fileno())


def _swap(work: Path, folder: Path) -> None:
    """Puts the finished ``work`` in the place of ``folder``: no half-written export ever carries its name."""
    old = None
    (work / MARK).touch()
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
        shutil.rmtree(old, ignore_errors=True)  # the next export sweeps what is left of it

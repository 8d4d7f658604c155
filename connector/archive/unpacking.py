"""A backup's file unpacked, as the hostile input that it is.

Of it only plain files are taken that its manifest lists, under the names a backup has, with the size and the hash that
stand there; no more is unpacked than fits. It knows nothing of what is in them, nor of where they go.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from connector.archive.backup import CHUNK, CONFIG, FORMAT, LEDGER, MANIFEST, NAMES, staged
from connector.archive.groups import Progress
from connector.errors import BadInputError

LARGEST_MANIFEST = 16 << 20  # bytes
LARGEST_FILE = 1 << 63  # bytes; no file system holds one of so many
LARGEST_EXTENSION = 4096  # bytes of a pax header, which a ledger of 8 GiB needs for its size
AROUND = 64 << 10, 8 << 10  # bytes of a tar file that are no content: of all of it, and of each file in it
NOT_WHOLE = (  # what Python says of a file that is no backup; ValueError: of the numbers in pax headers
    tarfile.TarError, gzip.BadGzipFile, zlib.error, EOFError, RecursionError, ValueError,
)  # fmt: skip


@contextmanager
def unpacked(file: Path, folder: Path, progress: Progress) -> Iterator[tuple[Path, str]]:
    """A folder with the files of a backup, all there and as they were, and when it was made; gone afterwards."""
    with staged(folder, "restore") as stage:
        try:
            made = _unpack(file, stage, progress)
        except NOT_WHOLE as error:
            raise refused(file, str(error)) from error
        yield stage, made


class _Header(tarfile.TarInfo):
    """Of the kinds that a backup has: tarfile itself reads whatever a header of another kind says into memory."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        header = super().frombuf(buf, encoding, errors)
        extension = header.type == tarfile.XHDTYPE and header.size <= LARGEST_EXTENSION
        if not extension and header.type not in (tarfile.REGTYPE, tarfile.AREGTYPE):
            raise tarfile.ReadError(f"{header.name[:200]!r} is no plain file")
        return header


class _Bounded(gzip.GzipFile):
    """Gives no more than ``left`` bytes: a small file may unpack to a thousand times its size."""

    left = LARGEST_MANIFEST + AROUND[0]

    def read(self, size: int | None = -1) -> bytes:
        piece = super().read(size)
        self.left -= len(piece)
        if self.left < 0:
            raise tarfile.ReadError("it holds more than its manifest says")
        return piece


def _unpack(file: Path, stage: Path, progress: Progress) -> str:
    """Has the files lie in ``stage``; returns when the backup was made."""
    with _Bounded(file) as packed, tarfile.open(fileobj=packed, mode="r:", tarinfo=_Header) as tar:
        first = tar.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > LARGEST_MANIFEST:
            raise refused(file, "no manifest begins it")
        told = manifest_in(_content(tar, first).read())
        if told is None:
            raise refused(file, "its manifest is not one that this version reads")
        missing: dict[str, Any] = dict(told["files"])
        total, done = sum(one["size"] for one in missing.values()), 0
        if total > (free := shutil.disk_usage(stage).free):
            raise BadInputError(
                f"{file} needs {total / 1e6:,.0f} MB in {stage.parent}, where {free / 1e6:,.0f} are left"
            )
        packed.left = total + AROUND[0] + AROUND[1] * len(missing)
        for member in tar:
            if member is first or member.name == MANIFEST:
                continue
            known = missing.pop(member.name, None)
            if known is None or member.issparse() or member.size != known["size"]:
                raise refused(file, f"{member.name[:200]!r} is not as its manifest says")
            hashed = hashlib.sha256()
            target = stage / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            content = _content(tar, member)
            with os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
                while piece := content.read(CHUNK):
                    hashed.update(piece)
                    out.write(piece)
                    done += len(piece)
                    progress(done, total)
                out.flush()
                os.fsync(out.fileno())
            if hashed.hexdigest() != known["sha256"]:
                raise refused(file, f"{member.name} was changed: its hash is another")
        if missing:
            raise refused(file, f"{next(iter(missing))} is missing")
    return str(told.get("made", "an unknown time"))


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    assert content is not None  # a plain file
    return content


def manifest_in(content: bytes) -> dict[str, Any] | None:
    """The manifest that ``content`` is; None where it is none of a backup we can read."""
    try:
        told = json.loads(content)
    except (ValueError, RecursionError):
        return None
    files = told.get("files") if isinstance(told, dict) and told.get("format") == FORMAT else None
    if not isinstance(files, dict) or LEDGER not in files or CONFIG not in files:
        return None
    for name, one in files.items():
        if not NAMES.fullmatch(name) or not isinstance(one, dict):
            return None
        size = one.get("size")
        if type(size) is not int or not 0 <= size < LARGEST_FILE or not isinstance(one.get("sha256"), str):
            return None
    return dict(told)


def refused(file: Path, why: str) -> BadInputError:
    return BadInputError(
        f"{file}: no whole backup ({why})", hint="`connector backup FILE` makes one; nothing was restored."
    )

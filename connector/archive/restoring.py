"""A backup put back: checked whole in a folder of its own, and only then moved into places where nothing is.

A backup is hostile input. Of it only plain files are taken that its manifest lists, under the names a backup has, with
the size and the hash that stand there; nothing of it says where a file goes.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from connector import config as configuration
from connector.archive.backup import CHUNK, CONFIG, IDENTITY, JARGON, LEDGER, MANIFEST, TOKENS, manifest_in
from connector.archive.groups import Progress, nothing
from connector.config import Config, Settings
from connector.config_file import FILE_NAME
from connector.errors import BadInputError, ConflictError

LARGEST_MANIFEST = 16 << 20  # bytes
LOCKS = ("writer.lock", "push.lock")


def restore(file: Path, config_file: Path, progress: Progress = nothing) -> Config:
    """Puts the backup ``file`` back, with ``config_file`` as its configuration; the index is then to be built.

    Raises ConflictError where the data folder holds something, or another configuration, glossary, list of people or
    tokens is there; BadInputError where the file is no backup, cut off or changed. Then nothing has been done.
    """
    folder = config_file.parent
    folder.mkdir(parents=True, exist_ok=True)
    with _unpacked(file, folder, progress) as stage, _undone() as undo:
        _put(stage / CONFIG, config_file, undo)
        config = configuration.load(config_file)
        settings = config.settings
        _demand_empty(settings)
        beside = {JARGON: config.jargon_file, IDENTITY: config.identity_file, TOKENS: settings.tokens_file}
        for name, path in beside.items():
            if (stage / name).exists():
                _put(stage / name, path, undo)
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        for found in sorted((stage / "data").rglob("*")):
            if found.is_file() and found != stage / LEDGER:
                _put(found, settings.data / found.relative_to(stage / "data"), undo)
        _put(stage / LEDGER, settings.ledger_file, undo)  # last: where it is, all is
    return config


def target_of(explicit: Path | None, folder: Path) -> Path:
    """The configuration that a backup is put back with: ``--config``, else the one of ``folder``."""
    return (explicit or folder / FILE_NAME).absolute()


def _demand_empty(settings: Settings) -> None:
    held = [path for path in settings.data.rglob("*") if path.is_file() and path.name not in LOCKS]
    if held:
        raise ConflictError(
            f"{settings.data} is not empty: it holds {held[0].relative_to(settings.data)}",
            hint="Restore into another folder (connector restore FILE DIR), or move this one away.",
        )


def _put(source: Path, target: Path, undo: list[Callable[[], None]]) -> None:
    """Moves a file where none is, or the same."""
    if target.exists():
        if target.read_bytes() != source.read_bytes():
            raise ConflictError(
                f"{target} is there, and is another than in the backup",
                hint="Move it away, or restore into another folder (connector restore FILE DIR).",
            )
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    undo.append(lambda: target.unlink(missing_ok=True))
    shutil.move(source, target)


@contextmanager
def _undone() -> Iterator[list[Callable[[], None]]]:
    """What is put in here is called where the block fails, the last first."""
    undo: list[Callable[[], None]] = []
    try:
        yield undo
    except BaseException:
        for step in reversed(undo):
            step()
        raise


@contextmanager
def _unpacked(file: Path, folder: Path, progress: Progress) -> Iterator[Path]:
    """A folder with the files of a backup, all there and as they were; gone afterwards."""
    stage = Path(tempfile.mkdtemp(prefix=".restore.", dir=folder))
    try:
        try:
            _unpack(file, stage, progress)
        except (tarfile.TarError, EOFError, zlib.error) as error:
            raise _refused(file, str(error)) from error
        except OSError as error:
            if error.errno is None:  # gzip's own, for what is none
                raise _refused(file, str(error)) from error
            raise
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _unpack(file: Path, stage: Path, progress: Progress) -> None:
    with tarfile.open(file, "r:gz") as tar:
        first = tar.next()
        if first is None or first.name != MANIFEST or not first.isreg() or first.size > LARGEST_MANIFEST:
            raise _refused(file, "no manifest begins it")
        told = manifest_in(_content(tar, first).read())
        if told is None:
            raise _refused(file, "its manifest is not one that this version reads")
        missing: dict[str, Any] = dict(told["files"])
        total, done = sum(one["size"] for one in missing.values()), 0
        for member in tar:
            if member is first or member.name == MANIFEST:
                continue
            known = missing.pop(member.name, None)
            if known is None or not member.isreg() or member.size != known["size"]:
                raise _refused(file, f"{member.name[:200]!r} is not as its manifest says")
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
                raise _refused(file, f"{member.name} was changed: its hash is another")
        if missing:
            raise _refused(file, f"{next(iter(missing))} is missing")


def _content(tar: tarfile.TarFile, member: tarfile.TarInfo) -> Any:
    content = tar.extractfile(member)
    assert content is not None  # a plain file
    return content


def _refused(file: Path, why: str) -> BadInputError:
    return BadInputError(
        f"{file}: no whole backup ({why})", hint="`connector backup FILE` makes one; nothing was restored."
    )

"""The folder of an index: files that reach the disk before a commit counts, and left-overs that go.

Whoosh 2.7.4 never calls fsync, holds its lock after a failed commit and leaves a killed writer's files behind.
"""

from __future__ import annotations

import errno
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from whoosh.filedb.filestore import FileStorage

from indexer.errors import IndexBusy, IndexDamaged, IndexMissing, IndexProblem, IndexUnsafe
from indexer.mapped import MappedFile, seal

NAME = "MAIN"
_LOCK = f"{NAME}_WRITELOCK"
MERGED = f"{NAME}.merged"  # a folder where segments are merged in the background: no commit sweeps it
# A full disk, too many open files, a missing right: the files themselves may well be whole.
_NOT_DAMAGE = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EACCES, errno.EPERM, errno.EROFS}


class DurableStorage(FileStorage):  # type: ignore[misc]
    """Files of an index; a rename (it makes a commit count) comes after all data, with checksums, is on the disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._written: set[str] = set()

    def create_file(self, name: str, *args: Any, **kwargs: Any) -> Any:
        self._written.add(name)
        return super().create_file(name, *args, **kwargs)

    def open_file(self, name: str, **kwargs: Any) -> Any:
        # Whoosh leaves a file open when it cannot read it, and copies a segment into memory when it can.
        if name.endswith((".toc", ".seg")):
            return MappedFile.open(Path(self.folder, name))
        return super().open_file(name, **kwargs)

    def rename_file(self, oldname: str, newname: str, safe: bool = False) -> None:
        self.seal()
        _sync(Path(self.folder))
        super().rename_file(oldname, newname, safe=safe)
        _sync(Path(self.folder))

    def seal(self) -> None:
        """Gives what was written its checksums and has it reach the disk; it can be read from then on."""
        for name in sorted(self._written):
            with suppress(FileNotFoundError):  # parts of a segment are gone once they are one file
                seal(Path(self.folder, name))
        self._written.clear()

    def take(self, folder: Path, name: str) -> None:
        """Moves a file that is sealed already here from ``folder``; the next commit has its name reach the disk."""
        super().rename_file(str(folder / name), name)

    def temp_storage(self, name: str | None = None) -> Any:
        # Not durable, and emptied: a killed writer left its runs there.
        folder = Path(self.folder, name or f"{NAME}.tmp")
        shutil.rmtree(folder, ignore_errors=True)
        return FileStorage(str(folder)).create()


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_safe(folder: Path) -> None:
    """Creates ``folder`` for its owner alone, or closes it to all others."""
    folder.mkdir(parents=True, exist_ok=True)
    _check_owner(folder, folder.stat())
    folder.chmod(0o700)


def check_safe(folder: Path) -> None:
    """Raises ``IndexMissing`` where there is no folder and ``IndexUnsafe`` where others may write into it.

    Whoosh unpickles its table of contents, which runs whatever code it names.
    """
    try:
        state = folder.stat()
    except (FileNotFoundError, NotADirectoryError):
        raise IndexMissing(f"There is no index in {folder}.") from None
    _check_owner(folder, state)
    if os.name == "posix" and state.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise IndexUnsafe(f"Others may write into {folder}: an index there is not opened. chmod 700 it and rebuild.")


def _check_owner(folder: Path, state: os.stat_result) -> None:
    if os.name == "posix" and state.st_uid not in (os.geteuid(), 0):
        raise IndexUnsafe(f"{folder} belongs to another user: an index there is neither opened nor written.")


@contextmanager
def opening(folder: Path) -> Iterator[None]:
    """What goes wrong while an index is opened is ``IndexDamaged``; not so what goes wrong in a search.

    A reader checks the bytes themselves, so that an error in what works on them is ours, and no rebuild mends it.
    """
    try:
        yield
    except IndexProblem:
        raise
    except Exception as problem:
        # Whoosh raises Exception itself at a strange version, and a file without any right to be here anything.
        if isinstance(problem, MemoryError | RecursionError):
            raise
        if isinstance(problem, OSError) and problem.errno in _NOT_DAMAGE:
            raise
        raise IndexDamaged(f"The index in {folder} cannot be read ({type(problem).__name__}): rebuild it.") from problem


@contextmanager
def write_lock(storage: DurableStorage) -> Iterator[None]:
    """Holds Whoosh's own lock of the index, released whatever happens, by the system if the process dies."""
    lock = storage.lock(_LOCK)
    if not lock.acquire():
        raise IndexBusy(f"Another writer is at work in {storage.folder}.")
    try:
        yield
    finally:
        lock.release()


def sweep(folder: Path, generation: int, segments: set[str]) -> list[str]:
    """Removes what neither table of contents ``generation`` nor ``segments`` own; under the lock only.

    Returns the names of what it removed.
    """
    kept = {f"_{NAME}_{generation}.toc", _LOCK}
    removed = []
    for path in sorted(folder.iterdir()):
        ours = path.name.startswith((f"{NAME}_", f"_{NAME}_")) or path.name == f"{NAME}.tmp"
        if not ours or path.name in kept or path.name.split(".")[0] in segments:
            continue
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        removed.append(path.name)
    return removed

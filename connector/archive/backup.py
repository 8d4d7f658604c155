"""A backup: one file with all that cannot be made anew, taken while the archive is at work.

    manifest.json                       what is in it, with sizes and SHA-256, in front of all else
    config.yaml jargon.yaml identity.yaml tokens.yaml
    data/ledger.db                      of one moment
    data/model/checkpoints/ID/…         of the checkpoints that the ledger knows at that moment

The index, exports and logs are not in it: the first is built from the ledger, the others are views and words of before.
Neither are the source files of the inbox: what was said in them is in the ledger.
"""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import re
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from connector.archive.groups import Progress, nothing
from connector.archive.ledger import Ledger
from connector.archive.rows import dump
from connector.config import Config
from connector.version import version

FORMAT = 1
MANIFEST = "manifest.json"
LEDGER = "data/ledger.db"
CHECKPOINTS = "data/model/checkpoints"
CONFIG, JARGON, IDENTITY, TOKENS = "config.yaml", "jargon.yaml", "identity.yaml", "tokens.yaml"
NAMES = re.compile(
    rf"({CONFIG}|{JARGON}|{IDENTITY}|{TOKENS}|{LEDGER}|{CHECKPOINTS}/c[0-9a-f]+/[A-Za-z0-9_-][A-Za-z0-9._-]*)"
)
STAGE = ".being-packed"  # how the folder ends in which a backup is made, or unpacked
SETTLING = 5  # tries to have the ledger and its checkpoints of one moment
COMPRESSION = 4  # of 9: half the size of nothing, at a third of the time of the best
CHUNK = 1 << 20  # bytes


def backup(config: Config, file: Path, progress: Progress = nothing) -> dict[str, Any]:
    """Writes the backup to ``file``, in place of one that is there, in one step; returns what is in it.

    ``progress`` counts bytes. Raises NotSetUpError where nothing has been taken in, BadInputError for a damaged ledger.
    """
    with staged(file.parent, file.name) as stage:
        described = _collect(config, stage)
        names = sorted(path.relative_to(stage).as_posix() for path in stage.rglob("*") if path.is_file())
        files = {name: {"size": (stage / name).stat().st_size, "sha256": sha256_of(stage / name)} for name in names}
        described |= {"format": FORMAT, "version": version(), "files": files}
        described["made"] = datetime.now(UTC).isoformat(timespec="seconds")
        work = stage / "archive"
        _pack(stage, work, described, progress)
        work.replace(file)
        synced(file.parent)
    return {key: value for key, value in described.items() if key != "files"} | {
        "file": str(file),
        "bytes": file.stat().st_size,
    }


def _collect(config: Config, stage: Path) -> dict[str, Any]:
    """Has everything of one moment lie in ``stage``; says what."""
    settings = config.settings
    (stage / "data").mkdir()
    copy = stage / LEDGER
    with Ledger.open(settings.ledger_file) as ledger:
        missing = None
        for _ in range(SETTLING):
            shutil.rmtree(stage / CHECKPOINTS, ignore_errors=True)
            copy.unlink(missing_ok=True)
            ledger.copy_to(copy)
            described, known = _described(copy)
            lost = {ident for ident in known if not _stage_checkpoint(settings.model_folder, stage, ident)}
            if lost in (set(), missing):  # what is missing again is not there: rows outlive weights that were damaged
                break
            missing = lost
    written = {
        CONFIG: config.file, JARGON: config.jargon_file, IDENTITY: config.identity_file, TOKENS: settings.tokens_file
    }  # fmt: skip
    for name, path in written.items():
        with suppress(FileNotFoundError):
            shutil.copyfile(path, stage / name)
    return described | {"checkpoints": len(known) - len(lost)}


def _described(copy: Path) -> tuple[dict[str, Any], list[str]]:
    """What is in a ledger, and the ids of its checkpoints. What is of the running program alone is taken out of it."""
    with Ledger.open(copy) as ledger:
        ledger.disown()
        told = {"generation": ledger.generation(), "transcripts": len(ledger.transcript_ids())}
        known = [checkpoint.id for checkpoint in ledger.checkpoints()]
        ledger.fold()
    return told, known


def _stage_checkpoint(model_folder: Path, stage: Path, ident: str) -> bool:
    """Whether the checkpoint's files are staged; they never change, so that a second name of each will do."""
    source, target = model_folder / "checkpoints" / ident, stage / CHECKPOINTS / ident
    target.mkdir(parents=True)
    try:
        for path in source.iterdir():
            if NAMES.fullmatch(f"{CHECKPOINTS}/{ident}/{path.name}"):
                _link(path, target / path.name)
    except FileNotFoundError:  # pruned meanwhile
        shutil.rmtree(target)
        return False
    return True


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # another file system, or one without links
        shutil.copyfile(source, target)


def _pack(stage: Path, work: Path, described: dict[str, Any], progress: Progress) -> None:
    """Writes the files of ``described`` as a tar file, compressed, for its owner alone."""
    total = sum(one["size"] for one in described["files"].values())
    done = 0

    class Counted(io.BufferedReader):
        def read(self, size: int | None = -1, /) -> bytes:
            nonlocal done
            piece = super().read(size)
            done += len(piece)
            progress(done, total)
            return piece

    with os.fdopen(os.open(work, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        with tarfile.open(fileobj=out, mode="w:gz", compresslevel=COMPRESSION, format=tarfile.PAX_FORMAT) as tar:
            _add(tar, MANIFEST, io.BytesIO(content := dump(described).encode()), len(content))
            for name, one in described["files"].items():
                with Counted(io.FileIO(stage / name)) as file:
                    _add(tar, name, file, one["size"])
        out.flush()
        os.fsync(out.fileno())


def _add(tar: tarfile.TarFile, name: str, content: Any, size: int) -> None:
    """Without owner, and with a time that says nothing."""
    member = tarfile.TarInfo(name)
    member.size, member.mode = size, 0o600
    tar.addfile(member, content)


def sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


@contextmanager
def staged(folder: Path, name: str) -> Iterator[Path]:
    """A hidden folder in ``folder``, for what becomes ``name`` there by a rename; gone afterwards.

    It is locked while it is used: those that a killed one has left are cleared away. ``folder`` is locked meanwhile: a
    stage that is not locked yet was not left.
    """
    with ExitStack() as stack:
        with _locked(folder, wait=True):
            for old in folder.glob(f".*{STAGE}"):
                with suppress(OSError), _locked(old):
                    shutil.rmtree(old, ignore_errors=True)
            stage = Path(tempfile.mkdtemp(prefix=f".{name}.", suffix=STAGE, dir=folder))
            stack.callback(shutil.rmtree, stage, ignore_errors=True)
            stack.enter_context(_locked(stage))
        yield stage


@contextmanager
def _locked(folder: Path, *, wait: bool = False) -> Iterator[None]:
    """Holds the folder's lock, which goes with the process; BlockingIOError where another does, or waits for it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def synced(folder: Path) -> None:
    """What was renamed in ``folder`` is so after a loss of power too."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

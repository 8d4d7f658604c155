"""Where an uploaded file is put: a safe name in a folder of the inbox, never over another file, never elsewhere."""

from __future__ import annotations

import hashlib
import os
import time
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from connector.archive.metadata.sidecars import is_sidecar
from connector.serve.http import Refused
from connector.transcripts.media import PLAYABLE

LONGEST = 180  # bytes of a name: what is written beside the file, and a number after it, are to fit too
PART = ".upload-"  # what is still arriving is hidden, so that nobody takes it in
OLD = 86_400.0  # seconds until what a killed server left half arrived is cleared away
_REPLACED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))  # what file systems refuse


@dataclass(frozen=True)
class Filed:
    """What became of one file that was sent. ``path`` is where it lies, None where it was refused; ``told`` says why,
    or what else there is to say.
    """

    name: str
    path: Path | None
    told: str = ""


def safe_name(sent: str) -> str:
    """``sent`` as a file may be called here; Refused where nothing is left of it, or it would be hidden."""
    name = unicodedata.normalize("NFC", sent.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or c.isprintable())
    name = " ".join(name.translate(_REPLACED).split()).rstrip(". ")
    if name.startswith("."):
        raise Refused(400, f"{name[:80]}: its name makes it a hidden file, and those are left alone")
    if not name:
        raise Refused(400, "the file has no name that it could be kept under")
    return _cut(name)


def folder_in(inbox: Path, data: Path, collection: str) -> Path:
    """The folder of the inbox that is this collection, made if need be; Refused for one that lies elsewhere."""
    parts = [part.strip() for part in collection.replace("\\", "/").split("/") if part.strip()]
    for part in parts:
        if part.startswith(".") or not part.isprintable() or len(os.fsencode(part)) > LONGEST:
            raise Refused(400, f"collection: `{part[:80]}` cannot be the name of a folder here")
    folder = inbox.joinpath(*parts)
    real, root = Path(os.path.realpath(folder)), Path(os.path.realpath(inbox))
    if not real.is_relative_to(root) or (parts and real.is_relative_to(os.path.realpath(data))):
        raise Refused(400, "collection: that folder leads out of the inbox")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(400, f"collection: the folder cannot be made: {error.strerror}") from error
    return folder


def put(part: Path, sha256: str, folder: Path, name: str) -> Filed:
    """Gives the whole file ``part`` its ``name`` in ``folder``, with a number where another file has it."""
    for number in range(1, 1000):
        target = folder / (name if number == 1 else _numbered(name, number))
        try:
            target.touch(exist_ok=False)  # from here on the name is ours
        except FileExistsError:
            if _has(target, part.stat().st_size, sha256):
                part.unlink()
                return Filed(name, target, "it was there already, the same to the letter")
            if is_sidecar(name):
                part.unlink()
                return Filed(name, None, "there is one of that name, which says something else: edit that one")
            continue
        part.replace(target)
        return Filed(
            name, target, "" if number == 1 else f"another file is called {name}, so this one is {target.name}"
        )
    part.unlink()
    return Filed(name, None, "there are a thousand files of that name")


def clear_old_parts(folder: Path, now: float | None = None) -> None:
    """Away with what arrived by half, long ago."""
    now = time.time() if now is None else now
    for part in folder.glob(f"{PART}*"):
        if now - part.stat().st_mtime > OLD:
            part.unlink(missing_ok=True)


def is_recording(name: str) -> bool:
    """Whether a file of this name is video or audio, which may be of any size."""
    return Path(name).suffix.lower() in PLAYABLE


def _has(file: Path, size: int, sha256: str) -> bool:
    try:
        if file.stat().st_size != size:
            return False
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == sha256
    except OSError:  # a folder, or what may not be read: another file at any rate
        return False


def _numbered(name: str, number: int) -> str:
    stem, dot, suffix = name.rpartition(".")
    return f"{stem}-{number}.{suffix}" if dot and stem else f"{name}-{number}"


def _cut(name: str) -> str:
    """The name with its beginning cut to what fits; the suffix stays, since it says what the file is."""
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > LONGEST // 3:
        stem, dot, suffix = name, "", ""
    room = LONGEST - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + suffix

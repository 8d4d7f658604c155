"""What is a source, and what does the file system say of it? Looks at names and stats; never opens a source.

Left alone: hidden files, editors' and browsers' unfinished files, sidecars, media, links that lead out of the inbox,
anything that is no regular file, our own data folder and exports, and what ``ingest.ignore`` names.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from connector.archive.file_keys import key_of
from connector.archive.metadata.listing import names_in
from connector.archive.metadata.recordings import media_beside
from connector.archive.metadata.sidecars import folders_up, is_sidecar, sidecars_of
from connector.config import Settings
from connector.glean.export import MARK
from connector.transcripts.media import MEDIA

UNFINISHED = re.compile(
    r"(^~\$.*)|(.*~$)|(^#.*#$)|(^4913$)|(^Thumbs\.db$)|(^desktop\.ini$)|(^Icon\r$)"
    r"|(.*\.(tmp|temp|part|partial|crdownload|download|swp|swx|swo|lock|filepart|!ut)$)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A source on disk. ``key`` is how the ledger knows it; ``stamp`` changes whenever it or a sidecar of it does."""

    path: Path
    key: str
    stamp: str
    modified: float  # epoch seconds, of it or a sidecar, whichever is later


class Inbox:
    """The watched folder, as the settings describe it."""

    def __init__(self, settings: Settings) -> None:
        self.folder = settings.inbox
        self._data = settings.data
        self._ignore = settings.ingest.ignore

    def key(self, path: Path) -> str:
        """The path relative to the inbox (absolute outside it), as text that any file name can be written in."""
        relative = path.relative_to(self.folder) if path.is_relative_to(self.folder) else path
        return key_of(relative)

    def collection(self, path: Path, root: Path | None = None) -> str:
        """A subfolder is a collection; outside the inbox the folder that was named is one."""
        if path.is_relative_to(self.folder):
            folder = path.parent.relative_to(self.folder)
        elif root is not None and root != path:
            folder = path.parent.relative_to(root.parent)
        else:
            return ""
        name = folder.as_posix()
        return "" if name == "." else os.fsencode(name).decode("utf-8", "replace")

    def takes(self, path: Path) -> bool:
        """Whether the name may be a source's; says nothing of what is in it."""
        base = self.folder if path.is_relative_to(self.folder) else path.parent
        relative = path.relative_to(base)
        if any(part.startswith(".") for part in relative.parts):
            return False
        name = path.name
        if UNFINISHED.match(name) or path.suffix.lower() in MEDIA or is_sidecar(name):
            return False
        if path.is_relative_to(self._data):
            return False
        return not any(fnmatch(relative.as_posix(), pattern) or fnmatch(name, pattern) for pattern in self._ignore)

    def real(self, path: Path) -> Path:
        """A path a person named, whatever links lead there; as a path of the inbox where it lies in it."""
        path, inbox = path.resolve(), self.folder.resolve()
        return self.folder / path.relative_to(inbox) if path.is_relative_to(inbox) else path

    def find(self, path: Path) -> Found | None:
        """The source at ``path`` as it is now; None where there is none. Raises OSError where that cannot be told."""
        if not self.takes(path) or self._in_output(path):
            return None
        try:
            info = path.lstat()
            if stat.S_ISLNK(info.st_mode):
                if not path.resolve(strict=True).is_relative_to(self.folder.resolve()):
                    return None
                info = path.stat()
        except (FileNotFoundError, NotADirectoryError, RuntimeError):  # vanished, a broken link, a link to itself
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:
                return None
            raise
        if not stat.S_ISREG(info.st_mode):
            return None
        stats = [info, *(found for sidecar in sidecars_of(path, self.folder) if (found := _stat(sidecar)))]
        media = media_beside(path, self.folder)  # its name alone: a recording that still grows changes nothing said
        marks = [*map(_stamp, stats), os.fsencode(media.name).hex() if media else ""]
        stamp = hashlib.blake2b("|".join(marks).encode(), digest_size=12).hexdigest()
        return Found(path, self.key(path), stamp, max(found.st_mtime for found in stats))

    def is_gone(self, key: str) -> bool:
        """Whether a source of the inbox is known not to be where it was."""
        if Path(key).is_absolute() or "\\" in key:  # a name that is no text cannot be told from its key
            return False
        try:
            (self.folder / key).lstat()
        except (FileNotFoundError, NotADirectoryError):
            return self.folder.is_dir()
        except OSError:
            return False
        return False

    def _in_output(self, path: Path) -> bool:
        return any(MARK in names_in(folder) for folder in folders_up(path, self.folder))

    def scan(self, root: Path | None = None, on_error: Callable[[OSError], None] | None = None) -> Iterator[Found]:
        """Every source below ``root`` (the inbox), in order of name. Links to folders are not followed.

        What cannot be looked at is handed to ``on_error``: it is not known to be gone.
        """
        told = on_error or (lambda _: None)
        top = root or self.folder
        if not top.is_dir():
            yield from self._found(top, told)
            return
        for folder, names, files in os.walk(top, onerror=lambda error: _unless_gone(error, told)):
            here = Path(folder)
            if MARK in files:
                names.clear()
                continue
            names[:] = sorted(n for n in names if not n.startswith(".") and here / n != self._data)
            for name in sorted(files):
                yield from self._found(here / name, told)

    def _found(self, path: Path, on_error: Callable[[OSError], None]) -> Iterator[Found]:
        try:
            if found := self.find(path):
                yield found
        except OSError as error:
            on_error(error)


def _unless_gone(error: OSError, told: Callable[[OSError], None]) -> None:
    if not isinstance(error, FileNotFoundError):
        told(error)


def _stamp(info: os.stat_result) -> str:
    return f"{info.st_size}:{info.st_mtime_ns}:{info.st_ctime_ns}:{info.st_ino}"


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return None

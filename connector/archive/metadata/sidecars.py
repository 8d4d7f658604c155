"""The files that describe others: which they are, whom they describe, and which describe nobody.

Knows names and links.csv, not the keys of a sidecar. One that cannot be read is an error, never ignored: it may hold
the permissions.
"""

from __future__ import annotations

import os
import stat
import unicodedata
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from connector.archive.metadata.links_file import LINKS_FILE, Link, LinksTable, read_links
from connector.archive.metadata.listing import names_in
from connector.errors import ConfigError
from connector.transcripts.file_names import recording_stems

SIDECAR_SUFFIXES = (".meta.yaml", ".meta.yml")
FOLDER_FILES = ("_folder.yaml", "_folder.yml")
FOR_ALL = (LINKS_FILE, *FOLDER_FILES)
LONGEST_NAME = 255  # bytes that file systems allow; to ask for a longer one is an error, not an answer


def is_sidecar(name: str) -> bool:
    """Whether a file of this name describes others."""
    return name.endswith(SIDECAR_SUFFIXES) or name in FOLDER_FILES or name == LINKS_FILE


def sidecar_paths(source: Path, inbox: Path) -> Iterator[Path]:
    """Every path at which something may be said of ``source``, nearest first, whether it is there or not.

    ``talk.en.vtt`` has ``talk.en.vtt.meta.yaml``, ``talk.en.meta.yaml`` and, for every language of the talk,
    ``talk.meta.yaml``; then the tables and defaults of its folder, of the folder above … up to the inbox.
    """
    for folder, names in _places(source, inbox):
        for name in names:
            yield folder / name


def sidecars_of(source: Path, inbox: Path) -> Iterator[Path]:
    """Those of ``sidecar_paths`` that are there, by name."""
    for folder, names in _places(source, inbox):
        present = names_in(folder)
        for name in names:
            if name in present:
                yield folder / name


def _places(source: Path, inbox: Path) -> Iterator[tuple[Path, Iterable[str]]]:
    """Each folder in which something may be said of ``source``, and the names it may be said under, nearest first."""
    stems = (source.name, *recording_stems(source.stem))
    own = dict.fromkeys(form for stem in stems for suffix in SIDECAR_SUFFIXES for form in _spellings(stem + suffix))
    yield source.parent, [name for name in own if len(os.fsencode(name)) <= LONGEST_NAME]
    for folder in folders_up(source, inbox):
        yield folder, FOR_ALL


def _spellings(name: str) -> tuple[str, ...]:
    """``name``, and the same with é as one character and as two: systems and browsers do not agree."""
    if name.isascii():
        return (name,)
    return name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name)


def describing_nothing(inbox: Path, sources: Iterable[Path]) -> list[str]:
    """What in the inbox describes a file that is not there, a sentence each: sidecars, and rows of links.csv.

    ``sources`` are the paths of all sources of the inbox. Also says which rows can never be used. Walks the inbox.
    """
    present = sorted(set(sources))
    told = {path for source in present for path in sidecar_paths(source, inbox)}
    sentences = []
    for path in sorted(path for path in inbox.rglob("*") if is_sidecar(path.name) and path.is_file()):
        if path.name.endswith(SIDECAR_SUFFIXES) and path not in told:
            sentences.append(f"{path}: there is no transcript of that name beside it")
        elif path.name == LINKS_FILE:
            below = [
                PurePosixPath(source.relative_to(path.parent).as_posix())
                for source in present
                if source.is_relative_to(path.parent)
            ]
            sentences += [f"{path}:{row.line}: {_why_unused(row)}" for row in _unused_rows(path, below)]
    return sentences


def folders_up(source: Path, inbox: Path) -> Iterator[Path]:
    """The folder of ``source``, its parent … up to ``inbox``; outside the inbox the file's own folder alone."""
    folder = source.parent
    if not folder.is_relative_to(inbox):
        yield folder
        return
    while True:
        yield folder
        if folder == inbox:
            return
        folder = folder.parent


def links_table(path: Path) -> LinksTable:
    """The links.csv at ``path`` as it is now. Raises ConfigError where it is none."""
    info = path.stat()
    return read_links(path, info.st_mtime_ns, info.st_size)


def is_ours(path: Path, inbox: Path) -> bool:
    """Whether the file is there. ConfigError for what is there and is no file of ours.

    A link that leads out of the inbox would tell of other files; one that leads nowhere may have held the permissions.
    """
    try:
        mode = path.lstat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        return False
    if stat.S_ISLNK(mode) and path.is_relative_to(inbox) and not _real(path).is_relative_to(_real(inbox)):
        raise ConfigError(f"{path}: is a link that leads out of the inbox", hint="Put the file itself there.")
    if not path.is_file():
        raise ConfigError(f"{path}: is no regular file", hint="Put a file of `key: value` lines there, or delete it.")
    return True


def _real(path: Path) -> Path:
    """What ``path`` leads to; unlike ``Path.resolve`` it has an answer for a link to itself, too."""
    return Path(os.path.realpath(path))


def _unused_rows(path: Path, below: list[PurePosixPath]) -> list[Link]:
    try:
        return links_table(path).unused(below)
    except ConfigError:  # every source below it tells that already
        return []


def _why_unused(row: Link) -> str:
    return row.problem or f"there is no transcript `{row.file}`"

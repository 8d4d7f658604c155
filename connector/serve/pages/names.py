"""What an uploaded file may be called: a name that any file system takes, and that still says what the file is."""

from __future__ import annotations

import unicodedata

from connector.archive.metadata.sidecars import is_sidecar
from connector.serve.http import Refused
from connector.serve.pages.belonging import describes

LONGEST = 180  # bytes of a name: what is written beside the file, and a number after it, are to fit too
_REPLACED = str.maketrans(dict.fromkeys('<>:"|?*', "_"))  # what file systems refuse


def cleaned(sent: str) -> str:
    """``sent`` without folders and without what no file system takes, however long."""
    name = unicodedata.normalize("NFC", sent.encode("utf-8", "replace").decode()).replace("\\", "/").rpartition("/")[2]
    name = "".join(" " if c.isspace() else c for c in name if c.isspace() or c.isprintable())
    return " ".join(name.translate(_REPLACED).split()).rstrip(". ")


def safe_name(sent: str) -> str:
    """``sent`` as a file may be called here; Refused where nothing is left of it, where it would be hidden, and where
    it would no longer describe what it was meant to.
    """
    name = cleaned(sent)
    if name.startswith("."):
        raise Refused(400, f"{name[:80]}: its name makes it a hidden file, and those are left alone")
    if not name:
        raise Refused(400, "the file has no name that it could be kept under")
    if describes(name) and not is_sidecar(name):
        raise Refused(400, "it would describe nothing: write what its name ends with in small letters")
    if describes(name) and len(name.encode()) > LONGEST:
        raise Refused(400, "its name is so long that what it describes could not be called the same")
    return _cut(name)


def _cut(name: str) -> str:
    """The name with its beginning cut to what fits; the suffix stays, since it says what the file is."""
    if len(name.encode()) <= LONGEST:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix.encode()) > LONGEST // 3:
        stem, dot, suffix = name, "", ""
    room = LONGEST - len((dot + suffix).encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(". ") + dot + suffix

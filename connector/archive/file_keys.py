"""How the ledger names files of the inbox, and back: any file name as text."""

from __future__ import annotations

import os
import re
from pathlib import Path

_BYTE = re.compile(rb"\\x([89a-f][0-9a-f])")


def key_of(relative: Path) -> str:
    """A path as text that can be written anywhere: bytes that are no UTF-8 as ``\\xef``."""
    return os.fsencode(relative.as_posix()).decode("utf-8", "backslashreplace")


def file_of(folder: Path, key: str) -> Path:
    """The file of ``folder`` that ``key_of`` names so; ``folder / key`` where neither it nor another one is there.

    A name may have a backslash itself: such a file goes before one whose name is no text.
    """
    plain = folder / key
    coded = _BYTE.sub(lambda found: bytes([int(found[1], 16)]), key.encode("utf-8", "surrogateescape"))
    other = folder / os.fsdecode(coded)
    return other if other != plain and not os.path.lexists(plain) and os.path.lexists(other) else plain

"""What lies in a folder, by name: one look serves every file in it. Knows nothing of what the names mean."""

from __future__ import annotations

import os
import time
from functools import lru_cache
from pathlib import Path

# A folder's time says that nothing came or went only once it is older than the clock that stamps it ticks.
SETTLED = 2_000_000_000  # nanoseconds; FAT counts in two seconds


def names_in(folder: Path) -> frozenset[str]:
    """The names in ``folder`` as it is now; none where there is no such folder. Raises OSError where it is barred."""
    try:
        changed = folder.stat().st_mtime_ns
        if abs(time.time_ns() - changed) < SETTLED:
            return frozenset(os.listdir(folder))  # noqa: PTH208  # names alone
        return _listed(os.fspath(folder), changed)
    except (FileNotFoundError, NotADirectoryError):
        return frozenset()


@lru_cache(maxsize=256)
def _listed(folder: str, changed: int) -> frozenset[str]:  # noqa: ARG001  # part of the cache's key
    return frozenset(os.listdir(folder))  # noqa: PTH208

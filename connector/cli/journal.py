"""Lines for systemd's journal: it notes the time of a line itself, and how grave it is by a number before it."""

from __future__ import annotations

import os
import sys
from logging import CRITICAL, ERROR, INFO, WARNING

_GRAVE = ((CRITICAL, 2), (ERROR, 3), (WARNING, 4), (INFO, 6))


def is_read() -> bool:
    """Whether the journal reads our stderr (systemd.exec(5), $JOURNAL_STREAM)."""
    try:
        stderr = os.fstat(sys.stderr.fileno())
    except (OSError, ValueError, AttributeError):  # closed, or a test's own
        return False
    return os.environ.get("JOURNAL_STREAM") == f"{stderr.st_dev}:{stderr.st_ino}"


def graded(text: str, level: int) -> str:
    """``text`` with its grade before each line, as sd-daemon(3) has it; ``level`` is of ``logging``."""
    number = next((number for least, number in _GRAVE if level >= least), 7)
    return "\n".join(f"<{number}>{line}" for line in text.splitlines())

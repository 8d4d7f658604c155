"""The connector at a terminal: a process whose output is a pseudo-terminal, read as it comes."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support import CONNECTOR, WAIT, environment, until

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
ROWS, COLUMNS = 50, 160


def _interruptible() -> None:
    """Ctrl-C ends it, also where a shell that runs the tests in the background has it ignored."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Terminal:
    """One command at a terminal of its own."""

    def __init__(self, home: Path, *arguments: str, **variables: str) -> None:
        self._screen, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.process = subprocess.Popen(
            [*CONNECTOR, *arguments], cwd=home, env=environment() | {"TERM": "xterm"} | variables,
            stdin=theirs, stdout=theirs, stderr=theirs, preexec_fn=_interruptible,
        )  # fmt: skip
        os.close(theirs)
        self._read = bytearray()
        self._reader = threading.Thread(target=self._follow)
        self._reader.start()

    def _follow(self) -> None:
        while True:
            try:
                self._read += os.read(self._screen, 65536)
            except OSError:  # the last one that had the terminal open has gone
                return

    @property
    def raw(self) -> str:
        """All that was written."""
        return self._read.decode("utf-8", "replace")

    @property
    def text(self) -> str:
        """The same without what moves the cursor and colours."""
        return _CONTROL.sub("", self.raw)

    def says(self, pattern: str) -> re.Match[str]:
        """Waits until it has said what ``pattern`` matches."""

        def told() -> re.Match[str] | None:
            if found := re.search(pattern, self.text):
                return found
            assert self.process.poll() is None, f"it ended with {self.process.returncode}\n{self.text}"
            return None

        found = until(told, f"it says {pattern!r}")
        assert isinstance(found, re.Match)
        return found

    def interrupt(self) -> int:
        """Ctrl-C; returns the exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.end()

    def end(self) -> int:
        """Waits for the end; returns the exit code."""
        code = self.process.wait(WAIT)
        self._reader.join(WAIT)
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.end()
        os.close(self._screen)


@contextmanager
def terminal(home: Path, *arguments: str, **variables: str) -> Iterator[Terminal]:
    """The command at a terminal; gone afterwards, whatever happens."""
    opened = Terminal(home, *arguments, **variables)
    try:
        yield opened
    finally:
        opened.close()

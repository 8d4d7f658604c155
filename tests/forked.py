"""Commands of the connector as processes that start at once: forked from one that has imported it all.

Each is a process as a person would start it, with arguments, a folder, an environment, streams and an exit code of its
own; only what every one of them would import and load anew, half a second and with torch two, is there already. The
process they are forked from has no threads, and is one for each of pytest's workers. What starts the connector in
earnest, the daemon among it, does so by ``support.CONNECTOR``.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from connector.cli import main

STREAMS = ("stdin", "stdout", "stderr")

_FORKING = multiprocessing.get_context("forkserver")
_FORKING.set_forkserver_preload(["tests.forked", "tests.loaded"])


def run(
    folder: Path, arguments: Sequence[str], environment: Mapping[str, str], stdin: str, seconds: float
) -> subprocess.CompletedProcess[str]:
    """Runs ``connector ARGUMENTS`` in ``folder``; raises TimeoutExpired where it takes longer than ``seconds``."""
    with TemporaryDirectory() as name:
        streams = Path(name)
        (streams / "stdin").write_text(stdin)
        process = _FORKING.Process(target=_become, args=(folder, arguments, dict(environment), streams))
        process.start()
        process.join(seconds)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(["connector", *arguments], seconds)
        stdout, stderr = ((streams / stream).read_text() for stream in STREAMS[1:])
        return subprocess.CompletedProcess(["connector", *arguments], process.exitcode, stdout, stderr)


def _become(folder: Path, arguments: Sequence[str], environment: Mapping[str, str], streams: Path) -> None:
    """What a process of its own has from its start: ``folder``, ``environment``, the files of ``streams``, chance."""
    for number, name in enumerate(STREAMS):
        file = os.open(streams / name, os.O_RDWR | os.O_CREAT)
        os.dup2(file, number)
        os.close(file)
    sys.stdin, sys.stdout = os.fdopen(0), os.fdopen(1, "w")
    sys.stderr = os.fdopen(2, "w", buffering=1, errors="backslashreplace")
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = [main.__file__, *arguments]
    random.seed()
    main.main()

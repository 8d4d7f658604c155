"""Push: documents a second to a server on this machine: one that only keeps what it is sent, and `connector serve`.

python -m tests.benchmarks.push [--json] [--documents 20000]

The difference is in it, reading the archive is not (`glean` measures that). The servers are processes of their own.
What goes singly is measured with a clock that nobody waits for: with Glean's, 600 documents a minute go.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.benchmarks.glean import documents
from tests.benchmarks.report import Figure, arguments, publish
from tests.glean.misbehaving import TOKEN, serving
from tests.glean.pushing import Things, push_once, things
from tests.support import CONNECTOR, environment, make_home

SINGLY = 2000
ADMINISTRATOR = "administrator-4711"


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--serve", action="store_true", help="be the server")
    options = parser.parse_args()
    if options.serve:
        serve()
        return
    told = things(list(documents(options.documents)))
    few = told | {"documents": told["documents"][:SINGLY]}
    changed = [one | {"title": f"{one['title']}!"} for one in told["documents"][:100]]
    with tempfile.TemporaryDirectory() as folder, server() as url:
        ledger = Path(folder) / "ledger.db"
        push = pusher(ledger, url)
        figures = [
            Figure("as one upload", len(told["documents"]) / push(told, 0), "docs/s"),
            Figure("nothing changed", push(told), "s"),
            Figure("a hundred changed", push(told | {"documents": changed + told["documents"][100:]}), "s"),
            Figure("singly, but for Glean's limit", SINGLY / pusher(ledger.with_name("other.db"), url)(few), "docs/s"),
        ]
    with tempfile.TemporaryDirectory() as folder, local_glean(Path(folder) / "home") as url:
        seconds = pusher(Path(folder) / "ledger.db", url, ADMINISTRATOR)(told, 0)
        figures.append(Figure("as one upload into `connector serve`", len(told["documents"]) / seconds, "docs/s"))
    publish("push", [Figure("documents", options.documents, "documents"), *figures], options.json)


def pusher(ledger: Path, url: str, token: str = TOKEN) -> Callable[..., float]:
    def push(told: Things, bulk_above: int = 10**9) -> float:
        """Seconds that it takes."""
        started = time.monotonic()
        push_once(ledger, url, told, bulk_above=bulk_above, token=token)
        return time.monotonic() - started

    return push


@contextmanager
def server() -> Iterator[str]:
    """The address of a server in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.push", "--serve"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.communicate("")


@contextmanager
def local_glean(home: Path) -> Iterator[str]:
    """The address of an empty archive's `connector serve`."""
    make_home(home, glean="{datasource: others}")
    command = [*CONNECTOR, "serve", "--port", "0"]
    told = environment() | {"CONNECTOR_TOKEN": ADMINISTRATOR}
    with subprocess.Popen(command, cwd=home, env=told, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        line = next(line for line in process.stderr if "serving http" in line)
        try:
            yield line.split("serving ")[1].split()[0]
        finally:
            process.terminate()


def serve() -> None:
    with serving() as served:
        print(served.url, flush=True)
        sys.stdin.read()


if __name__ == "__main__":
    main()

"""All benchmarks, one after another, but `gpu`, which is of a machine with one."""

from __future__ import annotations

import subprocess
import sys

COMMANDS: tuple[tuple[str, ...], ...] = (
    ("reading",), ("ingest",), ("writing",), ("durability",), ("search",), ("suggest",),
    ("queries", "--seconds", "120"), ("glean",), ("push",), ("serve",), ("faults",), ("quality",), ("training",),
    ("tokenizers",), ("little",), ("continuing",), ("sampling",),
)  # fmt: skip


def main() -> None:
    codes = [
        subprocess.run(
            [sys.executable, "-m", f"tests.benchmarks.{name}", *options, *sys.argv[1:]], check=False
        ).returncode
        for name, *options in COMMANDS
    ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()

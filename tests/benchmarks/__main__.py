"""All benchmarks, one after another."""

from __future__ import annotations

import subprocess
import sys

NAMES = (
    "reading", "ingest", "writing", "search", "suggest", "glean", "push", "serve", "quality", "training", "tokenizers",
    "little", "continuing", "sampling",
)  # fmt: skip


def main() -> None:
    codes = [
        subprocess.run([sys.executable, "-m", f"tests.benchmarks.{name}", *sys.argv[1:]], check=False).returncode
        for name in NAMES
    ]
    sys.exit(max(codes))


if __name__ == "__main__":
    main()

"""The demo: every step a command anybody can type, its words and its output printed, in an archive of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from importlib import resources
from pathlib import Path

FOLDER = Path(".demo")
BUDGET = 20  # seconds of training: enough to see it learn


def say(line: str) -> None:
    """A line on stdout, before the next command writes its own."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def step(told: str, *arguments: str) -> None:
    """Says what comes, runs ``connector ARGUMENTS`` in the demo's folder, and ends the demo where it fails."""
    say(f"\n\x1b[1m{told}\x1b[0m" if sys.stdout.isatty() else f"\n{told}")
    say(f"$ connector {shlex.join(arguments)}")
    command = [sys.executable, "-m", "connector", *arguments]
    own = {name: value for name, value in os.environ.items() if name != "CONNECTOR_CONFIG"}
    code = subprocess.run(command, cwd=FOLDER, env=own, check=False).returncode  # noqa: S603  # no shell
    if code != 0:
        sys.exit(code)


def main() -> None:
    started = time.monotonic()
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    step(f"An archive of its own, in {FOLDER}", "init", ".")
    settings = FOLDER / "config.yaml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text.replace("budget: 60 ", f"budget: {BUDGET} "), encoding="utf-8")
    with resources.as_file(resources.files("connector.examples").joinpath("talks")) as talks:
        shutil.copytree(talks, FOLDER / "inbox", dirs_exist_ok=True)
    step(
        "Three talks lie in its inbox: Premiere text, Premiere CSV, SRT. They are taken in.",
        "ingest",
        "inbox",
    )
    step("A phrase is found, at the moment it is said.", "search", '"rubber band"')
    step("Words of one speaker.", "search", "water speaker:inspector", "--limit", "1")
    step("A person who is not in the group `support` does not find what only that group may see.",
         "search", "switch", "--as", "ann@example.com")  # fmt: skip
    step("A typing error is met with what the archive knows.", "search", "expanson joint")
    step(f"The character GPT learns for {BUDGET} s, from what everyone may see, and draws samples.", "train")
    step("Samples are found only where they are asked for, and say what they are.",
         "search", "the", "--kind", "sample", "--limit", "2")  # fmt: skip
    step("Everything that may leave, as pages for Glean's indexing API.", "export")
    step("How things stand.", "status")
    say(f"\nThat took {time.monotonic() - started:.0f} s. The archive is in {FOLDER}; `make run` starts yours.")


if __name__ == "__main__":
    main()

"""What several tests need: transcripts written to files, and the connector run as the process a person would start."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from connector import config as configuration
from connector.archive.ledger import Ledger
from connector.archive.ledger.foreign import ForeignDocument, Key
from connector.archive.ledger.uploads import Page, staged_document
from connector.cli.main import application
from connector.config import Settings
from tests import forked

SHARED = Path(__file__).parents[1].parent / "shared"

CONNECTOR = [sys.executable, "-m", "connector"]
WAIT = 30.0  # seconds until something that should happen at once counts as never


def settings_of(home: Path) -> Settings:
    """What its config.yaml says."""
    return configuration.load(home / "config.yaml").settings


def srt(lines: Sequence[str], *, every: float = 4.0, start: float = 1.0) -> str:
    """A SubRip text with ``lines`` as cues, ``every`` so many seconds."""
    blocks = []
    for number, line in enumerate(lines):
        begin = start + number * every
        blocks.append(f"{number + 1}\n{_clock(begin)} --> {_clock(begin + every - 0.5)}\n{line}\n")
    return "\n".join(blocks)


def _clock(seconds: float) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d},{ms % 1000:03d}"


# Parts of sentences as people say them, so that no quality gate minds them.
_WHO = (
    "most of|one of|a lot of|some of|half of|all of|a couple of|many of",
    "the people|my friends|our customers|the users|the others|your children|those women|the students",
)
_DOES = (
    "wanted to|had to|would like to|decided to|were able to|should|tried to|used to",
    "talk about|look at|go back to|think about|work on|ask for|find out about|make up",
)
_WHAT = (
    "a kind of|the side of|an example of|part of|a piece of|the end of|a number of|the history of",
    "this problem|that story|our plan|this house|his country|your school|their game|an old city",
)
_WHEN = (
    "in the|during the|before the|after the|through the|since the|until the|for the",
    "first week|last summer|next night|whole war|new season|long meeting|early hour|cold winter",
)


def talk(name: str, count: int = 6) -> str:
    """A small talk whose every line holds ``name``, and whose other words are its own, as those of two talks are."""
    draw = random.Random(name)
    parts = [part.split("|") for pair in (_WHO, _DOES, _WHAT, _WHEN) for part in pair]
    said = [" ".join(map(draw.choice, parts)) for _ in range(count)]
    return srt([f"About {name}, part {number}, {words}." for number, words in enumerate(said)])


def make_home(folder: Path, **sections: str) -> Path:
    """A configured folder; ``sections`` are lines of YAML by section. Returns the folder.

    The language model is asked about new transcripts only where a test says so: it takes seconds each time.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["inbox: inbox", "data: data", "ingest: {settle: 0.1, rescan: 1}"]
    sections.setdefault("train", "{auto: false}")
    sections.setdefault("serve", "{auto: false}")
    sections.setdefault("quality", "{bits_a_character: null}")
    lines = [line for line in lines if line.partition(":")[0] not in sections]
    lines += [f"{name}: {value}" for name, value in sections.items()]
    (folder / "config.yaml").write_text("\n".join(lines) + "\n")
    (folder / "inbox").mkdir(exist_ok=True)
    return folder


def environment() -> dict[str, str]:
    """Ours, without what would lead the connector to another configuration."""
    return {name: value for name, value in os.environ.items() if name != "CONNECTOR_CONFIG"}


def connector(home: Path, *arguments: str, code: int = 0, stdin: str = "") -> str:
    """Runs a command in ``home`` and returns its stdout; fails the test where the exit code is not ``code``."""
    done = run(home, *arguments, stdin=stdin)
    assert done.returncode == code, f"exit {done.returncode}, not {code}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def run(home: Path, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    """Runs a command in ``home``."""
    return forked.run(home, arguments, environment(), stdin, seconds=120)


def connector_json(home: Path, *arguments: str) -> Any:
    """The JSON value a command prints."""
    return json.loads(connector(home, *arguments, "--json"))


def command(home: Path, *arguments: str) -> str:
    """What a command prints, run in this process; raises what it raises."""
    typed = ["--config", str(home / "config.yaml"), *arguments]
    done = CliRunner().invoke(application(typed), typed, catch_exceptions=False)
    return done.stdout


def found(home: Path, query: str, **options: str) -> list[dict[str, Any]]:
    """The hits of a search; none while there is no index. The command itself, without a process of its own: tests ask
    it again and again, and a process takes half a second.
    """
    arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
    typed = ["--config", str(home.absolute() / "config.yaml"), "search", query, "--json", *arguments]
    done = CliRunner().invoke(application(typed), typed)
    return list(json.loads(done.stdout)["hits"]) if done.exit_code == 0 else []


def until(true: Callable[[], Any], what: str, seconds: float = WAIT) -> Any:
    """Waits for ``true`` to become so and returns its value; fails the test after ``seconds``."""
    deadline = time.monotonic() + seconds
    while True:
        asked = time.monotonic()
        if value := true():
            return value
        assert time.monotonic() < deadline, f"not within {seconds:.0f} s: {what}"
        # A search takes as long as several of these naps: what is waited for needs the processor more.
        time.sleep(min(0.5, max(0.02, 2 * (time.monotonic() - asked))))


def _note(ident: str) -> str:
    return f'{{"id":"{ident}","objectType":"Note"}}'


def stale_documents(ledger_file: Path) -> None:
    """Of ten documents of the datasource `wiki` a second upload, a month ago, brought only ``a`` and ``b``."""
    month_ago = datetime.now(UTC) - timedelta(days=30)
    for more, idents in enumerate(("abcdefghij", "ab")):
        with Ledger.open(ledger_file, clock=lambda: month_ago + timedelta(hours=more)) as ledger:  # noqa: B023
            ledger.put_datasource({"name": "wiki"})
            kept = [ForeignDocument(Key("wiki", "Note", one), f"wiki/Note/{one}", _note(one)) for one in idents]
            ledger.take_page(Page("wiki", "documents", "", str(more), [*map(staged_document, kept)], True, True))


class DaemonProcess:
    """``connector run``, or ``serve``, in a process of its own, its lines in a file."""

    def __init__(self, home: Path, *command: str, **variables: str) -> None:
        self.home = home
        self.log_file = home / "daemon.txt"
        with self.log_file.open("ab") as log:
            self.process = subprocess.Popen(
                [*CONNECTOR, *(command or ("run",))],
                cwd=home,
                env=environment() | variables,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    @property
    def log(self) -> str:
        return self.log_file.read_text(encoding="utf-8", errors="replace")

    def says(self, text: str, times: int = 1, seconds: float = WAIT) -> None:
        """Waits until it has said ``text``."""

        def told() -> bool:
            assert self.process.poll() is None, f"the daemon ended with {self.process.returncode}\n{self.log}"
            return self.log.count(text) >= times

        until(told, f"daemon says {text!r}", seconds)

    def stop(self) -> int:
        """SIGTERM, as a service manager would; returns the exit code."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(WAIT)

    def kill(self) -> None:
        """SIGKILL."""
        self.process.kill()
        self.process.wait(WAIT)


@contextmanager
def serving_process(home: Path, *options: str, **variables: str) -> Iterator[str]:
    """``connector serve`` in a process of its own, on a port that was free; yields its address."""
    running = DaemonProcess(home, "serve", "--port", "0", *options, **variables)
    try:
        running.says("stop with Ctrl-C")
        yield running.log.rpartition("serving ")[2].split()[0]
        assert running.stop() == 0, running.log
    finally:
        if running.process.poll() is None:
            running.kill()


@contextmanager
def daemon(home: Path) -> Iterator[DaemonProcess]:
    """A running daemon that is gone afterwards, whatever happens."""
    running = DaemonProcess(home)
    try:
        running.says("watching")
        yield running
    finally:
        if running.process.poll() is None:
            running.kill()

"""The daemon's side of pushing: a child process of low priority pushes once it has been quiet; what came of it is told.

A child, so that no drop waits for a push: it has its own interpreter, and the ledger's lock only for moments. What
fails for a reason that may pass is tried again after growing pauses, what a person must decide once something changes.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from connector.archive.ledger import Ledger
from connector.archive.pushes import PUSH_LAST, mark_of, told_elsewhere
from connector.archive.writer import Say
from connector.config import Settings
from connector.config_file import identity_file
from connector.counting import counted
from connector.glean.destination import place_of

RETRY_FIRST, RETRY_LONGEST = 60.0, 3600.0  # seconds until a failed push is tried again; doubles
STOP_WAIT = 5.0  # seconds a child gets to end
LOG = "push.log"
CHILD = (sys.executable, "-m", "connector.daemon.pusher")


def told_of(report: dict[str, Any]) -> str:
    """What came of a push, in a line."""
    documents, sent, removed = report["sent"].get("document", 0), report["sent"], report["removed"]
    others = sum(sent.values()) - documents
    return (
        f"pushed: {counted(documents, 'document')} and {others:,} others sent, {sum(removed.values()):,} removed"
        f" ({report['seconds']:.1f} s)"
    )


class Pushing:
    """The pushes of one archive, at most one at a time. Does nothing where ``push.auto`` is off."""

    def __init__(
        self,
        ledger: Ledger,
        settings: Settings,
        config_file: Path,
        say: Say,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._settings = settings
        self._config_file = config_file
        self._say = say
        self._clock = clock
        self._child: subprocess.Popen[str] | None = None
        self._not_before = 0.0
        self._failures = 0
        self._mark = ""  # of what was there when the last push began
        self._elsewhere: list[dict[str, Any]] = []  # as it was last said
        self._given_up = ""  # the mark of what cannot be pushed as it is

    @property
    def running(self) -> bool:
        return self._child is not None

    def due(self) -> bool:
        """Whether something changed that was not pushed, and it is time."""
        if not self._settings.push.auto or self._child or self._clock() < self._not_before:
            return False
        mark = self._mark_now()
        last = self._ledger.get_state(PUSH_LAST)
        return mark != self._given_up and (last is None or last["mark"] != mark)

    def _mark_now(self) -> str:
        return mark_of(self._ledger, self._settings, identity_file(self._config_file), place_of(self._settings))

    def start(self) -> None:
        """Starts a push. It reads the configuration as it is now, and is remembered by the mark we shall look for."""
        self._mark = self._mark_now()
        with (self._settings.log_folder / LOG).open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
                [*CHILD, "--config", str(self._config_file), "--mark", self._mark],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for us to pass on
            )  # fmt: skip

    def step(self) -> None:
        """Says what came of a push that has ended since."""
        child = self._child
        if child is None or child.poll() is None:
            return
        assert child.stdout
        said = child.stdout.read()  # one value, shorter than a pipe holds
        self._forget_child()
        try:
            self._tell(json.loads(said))
        except json.JSONDecodeError:
            self._fail(f"its process ended with code {child.returncode}; see {self._settings.log_folder / LOG}", "")

    def _tell(self, told: dict[str, Any]) -> None:
        if "failed" in told:
            self._fail(told["failed"], told["hint"], lasting=told["lasting"])
            return
        self._failures = 0
        self._not_before = self._clock() + self._settings.push.debounce  # what changes all the time goes together
        if any(told["sent"].values()) or any(told["removed"].values()):
            self._say(told_of(told))
        if told["elsewhere"] != self._elsewhere:
            self._elsewhere = told["elsewhere"]
            for line in told_elsewhere(self._elsewhere):
                self._say(line)
        if told["refused_total"]:
            first = told["refused"][0]
            self._say(f"push: {told['refused_total']:,} refused, the first {first['key']}: {first['reason']}")

    def _fail(self, reason: str, hint: str, *, lasting: bool = False) -> None:
        pause = min(RETRY_FIRST * 2.0**self._failures, RETRY_LONGEST)
        self._failures += 1
        self._not_before = self._clock() + (0.0 if lasting else pause)
        if lasting:
            self._given_up = self._mark
        again = "again once something changes" if lasting else f"again in {pause:,.0f} s"
        self._say("\n  ".join(filter(None, (f"push failed: {reason}", hint, again))))

    def stop(self) -> None:
        """Ends a push under way: the next goes on there."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._forget_child()

    def _forget_child(self) -> None:
        child, self._child = self._child, None
        for pipe in (child.stdin, child.stdout) if child else ():
            if pipe:
                pipe.close()

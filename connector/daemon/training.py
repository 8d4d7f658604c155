"""The parent's side of a training: a child process of low priority learns and samples, and tells what it does.

The parent never imports torch. It reads the child's lines, records the checkpoint that is ready, and can stop the child
at any moment: the child saves and goes on there the next time. A child whose parent dies sees its input end, and stops.
"""

from __future__ import annotations

import contextlib
import json
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from connector.archive.checkpoints import drop_rows_without_weights, reconcile
from connector.archive.corpus import corpus_hash, trainable
from connector.archive.rows import CheckpointRow, SampleRow, dump
from connector.archive.writer import Archive, Say
from connector.errors import BadInputError
from model.run_state import discard_run

STOP_WAIT = 25.0  # seconds a child gets to save before it is killed
RETRY_FIRST, RETRY_LONGEST = 60.0, 3600.0  # seconds until a failed training is tried again; doubles

Message = dict[str, Any]


class Training:
    """The trainings of one archive, at most one at a time. Used from one thread; ``wake`` is called from another."""

    def __init__(self, archive: Archive, config_file: Path, say: Say, wake: Callable[[], None]) -> None:
        self._archive = archive
        self._config_file = config_file
        self._say = say
        self._wake = wake
        self._child: subprocess.Popen[str] | None = None
        self._messages: SimpleQueue[Message] = SimpleQueue()
        self._told_end = False
        self._due: tuple[int, bool] | None = None
        self._not_before = 0.0
        self._failures = 0
        self.progress: Message | None = None
        reconcile(archive.ledger, archive.settings)

    @property
    def running(self) -> bool:
        return self._child is not None

    def due(self) -> bool:
        """Whether there is text the newest checkpoint was not trained for, and that has not failed already."""
        if time.monotonic() < self._not_before:
            return False
        generation = self._archive.ledger.generation()
        if self._due is None or self._due[0] != generation:
            self._due = (generation, self._is_due())
        return self._due[1]

    def _is_due(self) -> bool:
        settings, ledger = self._archive.settings, self._archive.ledger
        texts = trainable(ledger, settings.permissions, settings.train.train_on)
        corpus = corpus_hash(texts)
        checkpoints = ledger.checkpoints()
        failed = (ledger.get_state("training_failed") or {}).get("corpus")
        return bool(texts) and corpus not in (checkpoints[-1].corpus if checkpoints else None, failed)

    def start(self, command: str, options: Message) -> None:
        """Starts a child that does ``train`` (fresh) or ``sample`` (count, prompt, seed).

        Raises BadInputError where one is at work, and where there is nothing to read or no checkpoint to draw from.
        """
        if self._child:
            raise BadInputError("a training is under way", hint="`connector status` shows how far it is.")
        settings, ledger = self._archive.settings, self._archive.ledger
        if not trainable(ledger, settings.permissions, settings.train.train_on):
            raise BadInputError(
                f"there is nothing the model may read (train_on: {settings.train.train_on},"
                f" {len(ledger.transcript_ids()):,} transcripts)",
                hint="Take transcripts in first; train_on: open reads what every user of the datasource may see.",
            )
        if command == "sample" and not ledger.checkpoints():
            raise BadInputError("there is no checkpoint to draw samples from", hint="`connector train` makes one.")
        arguments = [command, "--config", str(self._config_file), "--options", dump(options)]
        with (self._archive.settings.log_folder / "training.log").open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
                [sys.executable, "-m", "connector.daemon.trainer", *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for us to pass on
            )  # fmt: skip
        self._told_end = False
        threading.Thread(target=self._listen, args=(self._child,), daemon=True).start()

    def _listen(self, child: subprocess.Popen[str]) -> None:
        assert child.stdout is not None
        for line in child.stdout:
            with contextlib.suppress(json.JSONDecodeError):
                self._messages.put(json.loads(line))
                self._wake()
        self._messages.put({"event": "ended", "code": child.wait()})
        self._wake()

    def poll(self) -> Iterator[Message]:
        """What the child told since the last call, each acted upon before it is handed out.

        After ``checkpoint`` and ``samples`` the ledger has changed: bring the index to it.
        """
        while True:
            try:
                message = self._messages.get_nowait()
            except Empty:
                return
            self._act(message)
            yield message

    def _act(self, message: Message) -> None:
        ledger = self._archive.ledger
        match message["event"]:
            case "say":
                self._say(message["text"])
            case "progress":
                self.progress = message
            case "checkpoint":
                ledger.add_checkpoint(CheckpointRow(**message["checkpoint"]))
                ledger.set_state("training_failed", None)
                self._failures = 0
                drop_rows_without_weights(ledger, self._archive.settings)  # those the training pruned
            case "samples":
                ledger.put_samples(message["checkpoint"], [SampleRow(**sample) for sample in message["samples"]])
            case "failed":
                self._fail(message)
            case "ended":
                self._end(message["code"])

    def _fail(self, message: Message) -> None:
        """A text that cannot be learned from is not tried again until it changes; whatever else may pass is, later."""
        self._told_end = True
        self._say(f"training failed: {message['reason']}; the last checkpoint, the index and search stay as they were")
        reason = {"reason": message["reason"], "corpus": message["corpus"] if message["lasting"] else None}
        self._archive.ledger.set_state("training_failed", reason)
        self._not_before = time.monotonic() + min(RETRY_FIRST * 2.0**self._failures, RETRY_LONGEST)
        self._failures += 1

    def _end(self, code: int) -> None:
        child, self._child, self.progress, self._due = self._child, None, None, None
        if child and child.stdin:
            child.stdin.close()
        if child and child.stdout:
            child.stdout.close()
        if code != 0 and not self._told_end:
            log = self._archive.settings.log_folder / "training.log"
            self._fail({"reason": f"the training process ended with code {code}; see {log}", "lasting": False})

    def ask_to_stop(self) -> None:
        """Has the child save and end."""
        if self._child:
            self._told_end = True  # whatever code it ends with, it was asked to
            self._child.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """Has the child save and end; returns when it has."""
        child = self._child
        if child is None:
            return
        self.ask_to_stop()
        try:
            child.wait(STOP_WAIT)
        except subprocess.TimeoutExpired:
            child.kill()
        while self._child:
            self._act(self._messages.get())

    def abandon(self) -> None:
        """Ends a training under way and keeps nothing of it: what it reads was forgotten."""
        if self._child:
            self._told_end = True
            self._child.kill()
            while self._child:
                self._act(self._messages.get())
            discard_run(self._archive.settings.model_folder)

"""The parent's side of a training: a child process of low priority weighs what is new, learns, samples, and tells.

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
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from connector.archive.checkpoints import drop_rows_without_weights, reconcile
from connector.archive.corpus import corpus_hash, trainable
from connector.archive.judging import asked_model
from connector.archive.rows import CheckpointRow, SampleRow, dump
from connector.archive.writer import Archive, Say
from connector.daemon.telling import Told
from connector.errors import BadInputError
from model.run_state import discard_run

STOP_WAIT = 25.0  # seconds a child gets to save before it is killed
RETRY_FIRST, RETRY_LONGEST = 60.0, 3600.0  # seconds until a failed training is tried again; doubles

TRAIN, SCORE = "train", "score"
CHANGING = ("checkpoint", "samples", "weighed")  # the messages after which the ledger is another

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
        self._command = ""  # what the child does, or the last one did
        self._waiting: list[str] = []  # what the language model was to be asked about when the last child began
        self._reads = frozenset[str]()  # what the training under way has said it reads
        self._due: tuple[int, set[str]] | None = None
        self._not_before = {TRAIN: 0.0, SCORE: 0.0}
        self._failures = {TRAIN: 0, SCORE: 0}
        self.progress: Message | None = None
        reconcile(archive.ledger, archive.settings)
        if archive.settings.quality.bits_a_character is None and (freed := archive.ledger.drop_weighed()):
            say(f"the language model is not asked any more: {len(freed):,} transcripts are judged without it")

    @property
    def running(self) -> bool:
        return self._child is not None

    @property
    def scoring(self) -> bool:
        """Whether the child only asks the language model: nothing is lost, and no command waits for its end."""
        return self._child is not None and self._command == SCORE

    def due(self, *, train: bool = True) -> str | None:
        """The command that is to be done, which is ``train`` only where the caller wants that, or None.

        ``train``: there is text the newest checkpoint was not trained for, and that has not failed already; it begins
        with what ``score`` does. ``score``: there are transcripts the language model was not asked about.
        """
        generation = self._archive.ledger.generation()
        if self._due is None or self._due[0] != generation:
            waits = {TRAIN: self._is_due(), SCORE: bool(self._unweighed())}
            self._due = (generation, {command for command, due in waits.items() if due})
        ready = {command for command in self._due[1] if time.monotonic() >= self._not_before[command]}
        return TRAIN if train and TRAIN in ready else SCORE if SCORE in ready else None

    def _unweighed(self) -> list[str]:
        limit, model = self._archive.settings.quality.bits_a_character, asked_model()
        return self._archive.ledger.unweighed(model, limit) if limit and model else []

    def _is_due(self) -> bool:
        settings, ledger = self._archive.settings, self._archive.ledger
        texts = trainable(ledger, settings.permissions, settings.train.train_on)
        corpus = corpus_hash(texts)
        checkpoints = ledger.checkpoints()
        failed = (ledger.get_state("training_failed") or {}).get("corpus")
        return bool(texts) and corpus not in (checkpoints[-1].corpus if checkpoints else None, failed)

    def start(self, command: str, options: Message) -> None:
        """Starts a child that does ``train`` (fresh, seconds), ``sample`` (count, prompt, seed), ``import`` (folder) or
        ``score``.

        Raises BadInputError where one is at work, and where there is nothing to read or no checkpoint to draw from.
        One that only scores makes way, and is done with the next training.
        """
        if self.scoring:
            self.stop()
        if self._child:
            raise BadInputError("a training is under way", hint="`connector status` shows how far it is.")
        settings, ledger = self._archive.settings, self._archive.ledger
        if command != SCORE and not trainable(ledger, settings.permissions, settings.train.train_on):
            raise BadInputError(
                f"there is nothing the model may read (train_on: {settings.train.train_on},"
                f" {len(ledger.transcript_ids()):,} transcripts)",
                hint="Take transcripts in first; train_on: open reads what every user of the datasource may see.",
            )
        if command == "sample" and not ledger.checkpoints():
            raise BadInputError("there is no checkpoint to draw samples from", hint="`connector train` makes one.")
        arguments = [command, "--config", str(self._config_file), "--options", dump(options)]
        self._command, self._waiting = command, self._unweighed()
        with self._log_file().open("wb") as log:
            self._child = subprocess.Popen(  # noqa: S603  # our own interpreter and module, no shell
                [sys.executable, "-m", "connector.daemon.trainer", *arguments],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, encoding="utf-8",
                start_new_session=True,  # Ctrl-C is for us to pass on
            )  # fmt: skip
        self._told_end, self._reads = False, frozenset()
        threading.Thread(target=self._listen, args=(self._child,), daemon=True).start()

    def _log_file(self) -> Path:
        return self._archive.settings.log_folder / ("scoring.log" if self._command == SCORE else "training.log")

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

        After those of ``CHANGING`` the ledger has changed: bring the index to it.
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
            case "reads":
                self._reads = frozenset(message["transcripts"])
            case "progress":
                self.progress = message
            case "checkpoint":
                ledger.add_checkpoint(CheckpointRow(**message["checkpoint"]))
                ledger.set_state("training_failed", None)
                self._failures[TRAIN] = 0
                drop_rows_without_weights(ledger, self._archive.settings)  # those the training pruned
            case "weighed":
                self._weighed(message)
            case "samples":
                ledger.put_samples(message["checkpoint"], [SampleRow(**sample) for sample in message["samples"]])
            case "failed":
                self._fail(message)
            case "ended":
                self._end(message["code"])

    def _weighed(self, message: Message) -> None:
        """Keeps what the language model thinks of a transcript, and says where that changes its verdict."""
        ledger, ident = self._archive.ledger, message["id"]
        by = {"model": message["model"], "threshold": message["threshold"]}
        verdict = ledger.put_weighed(ident, message["cues_hash"], message["weighed"], **by)
        if verdict and (row := ledger.transcript(ident)):
            what = "held, by what the language model thinks of it" if verdict == "held" else "no longer held"
            told = f"{row.metadata.title or 'Untitled'}: {what}: connector review show {ident}"
            self._say(Told.of(ledger.files_of(ident), told))

    def _fail(self, message: Message) -> None:
        """A text that cannot be learned from is not tried again until it changes; whatever else may pass is, later."""
        self._told_end = True
        if self._command == SCORE:
            self._say(f"the language model could not be asked about new transcripts: {message['reason']}")
        elif self._command != TRAIN:  # asked for by a person, who is told; nothing of it is tried again
            self._say(f"{self._command} failed: {message['reason']}")
            return
        else:
            stays = "the last checkpoint, the index and search stay as they were"
            self._say(f"training failed: {message['reason']}; {stays}")
            reason = {"reason": message["reason"], "corpus": message["corpus"] if message["lasting"] else None}
            self._archive.ledger.set_state("training_failed", reason)
        wait = min(RETRY_FIRST * 2.0 ** self._failures[self._command], RETRY_LONGEST)
        self._not_before[self._command] = time.monotonic() + wait
        self._failures[self._command] += 1

    def _end(self, code: int) -> None:
        child, self._child, self.progress, self._due = self._child, None, None, None
        if child and child.stdin:
            child.stdin.close()
        if child and child.stdout:
            child.stdout.close()
        if code != 0 and not self._told_end:
            self._fail({"reason": f"its process ended with code {code}; see {self._log_file()}", "lasting": False})
        elif self._command == SCORE and not self._told_end:
            if self._waiting == self._unweighed():
                self._fail({"reason": "it says nothing of any"})  # so that nothing is asked for ever
            else:
                self._failures[SCORE] = 0

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

    def keep_within_rights(self, *, wait: float = 0.0) -> bool:
        """Gives up a training that reads what the model may not read any more, the next one in ``wait`` seconds at the
        earliest; whether the ledger is another then.
        """
        settings, ledger = self._archive.settings, self._archive.ledger
        if not self._child or self._reads <= trainable(ledger, settings.permissions, settings.train.train_on).keys():
            return False
        self._say("the training is given up: what it reads may not be read any more")
        self._not_before[TRAIN] = time.monotonic() + wait
        return self.abandon()

    def reads(self, idents: Iterable[str]) -> bool:
        """Whether the training under way has said that it reads one of these transcripts."""
        return self._child is not None and not self._reads.isdisjoint(idents)

    def abandon(self) -> bool:
        """Ends a training under way and keeps nothing of it: what it reads was forgotten. Whether what it had told by
        then made the ledger another.
        """
        changed = False
        if self._child and not self.scoring:
            self._told_end = True
            if self._command != TRAIN:
                self._say(f"{self._command} was ended, since a transcript was forgotten: ask for it again")
            self._child.kill()
            while self._child:
                message = self._messages.get()
                self._act(message)
                changed |= message["event"] in CHANGING
            discard_run(self._archive.settings.model_folder)
        return changed

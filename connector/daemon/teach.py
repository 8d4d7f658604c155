"""A training or sampling asked for by hand: in a child of this process where the lock is free, else by the daemon."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import asdict
from queue import SimpleQueue
from types import FrameType
from typing import Any

from connector.archive.reading import trainable
from connector.archive.writer import Archive, DataFolderInUseError, Say, writing
from connector.config import Config
from connector.daemon.operations import ask_daemon
from connector.daemon.training import Message, Training
from connector.errors import BadInputError

Show = Callable[[Message], None]


def teach(config: Config, command: str, options: Message, say: Say, show: Show) -> dict[str, Any]:
    """Does ``train`` or ``sample`` and returns what came of it; ``show`` is handed every progress message.

    Ctrl-C and SIGTERM have the child save; the next training goes on there.
    """
    try:
        with writing(config.settings, say) as archive:
            return _in_child(archive, config, command, options, say, show)
    except DataFolderInUseError:
        return ask_daemon(config.settings, command, options, say)


def _in_child(archive: Archive, config: Config, command: str, options: Message, say: Say, show: Show) -> dict[str, Any]:
    settings, ledger = archive.settings, archive.ledger
    archive.view.sync()
    if not trainable(ledger, settings.permissions, settings.train.train_on):
        raise BadInputError(
            f"there is nothing the model may read (train_on: {settings.train.train_on},"
            f" {len(ledger.transcript_ids()):,} transcripts)",
            hint="Take transcripts in first; with train_on: open it reads what every user of the datasource may see.",
        )
    if command == "sample" and not ledger.checkpoints():
        raise BadInputError("there is no checkpoint to draw samples from", hint="`connector train` makes one.")
    bell: SimpleQueue[None] = SimpleQueue()
    training = Training(archive, config.file, say, lambda: bell.put(None))
    told: dict[str, Message] = {}

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)
        bell.put(None)

    stopped: list[int] = []
    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        training.start(command, options)
        while training.running:
            bell.get()
            if stopped:
                say("saving; the next training goes on here")
                training.stop()
            for message in training.poll():
                told[message["event"]] = message
                show(message)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if "failed" in told:
        raise BadInputError(told["failed"]["reason"])
    newest = ledger.checkpoints()
    return {
        "stopped": bool(stopped),
        "checkpoint": told["checkpoint"]["checkpoint"] if "checkpoint" in told else None,
        "samples": [asdict(sample) for sample in ledger.samples(newest[-1].id)] if newest else [],
    }

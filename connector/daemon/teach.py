"""A training or sampling asked for by hand: in a child of this process where the lock is free, else by the daemon."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import asdict
from queue import SimpleQueue
from types import FrameType
from typing import Any

from connector.archive.writer import Archive, Say
from connector.config import Config
from connector.daemon.operations import here_or_daemon
from connector.daemon.training import Message, Training
from connector.errors import BadInputError

_NOTHING = {"train": "nothing was trained", "sample": "nothing was drawn", "import": "nothing was taken over"}

Show = Callable[[Message], None]


def teach(config: Config, command: str, options: Message, say: Say, show: Show) -> dict[str, Any]:
    """Does ``train``, ``sample`` or ``import``; what came of it. ``show`` is handed every message of the child.

    Ctrl-C and SIGTERM have the child save; the next training goes on there. Where nothing is to be saved, SystemExit
    with 128 and the signal's number. The daemon, where it is at work, starts the
    same and answers ``{"started": true}``.
    """
    return here_or_daemon(
        config.settings, command, options, say,
        lambda archive: _in_child(archive, config, command, options, say, show),
        lambda done, total: show({"event": "index", "done": done, "total": total}),
    )  # fmt: skip


def _in_child(archive: Archive, config: Config, command: str, options: Message, say: Say, show: Show) -> dict[str, Any]:
    archive.view.sync()
    bell: SimpleQueue[None] = SimpleQueue()
    stopped: list[int] = []
    told: dict[str, Message] = {}

    def stop(number: int, _: FrameType | None) -> None:
        stopped.append(number)
        bell.put(None)

    training = Training(archive, config.file, say, lambda: bell.put(None))
    training.start(command, options)
    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        while training.running:
            bell.get()
            if stopped:
                training.ask_to_stop()
            for message in training.poll():
                told[message["event"]] = message
                show(message)
        archive.view.sync()
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    if "failed" in told:
        raise BadInputError(told["failed"]["reason"])
    if stopped and not told.keys() & {"checkpoint", "samples", "saved"}:
        say(f"stopped: {_NOTHING[command]}")
        raise SystemExit(128 + stopped[0])
    drawn = told.get("samples")
    return {
        "stopped": bool(stopped),
        "checkpoint": told["checkpoint"]["checkpoint"] if "checkpoint" in told else None,
        "samples": [asdict(sample) for sample in archive.ledger.samples(drawn["checkpoint"])] if drawn else [],
    }

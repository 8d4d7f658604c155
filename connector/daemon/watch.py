"""watchdog's events, as the few things the loop needs to know. Runs on the observer's thread."""

from __future__ import annotations

import os
from enum import Enum, auto
from pathlib import Path
from queue import SimpleQueue
from typing import NamedTuple

from watchdog.events import (
    DirCreatedEvent,
    DirDeletedEvent,
    DirMovedEvent,
    FileClosedEvent,
    FileCreatedEvent,
    FileDeletedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer
from watchdog.observers.api import BaseObserver

from connector.archive.metadata.sidecars import is_sidecar


class What(Enum):
    """What happened to a path."""

    TOUCHED = auto()
    CLOSED = auto()
    GONE = auto()
    LOOK = auto()  # at the whole inbox: a folder came, went or moved, or a sidecar changed
    WAKE = auto()  # something else asks for attention: a signal, the training


class Event(NamedTuple):
    what: What
    path: Path


class Watch(FileSystemEventHandler):
    """Puts an Event a file-system event into ``queue`` while the observer runs."""

    def __init__(self, queue: SimpleQueue[Event]) -> None:
        self._queue = queue

    def on_any_event(self, event: FileSystemEvent) -> None:
        path = _path(event.src_path)
        match event:
            case DirCreatedEvent() | DirDeletedEvent():
                self._put(What.LOOK, path)
            case DirMovedEvent():
                self._put(What.LOOK, path)
            case FileMovedEvent():
                self._put(What.GONE, path)
                self._put(What.CLOSED, _path(event.dest_path))
            case FileDeletedEvent():
                self._put(What.GONE, path)
            case FileClosedEvent():
                self._put(What.CLOSED, path)
            case FileCreatedEvent() | FileModifiedEvent():
                self._put(What.TOUCHED, path)

    def _put(self, what: What, path: Path) -> None:
        self._queue.put(Event(What.LOOK if is_sidecar(path.name) else what, path))


def _path(value: bytes | str) -> Path:
    return Path(os.fsdecode(value))


def watch(folder: Path, queue: SimpleQueue[Event]) -> BaseObserver:
    """Starts watching ``folder`` and everything below it; the caller stops the observer."""
    observer = Observer()
    observer.schedule(Watch(queue), str(folder), recursive=True)
    observer.start()
    return observer

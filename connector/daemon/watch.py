"""watchdog's events, as the few things the loop needs to know. Runs on the observer's thread."""

from __future__ import annotations

import logging
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

log = logging.getLogger("connector")
logging.getLogger("watchdog").addHandler(logging.NullHandler())  # it complains of events that come while it is stopped


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


class InboxWatch:
    """Keeps ``folder`` and all below it watched, also where it is taken away and another takes its place."""

    def __init__(self, folder: Path, queue: SimpleQueue[Event], *, else_every: float) -> None:
        """``else_every``: how often somebody looks at the folder where it cannot be watched, to be told; in seconds."""
        self._folder, self._queue, self._else_every = folder, queue, else_every
        self._observer: BaseObserver | None = None
        self._watched: tuple[int, int] | None = None  # device and inode of the folder; (0, 0): it is gone

    def is_there(self, *, only_look: bool = False) -> bool:
        """Whether the folder is there, which is then watched, unless one shall only look."""
        try:
            info = self._folder.stat()
        except OSError as error:
            if self._watched != (0, 0):
                log.warning("the inbox %s is gone (%s); waiting for it", self._folder, error.strerror)
            self._watched = (0, 0)
            return False
        if self._watched != (info.st_dev, info.st_ino) and not only_look:
            self._watch()
        self._watched = (info.st_dev, info.st_ino)
        return True

    def stop(self) -> None:
        """Watches it no longer."""
        if self._observer:
            self._observer.stop()
        self._observer = None

    def _watch(self) -> None:
        self.stop()
        observer = Observer()
        try:
            observer.schedule(Watch(self._queue), str(self._folder), recursive=True)
            observer.start()
        except OSError as error:  # the system's limit of watches, as a rule
            log.warning("cannot watch the inbox (%s); looking at it every %g s instead", error, self._else_every)
            return
        self._observer = observer
        log.info("watching %s", self._folder)

"""The outgoing documents of one moment on disk: read from the ledger and checked once, however long the sending takes.

A snapshot of the ledger that lasts as long as a push would keep the daemon's log of changes from being tidied up for an
hour. The file has no name, so that nothing is left of it whatever ends the process.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, Self

from connector.archive.rows import dump
from connector.glean.fingerprint import fingerprint

Payload = dict[str, Any]


class Entry(NamedTuple):
    """Where a document lies in the spool; ``hash`` is its fingerprint, ``size`` the bytes it has on the wire."""

    key: str
    hash: str
    at: int
    length: int
    size: int


class Spool:
    """Documents by key (``objectType/id``), in the order they were written."""

    def __init__(self, folder: Path) -> None:
        self._file = tempfile.TemporaryFile(dir=folder)  # noqa: SIM115  # closed with us
        self.entries: dict[str, Entry] = {}
        self._content = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    @property
    def content(self) -> str:
        """A hash of all that was written."""
        return self._content.hexdigest()

    @property
    def hashes(self) -> dict[str, str]:
        return {key: entry.hash for key, entry in self.entries.items()}

    def fill(self, documents: Iterable[Payload], check: Callable[[Payload, int], None]) -> None:
        """Writes all ``documents``; ``check`` is handed each with the bytes it has on the wire."""
        for document in documents:
            text = dump(document)
            line = text.encode("utf-8", "surrogatepass")
            # the client escapes what is not ASCII
            size = len(line) if text.isascii() else len(json.dumps(document, separators=(",", ":")))
            check(document, size)
            content = fingerprint(document, line)
            self._content.update(content.encode())
            key = key_of(str(document.get("objectType")), str(document.get("id")))
            self.entries[key] = Entry(key, content, self._file.tell(), len(line), size)
            self._file.write(line)

    def read(self, entry: Entry) -> Payload:
        """The document as it was written."""
        self._file.seek(entry.at)
        return dict(json.loads(self._file.read(entry.length)))

    def batches(self, keys: Iterable[str], most: int, most_bytes: int) -> Iterator[list[Entry]]:
        """The documents of ``keys`` in batches of at most ``most``, and of no more bytes than fit."""
        batch: list[Entry] = []
        used = 0
        for entry in (self.entries[key] for key in keys):
            if batch and (len(batch) == most or used + entry.size > most_bytes):
                yield batch
                batch, used = [], 0
            batch.append(entry)
            used += entry.size + 1
        if batch:
            yield batch


def key_of(object_type: str, ident: str) -> str:
    """A document's key in the ledger's account of what was pushed."""
    return f"{object_type}/{ident}"


def halves(batch: Sequence[Entry]) -> tuple[Sequence[Entry], Sequence[Entry]]:
    middle = len(batch) // 2
    return batch[:middle], batch[middle:]

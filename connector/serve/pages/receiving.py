"""Files that a browser sends (multipart/form-data, RFC 7578), written as they arrive into hidden files of the inbox.

Nothing of them is held in memory, however large they are. They get their names once all have arrived.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import secrets
import shutil
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from connector.config import Settings
from connector.serve.http import Refused
from connector.serve.pages.belonging import is_recording
from connector.serve.pages.filing import PART, Arrived, Filed, clear_old_parts, file_all, folder_in
from connector.serve.pages.names import cleaned, safe_name

MOST_FILES = 1_000
MOST_FIELDS = 100
LONGEST_FIELD = 10_000  # bytes
AT_ONCE = 1 << 20  # bytes that are written in one go
SPARE = 100 << 20  # bytes of the disk that stay free


@dataclass
class _Part:
    """One file on its way; ``refused`` says why nothing more of it is kept."""

    sent: str
    name: str
    path: Path | None = None
    file: BinaryIO | None = None
    most: int = 0  # bytes; 0: any
    size: int = 0
    refused: str = ""
    hash: hashlib._Hash = field(default_factory=hashlib.sha256)


class Receiving:
    """The files of one request; ``fields`` are what else the form says, which must come before the files."""

    def __init__(self, settings: Settings, boundary: bytes) -> None:
        self.fields: dict[str, str] = {}
        self._settings = settings
        self._parts: list[_Part] = []
        self._folder: Path | None = None
        self._header = self._value = b""
        self._headers: dict[bytes, bytes] = {}
        self._field: tuple[str, bytes] | None = None
        self._current: _Part | None = None
        self._ended = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._headers.clear,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
        )

    def feed(self, data: bytes) -> None:
        """The next bytes of the body; Refused where they are no form, or the disk is full."""
        if self._folder is not None:
            demand_room(self._folder, len(data))
        try:
            self._parser.write(data)
        except MultipartParseError as error:
            raise Refused(400, f"the form cannot be read: {error}") from error

    def finish(self) -> list[Filed]:
        """Gives the files their names.

        Refused where the form has no end: then a file may be half of one.
        """
        if not self._ended:
            raise Refused(400, "the upload broke off")
        if self._folder is None:
            return []
        arrived = [
            Arrived(part.sent, part.name, part.path, part.hash.hexdigest(), part.refused) for part in self._parts
        ]
        return file_all(arrived, self._folder, self._settings.inbox)

    def clear(self) -> None:
        """Away with what has no name yet."""
        for part in self._parts:
            if part.file:
                part.file.close()
            if part.path:
                with suppress(OSError):
                    part.path.unlink(missing_ok=True)

    # -- what the parser tells

    def _on_end(self) -> None:
        self._ended = True

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        _, told = parse_options_header(self._headers.get(b"content-disposition", b""))
        name, sent = told.get(b"name", b"").decode("utf-8", "replace"), told.get(b"filename")
        self._field = self._current = None
        if sent is None:
            self._field = (name, b"")
        elif sent:  # else a field for files in which nobody put one
            self._current = self._begun(sent.decode("utf-8", "replace"))

    def _begun(self, sent: str) -> _Part:
        if len(self._parts) >= MOST_FILES:
            raise Refused(413, f"more than {MOST_FILES:,} files at once")
        if self._folder is None:
            self._folder = folder_in(self._settings.inbox, self._settings.data, self.fields.get("collection", ""))
            clear_old_parts(self._folder)
        try:
            part = _Part(cleaned(sent), safe_name(sent))
        except Refused as refused:
            part = _Part(cleaned(sent), sent[:200], refused=refused.text)
        else:
            part.path = self._folder / f"{PART}{secrets.token_hex(8)}"
            part.file = part.path.open("xb")
            part.most = 0 if is_recording(part.name) else self._settings.ingest.max_megabytes << 20
        self._parts.append(part)
        return part

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        piece = data[start:end]
        if self._field:
            self._field = (self._field[0], self._field[1] + piece)
            if len(self._field[1]) > LONGEST_FIELD:
                raise Refused(413, "a field of the form is too long")
        if (part := self._current) is None or part.file is None:
            return
        part.size += len(piece)
        if part.most and part.size > part.most:
            part.refused = (
                f"larger than the {part.most >> 20} MB that are read of a transcript;"
                " raise ingest.max_megabytes in config.yaml if it really is one"
            )
            part.file.close()
            part.file = None
            return
        part.file.write(piece)
        part.hash.update(piece)

    def _on_part_end(self) -> None:
        if self._field:
            if self._field[0] == "collection" and self._parts:
                raise Refused(400, "collection: it must come before the files, which else go elsewhere")
            if len(self.fields) >= MOST_FIELDS:
                raise Refused(413, f"the form has more than {MOST_FIELDS} fields")
            self.fields[self._field[0]] = self._field[1].decode("utf-8", "replace")
        if self._current and self._current.file:
            self._current.file.flush()
            os.fsync(self._current.file.fileno())
            self._current.file.close()
            self._current.file = None
        self._field = self._current = None


def demand_room(folder: Path, size: int) -> None:
    """Refused where the disk of ``folder`` has no room for ``size`` bytes more."""
    if size + SPARE > shutil.disk_usage(folder).free:
        raise Refused(507, "there is not that much room left on the disk of the inbox", {"connection": "close"})


async def receive(request: Request, settings: Settings) -> list[Filed]:
    """What became of each file in the form."""
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise Refused(400, "files are sent as multipart/form-data")
    declared = request.headers.get("content-length", "")
    receiving = Receiving(settings, options[b"boundary"])
    try:
        demand_room(settings.inbox, int(declared) if declared.isdecimal() else 0)
        waiting = bytearray()
        async for piece in request.stream():
            waiting += piece
            if len(waiting) >= AT_ONCE:
                await run_in_threadpool(receiving.feed, bytes(waiting))
                waiting.clear()
        await run_in_threadpool(receiving.feed, bytes(waiting))
        return await run_in_threadpool(receiving.finish)
    except asyncio.CancelledError as error:  # by the server, which waits no longer
        raise Refused(503, "the server stops", {"connection": "close"}) from error
    except ClientDisconnect as error:
        raise Refused(400, "the upload broke off") from error
    except OSError as error:  # of the disk
        raise Refused(507, f"nothing can be written into the inbox: {error.strerror}") from error
    finally:
        receiving.clear()

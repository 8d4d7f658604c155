"""Files of the index with a checksum a page, mapped into memory; each page is checked when it is first read.

The checksums stand behind what Whoosh wrote, so that any Whoosh reads the file too. Checking by page costs opening
nothing, and a search what it reads: a whole large index takes a second. What does not hold is ``IndexDamaged``, so
nothing wrong is ever decoded, served or, in the table of contents, unpickled. A file that is cut short while it is open
ends the process that reads beyond its end (SIGBUS): nothing of ours does that, files are only made and removed.
"""

from __future__ import annotations

import mmap
import os
import struct
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
from whoosh.filedb.structfile import BufferFile

from indexer.errors import IndexDamaged

_SHIFT = 14
PAGE = 1 << _SHIFT  # bytes; ten hits with their payloads read some twenty pages, 10 µs each
_TAIL = struct.Struct("<QI8s")  # bytes before the checksums, the checksum of these and that number, the mark
_MARK = b"checked1"


def seal(path: Path) -> None:
    """Appends the checksums (CRC-32, zlib's) of the pages of the file to it and has all of it reach the disk."""
    with path.open("rb+") as file:
        length, sums = 0, []
        while page := file.read(PAGE):
            length += len(page)
            sums.append(crc32(page))
        table = np.array(sums, "<u4").tobytes()
        file.write(table + _TAIL.pack(length, _sum_of(table, length), _MARK))
        file.flush()
        os.fsync(file.fileno())


def _sum_of(table: bytes, length: int) -> int:
    return crc32(length.to_bytes(8, "little"), crc32(table))


class _Pages:
    """The bytes of a sealed file without its checksums, and which pages were found to be right."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            # An empty file cannot be mapped.
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else b""
        whole = memoryview(self._map)
        self.path = path
        end = size - _TAIL.size
        length, total, mark = _TAIL.unpack(whole[end:]) if end >= 0 else (0, 0, b"")
        pages = (length + PAGE - 1) >> _SHIFT
        table = bytes(whole[length:end]) if mark == _MARK else b""
        if mark != _MARK or length + 4 * pages != end or _sum_of(table, length) != total:
            raise self._damage()
        self.view = whole[:length]
        self._sums = np.frombuffer(table, "<u4")
        self._right = bytearray(pages)

    def check(self, start: int, end: int) -> None:
        """Raises ``IndexDamaged`` unless the bytes from ``start`` to ``end`` are as they were written."""
        page, last = start >> _SHIFT, (end - 1 >> _SHIFT) + 1
        while (page := self._right.find(0, page, last)) >= 0:
            if crc32(self.view[page << _SHIFT : page + 1 << _SHIFT]) != self._sums[page]:
                raise self._damage()
            self._right[page] = 1

    def release(self) -> None:
        """Has what was read of the file no longer count as this process's memory; it is read again when it is asked
        for.
        """
        if isinstance(self._map, mmap.mmap) and hasattr(self._map, "madvise"):  # not so on Windows
            self._map.madvise(mmap.MADV_DONTNEED)

    def _damage(self) -> IndexDamaged:
        return IndexDamaged(f"{self.path.name} in {self.path.parent} is not as it was written: rebuild the index.")


class MappedFile(BufferFile):  # type: ignore[misc]
    """A sealed file, or a part of one, as Whoosh reads files; a part is a view, not a copy.

    Read it by ``get``, ``get_array`` and ``file``: these check. Raises ``IndexDamaged``, ``FileNotFoundError``.
    """

    def __init__(self, pages: _Pages, start: int, length: int, name: str) -> None:
        super().__init__(b"", name=name)
        self._pages, self._start, self._length = pages, start, length
        self.file = _Cursor(self)

    @classmethod
    def open(cls, path: Path) -> MappedFile:
        """The whole file."""
        pages = _Pages(path)
        return cls(pages, 0, len(pages.view), path.name)

    def __len__(self) -> int:
        return self._length

    def subset(self, position: int, length: int, name: str | None = None) -> MappedFile:
        length = max(0, min(length, self._length - position))
        return MappedFile(self._pages, self._start + position, length, name or self._name)

    def get(self, position: int, length: int) -> bytes:
        start = self._start + position
        end = min(start + length, self._start + self._length)
        self._pages.check(start, end)
        return bytes(self._pages.view[start:end])

    def unpack(self, layout: struct.Struct, position: int) -> tuple[Any, ...]:
        """What is laid out so at the byte ``position``."""
        start = self._start + position
        self._pages.check(start, start + layout.size)
        return layout.unpack_from(self._pages.view, start)

    def release(self) -> None:
        """Gives back the memory of what was read of the whole file; see there."""
        self._pages.release()

    def check(self, start: int = 0, end: int | None = None) -> None:
        """Raises ``IndexDamaged`` unless all of it, or what is from ``start`` to ``end``, is as it was written."""
        self._pages.check(self._start + start, self._start + (self._length if end is None else end))


class _Cursor:
    """What Whoosh and pickle want of an open file, over ``part``."""

    def __init__(self, part: MappedFile) -> None:
        self._part = part
        self._at = 0

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        self._at = offset + (0, self._at, len(self._part))[whence]
        if self._at < 0:
            raise ValueError("a place before the start of the file")
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        left = max(0, len(self._part) - self._at)
        found = self._part.get(self._at, left if size is None or size < 0 else min(size, left))
        self._at += len(found)
        return found

    def readline(self) -> bytes:
        start = self._at
        while chunk := self.read(4096):
            if (found := chunk.find(b"\n")) >= 0:
                self._at += found + 1 - len(chunk)
                break
        return self._part.get(start, self._at - start)

    def close(self) -> None:
        """The system unmaps the file when the last view of it is gone."""

"""What is learned from: texts with an id, in memory or in a file of which never more than a block is held.

A document is read in pieces, again and again: to be counted, hashed, encoded, compared. This module must not know
vocabularies, training or torch.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryFile
from typing import BinaryIO, NamedTuple, Protocol

from model.errors import TextError

BLOCK = 1 << 20  # bytes of a file in memory at once, some four times as many while they are encoded
BYTE_ORDER_MARK = "\ufeff".encode()


class Document(Protocol):
    """A text to learn from, and the id by which it can be forgotten."""

    @property
    def id(self) -> str: ...

    @property
    def characters(self) -> int:
        """How many it has."""
        ...

    def pieces(self) -> Iterator[str]:
        """The text, piece by piece; the same ones each time. Raises TextError where its file has changed."""
        ...

    def cut(self, at: int) -> tuple[Document, Document]:
        """Its first `at` characters and the rest, both under its id."""
        ...


@dataclass(frozen=True, slots=True)
class Text:
    """A document in memory."""

    id: str
    text: str

    @property
    def characters(self) -> int:
        return len(self.text)

    def pieces(self) -> Iterator[str]:
        yield self.text

    def cut(self, at: int) -> tuple[Text, Text]:
        return Text(self.id, self.text[:at]), Text(self.id, self.text[at:])


class Block(NamedTuple):
    """A piece of a file: where its bytes begin, how many they are, and how many characters."""

    start: int
    size: int
    characters: int


@dataclass(frozen=True, slots=True)
class StoredText:
    """A document in a file that stays open: its characters number `first` up to `last` of the `blocks`.

    `decode` makes a block's text of its bytes.
    """

    id: str
    file: BinaryIO
    blocks: Sequence[Block]
    decode: Callable[[bytes], str]
    first: int
    last: int

    @property
    def characters(self) -> int:
        return self.last - self.first

    def pieces(self) -> Iterator[str]:
        at = 0  # characters before the block
        for block in self.blocks:
            if at < self.last and at + block.characters > self.first:
                yield self._read(block)[max(0, self.first - at) : self.last - at]
            at += block.characters

    def cut(self, at: int) -> tuple[StoredText, StoredText]:
        middle = self.first + at
        return replace(self, last=middle), replace(self, first=middle)

    def _read(self, block: Block) -> str:
        self.file.seek(block.start)
        try:
            text = self.decode(self.file.read(block.size))
        except UnicodeDecodeError:
            text = ""
        if len(text) != block.characters:
            raise TextError(f"{self.id}: the file has changed while it was read")
        return text


def says_something(document: Document) -> bool:
    """Whether there is more in it than white space."""
    return any(piece.strip() for piece in document.pieces())


@contextmanager
def text_file(path: Path) -> Iterator[StoredText]:
    """A file of UTF-8 as a document, its name the id, with the line ends of every system as one character.

    Raises TextError, naming the first wrong byte, where it is no such file; OSError where it cannot be read.
    """
    with path.open("rb") as opened, _seekable(opened) as file:
        start = len(BYTE_ORDER_MARK) if file.read(len(BYTE_ORDER_MARK)) == BYTE_ORDER_MARK else 0
        blocks = []
        while data := _block(file, start):
            try:
                characters = len(_lines(data))
            except UnicodeDecodeError as error:
                raise TextError(f"{path}: byte {start + error.start:,} is no UTF-8 text") from error
            blocks.append(Block(start, len(data), characters))
            start += len(data)
        yield StoredText(path.name, file, blocks, _lines, 0, sum(block.characters for block in blocks))


@contextmanager
def stored(texts: Iterable[tuple[str, str]], folder: Path) -> Iterator[list[StoredText]]:
    """(id, text) each as a document, held in a file in `folder` that has no name and is gone when this process is."""
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryFile(dir=folder) as file:
        documents, at = [], 0
        for name, text in texts:
            blocks = []
            for first in range(0, len(text), BLOCK):
                piece = text[first : first + BLOCK]
                size = file.write(piece.encode("utf-8", "surrogatepass"))  # what is damaged stays so
                blocks.append(Block(at, size, len(piece)))
                at += size
            documents.append(StoredText(name, file, blocks, _as_it_was, 0, len(text)))
        yield documents


def _block(file: BinaryIO, start: int) -> bytes:
    """What is read at once from `start` on: whole lines where a line ends in it, else whole characters."""
    file.seek(start)
    data = file.read(BLOCK)
    if len(data) < BLOCK:
        return data
    end = data.rfind(b"\n") + 1
    if end == 0:
        end = len(data) - 1  # a last \r may be half of a line's end
        while end > 1 and data[end] & 0xC0 == 0x80:
            end -= 1
    return data[:end]


def _lines(data: bytes) -> str:
    text = data.decode()
    return text.replace("\r\n", "\n").replace("\r", "\n") if "\r" in text else text


def _as_it_was(data: bytes) -> str:
    return data.decode("utf-8", "surrogatepass")


@contextmanager
def _seekable(file: BinaryIO) -> Iterator[BinaryIO]:
    """The file, or a copy of it where it can be read but once."""
    if file.seekable():
        yield file
        return
    with TemporaryFile() as copy:
        shutil.copyfileobj(file, copy)
        copy.seek(0)
        yield copy

"""Word documents (``.docx``) to text: a line a paragraph, a line with tabs a table row; what is no Word document is
refused by name.

Knows nothing of formats. Reads one part of the archive only, as a stream, and no more of it than a transcript needs.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from io import BytesIO
from typing import Any, Protocol
from xml.sax import SAXException
from xml.sax.handler import ContentHandler, feature_namespaces

from defusedxml.common import DefusedXmlException
from defusedxml.sax import make_parser

from connector.errors import TranscriptError

_BODY = re.compile(r"word/document\d{0,2}\.xml")  # Word for the web also writes document2.xml
_OFFICE = (("word/", "a Word document"), ("xl/", "an Excel workbook"), ("ppt/", "a PowerPoint file"))
_NAMESPACES = (
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main",  # ECMA-376, transitional
    "http://purl.oclc.org/ooxml/wordprocessingml/main",  # strict
)
_COMPATIBILITY = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_CHUNK = 64 * 1024
_LARGEST_BODY = 64 * 1024 * 1024  # bytes unpacked: a hundred hours of speech
_LARGEST_RATIO = 250  # unpacked to packed; real documents stay below 60
_MOST_ENTRIES = 5_000  # files in the archive; a Word document has some dozens, with pictures hundreds
_LEAST_ENTRY = 46  # bytes of a directory's entry without its name
_RATIO_COUNTS_FROM = 4 * 1024 * 1024
_HINT = "open it in Word and save it as plain text or as a new .docx, or export the transcript as WebVTT"
_TEXT_HINT = "export the transcript as text, CSV, JSON, SRT or WebVTT and drop that file"
# What zipfile raises on archives that are not what they say.
_ZIP_ERRORS = (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, LookupError, OverflowError)


def docx_text(data: bytes) -> str:
    """The text of a Word document (ECMA-376): paragraphs end lines, tabs and line breaks are kept.

    Hyperlinks and tracked insertions are part of it, tracked deletions and field codes are not; the cells of a table
    row stand on one line with tabs between them. Raises ``TranscriptError`` where ``data`` is another kind of ZIP
    archive, encrypted, damaged, or unpacks to more than any transcript is.
    """
    if _entries(data) > _MOST_ENTRIES:
        raise TranscriptError("this is a ZIP archive of very many files, not a transcript", hint=_TEXT_HINT)
    try:
        with zipfile.ZipFile(BytesIO(data)) as archive:
            info = _body(archive)
            body = _Body()
            parser = _parser(body)
            for chunk in _chunks(archive, info):
                parser.feed(chunk)
            parser.close()
    except DefusedXmlException as error:  # a ValueError too
        raise TranscriptError(
            "this is a Word document with XML entities in it, not a transcript: Word never writes them", hint=_HINT
        ) from error
    except _ZIP_ERRORS as error:
        raise TranscriptError(f"this is {_kind_of_bytes(data)}, not a transcript: it is damaged", hint=_HINT) from error
    except (RuntimeError, NotImplementedError) as error:  # encrypted, or packed in a way the library lacks
        raise TranscriptError(
            "this is an encrypted or unusually packed ZIP archive, not a transcript that can be read", hint=_HINT
        ) from error
    except SAXException as error:
        raise TranscriptError(
            f"this is a damaged Word document, not a transcript that can be read: {_said(error)}", hint=_HINT
        ) from error
    return body.text()


def _entries(data: bytes) -> int:
    """How many files the archive says it holds, from its end record; by its directory's size where that lies."""
    end = data.rfind(b"PK\x05\x06")
    if end < 0 or len(data) < end + 16:
        return 0
    stated, size = (
        int.from_bytes(data[end + 10 : end + 12], "little"),
        int.from_bytes(data[end + 12 : end + 16], "little"),
    )
    return max(stated, size // _LEAST_ENTRY // 4)


def _body(archive: zipfile.ZipFile) -> zipfile.ZipInfo:
    names = archive.namelist()
    for name in names:
        if _BODY.fullmatch(name):
            return archive.getinfo(name)
    kind = next((what for folder, what in _OFFICE for name in names if name.startswith(folder)), "a ZIP archive")
    raise TranscriptError(f"this is {kind}, not a transcript", hint=_TEXT_HINT)


def _chunks(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[bytes]:
    """The unpacked bytes, counted as they come: the sizes an archive states may lie."""
    most = min(_LARGEST_BODY, max(_RATIO_COUNTS_FROM, _LARGEST_RATIO * max(info.compress_size, 1)))
    too_large = TranscriptError(
        f"this is a Word document that unpacks to more than {most // 1024 // 1024} MB, not a transcript",
        hint="split the document, or export the transcript as text",
    )
    if info.file_size > most:
        raise too_large
    unpacked = 0
    with archive.open(info) as part:
        while chunk := part.read(_CHUNK):
            unpacked += len(chunk)
            if unpacked > most:
                raise too_large
            yield chunk


class _Parser(Protocol):
    """What of the incremental SAX parser is used."""

    def feed(self, data: bytes) -> None: ...

    def close(self) -> None: ...


def _parser(handler: ContentHandler) -> _Parser:
    parser: Any = make_parser()
    parser.forbid_dtd = True
    parser.setFeature(feature_namespaces, True)
    parser.setContentHandler(handler)
    result: _Parser = parser
    return result


class _Body(ContentHandler):
    """Collects the text of ``w:t`` and what separates it; skips what is not part of the text as it stands."""

    # Properties hold tab *stops*; mc:Fallback repeats a text box for old programs.
    _SKIPPED = frozenset({"pPr", "rPr", "tblPr", "sectPr", "del", "moveFrom"})
    _SIGNS = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "ptab": "\t"}  # noqa: RUF012

    def __init__(self) -> None:
        super().__init__()
        self._pieces: list[str] = []
        self._skipping = 0
        self._in_text = 0
        self._cells = 0  # open table cells, one in another where tables are nested

    def startElementNS(self, name: tuple[str | None, str], _qname: Any, _attributes: Any) -> None:  # noqa: N802
        tag = self._tag(name)
        if self._skipping or tag in self._SKIPPED:
            self._skipping += 1
        elif tag == "t":
            self._in_text += 1
        elif tag == "tc":
            self._cells += 1
        elif tag in self._SIGNS:
            sign = self._SIGNS[tag]
            self._pieces.append(" " if self._cells and sign == "\n" else sign)

    def endElementNS(self, name: tuple[str | None, str], _qname: Any) -> None:  # noqa: N802
        if self._skipping:
            self._skipping -= 1
            return
        tag = self._tag(name)
        if tag == "t":
            self._in_text -= 1
        elif tag == "p":
            self._pieces.append(" " if self._cells else "\n")
        elif tag == "tc":
            self._cells -= 1
            self._pieces.append("\t" if self._cells == 0 else " ")
        elif tag == "tr" and not self._cells:
            self._pieces.append("\n")

    def characters(self, content: str) -> None:
        if self._in_text and not self._skipping:
            self._pieces.append(content)

    def text(self) -> str:
        text = "".join(self._pieces)
        return "\n".join(line.rstrip(" \t") for line in text.split("\n")) if "\t\n" in text else text

    @staticmethod
    def _tag(name: tuple[str | None, str]) -> str:
        space, tag = name
        if space in _NAMESPACES:
            return tag
        return "del" if space == _COMPATIBILITY and tag == "Fallback" else ""


def _kind_of_bytes(data: bytes) -> str:
    """What the file names inside a damaged archive betray."""
    sample = data[:_CHUNK]
    return next((what for folder, what in _OFFICE if folder.encode() in sample), "a ZIP archive")


def _said(error: SAXException) -> str:
    return " ".join(str(error.getMessage()).split())[:80]

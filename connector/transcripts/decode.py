"""Bytes to text: byte-order marks, UTF-16 without one, legacy code pages, Word documents; what is no text is refused
by name.

Knows nothing of formats: it hands on the whole text with ``\\n`` line ends and without control characters.
"""

from __future__ import annotations

import codecs
import re

import numpy as np
from charset_normalizer import from_bytes

from connector.errors import TranscriptError
from connector.transcripts.docx import docx_text

LOST = "\ufffd"  # stands in the text where bytes were no character
_SAMPLE = 64 * 1024
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Offset, magic number, what to call it. Sources: the formats' specifications, as collected by file(1).
_MAGIC = (
    (0, b"\x89PNG\r\n\x1a\n", "a PNG image"),
    (0, b"\xff\xd8\xff", "a JPEG image"),
    (0, b"GIF8", "a GIF image"),
    (0, b"%PDF-", "a PDF document"),
    (0, b"{\\rtf", "an RTF document"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office document"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (0, b"Rar!\x1a\x07", "a RAR archive"),
    (4, b"ftyphei", "a HEIC image"),
    (4, b"ftypmif1", "a HEIC image"),
    (4, b"ftypavif", "an AVIF image"),
    (4, b"ftyp", "an MP4 or QuickTime recording"),
    (0, b"II*\x00", "a TIFF image"),
    (0, b"MM\x00*", "a TIFF image"),
    (0, b"\x1a\x45\xdf\xa3", "a Matroska or WebM recording"),
    (8, b"WEBPVP8", "a WebP image"),
    (0, b"RIFF", "a WAV or AVI recording"),
    (0, b"OggS", "an Ogg recording"),
    (0, b"fLaC", "a FLAC recording"),
    (0, b"ID3", "an MP3 recording"),
    (0, b"SQLite format 3\x00", "an SQLite database"),
    (0, b"\x7fELF", "a program"),
    (0, b"bplist", "a binary property list"),
    (3, b"STL25.01", "a binary EBU STL subtitle file"),
    (3, b"STL30.01", "a binary EBU STL subtitle file"),
)
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")  # the stream a password puts an Office file into
_TEXT_HINT = "export the transcript as text, CSV, JSON, SRT or WebVTT and drop that file"
# Code pages that transcripts are met in; a closed list keeps the guess quick and sober.
_CODE_PAGES = [
    "cp1252", "cp1250", "cp1251", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "koi8_r", "mac_roman",
    "cp932", "euc_jp", "gb18030", "big5", "cp949",
]  # fmt: skip
# What languages of a Latin page write beyond ASCII. The pages differ in few places, where the general
# guess is a draw; õ and û are left to Hungarian, which has ő and ű there in cp1250 and little else to be
# told by.
_LATIN_LETTERS = {
    "cp1252": "äöüßéèêëàâáãåæçîïíìñôóòøœùúÿ¿¡",
    "cp1250": "áčďéěíňóřšťúůýžąćęłńśźżőűäöüßşţ",
    "cp1254": "çğışöüâ",
    "cp1257": "ąčęėįšųūžāēģīķļņõäöü",
    "mac_roman": "äöüßéèêëàâáãåæçîïíìñôóòøœùúÿ¿¡",
}
_MARKS = "’‘“”„–—…«»°"
_CONTROLS = bytes(code for code in range(32) if code not in (9, 10, 13)) + b"\x7f"
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]+")
_CONTROL_CHARACTERS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def decode(data: bytes) -> str:
    """The text of ``data``: ``\\n`` line ends, no byte-order mark, no control characters but tab and line
    end.

    Raises ``TranscriptError`` where the bytes are empty, or no text at all. Linear in
    ``len(data)``; only the guess of a legacy code page is made from a sample.
    """
    if not data:
        raise TranscriptError("the file is empty")
    if data.startswith(_ZIP):
        return _checked(_CONTROL_CHARACTERS.sub("", docx_text(data)))
    _refuse_magic(data)
    encoding, start = _unicode_encoding(data)
    text = _decode_unicode(data[start:], encoding) if encoding else _decode_bytes(data)
    return _checked(text)


def _checked(text: str) -> str:
    if "\ufeff" in text:  # marks left inside where files were joined
        text = text.replace("\ufeff", "")
    if not text or text.isspace():
        raise TranscriptError("the file is empty")
    return text


def _refuse_magic(data: bytes) -> None:
    for offset, magic, what in _MAGIC:
        if data.startswith(magic, offset):
            if _ENCRYPTED in data[: 16 * _SAMPLE]:
                what = "an Office document locked with a password"
            raise TranscriptError(f"this is {what}, not a transcript", hint=_TEXT_HINT)


def _unicode_encoding(data: bytes) -> tuple[str, int]:
    """The encoding a mark or the pattern of zero bytes betrays ("" for none), and where the text starts."""
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return encoding, len(mark)
    sample = data[: _SAMPLE // 4]
    if 0 not in sample:
        return "", 0
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    # Times and line ends are ASCII in every language: in UTF-16 each of them has one zero byte, always on
    # one side.
    if even + odd >= max(2, len(sample) // 12):
        if odd >= 19 * even:
            return "utf-16-le", 0
        if even >= 19 * odd:
            return "utf-16-be", 0
    return "", 0


def _decode_unicode(data: bytes, encoding: str) -> str:
    if encoding == "utf-8":
        return _decode_bytes(data)
    text = data.decode(encoding, errors="replace")
    sample = text[:_SAMPLE]
    if len(_CONTROL_CHARACTERS.findall(sample)) + sample.count(LOST) > len(sample) // 10:
        raise _binary()
    text = text.replace("\r\r\n", "\n").replace("\r\n", "\n").replace("\r", "\n")
    return _CONTROL_CHARACTERS.sub("", text)


def _decode_bytes(data: bytes) -> str:
    """Text of one byte or more a character, where no byte of a character is a control character."""
    if any(control in data for control in _CONTROLS):  # nearly never, and soon found out
        sample = data[:_SAMPLE]
        if len(sample) - len(sample.translate(None, _CONTROLS)) > len(sample) // 10:
            raise _binary()
        data = data.translate(None, _CONTROLS)
    if b"\r" in data:
        data = _with_line_ends(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    text = data.decode("utf-8", errors="replace")
    if _is_damaged_utf8(data, text):
        return text
    page = _guess_code_page(data)
    if page is not None:
        return data.decode(page, errors="replace")
    if text.count(LOST) > len(text) // 10:
        raise _binary()
    return text


def _with_line_ends(data: bytes) -> bytes:
    """``data`` with ``\\n`` for each line end."""
    signs = np.frombuffer(data, np.uint8)
    returns = np.flatnonzero(signs[:-1] == ord("\r"))
    if data[-1:] != b"\r" and (signs[returns + 1] == ord("\n")).all():
        return data.replace(b"\r", b"")
    # \r\r\n is a Windows line end written twice through a text layer
    return data.replace(b"\r\r\n", b"\n").replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _is_damaged_utf8(data: bytes, text: str) -> bool:
    """Whether ``data``, of which ``text`` is what UTF-8 makes, is UTF-8 with a few bytes lost and no other code page.

    Bytes beyond ASCII that stand together are hardly ever UTF-8 by chance: of those in legacy pages a fifth at most, in
    Chinese, and in Western ones none.
    """
    lost = text.count(LOST)
    if lost * 20 <= len(text) - len(text.encode("ascii", errors="ignore")):
        return True
    together = _BEYOND_ASCII.findall(data)
    return 2 * sum(map(_is_utf8, together)) >= len(together)


def _is_utf8(data: bytes) -> bool:
    """Whether ``data`` is UTF-8; its last character may lack its last byte, as of an emoji that was cut."""
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data" and error.end - error.start > 2
    return True


def _guess_code_page(data: bytes) -> str | None:
    """The likeliest legacy code page, from the lines that are not plain ASCII; None where it is like none."""
    telling = b"\n".join(line for line in data[: 4 * _SAMPLE].split(b"\n") if not line.isascii())
    sample = telling[: _SAMPLE // 4].rpartition(b"\n")[0] or telling[: _SAMPLE // 4]
    best = from_bytes(sample, cp_isolation=_CODE_PAGES, steps=5, chunk_size=512, enable_fallback=False).best()
    if best is None:
        return None
    return best.encoding if best.encoding not in _LATIN_LETTERS else _latin_page(sample)


def _latin_page(sample: bytes) -> str:
    """The Latin page in which most of the letters beyond ASCII are ones its languages use."""
    high = sample.translate(None, bytes(range(128)))

    def usual(page: str) -> int:
        return sum(letter in _LATIN_LETTERS[page] + _MARKS for letter in high.decode(page, errors="replace").lower())

    return max(_LATIN_LETTERS, key=usual)  # the first of equals: Western


def _binary() -> TranscriptError:
    return TranscriptError("this is binary data, not a transcript", hint=_TEXT_HINT)

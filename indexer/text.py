"""What a word is, for the index, the query and the snippet alike; knows nothing of Whoosh.

A word is a run of letters and digits, or C++ and C#, folded: compatibility forms resolved, case and accents dropped
(``Müller`` and ``muller`` are one word). Chinese and Japanese characters are words of one character each, so
that a run of them is found as a phrase until a better segmentation is at hand.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Marks which a search does without: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
_DROPPED = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
# Vowel signs of the scripts of South and Southeast Asia: no letters for Python's \w, yet inside a word.
_SIGNS = "\u0900-\u0963\u0971-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0f18-\u0fbc\u1000-\u1049\u1050-\u109d\u1780-\u17d3"
_IDEOGRAPHS = "\u3005-\u3007\u3041-\u3096\u30a1-\u30fa\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003134f"

_CODE = r"(?<![^\W_])[A-Za-z](?:\+\+|\#)(?![^\W_])"  # C++, C#
_ASCII_WORD = re.compile(rf"{_CODE}|[a-z0-9]+")
_WORD = re.compile(rf"{_CODE}|[{_IDEOGRAPHS}]|(?:[^\W_{_IDEOGRAPHS}]|[{_DROPPED}{_SIGNS}])+")
_DROP = re.compile(f"[{_DROPPED}]+")


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """``text`` without case, accents and compatibility forms (Unicode NFKD, case folding, NFC)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _DROP.sub("", unicodedata.normalize("NFKD", decomposed)))


def words(text: str) -> list[str]:
    """The folded words of ``text``, in order."""
    if text.isascii():
        return _ASCII_WORD.findall(text.lower())
    return [folded for word in _WORD.findall(text) if (folded := fold(word))]


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The folded words of ``text`` with where each starts and ends in it, in characters."""
    if text.isascii():
        for match in _ASCII_WORD.finditer(text.lower()):
            yield match[0], match.start(), match.end()
        return
    for match in _WORD.finditer(text):
        if folded := fold(match[0]):
            yield folded, match.start(), match.end()


def key(value: str) -> str:
    """A name (speaker, collection, tag) as it is compared: folded, with single spaces."""
    return encodable(" ".join(fold(value).split()))


def encodable(value: str) -> str:
    """``value`` with lone surrogates (an undecodable argument of a command has them) spelled out."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")

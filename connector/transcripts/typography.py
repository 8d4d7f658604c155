"""Typographic marks as a typewriter has them. Most transcripts have nothing else beyond ASCII, and as ASCII they are
taken apart into words in a fraction of the time.
"""

from __future__ import annotations

_ASCII = bytes(range(128))
_MARKS = frozenset("…“”‘–—„«»·•")


def typewritten(text: str) -> str:
    """``text`` with ``'`` for ``’``, and some sign that is no part of a word for each other typographic mark."""
    if text.isascii():
        return text
    text = text.replace("’", "'")
    rest = text.encode("utf-8", "surrogatepass").translate(None, _ASCII).decode("utf-8", "surrogatepass")
    if _MARKS.issuperset(rest):
        return text.encode("ascii", "replace").decode()
    for mark in _MARKS:
        text = text.replace(mark, " ")
    return text

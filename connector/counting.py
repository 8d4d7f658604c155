"""How messages count, and show what is written elsewhere."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 transcript``, ``1,200 transcripts``: a number and what it counts, in a noun that takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def printable(text: str) -> str:
    """Text from files without the control characters that could command a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)

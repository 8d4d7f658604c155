"""How messages count."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 transcript``, ``1,200 transcripts``: a number and what it counts, in a noun that takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"

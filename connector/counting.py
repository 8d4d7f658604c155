"""How messages count, and show what is written elsewhere."""

from __future__ import annotations


def counted(number: int, noun: str) -> str:
    """``1 transcript``, ``1,200 transcripts``: a number and what it counts, in a noun that takes an s."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def printable(text: str) -> str:
    """Text from files without the control characters that could command a terminal."""
    return "".join(c if c.isprintable() or c in "\n\t" else "\N{REPLACEMENT CHARACTER}" for c in text)


def pace(done: float, total: float, seconds: float, unit: str = "") -> str:
    """``3 of 10, 1.2/s, 6 s left``: how far a work of ``total`` is after ``seconds``; the rate once there is one."""
    told = f"{done:,.0f} of {total:,.0f}{unit}"
    if not done or not seconds:
        return told
    return f"{told}, {done / seconds:,.1f}{unit}/s, {seconds / done * (total - done):,.0f} s left"

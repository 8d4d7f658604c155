"""Values of foreign JSON, taken with care: numbers that are times, strings that are text, lists that are
lists.

Knows no format. Nothing here raises: what is not what it should be is None or empty.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from connector.transcripts.timecode_text import MAX_SECONDS


def seconds(value: Any, *, unit: float = 1.0) -> float | None:
    """A time in seconds from a number, or a string of one, counted in ``unit`` seconds; None where it
    makes no sense.
    """
    kind = type(value)  # asked once for every word of a transcript: a bool is no time, though it is an int
    if kind is not float and kind is not int and kind is not str:
        return None
    try:
        result = float(value) * unit
    except (ValueError, OverflowError):
        return None
    if 0.0 <= result <= MAX_SECONDS:
        return round(result, 6)
    return 0.0 if math.isfinite(result) and result < 0.0 else None


def string(value: Any) -> str:
    """A string without surrounding space and without halves of surrogate pairs (JSON can write them); else
    empty.
    """
    if not isinstance(value, str):
        return ""
    if value.isascii() and "\x00" not in value:
        return value.strip()
    text: str = value
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        text = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return text.replace("\x00", "").strip()


def objects(value: Any) -> Iterator[dict[str, Any]]:
    """The objects of a list, in order; whatever else is in it is passed over."""
    if isinstance(value, list):
        for item in value:
            if isinstance(item, dict):
                yield item

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
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        result = float(value) * unit
    except (ValueError, OverflowError):
        return None
    if not math.isfinite(result) or result > MAX_SECONDS:
        return None
    return max(0.0, round(result, 6))


def string(value: Any) -> str:
    """A string without surrounding space and without halves of surrogate pairs (JSON can write them); else
    empty.
    """
    if not isinstance(value, str):
        return ""
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

"""JSON of anybody's making, read strictly: one value, or a value a line. What cannot be read is told, not raised.

Refused: what is not UTF-8, NaN and Infinity, a key that stands twice, nesting beyond Python's depth, values beyond a
size that no call takes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

MAX_VALUE = 64 << 20  # bytes; a page of Glean's has 5 MiB
LINES = (".ndjson", ".jsonl")


class Unreadable(NamedTuple):
    """Why there is no value."""

    reason: str


class Value(NamedTuple):
    """A value and its line, from 1; None where it is the whole file."""

    line: int | None
    value: Any  # or Unreadable


def values(file: Path) -> Iterator[Value]:
    """The values of ``file``. OSError where it cannot be opened."""
    with file.open("rb") as stream:
        number, first = _next_line(stream, 0)
        if not first:
            yield Value(None, Unreadable("is empty"))
            return
        value = _parsed(first)
        place = stream.tell()
        _, second = _next_line(stream, number)
        if not second:  # one line is all
            yield Value(number if isinstance(value.value, Unreadable) else None, value.value)
        elif isinstance(value.value, Unreadable) and file.suffix.lower() not in LINES:
            stream.seek(0)
            yield _parsed(stream.read(MAX_VALUE + 1))
        else:
            yield Value(number, value.value)
            stream.seek(place)
            while True:
                number, line = _next_line(stream, number)
                if not line:
                    return
                yield Value(number, _parsed(line).value)


def _next_line(stream: BinaryIO, number: int) -> tuple[int, bytes]:
    """The next line that is not blank, and its number; b"" at the end. Of a longer one than fits the beginning."""
    while line := stream.readline(MAX_VALUE + 1):
        number += 1
        if len(line) > MAX_VALUE:
            while (rest := stream.readline(MAX_VALUE)) and not rest.endswith(b"\n"):
                pass
            return number, line
        if line.strip():
            return number, line
    return number, b""


def _parsed(data: bytes) -> Value:
    """The value of ``data``, or why there is none and in which line."""
    if len(data) > MAX_VALUE:
        return Value(None, Unreadable(f"is larger than {MAX_VALUE >> 20} MiB, which no call takes"))
    if data.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        return Value(1, Unreadable("begins with a byte order mark: JSON is UTF-8 without one"))
    try:
        return Value(None, json.loads(data.decode("utf-8"), parse_constant=_refused, object_pairs_hook=_once))
    except UnicodeDecodeError as error:
        return Value(data.count(b"\n", 0, error.start) + 1, Unreadable(f"is not UTF-8 (at byte {error.start + 1:,})"))
    except json.JSONDecodeError as error:
        return Value(error.lineno, Unreadable(f"is no JSON: {error.msg} (column {error.colno:,})"))
    except RecursionError:
        return Value(None, Unreadable("is nested deeper than anything Glean takes"))
    except ValueError as error:
        return Value(None, Unreadable(f"is no JSON that Glean takes: {str(error)[:200]}"))


def _refused(constant: str) -> Any:
    raise ValueError(f"{constant} is no number in JSON")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        twin = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
        raise ValueError(f"the key {twin[:80]!r} stands twice in one object")
    return found

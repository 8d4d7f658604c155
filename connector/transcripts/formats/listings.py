"""Times that list things instead of telling when words were said: a day's schedule, a video's chapters, hours worked,
the pictures and data of a player.

Knows no reader's layout: readers whose lines or rows of a time and words could be either ask here before they take a
file, and a refusal finds its words here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from itertools import zip_longest
from statistics import median
from typing import NamedTuple

from connector.transcripts.timecode_text import clock_seconds

_FEWEST = 3  # times that make a list
_LONGEST_TITLE = 100
_SENTENCE_ENDS = (".", "…", "。", ",", ";")  # a title may well ask or shout
_SLOW = 1.0  # letters a second; speech has ten to fifteen, in ideographs four
_DAWN, _MIDNIGHT = 5 * 60, 24 * 60  # minutes of a day; a talk starts earlier in its minutes than a day in its hours
_CLOCK = r"\d{1,3}:\d{2}(?::\d{2})?"
_LINE = re.compile(
    r"^[ \t]{0,8}(?:[-*+•][ \t]{1,4}|[^\n,;\t|:]{0,60}[,;\t|][ \t]{0,4})?[\[(*_\"]{0,3}"  # a list's mark, a cell before
    rf"(?P<time>{_CLOCK})(?![\d.]|:\d)(?:[ \t]?[ap]\.?m\b\.?)?"
    rf"[^\w\n]{{0,9}}(?:to[ \t])?[^\w\n]{{0,9}}(?P<end>{_CLOCK})?(?:[ \t]?[ap]\.?m\b\.?)?"
    r"[^\w\n]{0,9}\n?(?P<text>[^\n]*)",
    re.MULTILINE | re.IGNORECASE,
)
_PICTURE = re.compile(
    r"\S{1,2000}\.(?:jpe?g|png|webp|gif|avif)(?:\?[^\s#]{0,500})?(?:#xywh=[\w:.,%]{1,60})?", re.IGNORECASE
)
_FINE = re.compile(r"[.,;]")
_WORD = re.compile(r"[^\W\d_]{2}|[^\W\d_\u0000-\u058f]")  # from Hebrew on one letter or ideograph may be a word
_AMOUNT = re.compile(r"\W*(?:[^\W\d_]{1,4}\W{0,2})?\d[\d\W]*(?:[^\W\d_]{1,4}\W?)?")  # "EUR 14.50", "7.5 h", a date


class Entry(NamedTuple):
    """A time as it is written, the end beside it ("" for none), and what stands there until the next entry."""

    time: str
    end: str
    text: str


def listing(entries: Sequence[Entry]) -> str:
    """What ``entries`` list: "a schedule", "a chapter list", or "" where they may be what somebody said.

    Short titles without a sentence's end stand in a list, at times of day or so far apart that nobody speaks so slowly.
    Times finer than a second are a program's and list nothing.
    """
    entries = [entry for entry in entries if entry.text.strip()]
    times = [time for entry in entries for time in (entry.time, entry.end) if time]
    starts = [clock_seconds(entry.time) for entry in entries]
    if len(times) < _FEWEST or any(map(_FINE.search, times)) or None in starts:
        return ""
    if 2 * sum(map(_is_title, entries)) <= len(entries):
        return ""
    if times_of_day(times):
        return "a schedule"
    if len(entries) < _FEWEST or _pace(entries) >= _SLOW:
        return ""
    return "a chapter list" if (starts[0] or 0.0) < _DAWN else "a schedule"


def times_of_day(times: Sequence[str]) -> bool:
    """Whether ``times`` are hours and minutes of a day, as people set them: ``9:00``, ``10:30:00``."""
    minutes = [(clock_seconds(time) or 0.0) / (1 if time.count(":") == 1 else 60) for time in times]
    return minutes[0] >= _DAWN and all(minute % 5 == 0 and minute <= _MIDNIGHT for minute in minutes)


def has_words(texts: Iterable[str]) -> bool:
    """Whether most of ``texts`` are words, not numbers, amounts, dates or marks; empty ones do not count."""
    filled = [text.strip() for text in texts if text.strip()]
    words = sum(1 for text in filled if _WORD.search(text) and not _AMOUNT.fullmatch(text))
    return 2 * words > len(filled) or not filled


def listed_lines(text: str) -> str:
    """As ``listing``, for whatever lines begin with a time, as text, as a list or as a table; "" where most do not."""
    entries = [Entry(match["time"], match["end"] or "", match["text"]) for match in _LINE.finditer(text)]
    lines = sum(1 for line in text.split("\n") if line.strip())
    return listing(entries) if 4 * len(entries) >= lines and has_words(entry.text for entry in entries) else ""


def player_data(texts: Iterable[str]) -> str:
    """What cues hold that a player shows or uses and nobody says: "a list of thumbnails", "a track of data (JSON)", or
    "" where one of ``texts`` may be words.
    """
    filled = filter(None, map(str.strip, texts))
    first = next(filled, "")  # tells in most files at once that they are none
    if _PICTURE.fullmatch(first):
        return "a list of thumbnails" if all(map(_PICTURE.fullmatch, filled)) else ""
    return "a track of data (JSON)" if _is_json_object(first) and all(map(_is_json_object, filled)) else ""


def _is_json_object(text: str) -> bool:
    if not (text.startswith("{") and text.endswith("}")):
        return False
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


def _is_title(entry: Entry) -> bool:
    first = entry.text.strip().partition("\n")[0].rstrip()
    return len(first) <= _LONGEST_TITLE and not first.endswith(_SENTENCE_ENDS)


def _pace(entries: Sequence[Entry]) -> float:
    """Letters a second in the middle entry of those that have an end: one long pause makes no list."""
    paces = []
    for entry, following in zip_longest(entries, entries[1:]):
        start = clock_seconds(entry.time)
        end = clock_seconds(entry.end) if entry.end else clock_seconds(following.time) if following else None
        if start is not None and end is not None and end > start:
            paces.append(sum(map(str.isalnum, entry.text)) / (end - start))
    return median(paces) if paces else _SLOW

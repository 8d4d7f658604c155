"""The lines above the first time of a meeting's document: its title and day, as Teams, Meet and Otter write them.

Knows no format. What is no title or no date for sure is left out: a wrong title is worse than the file's name.
"""

from __future__ import annotations

import re
from typing import Any

from connector.transcripts.file_names.dates import find_date

_FEW_LINES = 12
_LONGEST_TITLE = 200
# Teams: "-Meeting Recording", in the language of whoever made it.
_STAMP = re.compile(r"-(\d{8})_\d{4,6}(?:UTC)?-[^\W\d_][^\d\n]{4,50}$")
_MEET_STAMP = re.compile(r"\s+\((\d{4}-\d\d-\d\d) at [^()\n]{1,40}\)(?: - Transcript)?$")
_MEET_END = re.compile(r"\s+-\s+Transcript$")
_WEEKDAY = re.compile(r"(?:[^\W\d_]{2,12}[.,]{0,2}\s)?")
_TIME_OF_DAY = re.compile(r"(?:(?:,|\s).{0,40})?", re.DOTALL)


def head_metadata(head: str) -> dict[str, Any]:
    """``title`` and ``recorded`` (YYYY-MM-DD) from the text above the first turn; empty where it has neither."""
    lines = [line.strip().lstrip("#*").rstrip("*").strip() for line in head.split("\n", 4 * _FEW_LINES)]
    lines = [line for line in lines if line][:_FEW_LINES]
    metadata: dict[str, Any] = {}
    for line in lines:
        if match := _STAMP.search(line) or _MEET_STAMP.search(line):
            metadata["title"] = line[: match.start()].strip("* ")
            recorded = _day(match[1])
        else:
            match = _MEET_END.search(line)
            if match:
                metadata["title"] = line[: match.start()].strip("* ")
            recorded = _day_alone(line)
        if recorded:
            metadata.setdefault("recorded", recorded)
        if "title" in metadata and "recorded" in metadata:
            break
    if "title" not in metadata and "recorded" in metadata and not _day_alone(lines[0]):
        metadata["title"] = lines[0]
    if not 0 < len(metadata.get("title", "")) <= _LONGEST_TITLE:
        metadata.pop("title", None)
    return metadata


def _day(text: str) -> str:
    found = find_date(text)
    return found.iso[: len("2025-01-14")] if found else ""


def _day_alone(line: str) -> str:
    """The day of a line that holds nothing but it, perhaps with its weekday before and its time behind."""
    found = find_date(line)
    if found and _WEEKDAY.fullmatch(line[: found.start]) and _TIME_OF_DAY.fullmatch(line[found.end :]):
        return _day(line)
    return ""

"""The lines above the first time of a meeting's document: its title and day, as Teams, Meet and Otter write them.

Knows no format. What is no title or no date for sure is left out: a wrong title is worse than the file's name.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_FEW_LINES = 12
_LONGEST_TITLE = 200
_STAMP = re.compile(r"-(\d{8})_\d{4,6}(?:UTC)?-Meeting (?:Recording|Transcript)$")
_MEET_STAMP = re.compile(r"\s+\((\d{4}-\d\d-\d\d) at [^()\n]{1,40}\)(?: - Transcript)?$")
_MEET_END = re.compile(r"\s+-\s+Transcript$")
_DATE = re.compile(
    r"(?P<iso>\d{4}-\d\d-\d\d)|(?P<month_first>[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4})"
    r"|(?P<day_first>\d{1,2} [A-Z][a-z]{2,8} \d{4})"
)
_DATE_LINE = re.compile(rf"(?:[A-Z][a-z]{{2,8}}, )?(?:{_DATE.pattern})(?:,?\s.{{0,40}})?", re.DOTALL)


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
            recorded = _day(line) if _DATE_LINE.fullmatch(line) else ""
        if recorded:
            metadata.setdefault("recorded", recorded)
        if "title" in metadata and "recorded" in metadata:
            break
    if "title" not in metadata and "recorded" in metadata and not _DATE_LINE.fullmatch(lines[0]):
        metadata["title"] = lines[0]
    if not 0 < len(metadata.get("title", "")) <= _LONGEST_TITLE:
        metadata.pop("title", None)
    return metadata


def _day(text: str) -> str:
    if text.isdigit():
        return _parsed(text, "%Y%m%d")
    match = _DATE.search(text)
    if match is None:
        return ""
    words = match[0].replace(".", "")
    if match["iso"]:
        return _parsed(words, "%Y-%m-%d")
    form = "{} %d, %Y" if match["month_first"] else "%d {} %Y"
    return _parsed(words, form.format("%B")) or _parsed(words, form.format("%b"))


def _parsed(text: str, form: str) -> str:
    try:
        return datetime.strptime(text, form).date().isoformat()
    except ValueError:
        return ""

"""Markdown talks: ``Name: 00:00:07`` on a line, then what was said until the next such line; YAML front
matter.

The layout of bitcointranscripts and of edited Rev exports. Headings and front matter are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, NamedTuple

import yaml

from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.links import is_web_url
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

# Found from its colon on, the name is looked up before it: a search that may stop at colons alone is quick.
_TURN_TIME = re.compile(
    r":(?P<gap>[ \t*]*)[\[(]?(?P<time>(?P<hours>\d{1,4}:)?\d{1,3}:\d{2})[\])]?[ \t:]*$", re.MULTILINE
)
_LONGEST_NAME = 80
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(.{0,65536}?)\n(?:---|\.\.\.)[ \t]*(?:\n|$)", re.DOTALL)
_HEADING = re.compile(r"^[ \t]*#{1,6}[ \t].*$", re.MULTILINE)
# What PyYAML's safe loader raises on values that are not what their tag says, beside its own errors.
_YAML_ERRORS = (
    yaml.YAMLError,
    ValueError,
    TypeError,
    AttributeError,
    LookupError,
    OverflowError,
    RecursionError,
)


class _Turn(NamedTuple):
    """Where a turn's line starts, who speaks, when, and where the words begin."""

    position: int
    speaker: str
    time: str
    words: int


def _turns(text: str, start: int = 0) -> list[_Turn]:
    """The lines ``Name: 00:00:07`` from ``start`` on.

    Where most times have hours, one without ends a sentence ("the ratio is: 10:30") and begins no turn.
    """
    turns = list(_candidates(text, start))
    with_hours = [turn for turn in turns if turn.time.count(":") == 2]
    return with_hours if 2 * len(with_hours) > len(turns) else turns


def _candidates(text: str, start: int) -> Iterator[_Turn]:
    for match in _TURN_TIME.finditer(text, start):
        if not match["gap"] and not match["hours"]:  # "at 10:30"
            continue
        position = text.rfind("\n", start, match.start()) + 1 or start
        name = text[position : match.start()].strip(" \t*")
        if name and len(name) <= _LONGEST_NAME and name[0] not in "#-[" and not name.isdigit():
            yield _Turn(position, name, match["time"], match.end())


def _sniff(source: Source) -> float:
    turns = len(_turns(source.head))
    return 0.8 if turns > 1 else 0.4 if turns else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front = _FRONT_MATTER.match(source.text)
    turns = _turns(source.text, front.end() if front else 0)
    borders = [*(turn.position for turn in turns), len(source.text)]
    rows: list[Row] = []
    for turn, end in zip(turns, borders[1:], strict=bool(turns)):
        start = clock_seconds(turn.time)
        if start is None:
            notes.add("a time above 1000 hours; its words are left out", position=turn.position)
            continue
        text = source.text[turn.words : end]
        rows.append(Row(start, None, turn.speaker, (_HEADING.sub("", text) if "#" in text else text).strip()))
    metadata = _metadata(front[1], {row.speaker or "" for row in rows}, notes) if front else {}
    return finish("speaker_markdown", rows, notes, metadata)


def _metadata(text: str, labels: set[str], notes: Notes) -> dict[str, Any]:
    """What the front matter says that a sidecar may say: title, url, recorded, tags, language, speakers."""
    try:
        values = yaml.safe_load(text)
    except _YAML_ERRORS:
        notes.add("the front matter is not YAML; left out", line=1)
        return {}
    if not isinstance(values, dict):
        return {}
    metadata: dict[str, Any] = {}
    if title := _string(values.get("title")):
        metadata["title"] = title
    if is_web_url(url := _string(values.get("media"))):
        metadata["url"] = url
    if recorded := _date(values.get("date")):
        metadata["recorded"] = recorded
    if tags := _strings(values.get("tags")):
        metadata["tags"] = tags
    if language := _string(values.get("language")):
        metadata["language"] = language
    if speakers := _speakers(_strings(values.get("speakers")), labels):
        metadata["speakers"] = speakers
    return metadata


def _speakers(names: list[str], labels: set[str]) -> dict[str, str]:
    """Which label of the text is which name of the front matter: a first or last name, or the only one of
    both.
    """
    if len(names) == 1 and len(labels) == 1:
        return {label: names[0] for label in labels if label != names[0]}
    found: dict[str, str] = {}
    for label in sorted(labels):
        meant = [name for name in names if label in name.split()]
        if len(meant) == 1 and label not in names:
            found[label] = meant[0]
    return found


def _string(value: Any) -> str:
    if not isinstance(value, str):
        return ""
    return " ".join(value.encode("utf-8", "replace").decode("utf-8").split())


def _strings(value: Any) -> list[str]:
    return [string for item in value if (string := _string(item))] if isinstance(value, list) else []


def _date(value: Any) -> str:
    """The day as ``YYYY-MM-DD``, from a YAML date or a string that begins with one."""
    if isinstance(value, date):  # a datetime is a date
        return value.isoformat()[:10]
    try:
        return date.fromisoformat(_string(value)[:10]).isoformat()
    except ValueError:
        return ""


READER = Reader(
    "speaker_markdown",
    "Markdown with `Name: 00:00:00` lines (.md)",
    (".md", ".txt"),
    "lines `Name: 00:00:07`",
    _sniff,
    _read,
)

"""LRC, timed lyrics and captions: ``[00:08.62]words``, several times before a line that recurs, id tags above.

``[offset:+500]`` shows all lines that many milliseconds earlier. A time over nothing ends the line before; times
within a line (``<00:09.10>``) tell words and are left out. The format has no specification; the layout is that of
its first player and of its "enhanced" form. pysubs2 does not read it.
"""

from __future__ import annotations

import re

from connector.transcripts.formats.captions import own_title, shown_until_next
from connector.transcripts.formats.json_values import seconds
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Source, finish
from connector.transcripts.timecode_text import parts_seconds
from connector.transcripts.transcript import Reading

_TIME = re.compile(r"[ \t]*\[(?:(\d{1,3}):)?(\d{1,3}):(\d{1,2})(?:[.:](\d{1,3}))?\]")
_FINE_LINE = re.compile(r"\n[ \t]*+\[\d{1,3}:\d{1,2}[.:]\d{2,3}\](?![ \t]*\*\*)")
_TOP = 4096  # characters that tell; lines are short
_TAG = re.compile(r"^\[(ti|ar|al|au|by|la|re|ve|length|offset|language):([^\]\n]{0,300})\][ \t]*$", re.I | re.MULTILINE)
_WORD_TIME = re.compile(r"<\d{1,3}:\d{1,2}(?:[.:]\d{1,3})?>")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})?")


def _sniff(source: Source) -> float:
    head = source.head[:_TOP]
    if "[" not in head:
        return 0.0
    lines = head.split("\n")
    if _TAG.search(head):
        return 0.95 if any(_TIME.match(line) for line in lines) else 0.0
    fine = len(_FINE_LINE.findall("\n" + head))
    return 0.9 if fine and fine * 2 > sum(1 for line in lines if line.strip()) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    tags = {name.lower(): value.strip() for name, value in _TAG.findall(source.text)}
    shift = seconds(tags.get("offset", "0").lstrip("+-"), unit=0.001) or 0.0
    if not tags.get("offset", "").startswith("-"):
        shift = -shift
    changes: list[tuple[float, list[str]]] = []
    for number, line in enumerate(source.text.split("\n"), 1):
        times: list[float] = []
        end = 0
        while match := _TIME.match(line, end):
            time = parts_seconds(match[1], match[2], match[3], match[4])
            if time is None:
                notes.add("a time above 1000 hours", line=number)
            else:
                times.append(max(0.0, round(time + shift, 3)))
            end = match.end()
        words = _WORD_TIME.sub("", line[end:]).strip()
        changes.extend((time, [words]) for time in times)
        if words and not times and not _TAG.match(line):
            notes.add("a line without a time; its words stay with the line before", line=number)
            if changes:
                changes[-1][1].append(words)
    language = tags.get("la", "") or tags.get("language", "")
    metadata = own_title(tags.get("ti", "")) | ({"language": language} if _LANGUAGE.fullmatch(language) else {})
    rows = shown_until_next((time, "\n".join(words).strip()) for time, words in changes)
    return finish("lrc", name_speakers(rows), notes, metadata)


READER = Reader("lrc", "LRC timed lyrics (.lrc)", (".lrc",), "lines that open with `[mm:ss.xx]`", _sniff, _read)

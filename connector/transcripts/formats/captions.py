"""What SubRip and WebVTT share: lines ``start --> end``, and the words between one such line and the next.
 Blank lines do not end a cue here, the next time line does: real files have them in the middle of a cue,
and lack them between cues. So a missing or broken time line costs nothing: its words stay with the cue
before.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from connector.transcripts.formats.source import Notes, Row
from connector.transcripts.timecode_text import parts_seconds

# 00:00:12,6  --> 00:00:16,6 X1:40 …; dot or comma, hours optional, one to three digits of fraction, spaces
# anywhere.
TIME_LINE = re.compile(
    r"^[ \t]*(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?\d{0,9}[ \t]*-{1,3}>"
    r"[ \t]*(?:(?:(\d{1,6}):)?(\d{1,3}):(\d{1,2})(?:[.,](\d{1,3}))?\d{0,9}(?![\w:]))?[^\n]*$",
    re.MULTILINE,
)
_NUMBER_PARAGRAPH = re.compile(r"\n[ \t]*\n[ \t]*\d{1,9}[ \t]*\n")


def is_number(line: str, _before: str) -> bool:
    """Whether ``line``, right above a time line, is SubRip's cue number."""
    return line.isdigit()


def caption_rows(
    text: str,
    notes: Notes,
    *,
    is_identifier: Callable[[str, str], bool] = is_number,
    tidy: Callable[[str], str] | None = None,
) -> list[Row]:
    """The cues of ``text`` as rows without speakers, in file order; empty ones included.

    ``is_identifier(line, text before it)`` tells a cue's name or number from words; ``tidy`` cleans a body
    that holds blank lines (comments, style sheets).
    """
    rows: list[Row] = []
    time: tuple[float, float | None] | None = None
    body_start = 0
    for match in TIME_LINE.finditer(text):
        before, _, line = text[body_start : max(body_start, match.start() - 1)].rpartition("\n")
        body = before if is_identifier(line.strip(), before) else f"{before}\n{line}"
        _add(rows, time, body, body_start, notes, tidy)
        time = _times(match, notes)
        body_start = match.end()
    _add(rows, time, text[body_start:], body_start, notes, tidy)
    return rows


def _times(match: re.Match[str], notes: Notes) -> tuple[float, float | None] | None:
    h1, m1, s1, f1, h2, m2, s2, f2 = match.groups()
    start = parts_seconds(h1, m1, s1, f1)
    if start is None:
        notes.add("a time above 1000 hours; its words stay with the cue before", position=match.start())
        return None
    if m2 is None:
        notes.add("the end of this cue cannot be read; taken as the next start", position=match.start())
        return start, None
    end = parts_seconds(h2, m2, s2, f2)
    if end is not None and end < start:
        notes.add("this cue ends before it starts", position=match.start())
    return start, end


def _add(
    rows: list[Row],
    time: tuple[float, float | None] | None,
    body: str,
    position: int,
    notes: Notes,
    tidy: Callable[[str], str] | None,
) -> None:
    """Adds the cue that said ``body``, or, without a time of its own, puts the words to the cue before."""
    if time is None and not rows:  # the head of the file
        return
    words = body.strip()
    if "-->" in words:
        words = _without_broken_times(words, position, notes)
    if "\n\n" in words:
        words = tidy(words) if tidy else words
        numbered = _NUMBER_PARAGRAPH.sub("\n", words)
        if numbered != words:
            number = _NUMBER_PARAGRAPH.search(notes.text, position)
            notes.add(
                "a cue without a time line; its words stay with the cue before",
                position=number.end() - 1 if number else position,
            )
            words = numbered
    if time is not None:
        rows.append(Row(time[0], time[1], None, words))
    elif words:
        text = rows[-1].text
        rows[-1] = rows[-1]._replace(text=f"{text}\n{words}" if text else words)


def _without_broken_times(words: str, position: int, notes: Notes) -> str:
    kept = []
    for line in words.split("\n"):
        if "-->" in line and line.lstrip()[:1].isdigit():
            position = notes.text.find(line, position)
            notes.add(f"a time line that cannot be read: {line.strip()[:60]!r}", position=position)
        else:
            kept.append(line)
    return "\n".join(kept).strip()

"""MicroDVD (``{3294}{3366}words|more``, times in frames) and MPL2 (``[1374][1404]words``, in tenths of a second).

The frame rate stands in a first line ``{1}{1}25.0``, else a person says it, else it is film's, with a note. Read
here and not by pysubs2, which needs the rate, rounds it, takes the rate's line for words where a person gave one,
and leaves lines it does not know out in silence.
"""

from __future__ import annotations

import re
from fractions import Fraction

from connector.errors import TranscriptError
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.timecode_text import MAX_SECONDS, frame_rate
from connector.transcripts.transcript import Reading

_LINE = re.compile(
    r"^[ \t]*(?:\{[ \t]*(\d{1,12})[ \t]*\}\{[ \t]*(\d{0,12})[ \t]*\}|\[(\d{1,12})\]\[(\d{0,12})\])([^\n]*)$", re.M
)
_RATE_LINE = re.compile(r"\s*\{[01]\}\{[01]\}[ \t]*(\d{1,4}(?:[.,]\d{1,6})?)[ \t]*(?:\n|\Z)")
_BROKEN = re.compile(r"[ \t]*(?:\{[^{}:\n]{0,30}\}?\{[^{}:\n]{0,30}\}|\[[^\[\]\n]{0,30}\]?\[[^\[\]\n]{0,30}\])")
_STYLE = re.compile(r"\{[A-Za-z]:[^{}\n]{0,100}\}")  # {y:i}, {c:$0000ff}, {P:…}
_ITALIC = re.compile(r"^/", re.M)
_TENTHS = Fraction(10)
_FILM = frame_rate("23.976")


def _sniff(source: Source) -> float:
    head = source.head.lstrip()
    if head[:1] not in ("{", "["):
        return 0.0
    if _LINE.match(head):
        return 0.95
    return 0.9 if head.startswith("{DEFAULT}") and _LINE.search(head) else 0.0


def _rate(source: Source, notes: Notes) -> tuple[Fraction, int]:
    """The frames a second, and where the text starts: after the line that says so, if there is one."""
    match = _RATE_LINE.match(source.text)
    if match is not None:
        try:
            return frame_rate(match[1].replace(",", ".")), match.end()
        except TranscriptError:
            notes.add(f"{match[1]} is no frame rate", position=match.start(1))
            return frame_rate(source.fps) if source.fps is not None else _FILM, match.end()
    if source.fps is not None:
        return frame_rate(source.fps), 0
    notes.add("the frame rate is not in the file; read at 23.976 fps")
    return _FILM, 0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    frames = source.head.lstrip()[:1] == "{"
    rate, begin = _rate(source, notes) if frames else (_TENTHS, 0)
    timeline = Timeline(notes)
    for match in _LINE.finditer(source.text, begin):
        _add_others(source.text, begin, match.start(), timeline)
        begin = match.end()
        start, end = _seconds(match[1] or match[3], rate), _seconds(match[2] or match[4], rate)
        if start is None:
            timeline.add_untimed("a time above 1000 hours", _words(match[5]), position=match.start())
            continue
        if end is not None and end < start:
            notes.add("this cue ends before it starts", position=match.start())
        timeline.add([Row(start, end, None, _words(match[5]))])
    _add_others(source.text, begin, len(source.text), timeline)
    return finish("microdvd", name_speakers(timeline.rows), notes)


def _add_others(text: str, position: int, end: int, timeline: Timeline) -> None:
    """Adds the lines from ``position`` to ``end``, whose times cannot be read; ``{DEFAULT}`` sets a style."""
    for line in text[position:end].split("\n"):
        if not line.lstrip().startswith("{DEFAULT}"):
            timeline.add_untimed(
                "a line whose times cannot be read", _words(_BROKEN.sub("", line, 1)), position=position
            )
        position += len(line) + 1


def _words(text: str) -> str:
    return _ITALIC.sub("", _STYLE.sub("", text).replace("|", "\n")).strip()


def _seconds(count: str | None, rate: Fraction) -> float | None:
    result = round(int(count) * rate.denominator / rate.numerator, 6) if count else None
    return result if result is not None and result <= MAX_SECONDS else None


READER = Reader(
    "microdvd",
    "MicroDVD and MPL2 subtitles (.sub)",
    (".sub", ".txt", ".mpl"),
    "lines that open with two numbers in braces, `{3294}{3366}`",
    _sniff,
    _read,
)

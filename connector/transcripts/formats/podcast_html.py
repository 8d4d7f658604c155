"""Podcast namespace transcripts in HTML: ``<cite>`` names who speaks, ``<time>`` says when, ``<p>`` holds the words.

Specification: https://github.com/Podcastindex-org/podcast-namespace/blob/main/transcripts/transcripts.md
"""

from __future__ import annotations

import re
from html import unescape

from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_TIME = re.compile(r"<time(?:\s[^<>]{0,200})?>\s{0,20}\d{1,4}:\d\d", re.IGNORECASE)
_CITE_OR_WORDS = re.compile(r"<(?:cite|p)[\s>]", re.IGNORECASE)
# Own tokens instead of html.parser's: that one takes a time that grows with the square of "<!--<!--…".
_TOKEN = re.compile(r"<!--|<(?P<close>/?)(?P<tag>[A-Za-z][A-Za-z0-9]{0,15})(?:[\s/][^<>]{0,1000})?>")
_UNSPOKEN = {tag: re.compile(rf"</{tag}[\s>]", re.IGNORECASE) for tag in ("script", "style", "template", "textarea")}
_COLLECTED = frozenset({"cite", "time", "p", "title"})
_BREAKS = frozenset({"br", "div", "li", "hr"})


class _Turns:
    """Makes rows of elements as they end; a speaker holds until the next ``<cite>``, a time until the next
    ``<time>``.
    """

    def __init__(self, notes: Notes) -> None:
        self.timeline = Timeline(notes)
        self.title = ""
        self._notes = notes
        self._inside = ""  # the element whose text is being collected
        self._collected: list[str] = []
        self._speaker: str | None = None
        self._start: float | None = None

    def text(self, text: str) -> None:
        if self._inside and text:
            self._collected.append(text)

    def tag(self, tag: str, closes: bool, position: int) -> None:
        if tag in _COLLECTED and (tag == self._inside or not closes):
            self.end(position)
            self._inside = "" if closes else tag
        elif tag in _BREAKS:
            self.text(" ")

    def end(self, position: int) -> None:
        """Ends the element being read: by its end tag, or by the next one where that is missing."""
        text = " ".join(unescape("".join(self._collected)).split())
        inside, self._inside, self._collected = self._inside, "", []
        if inside == "cite":
            self._speaker = text.rstrip(":").strip() or None
        elif inside == "title":
            self.title = self.title or text
        elif inside == "time":
            seconds = clock_seconds(text)
            if seconds is None:
                self._notes.add(f"a time that cannot be read: {text[:40]!r}", position=position)
            else:
                self._start = seconds
        elif inside == "p" and text:
            if self._start is not None:
                self.timeline.add([Row(self._start, None, self._speaker, text)])
            else:
                self.timeline.add_untimed("words without a time", text, self._speaker, position=position)


def _turns(text: str, notes: Notes) -> _Turns:
    turns = _Turns(notes)
    position, comments = 0, True
    while match := _TOKEN.search(text, position):
        turns.text(text[position : match.start()])
        position = match.end()
        if match["tag"] is None:
            after = text.find("-->", position) if comments else -1
            comments = after >= 0
            position = after + 3 if comments else position
            continue
        tag, closes = match["tag"].lower(), bool(match["close"])
        if tag in _UNSPOKEN and not closes:
            end = _UNSPOKEN[tag].search(text, position)
            position = end.end() if end else len(text)
        else:
            turns.tag(tag, closes, match.start())
    turns.text(text[position:])
    turns.end(len(text))
    return turns


def _sniff(source: Source) -> float:
    if "<" not in source.head[:1000] or not _TIME.search(source.head):
        return 0.0
    return 1.0 if _CITE_OR_WORDS.search(source.head) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    turns = _turns(source.text, notes)
    return finish("podcast_html", _merged(turns.timeline.rows), notes, {"title": turns.title} if turns.title else {})


def _merged(rows: list[Row]) -> list[Row]:
    """Paragraphs of one turn, which has one time, as one row."""
    merged: list[Row] = []
    for row in rows:
        if merged and (merged[-1].start, merged[-1].speaker) == (row.start, row.speaker):
            merged[-1] = merged[-1]._replace(text=f"{merged[-1].text}\n{row.text}", end=row.end)
        else:
            merged.append(row)
    return merged


READER = Reader(
    "podcast_html",
    "Podcast namespace HTML (.html)",
    (".html", ".htm"),
    "HTML with `<cite>`, `<time>` and `<p>`",
    _sniff,
    _read,
)

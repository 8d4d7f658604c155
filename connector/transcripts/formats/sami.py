"""SAMI (``.smi``): ``<SYNC Start=137400>`` in milliseconds, words until the next one; ``&nbsp;`` clears the screen.

Looks like HTML and seldom is: comments ``<-- … -->``, tags left open, attributes without quotes. So it is taken
apart at its tags, not parsed. Read here and not by pysubs2, which mixes the languages of a file that holds several,
guesses when a cue ends, and gives up at a start that is no number. Layout: Microsoft, "Understanding SAMI 1.0".
"""

from __future__ import annotations

import re
from html import unescape

from connector.transcripts.formats.captions import own_title, shown_until_next
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Source, finish, with_untimed
from connector.transcripts.timecode_text import MAX_SECONDS
from connector.transcripts.transcript import Reading

_ROOT = re.compile(r"<SAMI\b", re.IGNORECASE)
_SYNC = re.compile(r"<SYNC\b[^<>]{0,300}>", re.IGNORECASE)
_START = re.compile(r"\bStart\s{0,9}=\s{0,9}[\"']?\s{0,9}(-?\d{1,15})(?![\d.])", re.IGNORECASE)
_PARAGRAPH = re.compile(r"<P\b([^<>]{0,300})>", re.IGNORECASE)
_CLASS = re.compile(r"\bClass\s{0,9}=\s{0,9}[\"']?([\w.-]{1,60})", re.IGNORECASE)
_BREAK = re.compile(r"<BR\s{0,9}/?>", re.IGNORECASE)
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,300}>")
_TITLE = re.compile(r"<TITLE>([^<]{0,300})</TITLE>", re.IGNORECASE)
_LANGUAGE = re.compile(
    r"\.([\w-]{1,60})\s{0,9}\{[^{}]{0,300}?\blang\s{0,9}:\s{0,9}([A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})?)", re.I
)


def _sniff(source: Source) -> float:
    if "<" not in source.head:
        return 0.0
    return 1.0 if _ROOT.match(source.head.lstrip()) else 0.9 if _SYNC.search(source.head) else 0.0


def _without_comments(text: str) -> str:
    kept, position = [], 0
    while (start := text.find("<!--", position)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[position:start])
        position = end + 3
    return "".join([*kept, text[position:]])


def _paragraphs(body: str) -> list[tuple[str, str]]:
    """What stands under one SYNC: (class, words) of each paragraph; words before the first have no class."""
    pieces = _PARAGRAPH.split(body)
    said = [("", pieces[0])]
    for attributes, words in zip(pieces[1::2], pieces[2::2], strict=True):
        named = _CLASS.search(attributes)
        said.append((named[1].lower() if named else "", words))
    shown = [(name, _TAG.sub("", _BREAK.sub("\n", words)).strip()) for name, words in said]
    return shown if shown[0][1] else shown[1:]


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    languages = {name.lower(): language for name, language in _LANGUAGE.findall(source.head)}
    text = _without_comments(source.text)
    by_class: dict[str, list[tuple[float | None, str]]] = {}
    found = list(_SYNC.finditer(text))
    for position, match in enumerate(found):
        start = _START.search(match[0])
        time = max(0, int(start[1])) / 1000 if start else None
        if time is None or time > MAX_SECONDS:
            told = "a time that cannot be read" if time is None else "a time above 1000 hours"
            place = notes.next_place(re.escape(match[0]))  # comments are gone from the text: positions are its own
            notes.add(f"{told}: {match[0][:60]!r}; its words stay with those before", position=place)
            time = None
        body = text[match.end() : found[position + 1].start() if position + 1 < len(found) else len(text)]
        for name, words in _paragraphs(body):
            blank = not unescape(words).strip()
            by_class.setdefault(name, []).append((time, "" if blank else words))
    spoken = [name for name, changes in by_class.items() if any(words for _, words in changes)]
    # Paragraphs of no language (a line's source, or no class at all) belong to the first language.
    first = next((name for name in spoken if name in languages), spoken[0] if spoken else "")
    others = [name for name in spoken if name in languages and languages[name] != languages.get(first)]
    if others:
        notes.add(f"the file holds other languages too, left out: {', '.join(languages[name] for name in others)}")
    rows = [row for name in spoken if name not in others for row in shown_until_next(with_untimed(by_class[name]))]
    title = _TITLE.search(source.head)
    metadata = own_title(unescape(title[1])) if title else {}
    if first in languages:
        metadata["language"] = languages[first]
    rows.sort(key=lambda row: row.start)
    return finish("sami", name_speakers(rows), notes, metadata)


READER = Reader("sami", "SAMI captions (.smi)", (".smi", ".sami"), "its tags, <SAMI> and <SYNC Start=…>", _sniff, _read)

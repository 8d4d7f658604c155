"""TTML and its elder DFXP: ``<p begin="00:00:01.464" end="…">`` in ``<div>`` in ``<body>``, read by local names.

Times are clocks, frames, ticks or offsets, and count from the parent's begin. Read here and not by pysubs2, which
parses with the standard library's unprotected parser. https://www.w3.org/TR/ttml1/ (8.2, 10.3, 10.4, 12.1)
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree.ElementTree import Element

from connector.transcripts.formats import xml_values
from connector.transcripts.formats.captions import own_title
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.ttml_time import TimeBase
from connector.transcripts.timecode_text import MAX_SECONDS
from connector.transcripts.transcript import Reading

_ROOT = re.compile(r"<(?:\w{1,20}:)?tt[\s>]")
_UNSPOKEN = frozenset({"metadata", "title", "desc", "copyright", "agent", "set", "image", "rp"})
_SPACE = re.compile(r"\s+")
_AROUND_BREAK = re.compile(r" ?\n ?")
_SPACES = re.compile(r" {2,}")
_UNITS = frozenset({"word", "sentence"})  # that Apple Podcasts writes one behind the other, with nothing between
_START = re.compile(r"(\d{2}):00:00(?:[:;.,]0{1,3})?")
_ONE_CUE = 15.0  # seconds within which lines timed one by one are still one paragraph


@dataclass(frozen=True, slots=True)
class _Scope:
    """What an element hands down: when it begins and ends (seconds, end None for open), who speaks,
    and whether the paragraph or a part of it says so itself. ``lost`` is its own begin where that cannot be read.
    """

    begin: float
    end: float | None
    agent: str = ""
    timed: bool = False
    lost: str = ""


def _sniff(source: Source) -> float:
    return 1.0 if "<" in source.head and _ROOT.search(source.head[:4096]) else 0.0


def _scope(element: Element, parent: _Scope, after: float | None, base: TimeBase, notes: Notes) -> _Scope:
    """The scope of ``element``; ``after`` is where the sibling before it ended, in a ``seq`` parent."""
    written = xml_values.attributes(element)
    begin, end, length = (base.seconds(written.get(key)) for key in ("begin", "end", "dur"))
    lost = written.get("begin", "").strip() if begin is None else ""
    if lost and xml_values.name(element) != "p":  # a paragraph's is told with its words
        notes.add(f"a time that cannot be read: {lost[:40]!r}; left out", position=_place(lost, notes))
    origin = parent.begin if after is None else after
    if begin is not None and parent.end is not None and origin + begin >= parent.end > parent.begin <= begin:
        origin = 0.0  # counted from the start of the recording, against the standard: else it would never be shown
        notes.add("times inside a timed block count from the start of the recording, not of the block")
    absolute = origin + (begin or 0.0)
    ends = [origin + end] if end is not None else []
    if length is not None and not lost:
        ends.append(absolute + length)
    if parent.end is not None and (not ends or origin):
        ends.append(parent.end)
    timed = not lost and (begin is not None or end is not None or length is not None)
    inherits = xml_values.name(element) not in ("div", "p")
    return _Scope(
        min(round(absolute, 6), MAX_SECONDS),
        min(round(min(ends), 6), MAX_SECONDS) if ends else None,
        written.get("agent", "").split(" ")[0] or parent.agent,
        timed or (inherits and parent.timed),
        lost,
    )


def _place(begin: str, notes: Notes) -> int | None:
    """Where in the text the next ``begin`` of that value stands."""
    return notes.next_place(rf"""begin\s{{0,9}}=\s{{0,9}}["']\s{{0,9}}{re.escape(begin[:40])}""")


def _paragraphs(
    element: Element, scope: _Scope, language: str, base: TimeBase, notes: Notes
) -> Iterator[tuple[Element, _Scope, str]]:
    """Every ``p`` below with its scope and its division's language, in file order."""
    written = xml_values.attributes(element)
    if xml_values.name(element) == "div":
        language = written.get("lang", language).strip()
    in_turn = written.get("timeContainer") == "seq"
    after = scope.begin if in_turn else None
    for child in element:
        kind = xml_values.name(child)
        if kind not in ("div", "p"):
            continue
        inner = _scope(child, scope, after, base, notes)
        after = (inner.begin if inner.end is None else inner.end) if in_turn else None
        if kind == "p":
            yield child, inner, language
        else:
            yield from _paragraphs(child, inner, language, base, notes)


def _pieces(element: Element, scope: _Scope, base: TimeBase, notes: Notes) -> Iterator[tuple[_Scope, str]]:
    """The words of a paragraph in order, with what holds for them; ``\\n`` for a break, other white space single."""
    if element.text:
        yield scope, _written(element.text)
    before = False
    for child in element:
        kind = xml_values.name(child)
        is_unit = kind == "span" and xml_values.attributes(child).get("unit") in _UNITS
        if is_unit and before:
            yield scope, " "
        before = is_unit and not child.tail
        if kind == "br":
            yield scope, "\n"
        elif kind and kind not in _UNSPOKEN:
            yield from _pieces(child, _scope(child, scope, None, base, notes), base, notes)
        if child.tail:
            yield scope, _written(child.tail)


def _written(text: str) -> str:
    """``text`` with white space single, and a ``<`` as it was written: what it opens is no tag of the file."""
    return _SPACE.sub(" ", text).replace("<", "&lt;")


def _add_rows(paragraph: Element, scope: _Scope, base: TimeBase, timeline: Timeline) -> None:
    """One cue for a paragraph; several where it names several speakers, or is but a frame for lines with times."""
    notes = timeline.notes
    pieces = list(_pieces(paragraph, scope, base, notes))
    times = [inner for inner, words in pieces if inner.timed and not words.isspace()]
    begin, end, together = scope.begin, scope.end, True
    if not scope.timed and times:
        ends = [inner.end for inner in times if inner.end is not None]
        begin, end = min(inner.begin for inner in times), max(ends, default=None)
        together = end is not None and end - begin <= _ONE_CUE
    grouped: list[tuple[_Scope, list[str]]] = []
    for inner, words in pieces:
        place = _Scope(begin, end, inner.agent) if together else inner
        if not grouped or (grouped[-1][0] != place and not words.isspace()):
            grouped.append((place, []))
        grouped[-1][1].append(words)
    position = _place(scope.lost, notes) if scope.lost and not times else None
    for place, said in grouped:
        text = _AROUND_BREAK.sub("\n", _SPACES.sub(" ", "".join(said))).strip()
        if scope.lost and not times:
            told = f"a time that cannot be read: {scope.lost[:40]!r}"
            timeline.add_untimed(told, text, place.agent or None, end=place.end, position=position)
            continue
        if place.end is not None and place.end < place.begin:
            notes.add(f"the cue at {place.begin:.3f} s ends before it starts")
        timeline.add([Row(place.begin, place.end, place.agent or None, text)])


def _agents(tree: Element) -> dict[str, str]:
    """The names of the file's agents by their id."""
    named = {}
    for agent in tree.iter():
        if xml_values.name(agent) == "agent":
            names = [" ".join((child.text or "").split()) for child in agent if xml_values.name(child) == "name"]
            named[xml_values.attributes(agent).get("id", "")] = next((each for each in names if each), "")
    return {key: value for key, value in named.items() if key and value}


def _starts_at_an_hour(tree: Element) -> bool:
    """Whether the head says that the programme starts at a whole hour of its timecode, ``10:00:00:00`` (EBU Tech 3390):
    then clocks of media time, too, may count from nought of that.
    """
    starts = (each.text or "" for each in tree.iter() if xml_values.name(each) == "documentStartOfProgramme")
    return any((match := _START.fullmatch(start.strip())) and int(match[1]) > 0 for start in starts)


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    tree = xml_values.root(source.text)
    written = xml_values.attributes(tree)
    base = TimeBase.of(written, source.fps)
    agents = _agents(tree)
    by_language: dict[str, Timeline] = {}
    for body in tree:
        if xml_values.name(body) == "body":
            scope = _scope(body, _Scope(0.0, None), None, base, notes)
            for paragraph, inner, tongue in _paragraphs(body, scope, "", base, notes):
                _add_rows(paragraph, inner, base, by_language.setdefault(tongue, Timeline(notes)))
    language = written.get("lang", "").strip()
    spoken = {tongue: found.rows for tongue, found in by_language.items() if any(row.text for row in found.rows)}
    if len(spoken) > 1 and "" not in spoken:  # the same words in several languages, a division each
        language = language if language in spoken else next(iter(spoken))
        others = ", ".join(tongue for tongue in spoken if tongue != language)
        notes.add(f"the file holds other languages too, left out: {others}")
        spoken = {language: spoken[language]}
    elif len(spoken) == 1:
        language = next(iter(spoken)) or language
    rows = [
        row._replace(speaker=agents.get(row.speaker or "", row.speaker)) for each in spoken.values() for row in each
    ]
    title = next((each.text or "" for each in tree.iter() if xml_values.name(each) == "title"), "")
    metadata: dict[str, Any] = dict(own_title(title))
    if language:
        metadata["language"] = language
    timecode = base.smpte or _starts_at_an_hour(tree)
    return finish("ttml", name_speakers(rows), notes, metadata, hour=base.hour, timecode=timecode)


READER = Reader(
    "ttml",
    "TTML and DFXP captions (.ttml, .dfxp, .xml)",
    (".ttml", ".dfxp", ".xml", ".itt"),
    "its root element, <tt>",
    _sniff,
    _read,
)

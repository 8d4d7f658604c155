"""Text whose lines begin with their time: Descript's ``[00:01:17] **Name:** text``, Otter's Markdown
``**Name** [0:05] text``, Whisper's screen output ``[00:00.000 --> 00:04.000] text``, plain ``(m:ss) Name: text``, and a
time alone over its line as YouTube's "Show transcript" is copied and Otter writes where it knows nobody.

Lines without a time go on with the turn before; headings and front matter are not spoken.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise, zip_longest

from connector.transcripts.formats.document_head import head_metadata
from connector.transcripts.formats.front_matter import front_matter, front_metadata
from connector.transcripts.formats.listings import Entry, has_words, listing, times_of_day
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.source import Notes, Reader, Source, finish, row_of
from connector.transcripts.formats.turns import Turn, note_wall_clock, turn_rows, with_named_lines
from connector.transcripts.formats.unspoken import unspoken, without_told_times
from connector.transcripts.timecode_text import clock_seconds
from connector.transcripts.transcript import Reading

_CLOCK = r"(?:\d{1,3}:)?\d{1,3}:\d{2}(?:[.,]\d{1,3})?"
_LINE = re.compile(
    r"^[ \t\xa0]{0,8}"
    r"(?:(?P<who>\*\*[^*\n\[]{1,60}(?:\*\*:?[ \t]{1,4}|[ \t](?=\([\d:.,]{4,12}\):?\*\*))"  # **Name** [0:05]
    r"|[^\W_][^\n:\[\]{}<>|#*]{0,59}[ \t](?=\([\d:.,]{4,12}\):[ \t])"  # Name (0:05): words
    r"|[^\s:*#>|\[\]-][^\n:*<>\[\]]{0,59}:[ \t]{1,4}(?=\[[\d:.,]{4,12}\][ \t]{1,4}\S))(?=[\[(]))?"  # Name: [0:05] words
    rf"(?P<open>[\[(])?(?P<time>{_CLOCK})(?:[ \t]{{0,4}}(?:-{{1,2}}>|[-–—])[ \t]{{0,4}}(?P<end>{_CLOCK}))?"
    r"(?P<close>[\])](?:\(https?://[^\s()]{1,300}\))?)?"  # Otter links its times
    r"(?![\d;.,/]|:[^\s*]|[ap]m\b)(?P<mark>:?\*\*|:(?=[ \t])|[ \t]{1,4}[-–—|](?=[ \t]))?(?P<gap>[ \t\xa0]{0,8})",
    re.MULTILINE | re.IGNORECASE,
)
# The first time of a line is looked for, then the line's beginning: a search that may stop at colons alone is quick.
_FIRST_TIME = re.compile(r":\d\d[^\n]*+")
_FAR = 100  # characters; where a line's first time ends farther from its beginning, it does not begin with it
_BOLD_NAME = re.compile(r"\*\*([^*\n]{1,60}?)(?::[ \t]{0,4}\*\*|\*\*:)[ \t]{0,8}")
_HOURS = re.compile(r"^[^\n]{0,64}[\[(]\d{1,3}:\d\d:\d\d", re.MULTILINE)
_PARAGRAPH_END = re.compile(r"(?<=\S)[ \t]*+\n(?=[ \t]*+(?:\n|#|```|[-*+>][ \t]))")
_NAMED_LINE = re.compile(r"^[ \t*]{0,9}([^\s:*][^:\n*]{0,79}):[ \t*]{1,9}\S", re.MULTILINE)
_FASTEST = 30.0  # characters a second, twice ordinary speech


def _turns(text: str, start: int = 0) -> list[Turn]:
    return without_told_times(text, list(_candidates(text, start)))


def _timed_lines(text: str, start: int) -> Iterator[re.Match[str]]:
    """The lines from ``start`` on that ``_LINE`` matches."""
    for first in _FIRST_TIME.finditer(text, start):
        farthest = first.start() - _FAR
        position = text.rfind("\n", max(start, farthest), first.start()) + 1
        if not position:
            if farthest > start:  # amid a long line
                continue
            position = start
        if match := _LINE.match(text, position):
            yield match


def _candidates(text: str, start: int) -> Iterator[Turn]:
    for match in _timed_lines(text, start):
        bracketed = bool(match["open"])
        if bracketed != bool(match["close"]) or (match["who"] and match["end"]):
            continue
        at_end = text[match.end() : match.end() + 1] in ("\n", "")
        if not bracketed and not at_end and not (match["gap"] or match["mark"]):  # "10:30er Zug"
            continue
        if match["mark"] and "*" in match["mark"] and not match["who"]:
            continue
        if match["end"] and not bracketed and at_end:  # a caption's time line
            continue
        seconds = clock_seconds(match["time"])
        if seconds is None:
            continue
        words = match.end()
        speaker = match["who"].strip(" \t*:") if match["who"] else None
        if speaker is None and (bold := _BOLD_NAME.match(text, words)):
            speaker, words = bold[1].strip(), bold.end()
        yield Turn(match.start(), seconds, clock_seconds(match["end"]) if match["end"] else None, speaker, words)


def _sniff(source: Source) -> float:
    text = source.head
    body = front_matter(text)[1]
    turns = _turns(text, body)
    if len(turns) < 2:
        return 0.0
    # The head of a meeting's document is none of its talk.
    talk = turns[0].position if head_metadata(text[body : turns[0].position]) else 0
    lines = sum(1 for line in text[talk:].split("\n") if line and not line.isspace())
    if 4 * len(turns) < lines and _in_passing(source.text, body):
        return 0.0
    entries = _entries(text, turns)
    if not has_words(entry.text for entry in entries) or (listing(entries) and not _named(text, turns)):
        return 0.0
    bracketed = sum(1 for turn in turns if text[turn.position : turn.words].lstrip()[:1] in "[(*" or turn.speaker)
    if 2 * bracketed > len(turns):
        return 0.92 if 2 * len(_HOURS.findall(text)) > len(turns) else 0.6  # lyrics too begin with [mm:ss]
    if 4 * len(turns) < lines or times_of_day([entry.time for entry in entries]) or _unordered(turns):
        return 0.0
    return 0.5


def _in_passing(text: str, body: int) -> bool:
    """Whether the lines with a time are few examples in a document that tells of something else.

    All up to the next turn is a turn's own where it can be said in that time, else its paragraph. The more turns there
    are, the more of the text may be nobody's.
    """
    turns = _turns(text, body)
    own = 0
    for turn, following in zip_longest(turns, turns[1:]):
        border = following.position if following else len(text)
        if not following or border - turn.position > _FASTEST * (following.start - turn.start):
            end = _PARAGRAPH_END.search(text, turn.words + 1, border)
            border = end.start() if end else border
        own += border - turn.position
    return own * (len(turns) - 1) < len(text) - body - own


def _entries(text: str, turns: list[Turn]) -> list[Entry]:
    """The turns with their times as they are written."""
    entries = []
    for turn, border in zip(turns, [*(turn.position for turn in turns[1:]), len(text)], strict=True):
        match = _LINE.match(text, turn.position)
        time, end = (match["time"], match["end"] or "") if match else ("", "")
        entries.append(Entry(time, end, text[turn.words : border]))
    return entries


def _named(text: str, turns: list[Turn]) -> bool:
    """Whether most turns say who speaks, which no list of things does."""
    return 2 * sum(1 for turn in with_named_lines(text, turns) if turn.speaker) > len(turns)


def _unordered(turns: list[Turn]) -> bool:
    backwards = sum(1 for before, turn in pairwise(turns) if turn.start < before.start)
    return 5 * backwards > len(turns)


def _note_words_above(text: str, start: int, stop: int, speakers: set[str], notes: Notes) -> None:
    """Notes the first line from ``start`` to ``stop``, above all times, that one of the ``speakers`` says."""
    for match in _NAMED_LINE.finditer(text, start, stop):
        if match[1].strip() in speakers:
            notes.add("words above the first time; left out, since nothing says when", position=match.start(1))
            return


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    front, body = front_matter(source.text)
    turns = _turns(source.text, body)
    metadata = head_metadata(source.text[body : turns[0].position]) if turns else {}
    turns = with_named_lines(source.text, turns, body)
    rows = [row_of(values) for values in name_speakers(turn_rows(source.text, turns, unspoken=unspoken))]
    rows = [row._replace(speaker=known_speaker(row.speaker)) if row.speaker else row for row in rows]
    if turns:
        _note_words_above(source.text, body, turns[0].position, {row.speaker for row in rows if row.speaker}, notes)
    note_wall_clock(rows, notes)
    metadata |= front_metadata(front, {row.speaker or "" for row in rows}, notes)
    return finish("timed_lines", rows, notes, metadata)


READER = Reader(
    "timed_lines",
    "Descript, Otter Markdown, YouTube's copied transcript, `[0:05] text` lines (.md, .txt)",
    (".txt", ".md"),
    "lines that begin with their time, `[00:01:17] Name: …`",
    _sniff,
    _read,
)

"""Cleaned cues to segments: the stretches of a recording that are found and linked as one.

Borders depend on the cues alone: speaker, pause, end of sentence, length. Knows nothing of quality, models or
documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from math import inf
from operator import itemgetter

from connector.transcripts.transcript import Cue, Segment, segment_of

MIN_CHARACTERS = 200
MAX_CHARACTERS = 600
LONG_PAUSE = 4.0  # seconds; breaks a segment wherever it is
SHORT_PAUSE = 1.0  # seconds; breaks one that is long enough

# All of the signs first, for a search that knows where to begin takes a third of the time.
_SENTENCE_END = re.compile(r"[.!?…。！？](?:(?<=[.!?…])[\"'”’»)\]]{0,3}\s+|(?<=[。！？])\s*)")
_TAIL = 5  # characters at the end of a text that tell whether it ends a sentence
_ENDS_SENTENCE = re.compile(r"(?:[.!?…][\"'”’»)\]]{0,3}|[。！？])$")


def segment(
    cues: Sequence[Cue], *, min_characters: int = MIN_CHARACTERS, max_characters: int = MAX_CHARACTERS
) -> tuple[Segment, ...]:
    """The segments of ``cues``, which are cleaned and in order of time.

    A segment is of one speaker; it ends at a change of speaker, at a pause of four seconds, at the end of
    a sentence (or a pause of one second) once it has ``min_characters``, and before it would exceed
    ``max_characters``. A cue longer than that is split at sentences, else at words, with times in
    proportion to the characters.
    """
    pieces: Iterable[Cue] = cues
    if max(map(len, map(itemgetter(3), cues)), default=0) > max_characters:
        pieces = _pieces(cues, min_characters, max_characters)
    segments: list[Segment] = []
    texts: list[str] = []
    offsets: list[tuple[int, float]] = []
    speaker: str | None = None
    length, end, before = 0, -inf, ""  # of the segment: characters, with one more for the space; seconds; the last text
    long, short, ends_sentence, tail = LONG_PAUSE, SHORT_PAUSE, _ENDS_SENTENCE.search, _TAIL  # found quicker
    for start, ends, who, text, _ in pieces:
        pause = start - end
        if (
            who != speaker
            or pause >= long
            or length + len(text) > max_characters
            or (length > min_characters and (pause >= short or ends_sentence(before, len(before) - tail)))
        ):
            if texts:
                segments.append(segment_of((offsets[0][1], end, speaker, " ".join(texts), tuple(offsets))))
            texts, offsets, length = [], [], 0
            speaker, end = who, ends
        texts.append(text)
        offsets.append((length, start))
        length += len(text) + 1
        if ends > end:
            end = ends
        before = text
    if texts:
        segments.append(segment_of((offsets[0][1], end, speaker, " ".join(texts), tuple(offsets))))
    return tuple(segments)


def _pieces(cues: Sequence[Cue], min_characters: int, max_characters: int) -> Iterator[Cue]:
    """The cues, the long ones in parts. A part never starts after the next cue does, so that time stays in
    order.
    """
    for position, cue in enumerate(cues):
        if len(cue.text) <= max_characters:
            yield cue
            continue
        end = cue.end
        if position + 1 < len(cues):
            end = max(cue.start, min(end, cues[position + 1].start))
        a_character = (end - cue.start) / len(cue.text)
        parts = _split(cue.text, min_characters, max_characters)
        starts = [cue.start + start * a_character for start, _ in parts]
        for number, (start, text) in enumerate(parts):
            yield Cue(
                starts[number] if start else cue.start,
                min(starts[number + 1], end) if number + 1 < len(parts) else cue.end,
                cue.speaker,
                text,
            )


def _split(text: str, min_characters: int, max_characters: int) -> list[tuple[int, str]]:
    """``text`` in parts of at most ``max_characters``, each with its position, as even as sentences allow."""
    parts: list[tuple[int, str]] = []
    start = 0
    while len(text) - start > max_characters:
        remaining = len(text) - start
        target = start + remaining / -(-remaining // max_characters)
        first, last = start + max(1, min_characters), start + max_characters
        # The white space that goes on to there may follow a sign before.
        signs_from = max(0, start + len(text[start:first].rstrip()) - _TAIL)
        borders = [match.end() for match in _SENTENCE_END.finditer(text, signs_from, last + 1)]
        usable = [border for border in borders if first <= border <= last]
        if usable:
            cut = min(usable, key=lambda border: abs(border - target))
        else:
            space = text.rfind(" ", first, last + 1)
            cut = space + 1 if space >= 0 else last
        parts.append((start, text[start:cut].strip()))
        start = cut
    parts.append((start, text[start:].strip()))
    return [(position, part) for position, part in parts if part]

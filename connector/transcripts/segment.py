"""Cleaned cues to segments: the stretches of a recording that are found and linked as one.
 Borders depend on the cues alone: speaker, pause, end of sentence, length. Knows nothing of quality,
models or documents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from connector.transcripts.transcript import Cue, Segment

MIN_CHARACTERS = 200
MAX_CHARACTERS = 600
LONG_PAUSE = 4.0  # seconds; breaks a segment wherever it is
SHORT_PAUSE = 1.0  # seconds; breaks one that is long enough

_SENTENCE_END = re.compile(r"[.!?…](?:[\"'”’»)\]]{0,3})\s+|[。！？]\s*")
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
    segments: list[Segment] = []
    current: list[Cue] = []
    length, end = 0, 0.0
    for piece in _pieces(cues, min_characters, max_characters):
        if current:
            pause = piece.start - end
            if (
                piece.speaker != current[0].speaker
                or pause >= LONG_PAUSE
                or length + 1 + len(piece.text) > max_characters
                or (length >= min_characters and (pause >= SHORT_PAUSE or _ENDS_SENTENCE.search(current[-1].text)))
            ):
                segments.append(_joined(current, end))
                current, length, end = [], 0, 0.0
        length += len(piece.text) + bool(current)
        current.append(piece)
        end = max(end, piece.end)
    if current:
        segments.append(_joined(current, end))
    return tuple(segments)


def _joined(cues: Sequence[Cue], end: float) -> Segment:
    offsets, position = [], 0
    for cue in cues:
        offsets.append((position, cue.start))
        position += len(cue.text) + 1
    first = cues[0]
    return Segment(first.start, end, first.speaker, " ".join([cue.text for cue in cues]), tuple(offsets))


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
    borders = [match.end() for match in _SENTENCE_END.finditer(text)]
    parts: list[tuple[int, str]] = []
    start, border = 0, 0
    while len(text) - start > max_characters:
        remaining = len(text) - start
        target = start + remaining / -(-remaining // max_characters)
        cut = 0
        while border < len(borders) and borders[border] <= start + max_characters:
            if borders[border] >= start + min_characters and (
                not cut or abs(borders[border] - target) < abs(cut - target)
            ):
                cut = borders[border]
            border += 1
        if not cut:
            space = text.rfind(" ", start + min_characters, start + max_characters + 1)
            cut = space + 1 if space >= 0 else start + max_characters
        while border and borders[border - 1] > cut:
            border -= 1
        parts.append((start, text[start:cut].strip()))
        start = cut
    parts.append((start, text[start:].strip()))
    return [(position, part) for position, part in parts if part]

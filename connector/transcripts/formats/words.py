"""Words with times, put together to cues a person would read: by speaker, pause, end of sentence and length.

Every recogniser's reader uses this; it knows no format, only words and rows. Borders depend on the words alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from connector.transcripts.formats.source import Row, Timeline

MAX_CHARACTERS = 200  # of a cue made of words
MAX_SECONDS = 15.0
MIN_CHARACTERS = 60  # a sentence shorter than that takes the next one along
PAUSE = 1.5  # seconds without a word that end a cue
TURN_CHARACTERS = 500  # a turn the format itself gives stays one cue up to here: some half a minute of speech
TURN_SECONDS = 60.0

_WORD_CHARACTERS = 12.0  # rows that are a word each are shorter than this in the mean
_WORD_SHARE = 0.9
_SENTENCE_ENDS = frozenset(".?!…。！？")
_CLAUSE_ENDS = frozenset(",;:—–、，；：")
_CLOSING = "\"'”’»)]」』"
# Scripts that write no spaces between words: Thai to Lao, Myanmar, Khmer, kana and ideographs (Korean has spaces).
_UNSPACED = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u312f\u3190-\u9fff\uf900-\ufaff\uff00-\uff9f]")
_NOT_SAID = re.compile(r"[\W_]+")


class Word(NamedTuple):
    """One word; times in seconds, None where unknown. ``glued``: no space before it, as before a comma."""

    text: str
    start: float | None
    end: float | None
    speaker: str | None = None
    confidence: float | None = None
    glued: bool = False


class Utterance(NamedTuple):
    """A turn, sentence or segment as its format gives it: times in seconds, None where it says none."""

    start: float | None
    end: float | None
    speaker: str | None
    text: str
    confidence: float | None = None


def word_rows(words: Iterable[Word]) -> list[Row]:
    """The cues of ``words``, which are in the order they were said. Linear in their number.

    A cue ends where the speaker changes, before a pause, after a sentence once it has ``MIN_CHARACTERS``, and
    before it would exceed ``MAX_CHARACTERS`` or ``MAX_SECONDS``, there after a comma where one is near. A word
    without a time stands with the word before; words of which none has a time make no cue.
    """
    rows: list[Row] = []
    cue: list[Word] = []
    speaker: str | None = None
    start: float | None = None
    end, length, clause, ended = 0.0, 0, 0, False
    for word in words:
        text, at, until, who, _, glued = word
        if not text:
            continue
        if cue and not glued:
            cut = 0
            if (
                (who != speaker and (at is not None or who is not None))
                or (ended and length >= MIN_CHARACTERS)
                or (at is not None and start is not None and (at - end >= PAUSE or at < start))
            ):
                cut = len(cue)
            elif length + len(text) >= MAX_CHARACTERS or (
                start is not None and (until if until is not None else at or end) - start > MAX_SECONDS
            ):
                cut = clause if 3 * clause >= len(cue) else len(cue)
            if cut:
                rows.append(_row(cue[:cut], speaker, rows))
                cue = cue[cut:]
                start, end, length, clause = None, end, sum(len(one.text) + 1 for one in cue), 0
                start = next((one.start for one in cue if one.start is not None), None)
        if not cue:
            speaker = who
        cue.append(word)
        length += len(text) + (not glued)
        if at is not None:
            if start is None:
                start, end = at, at
            if at > end:
                end = at
            if until is not None and until > end:
                end = until
        last = text[-1]
        if last in _CLOSING:
            last = text.rstrip(_CLOSING)[-1:]
        ended = last in _SENTENCE_ENDS
        if last in _CLAUSE_ENDS:
            clause = len(cue)
    if cue:
        rows.append(_row(cue, speaker, rows))
    return rows if any(row.end is not None for row in rows) else []


def turn_rows(turn: Row, words: Iterable[Word]) -> list[Row]:
    """A turn or utterance the format itself gives: one cue, unless it is longer than a person would read at once.

    Then it is cut by its ``words`` (as ``word_rows`` does), where they say the same as its text. The words give
    the confidence too, where they have any.
    """
    spoken = list(words)
    confidence = mean_confidence(spoken)
    row = turn if confidence is None else turn._replace(confidence=confidence)
    seconds = 0.0 if turn.end is None else turn.end - turn.start
    if not spoken or (len(turn.text) <= TURN_CHARACTERS and seconds <= TURN_SECONDS):
        return [row]
    spelled = _spelled(turn.text, spoken)
    return word_rows(word._replace(speaker=turn.speaker) for word in spelled) or [row]


def add_turn(timeline: Timeline, turn: Utterance, words: Sequence[Word], what: str) -> None:
    """Adds the cues of a turn (as ``turn_rows`` makes them), its times and text taken from ``words`` where it has none.

    ``what`` names the turn where no time is known at all ("segment 2").
    """
    start, end, speaker, text, confidence = turn
    text = text or joined(words)
    if start is None:
        start = next((word.start for word in words if word.start is not None), None)
    if start is None:
        timeline.add_untimed(f"{what} says no time", text, speaker)
        return
    if end is None:
        end = max((word.end for word in words if word.end is not None), default=None)
    timeline.add(turn_rows(Row(start, end, speaker, text, confidence), words))


def line_rows(rows: list[Row]) -> list[Row]:
    """The rows as they are, or, where a format wrote a row for nearly every word, the cues of these words.

    Words that are sentences, more than half of them, are cues: "Yes." "No." "Why?"
    """
    spoken = [row for row in rows if row.text]
    single = sum(1 for row in spoken if " " not in row.text)
    characters = sum(len(row.text) for row in spoken)
    if len(spoken) < 3 or single < _WORD_SHARE * len(spoken) or characters > _WORD_CHARACTERS * len(spoken):
        return rows
    if 2 * sum(1 for row in spoken if row.text.rstrip(_CLOSING)[-1:] in _SENTENCE_ENDS) > len(spoken):
        return rows
    return word_rows(Word(row.text, row.start, row.end, row.speaker, row.confidence) for row in spoken)


def joined(words: Sequence[Word]) -> str:
    """The text of ``words``, with spaces where the writing has them."""
    texts = [word.text for word in words]
    plain = " ".join(texts)
    if plain.isascii() and not any(word.glued for word in words):
        return plain
    pieces: list[str] = []
    for word in words:
        if pieces and not word.glued and not (_UNSPACED.match(word.text) and _UNSPACED.match(pieces[-1][-1])):
            pieces.append(" ")
        pieces.append(word.text)
    return "".join(pieces)


def mean_confidence(words: Iterable[Word]) -> float | None:
    """The mean of the confidences that ``words`` have, in 0 to 1; None where none has any."""
    known = [word.confidence for word in words if word.confidence is not None]
    return round(sum(known) / len(known), 4) if known else None


def _row(words: list[Word], speaker: str | None, before: list[Row]) -> Row:
    """A cue of ``words``; without any time it stands, without length, where the cue before ends."""
    starts = [word.start for word in words if word.start is not None]
    ends = [word.end for word in words if word.end is not None]
    if starts:
        start, end = starts[0], max(max(ends, default=starts[0]), starts[-1])
        return Row(start, max(start, end), speaker, joined(words), mean_confidence(words))
    start = 0.0 if not before else before[-1].start if before[-1].end is None else before[-1].end
    return Row(start, None, speaker, joined(words), mean_confidence(words))


def _spelled(text: str, words: list[Word]) -> list[Word]:
    """``words`` as ``text`` writes them (with its capitals, commas and numbers); none where they say other things."""
    tokens = text.split()
    unglued = [word for word in words if not word.glued]
    if len(tokens) == len(unglued):
        return [word._replace(text=token) for word, token in zip(unglued, tokens, strict=True)]
    if _NOT_SAID.sub("", text).casefold() == _NOT_SAID.sub("", joined(words)).casefold():
        return words
    return []

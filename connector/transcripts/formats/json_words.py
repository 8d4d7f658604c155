"""What recognisers' JSON has in common: lists of words with times, confidences, labels of speakers.

Knows the keys they use, no format as a whole. Nothing here raises: what is not what it should be is None.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from connector.transcripts.formats.json_values import objects, seconds, string
from connector.transcripts.formats.premiere_text import known_speaker
from connector.transcripts.formats.words import Word

_NUMBERED = re.compile(r"\d{1,4}|[A-Z]|\d{1,2}[A-Z]")  # labels, not names: "0", "A", "1A"


def timed_words(value: Any, *, unit: float = 1.0, speaker: str | None = None) -> Iterator[Word]:
    """The words of a list of objects with ``start``, ``end`` and the word, times counted in ``unit`` seconds.

    Each word has its own speaker, or ``speaker`` where it says none.
    """
    labels: dict[Any, str | None] = {None: speaker}
    for item in objects(value):
        get = item.get
        text = string(get("punctuated_word")) or string(get("word")) or string(get("text"))
        if not text:
            continue
        label = get("speaker")
        if type(label) is not str and type(label) is not int:
            label = None
        if label not in labels:
            labels[label] = speaker_label(label) or speaker
        yield Word(
            text,
            seconds(get("start"), unit=unit),
            seconds(get("end"), unit=unit),
            labels[label],
            share(get("confidence", get("probability", get("score")))),
        )


def share(value: Any) -> float | None:
    """A confidence from 0 to 1, from a number or a string of one; None where it is none."""
    kind = type(value)
    if kind is not float and kind is not int and kind is not str:
        return None
    try:
        result = float(value)
    except (ValueError, OverflowError):
        return None
    return result if 0.0 <= result <= 1.0 else None


def speaker_label(value: Any) -> str | None:
    """What a recogniser calls a speaker: a bare number or letter becomes "Speaker 0", a word for nobody None."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str):
        label = string(value)
        return f"Speaker {label}" if _NUMBERED.fullmatch(label) else known_speaker(label.strip("?"))
    if isinstance(value, float) and not value.is_integer():
        return None
    return f"Speaker {int(value)}" if 0 <= value < 10_000 else None  # -1 is how some write "not known"

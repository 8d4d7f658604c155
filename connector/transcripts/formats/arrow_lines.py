"""Lines of times in the spelling nearly all captions have, ``00:01:02.345 --> 00:01:04.567``, found in an array of the
characters, all at once: a third of the time that matching one after another takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

_LINE = "\n00:00:00.000 --> 00:00:00.000"
_LENGTH = len(_LINE) + 1  # bytes; with the one after it
_BEFORE = _LINE.index(">")  # bytes
_DIGITS = np.array([place for place, sign in enumerate(_LINE) if sign == "0"])
_POINTS = np.array([place for place, sign in enumerate(_LINE) if sign == "."])
_SIGNS = np.array([place for place, sign in enumerate(_LINE) if sign not in "0."])
_SPELLED = np.frombuffer(_LINE.encode(), np.uint8)[_SIGNS]
_MOST = np.array([9, 9, 5, 9, 5, 9, 9, 9, 9] * 2, np.uint8)  # of each digit
# Of each digit, for start and end; whole numbers, exact in floats, which are multiplied quicker.
_PARTS = np.array([36_000_000, 3_600_000, 600_000, 60_000, 10_000, 1_000, 100, 10, 1.0])
_MILLISECONDS = np.kron(np.eye(2), _PARTS[:, None])
_DAY = 24 * 3_600_000
_ABOVE = np.arange(1, 9)  # characters before a line of times: a number, and the line ends around it


class ArrowLines(NamedTuple):
    """Where each line of times begins (its line end before it) and ends in the text, and its times in seconds.

    ``words`` says where the words above each but the first end: at a blank line, or one above a cue's number. None
    where any of them do not.
    """

    begins: list[int]
    ends: list[int]
    times: list[tuple[float, float]]
    words: list[int] | None


def arrow_lines(text: str) -> ArrowLines | None:
    """The lines of times in ``text``; None where anything with an arrow in it is spelled otherwise."""
    # A byte each, whatever the language; the line end stops the search for one.
    characters = np.frombuffer(text.encode("latin-1", "replace") + b"\n", np.uint8)
    points = np.flatnonzero(characters == ord(">"))
    begins = points[characters[points - 1] == ord("-")] - _BEFORE
    if not len(begins) or begins[0] < 0 or begins[-1] + _LENGTH > len(characters):
        return None
    at_each = np.ndarray((len(characters) - _LENGTH + 1, _LENGTH), np.uint8, characters.data, strides=(1, 1))
    lines = at_each[begins]
    digits = lines[:, _DIGITS] - ord("0")  # unsigned: what comes before 0 is large
    points, last = lines[:, _POINTS], lines[:, -1]
    bare = (last == ord("\n")).all()  # else settings stand behind the times
    if not (
        (lines[:, _SIGNS] == _SPELLED).all()
        and ((points == ord(".")) | (points == ord(","))).all()
        and (bare or ((last == ord("\n")) | (last == ord(" "))).all())
        and (digits <= _MOST).all()
    ):
        return None
    times = digits.astype(np.float64) @ _MILLISECONDS
    if times.max() >= _DAY:
        return None
    ends = begins + len(_LINE)
    if not bare:
        line_ends = np.flatnonzero(characters == ord("\n"))
        ends = line_ends[np.searchsorted(line_ends, ends)]
    starts, stops = (times.T / 1000).tolist()
    return ArrowLines(
        begins.tolist(), ends.tolist(), list(zip(starts, stops, strict=True)), _ends_of_words(characters, begins[1:])
    )


def _ends_of_words(characters: NDArray[np.uint8], begins: NDArray[np.intp]) -> list[int] | None:
    """``ArrowLines.words`` of lines of times that begin there, none of them the first."""
    above = characters[begins[:, None] - _ABOVE]
    digits = (above[:, :-1] - ord("0") > 9).argmax(axis=1)  # of the number right above; 0 also where there are too many
    each = np.arange(len(begins))
    apart = (above[each, digits] == ord("\n")) & ((digits == 0) | (above[each, digits + 1] == ord("\n")))
    return (begins - digits - (digits > 0)).tolist() if apart.all() else None

"""Lines of times in the spelling nearly all captions have, ``00:01:02.345 --> 00:01:04.567``, found in an array of the
characters, all at once: a third of the time that matching one after another takes.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

_LINE = "\n00:00:00.000 --> 00:00:00.000"
_BEFORE = _LINE.index(">")  # characters
_DIGITS = np.array([position for position, character in enumerate(_LINE) if character == "0"])
_SIGNS = np.array([position for position, character in enumerate(_LINE) if character not in "0."])
_POINTS = np.array([position for position, character in enumerate(_LINE) if character == "."])
_MILLISECONDS = np.array([36_000_000, 3_600_000, 600_000, 60_000, 10_000, 1_000, 100, 10, 1])
_TENS = [2, 4, 11, 13]  # of the digits, those of minutes and seconds
_DAY = 24 * 3_600_000


class ArrowLines(NamedTuple):
    """Where each line of times begins (its line end before it) and ends in the text, and its times in seconds."""

    begins: list[int]
    ends: list[int]
    times: list[tuple[float, float]]


def arrow_lines(text: str) -> ArrowLines | None:
    """The lines of times in ``text``; None where anything with an arrow in it is spelled otherwise."""
    # A byte each, whatever the language; the line end stops the search for one.
    characters = np.frombuffer(text.encode("latin-1", "replace") + b"\n", np.uint8)
    points = np.flatnonzero(characters == ord(">"))
    arrows = points[characters[points - 1] == ord("-")]
    begins = arrows - _BEFORE
    if not len(begins) or begins[0] < 0 or begins[-1] + len(_LINE) >= len(characters):
        return None
    lines = np.lib.stride_tricks.sliding_window_view(characters, len(_LINE) + 1)[begins]
    digits = lines[:, _DIGITS] - ord("0")  # unsigned: what comes before 0 is large
    points = lines[:, _POINTS]
    signs = np.frombuffer(_LINE.encode(), np.uint8)[_SIGNS]
    if not (
        (lines[:, _SIGNS] == signs).all()
        and ((points == ord(".")) | (points == ord(","))).all()
        and ((lines[:, -1] == ord("\n")) | (lines[:, -1] == ord(" "))).all()
        and (digits < 10).all()
        and (digits[:, _TENS] < 6).all()
    ):
        return None
    starts = digits[:, :9] @ _MILLISECONDS
    stops = digits[:, 9:] @ _MILLISECONDS
    if max(starts.max(), stops.max()) >= _DAY:
        return None
    line_ends = np.flatnonzero(characters == ord("\n"))
    ends = line_ends[np.searchsorted(line_ends, begins + len(_LINE))]
    times = list(zip((starts / 1000).tolist(), (stops / 1000).tolist(), strict=True))
    return ArrowLines(begins.tolist(), ends.tolist(), times)

"""Replacements in a text: made, made again on what came out, and followed by the positions of cues. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple


class Change(NamedTuple):
    """``found`` at the character ``position`` of the text as it was, and what was ``put`` there for ``term``."""

    position: int
    found: str
    put: str
    term: str


class Edit(NamedTuple):
    """The characters ``start`` to ``end`` become ``put``, for the term of that number."""

    start: int
    end: int
    put: str
    term: int


def applied(text: str, edits: Iterable[Edit]) -> str:
    """``text`` after ``edits``, which are in order and do not overlap."""
    pieces, at = [], 0
    for edit in edits:
        pieces += [text[at : edit.start], edit.put]
        at = edit.end
    return "".join([*pieces, text[at:]])


def composed(text: str, before: Sequence[Edit], after: Sequence[Edit]) -> list[Edit]:
    """One list of edits for two in a row; ``text`` stands between them. Edits that meet become one."""
    if not before:
        return list(after)
    placed, shift = [], 0
    for edit in before:
        at = edit.start + shift
        shift += len(edit.put) - (edit.end - edit.start)
        placed.append((at, at + len(edit.put), edit, False))
    placed += [(edit.start, edit.end, edit, True) for edit in after]
    placed.sort(key=lambda one: one[:2])
    composed: list[Edit] = []
    shift, number = 0, 0
    while number < len(placed):
        low, high = placed[number][:2]
        group: list[tuple[int, int, Edit, bool]] = []
        while number < len(placed) and (not group or placed[number][0] < high):
            group.append(placed[number])
            high = max(high, placed[number][1])
            number += 1
        grown = sum(len(edit.put) - (edit.end - edit.start) for _, _, edit, new in group if not new)
        news = [edit._replace(start=edit.start - low, end=edit.end - low) for _, _, edit, new in group if new]
        term = news[-1].term if news else group[-1][2].term
        composed.append(Edit(low - shift, high - shift - grown, applied(text[low:high], news), term))
        shift += grown
    return composed


def remap(offsets: Sequence[tuple[int, float]], changes: Sequence[Change], text: str) -> tuple[tuple[int, float], ...]:
    """A segment's ``offsets`` (position, start in seconds) in its corrected ``text``.

    A cue that began inside of what was replaced begins at the next word; one of which nothing is left is
    left out. The first stays at 0.
    """
    moved: list[tuple[int, float]] = []
    ahead, shift = 0, 0
    for position, start in offsets:
        while ahead < len(changes) and changes[ahead].position + len(changes[ahead].found) <= position:
            shift += len(changes[ahead].put) - len(changes[ahead].found)
            ahead += 1
        at = position + shift
        if ahead < len(changes) and changes[ahead].position < position:
            at = changes[ahead].position + shift + len(changes[ahead].put)
            while at < len(text) and text[at].isspace():
                at += 1
        while len(moved) > 1 and at <= moved[-1][0]:  # the later cue is the one whose words stand here
            moved.pop()
        if at < len(text) or not moved:
            moved.append((at, start))
    return tuple(moved)

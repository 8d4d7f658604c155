"""The marks that captions carry about their words: tags, entities, positions, dashes of a dialogue, white space.

Pure functions of one text, each a single round: what an entity hid may be markup again, so ``clean`` repeats
them. Knows nothing of cues and of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from html.entities import html5

# Only markup that captions use (WebVTT, SubRip, karaoke times): <s>, </s> and <pad> are words in a talk on
# tokens.
_TAG = re.compile(
    r"</?(?:(?:i|b|u|em|strong|c|v|lang|ruby|rt|rp|font|span)(?:[.\s/][^<>]{0,300})?|br\s?/?"
    r"|\d{1,4}:\d\d(?::\d\d)?[.,]\d{1,3})>",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}]{0,200}\}")  # {\an8}: Advanced SubStation's, met in SubRip too
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:amp;|#38;|#x26;){2,}", re.IGNORECASE)
_LEADING_MARKS = re.compile(r"^(?:[^\S\n]*(?:>{2,}|[-–—](?=\s|$)))+[^\S\n]*", re.MULTILINE)
_LINE_MARK = re.compile(r"\n ?(?:[-–—](?=\s)|>>)")
# Characters without width, and controls; the joiners U+200C and U+200D are left: they are spelling in Persian,
# in Hindi and in emoji.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")


def without_markup(text: str) -> str:
    """``text`` without tags and overrides, its entities decoded, and no dash or ``>>`` before a line."""
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "{\\" in text:
        text = _OVERRIDE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(_decoded, _AMPERSANDS.sub("&amp;", text))
    if text[:1] in "->–—" or "\n" in text or text[:1].isspace():
        text = _LEADING_MARKS.sub("", text)
    return text


def markup_positions(text: str) -> Iterator[int]:
    """Where there may be markup in ``text``: texts, each after a line end and a space."""
    yield from places(text, "<", "&", "{\\")
    yield from (match.start() + 1 for match in _LINE_MARK.finditer(text))


def space_positions(text: str) -> Iterator[int]:
    """Where there is white space to mend in ``text``: texts of one line, each after a line end and a space."""
    if "  " not in text and " \n" not in text and text.replace("\n", "").isprintable():
        return
    place = 0
    for line in text.split("\n"):
        if not line.isprintable() or "  " in line or line[-1:] == " ":
            yield place
        place += len(line) + 1


def places(text: str, *signs: str) -> Iterator[int]:
    """Where ``text`` has one of ``signs``."""
    for sign in signs:
        place = text.find(sign)
        while place >= 0:
            yield place
            place = text.find(sign, place + 1)


def with_single_spaces(text: str) -> str:
    """``text`` in one line: white space single, none around it, no character that has no width."""
    if not text.isprintable():
        text = _INVISIBLE.sub("", text)
    elif "  " not in text and text[:1] != " " and text[-1:] != " ":
        return text
    return " ".join(text.split())


def _decoded(match: re.Match[str]) -> str:
    entity = match[0]
    return unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)

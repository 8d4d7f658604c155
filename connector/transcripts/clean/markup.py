"""The marks that captions carry about their words: tags, entities, positions, dashes of a dialogue, white space.

Pure functions of one text, each a single round: what an entity hid may be markup again, so ``clean`` repeats
them. Knows nothing of cues and of what is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import unescape
from html.entities import html5

import numpy as np

from connector.transcripts.clean.search import END, holding

MARKUP_SIGNS = ("<", "&", "{", ">")  # text with none of these has no markup but dashes before its lines
LINE_MARKS = re.compile(r"\n ?[-–—.…]")  # these, and dots of a pause

# Only markup that captions use (WebVTT, SubRip, karaoke times): <s>, </s> and <pad> are words in a talk on
# tokens.
_TAG = re.compile(
    r"</?(?:(?:i|b|u|em|strong|c|v|lang|ruby|rt|rp|font|span)(?:[.\s/][^<>]{0,300})?|br\s?/?"
    r"|\d{1,4}:\d\d(?::\d\d)?[.,]\d{1,3})>",
    re.IGNORECASE,
)
# A tag that is spoken of, "the <b> tag", and no markup around words: written with entities, since there it is text.
_SPOKEN_TAG = re.compile(
    r"<(?=(?:i|b|u|em|strong|c|v|lang|ruby|rt|rp|font|span)>(?:[\s,.;:?!)\"'”’»]|$))"
    r"|(?<![^\s(\"'“‘«])<(?=/(?:i|b|u|em|strong|c|v|lang|ruby|rt|rp|font|span)>)",
    re.IGNORECASE,
)
_BREAK = re.compile(r"<br\s?/?>", re.IGNORECASE)
_OVERRIDE = re.compile(r"\{\\[^{}]{0,200}\}")  # {\an8}: Advanced SubStation's, met in SubRip too
_ENTITY = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_AMPERSANDS = re.compile(r"&(?:amp;|#38;|#x26;){2,}", re.IGNORECASE)
_LEADING_MARKS = re.compile(r"^(?:[^\S\n]*(?:>{2,}|[-–—](?=\s|$)))+[^\S\n]*", re.MULTILINE)
# Characters without width, and controls; the joiners U+200C and U+200D are left: they are spelling in Persian,
# in Hindi and in emoji.
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1b\x7f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff]")

_BETWEEN_LINES = b"\n" + END.encode()


def without_markup(text: str) -> str:
    """``text`` without tags and overrides, its entities decoded, and no dash or ``>>`` before a line.

    Tags made of entities that stand alone between words (``the &lt;b&gt; tag``) are words themselves: ``the < b> tag``.
    """
    if "<" in text:
        text = _TAG.sub("", _BREAK.sub("\n", text))
    if "{\\" in text:
        text = _OVERRIDE.sub("", text)
    if "&" in text:
        text = _ENTITY.sub(_decoded, _AMPERSANDS.sub("&amp;", text))
        spoken = _SPOKEN_TAG.sub("< ", text)  # which is no tag in the next round, nor when cleaned again
        text = text if _TAG.search(spoken) else spoken
    if text[:1] in "->–—" or "\n" in text or text[:1].isspace():
        text = _LEADING_MARKS.sub("", text)
    return text


def with_odd_spaces(many: str, texts: Sequence[str]) -> set[int]:
    """The numbers of the ``texts``, each of one line and joined in ``many``, in which there is white space to mend."""
    signs = np.frombuffer(many.encode("utf-8", "surrogatepass"), np.uint8)
    spaces = signs == ord(" ")
    found = holding(many, ("  ",), END) if (spaces[1:] & spaces[:-1]).any() else set()
    odd = signs[signs - ord(" ") > ord("~") - ord(" ")].tobytes().translate(None, _BETWEEN_LINES)  # unsigned
    if not odd.decode("utf-8", "surrogatepass").isprintable():
        found.update(number for number, text in enumerate(texts) if not text.isprintable())
    return found


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

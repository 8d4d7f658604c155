"""From cues as a source has them to cues as they are shown: no markup, no marks, nothing said twice by the
captioner.

Pure functions of text; knows nothing of formats. Cleaning twice is cleaning once.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from html import unescape
from html.entities import html5

from connector.transcripts.transcript import Cue

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
_MARK_STARTS = frozenset(">-–—")
_LEADING_MARKS = re.compile(r"\A(?:\s*(?:>{2,}|[-–—](?=\s|$)))+\s*")
_PAUSE = re.compile(r"\[(?:\.\.\.|…)\]")  # how Premiere's Text panel shows a pause
_INVISIBLE = re.compile("[\u200b\u200e\u200f\u2060\ufeff\x00-\x08\x7f]")
_ROUNDS = 8
_ECHO_SECONDS = 0.05  # a cue this short that says the line before again is how a scroll ends, not speech
_ROLLING_SHARE = 0.25
_ROLLING_LINES = 4  # no more lines than that are on screen


def clean_cues(cues: Iterable[Cue]) -> tuple[Cue, ...]:
    """The cues as they are shown, in the same order; those of which nothing remains are left out.

    Rolling captions (each cue repeats the line before and adds one, as YouTube writes them) are said once.
    """
    raw = list(cues)
    shown_lines = [_lines(cue.text) for cue in raw]
    rolling = _is_rolling(shown_lines)
    names: dict[str | None, str | None] = {None: None}
    cleaned: list[Cue] = []
    before: list[str] = []
    for cue, lines in zip(raw, shown_lines, strict=True):
        if not lines:
            continue
        new = lines[_overlap(before, lines) :] if rolling else lines
        before = lines
        text = clean_text(" ".join(new)) if len(new) > 1 else "".join(new)
        if not text or (cleaned and cue.end - cue.start <= _ECHO_SECONDS and text == cleaned[-1].text):
            if cleaned and cue.end > cleaned[-1].end:
                cleaned[-1] = replace(cleaned[-1], end=cue.end)
            continue
        if cue.speaker not in names:
            names[cue.speaker] = clean_text(cue.speaker or "") or None
        speaker = names[cue.speaker]
        unchanged = text == cue.text and speaker == cue.speaker
        cleaned.append(cue if unchanged else Cue(cue.start, cue.end, speaker, text))
    return tuple(cleaned)


def clean_text(text: str) -> str:
    """One line of shown text: markup gone, entities decoded, leading marks gone, white space single."""
    if not text.isascii():
        text = _INVISIBLE.sub("", text)
    if "<" in text or "&" in text or "{" in text or "[" in text:
        text = _without_markup(text)
    text = " ".join(text.split())
    return _LEADING_MARKS.sub("", text, count=1) if text[:1] in _MARK_STARTS else text


def _without_markup(text: str) -> str:
    """Strips and decodes until nothing changes: what an entity hid may be markup again.

    Text that is still changing after eight rounds is a construction, not a caption; it loses the
    characters that make markup, so that the work stays bounded and the result final.
    """
    for _ in range(_ROUNDS):
        before = text
        text = _BREAK.sub(" ", text)
        text = _TAG.sub("", text)
        text = _OVERRIDE.sub("", text)
        text = _PAUSE.sub(" ", text)
        if "&" in text:
            text = _INVISIBLE.sub("", _ENTITY.sub(_decoded, _AMPERSANDS.sub("&amp;", text)))
        if text == before:
            return text
    return re.sub(r"[<>&{}\[\]]", " ", text)


def _decoded(match: re.Match[str]) -> str:
    entity = match[0]
    return unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)


def _lines(text: str) -> list[str]:
    """The cleaned lines of a cue that are not empty."""
    if "\n" not in text:
        line = clean_text(text)
        return [line] if line else []
    if "<" in text:  # a tag may be broken over two lines
        text = _TAG.sub("", _BREAK.sub("\n", text))
    return [line for line in map(clean_text, text.split("\n")) if line]


def _overlap(before: Sequence[str], lines: Sequence[str]) -> int:
    """How many first lines repeat the last lines of the cue before."""
    for size in range(min(len(before), len(lines), _ROLLING_LINES), 0, -1):
        if before[-size:] == lines[:size]:
            return size
    return 0


def _is_rolling(cues: Sequence[Sequence[str]]) -> bool:
    """Whether these captions scroll: of the cues with two lines or more, many open with the last line
    before them.

    Asked of lines, which cleaning joins: so cleaned captions never look like rolling ones.
    """
    scrolled = several = 0
    before: Sequence[str] = ()
    for lines in cues:
        if len(lines) > 1:
            several += 1
            scrolled += bool(0 < _overlap(before, lines) < len(lines))
        if lines:
            before = lines
    return scrolled > 0 and scrolled >= _ROLLING_SHARE * several

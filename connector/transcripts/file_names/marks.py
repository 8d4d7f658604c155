"""What programs and people append to a file's name that is no part of its title: language, kind, version, copy.

Text only; each mark is recognised at the end of a name, the outermost first.
"""

from __future__ import annotations

import re
from typing import NamedTuple

DATE = "\x00"  # stands in a name for a date that was cut out of it

# Languages that captions are made in. Codes that end names for other reasons (socket.io, main.ts) are not among them.
_CODES = (
    "af ar az be bg bn bs ca cs cy da de el en es et eu fa fi fil fr ga gl gu he hi hr hu hy id is it iw ja ka kk kn ko"
    " lt lv mk ml mr ms nb nl nn no pa pl pt ro ru sk sl sq sr sv sw ta te th tl tr uk ur uz vi zh"
)
_LANGUAGES = frozenset(_CODES.split())
# After an underscore only those that are no word or abbreviation (how_it_is, town_hall_uk, policy_hr).
_PLAIN_CODES = "de en es fi fr hu ja ko nl pl pt ro ru sv tr zh"
_PLAIN_LANGUAGES = frozenset(_PLAIN_CODES.split())
_THREE_LETTERS = {
    "eng": "en", "deu": "de", "ger": "de", "fra": "fr", "fre": "fr", "spa": "es", "por": "pt", "ita": "it",
    "rus": "ru", "jpn": "ja", "kor": "ko", "zho": "zh", "chi": "zh", "nld": "nl", "dut": "nl", "swe": "sv", "pol": "pl",
}  # fmt: skip
_CODE = r"(?P<code>[a-z]{2,3})(?P<region>[-_](?:[A-Z]{2}|[A-Z][a-z]{3}|[0-9]{3}))?"
_LANGUAGE_END = re.compile(rf"(?P<mark>[._]){_CODE}(?:[.\-](?:orig|auto|forced|sdh|cc|default))*$")
_LANGUAGE_START = re.compile(rf"{_CODE}__(?=.)")

_KIND = re.compile(
    r"(?:[ ._\-]+transcripts?|(?:\.|__?| - )(?:captions?|subtitles?|subs|cc|transcription)"
    r"|[ _\-]+meeting[ _\-](?:recording|transcript))$",
    re.IGNORECASE,
)
_KIND_ALONE = re.compile(
    r"(?:(?:meeting |screen |audio |video )?recording|(?:meeting )?transcript|captions|subtitles|audio|video|meeting"
    r"|img|vid|zoom)(?: ?\d{1,4})?",
    re.IGNORECASE,
)
_YOUTUBE = re.compile(r"[ _.\-]*\[(?P<id>[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048])\]$")  # 64 bits leave 16 last letters
_PLAIN_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+|[0-9]+|")

_MARKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"[ _\-]+V[0-9]{1,2}_[A-Z]$",  # an editor's sequence and cut
        rf"(?<={DATE})[ _\-.]+(?i:v|ver|version|rev|r)[ ._]?[0-9]{{1,3}}(?:[._][0-9]{{1,2}})?(?:_?[A-Za-z])?$",
        rf"(?<={DATE})[ _\-.]+(?i:final|edit|edited|cut|draft|master|clean|export)[0-9]?$",
        r"_+[vV][1-9]$",
        r"(?<=[A-Z0-9])-V[1-9]$",
        r"_+FINAL[0-9]?$",
        r"(?i:[ _]+copy|[ _]-[ _](?:copy|kopie|copie|copia))(?:[ _]?\(?[0-9]{1,2}\)?)?$",
        r"(?i:(?<!part)(?<!episode)(?<!session)(?<!chapter)(?<!lesson)(?<!week)(?<!day)(?<!teil))[ _]\([0-9]{1,2}\)$",
        r"[ _\-]+(?:[0-9]{3,4}[pP]|[0-9]{3,4}x[0-9]{3,4})$",
    )
)
_AFTER_OTHER_SEPARATORS = re.compile(r"_+(?:[vV][0-9]{1,2}|(?i:final)[0-9]?)$")


class Mark(NamedTuple):
    """A mark at the end of a name: what is left without it, what it was, and what it says."""

    rest: str
    text: str
    language: str | None = None
    video: str | None = None


def last_mark(name: str) -> Mark | None:
    """The outermost mark at the end of ``name``; None where there is none, or nothing but it."""
    for find in (_language, _youtube, _kind, _version):
        mark = find(name)
        if mark and (DATE in mark.rest or any(character.isalnum() for character in mark.rest)):
            return mark
    return None


def file_mark(stem: str) -> Mark | None:
    """The language or the kind (``.transcript``) at the end of a file's stem: what its video and sidecar lack."""
    mark = _language(stem) or _kind(stem)
    return mark if mark and mark.rest else None


def leading_language(name: str) -> Mark | None:
    """``de__talk``: a language before two underscores."""
    match = _LANGUAGE_START.match(name)
    code = match and _code(match, _LANGUAGES)
    return Mark(name[match.end() :], match[0], language=code) if match and code else None


def is_only_kind(words: str) -> bool:
    """Whether ``words`` say what a file is (a recording, a transcript), not what it is about."""
    return _KIND_ALONE.fullmatch(words) is not None


def _language(name: str) -> Mark | None:
    match = _LANGUAGE_END.search(name)
    if not match:
        return None
    rest = name[: match.start()]
    if match["mark"] == "." and "." not in rest:
        allowed = _LANGUAGES
    else:
        allowed = _LANGUAGES if match["region"] else _PLAIN_LANGUAGES
    code = _code(match, allowed)
    return Mark(rest, match[0], language=code) if code else None


def _code(match: re.Match[str], allowed: frozenset[str]) -> str | None:
    code = _THREE_LETTERS.get(match["code"], match["code"])
    if code not in allowed or (match["code"] in _THREE_LETTERS and match.groupdict().get("mark") == "_"):
        return None
    return code + (match["region"] or "").replace("_", "-")


def _youtube(name: str) -> Mark | None:
    """A video's id as yt-dlp writes it. A word of eleven letters in brackets is none."""
    match = _YOUTUBE.search(name)
    if not match or all(_PLAIN_WORD.fullmatch(piece) for piece in re.split(r"[-_]", match["id"])):
        return None
    return Mark(name[: match.start()], match[0], video=match["id"])


def _kind(name: str) -> Mark | None:
    match = _KIND.search(name)
    return Mark(name[: match.start()], match[0]) if match else None


def _version(name: str) -> Mark | None:
    for pattern in _MARKS:
        if match := pattern.search(name):
            return Mark(name[: match.start()], match[0])
    match = _AFTER_OTHER_SEPARATORS.search(name)
    if match and "_" not in name[: match.start()]:
        return Mark(name[: match.start()], match[0])
    return None

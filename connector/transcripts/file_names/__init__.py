"""What a file's name tells of a recording: a title a person reads, a date, a language, a video.

Text only; knows nothing of files. A guess, and the weakest source of metadata: anything a person wrote goes before it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from connector.transcripts.file_names.dates import FoundDate, find_date
from connector.transcripts.file_names.marks import DATE, file_mark, is_only_kind, last_mark, leading_language

MAX_TITLE = 200
_MAX_NAME = 1000
_ROUNDS = 12
_UNTITLED = "Untitled"

# yt-dlp writes these for characters that a file system refuses.
_FULL_WIDTH = str.maketrans("：？＂＊＜＞｜⧸⧹", ':?"*<>|/\\')
_EAST_ASIAN = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_EMPTY_BRACKETS = re.compile(r"[(\[{]\s*\x00?\s*[)\]}]")
_CUT = re.compile(r"[ _\-.,]*\x00[ _\-.,\x00]*")
_DOTS = re.compile(r"(?<=[^\W\d_])\.(?=\w)|(?<=\w)\.(?=[^\W\d_])")
_WORDS_BETWEEN_DOTS = 2  # from so many dots on they stand for spaces: the.long.goodbye, not Node.js
_APOSTROPHE = re.compile(r"(?<=[a-z])-(s|ll|re|ve)(?=-|$)|(?<=n)-(t)(?=-|$)")
_TRAILING = " -_.,;:"
_CAPITALS = (
    "AI API AWS CEO CFO CIO COO CTO EMEA EU FAQ HR IO IT KPI LLM ML OKR PM PR Q&A QA SAP SEO SLA SSO TV UAE UI UK US"
    " USA UX VIP VP"
)
_SMALL = "A AN AND AS AT BY FOR FROM IN OF ON OR THE TO VS WITH"
_ACRONYMS = frozenset(_CAPITALS.split())
_SMALL_WORDS = frozenset(_SMALL.split())
_VOWELS = frozenset("AEIOUYÄÖÜÉÈÀÁÍÓÚ")


@dataclass(frozen=True, slots=True)
class NameFacts:
    """What a name tells; ``recorded`` is ISO 8601, ``dropped`` the marks that are no part of the title."""

    title: str
    recorded: str | None = None
    language: str | None = None
    url: str | None = None
    dropped: tuple[str, ...] = ()


@dataclass(slots=True)
class _Found:
    recorded: str | None = None
    language: str | None = None
    url: str | None = None
    dropped: list[str] = field(default_factory=list)


@lru_cache(maxsize=64)  # a file's is asked twice, and again at each look at its folder
def described_by_name(stem: str) -> NameFacts:
    """Title, date, language and video of a file whose name without suffix is ``stem``.

    Never raises; the title is never empty, at most 200 characters, and tells the same title again.
    """
    found = _Found()
    title = _tidied(stem[:_MAX_NAME])
    for _ in range(_ROUNDS):  # what one mark hid may be another
        before, title = title, _once(title, found)
        if title == before:
            break
    return NameFacts(title, found.recorded, found.language, found.url, tuple(found.dropped))


def recording_stems(stem: str) -> tuple[str, ...]:
    """``stem`` and what it is without language and kind: ``talk.en`` is a transcript of ``talk``; longest first."""
    stems = [stem]
    while mark := file_mark(stems[-1]):
        stems.append(mark.rest)
    return tuple(stems)


def _once(name: str, found: _Found) -> str:
    name, dates = _without_marks(name, found)
    strong = _strong_separator(name, dates)
    name = _CUT.sub(lambda cut: _in_place_of(cut[0], strong), name)
    parts = [words for part in (name.split(strong) if strong else [name]) if (words := _words(part, name))]
    title = _cased(_joined(parts))
    if found.recorded and (not title or is_only_kind(title)):
        title = f"{title} {found.recorded[:16].replace('T', ' ')}".strip()
    return title[:MAX_TITLE].strip() or _UNTITLED


def _tidied(stem: str) -> str:
    """One line of text that any database takes: no lone surrogates, no control characters, white space single."""
    text = unicodedata.normalize("NFC", stem.encode("utf-8", "replace").decode())
    text = text.replace("%20", " ")
    if not _EAST_ASIAN.search(text):
        text = text.translate(_FULL_WIDTH)
    text = "".join(" " if character.isspace() else character for character in text)
    return " ".join("".join(c for c in text if unicodedata.category(c) != "Cc").split())


def _without_marks(name: str, found: _Found) -> tuple[str, list[tuple[FoundDate, str]]]:
    """The name with a placeholder for each date and without its marks; the dates with what stood around each."""
    dates: list[tuple[FoundDate, str]] = []
    while True:
        if day := find_date(name):
            found.recorded = found.recorded or day.iso
            dates.append((day, name[max(0, day.start - 1) : day.start] + name[day.end : day.end + 1]))
            name = name[: day.start] + DATE + name[day.end :]
        elif mark := last_mark(name) or (leading_language(name) if not found.language else None):
            found.language = found.language or mark.language
            if mark.video and not found.url:
                found.url = f"https://www.youtube.com/watch?v={mark.video}"
            found.dropped.append(mark.text.strip(_TRAILING + DATE))
            name = mark.rest
        else:
            return _EMPTY_BRACKETS.sub(DATE, name), dates


def _strong_separator(name: str, dates: list[tuple[FoundDate, str]]) -> str:
    """What stands between the parts of a name, where it tells: two underscores, or what parts off a date.

    In ``HW25_LIVE_SHOW-KICKOFF-2025_01_14`` the date is of one sort with the words; the hyphens part.
    """
    if "__" in name:
        return "__"
    if " " in name or "_" not in name or "-" not in name:
        return ""
    for day, around in dates:
        for mark in around:
            if mark in "-_" and mark != day.inner and name.replace(DATE, "").strip("-_").count(mark):
                return mark
    left = name.partition("-")[0]
    capitals = name.isupper() and "_" in left and name.count("-") < name.count("_")
    return "-" if capitals else ""


def _in_place_of(cut: str, strong: str) -> str:
    if " - " in cut:
        return " - "
    return strong or next((character for character in cut if character in " _-"), " ")


def _words(part: str, name: str) -> str:
    """A part of the name as words: its separators are spaces, a hyphen inside a word is kept where it is one."""
    if " " not in name:
        if _is_slug(part):
            part = _APOSTROPHE.sub(lambda match: "'" + (match[1] or match[2]), part)
        if part.count("-") >= part.count("_"):
            part = part.replace("-", " ")
        if not set(" _-") & set(part) and len(_DOTS.findall(part)) >= _WORDS_BETWEEN_DOTS:
            part = _DOTS.sub(" ", part)
    part = re.sub(r"_+|-{2,}", " ", part)
    part = _EMPTY_BRACKETS.sub(" ", part.replace(DATE, " "))
    return " ".join(part.split()).strip(_TRAILING).strip()


def _is_slug(part: str) -> bool:
    return part.count("-") > 1 and part == part.lower()


def _joined(parts: list[str]) -> str:
    """``a: b, c``; numbers follow without a mark, and a part that the next one repeats is left out."""
    kept = [part for part, after in pairwise([*parts, ""]) if not f"{after} ".lower().startswith(f"{part} ".lower())]
    title, texts = "", 0
    for part in kept:
        is_text = any(character.isalpha() for character in part)
        title += ("" if not title else " " if not is_text or not texts else ": " if texts == 1 else ", ") + part
        texts += is_text
    return title


def _cased(title: str) -> str:
    """Shouted titles as titles, acronyms kept; a title without capitals begins with one. All else is as written."""
    words = title.split(" ")
    if title.isupper() and sum(len(word) > 2 and word.isalpha() for word in words) > 1:
        return " ".join(_spoken(word, first=position == 0) for position, word in enumerate(words))
    if title == title.lower():
        for position, character in enumerate(title):
            if character.isalpha():
                capital = character.upper()
                return title[:position] + capital + title[position + 1 :] if len(capital) == 1 else title
            if character.isdigit() and position and title[position - 1] not in " 0123456789":
                break
    return title


def _spoken(word: str, *, first: bool) -> str:
    core = word.strip(".,:;!?()[]")
    if core in _SMALL_WORDS:
        return word.capitalize() if first else word.lower()
    if core in _ACRONYMS or any(character.isdigit() for character in core) or not _VOWELS & set(core):
        return word
    return word[:1] + word[1:].lower() if word[:1].isalpha() else word[:1] + word[1:].capitalize()

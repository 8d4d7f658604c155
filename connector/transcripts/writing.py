"""Cues as files that other programs take: SubRip, WebVTT, plain text, the podcast namespace's JSON. Pure.

What our own readers make of them are the same cues: times to the millisecond, speakers, words in one line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from connector.transcripts.timecode_text import clock_text
from connector.transcripts.transcript import Cue

_SHORTEST = 0.001  # seconds; a cue of a subtitle must end after it starts


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file: its media type, what to call it to a person, and how it is written."""

    media_type: str
    label: str
    write: Callable[[Sequence[Cue], str, str | None], str]  # cues, title, language


def subrip(cues: Sequence[Cue], _title: str, _language: str | None) -> str:
    """``.srt``; a speaker stands before the words, as nothing else says who it is."""
    return "\n".join(
        f"{number}\n{_span(cue, ',')}\n{_named(cue, _one_line(cue.text)).replace('-->', '→')}\n"
        for number, cue in enumerate(cues, start=1)
    )


def webvtt(cues: Sequence[Cue], title: str, language: str | None) -> str:
    """``.vtt``, https://www.w3.org/TR/webvtt1/: speakers as voices, all else escaped."""
    head = f"WEBVTT - {_one_line(title).replace('-->', '→')}\n"
    if language and re.fullmatch(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*", language):
        head += f"Language: {language}\n"
    return head + "".join(f"\n{_span(cue, '.')}\n{_voiced(cue)}\n" for cue in cues)


def text(cues: Sequence[Cue], title: str, _language: str | None) -> str:
    """``.txt``, a line a cue: ``[0:12] Name: words``."""
    lines = (f"[{clock_text(cue.start)}] {_named(cue, _one_line(cue.text))}\n" for cue in cues)
    return f"{_one_line(title)}\n\n{''.join(lines)}"


def podcast_json(cues: Sequence[Cue], title: str, language: str | None) -> str:
    """``.json``, github.com/Podcastindex-org/podcast-namespace: segments of speaker, startTime, endTime, body."""
    segments = [
        ({"speaker": cue.speaker} if cue.speaker else {})
        | {"startTime": round(cue.start, 3), "endTime": round(cue.end, 3), "body": _one_line(cue.text)}
        for cue in cues
    ]
    told = {"version": "1.0.0", "title": title} | ({"language": language} if language else {}) | {"segments": segments}
    return json.dumps(told, ensure_ascii=False, indent=1) + "\n"


KINDS = {
    "srt": Kind("application/x-subrip", "SRT", subrip),
    "vtt": Kind("text/vtt", "VTT", webvtt),
    "txt": Kind("text/plain", "Text", text),
    "json": Kind("application/json", "JSON", podcast_json),
}


def named(cues: Iterable[Cue], names: dict[str, str]) -> list[Cue]:
    """The cues with the labels of speakers replaced by the ``names`` that people gave them."""
    return [cue._replace(speaker=names.get(cue.speaker, cue.speaker)) if cue.speaker else cue for cue in cues]


def _span(cue: Cue, mark: str) -> str:
    return f"{_clock(cue.start, mark)} --> {_clock(max(cue.end, cue.start + _SHORTEST), mark)}"


def _clock(seconds: float, mark: str) -> str:
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02d}:{ms // 60_000 % 60:02d}:{ms // 1000 % 60:02d}{mark}{ms % 1000:03d}"


def _named(cue: Cue, words: str) -> str:
    return f"{_one_line(cue.speaker)}: {words}" if cue.speaker else words


def _voiced(cue: Cue) -> str:
    words = _escaped(cue.text)
    return f"<v {_escaped(cue.speaker)}>{words}</v>" if cue.speaker else words


def _escaped(value: str) -> str:
    return _one_line(value).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _one_line(value: str) -> str:
    return " ".join(value.split())

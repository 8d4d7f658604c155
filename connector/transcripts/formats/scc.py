"""Scenarist closed captions (``.scc``): lines of a timecode and the byte pairs of CEA-608 sent from that frame on.

One pair goes with each frame, at 29.97 a second whether numbers are dropped (``;``) or not; so a caption appears
where its command lies in the line, not where the line begins. pysubs2 does not read it.
Source: McPoodle, "SCC format"; 47 CFR 15.119 for the codes, which ``cea608`` decodes.
"""

from __future__ import annotations

import re
from fractions import Fraction

from connector.transcripts.formats.cea608 import Decoder, Shown
from connector.transcripts.formats.names import name_speakers
from connector.transcripts.formats.source import Notes, Reader, Row, Source, finish
from connector.transcripts.timecode_text import FrameClock
from connector.transcripts.transcript import Reading

_HEADER = re.compile(r"\s*Scenarist_SCC V\d")
_CODES = r"[0-9A-Fa-f]{4}(?:[ \t]+[0-9A-Fa-f]{4})*"
_LINE = re.compile(rf"^[ \t]*(\d{{1,3}}:\d{{2}}:\d{{2}}[:;.,]\d{{2}})[ \t]+({_CODES})", re.MULTILINE)
_ANY_LINE = re.compile(rf"^[ \t]*(?:([^\s:;]{{1,9}}[:;]\S{{1,30}})[ \t]+)?({_CODES})(?!\S)", re.MULTILINE)
_FRAMES, _IN_SECONDS = 30000, 1001


def _sniff(source: Source) -> float:
    if _HEADER.match(source.head):
        return 1.0
    return 0.8 if source.suffix == ".scc" and _LINE.search(source.head) else 0.0


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    clocks = {drop: FrameClock(Fraction(_FRAMES, _IN_SECONDS), drop=drop) for drop in (False, True)}
    channels = (Decoder(), Decoder())
    current = 0
    lines = [(match.start(), _start(match[1] or "", clocks), match[2]) for match in _ANY_LINE.finditer(source.text)]
    after = next((start for _, start, _ in lines if start is not None), None)
    for position, start, codes in lines:
        if start is None:  # its codes go on where those before end, the first ones with the first that say when
            notes.add("a timecode that cannot be read; its words stay with those before", position=position)
            start = after
        if start is None:
            continue
        for frame, code in enumerate(codes.split()):
            pair = int(code, 16) & 0x7F7F  # the eighth bit is parity
            high = pair >> 8
            if 0x10 <= high < 0x20:
                current = high >> 3 & 1
                pair &= 0xF7FF
            channels[current].take(pair, start + frame * _IN_SECONDS / _FRAMES)
            after = start + (frame + 1) * _IN_SECONDS / _FRAMES
    said = next((found for found in (channel.finish() for channel in channels) if found), [])
    first = _LINE.search(source.text)
    drop = first is not None and first[1][-3] != ":"
    return finish("scc", name_speakers([_row(shown) for shown in said]), notes, hour=clocks[drop].hour)


def _start(timecode: str, clocks: dict[bool, FrameClock]) -> float | None:
    """Seconds of a line's timecode; None where it cannot be read."""
    timecode = timecode.replace(",", ";").replace(".", ";")
    return clocks[";" in timecode].seconds(timecode.replace(";", ":"))


def _row(shown: Shown) -> Row:
    end = None if shown.end is None else round(shown.end, 6)
    return Row(round(shown.start, 6), end, None, shown.text)


READER = Reader("scc", "Scenarist closed captions (.scc)", (".scc",), "its first line, Scenarist_SCC", _sniff, _read)

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
_LINE = re.compile(
    r"^[ \t]*(\d{1,3}:\d{2}:\d{2}[:;.,]\d{2})[ \t]+([0-9A-Fa-f]{4}(?:[ \t]+[0-9A-Fa-f]{4})*)", re.MULTILINE
)
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
    for match in _LINE.finditer(source.text):
        timecode = match[1].replace(",", ";").replace(".", ";")
        start = clocks[";" in timecode].seconds(timecode.replace(";", ":"))
        if start is None:
            notes.add("a time above 1000 hours; its codes are left out", position=match.start())
            continue
        for frame, code in enumerate(match[2].split()):
            pair = int(code, 16) & 0x7F7F  # the eighth bit is parity
            high = pair >> 8
            if 0x10 <= high < 0x20:
                current = high >> 3 & 1
                pair &= 0xF7FF
            channels[current].take(pair, start + frame * _IN_SECONDS / _FRAMES)
    said = next((found for found in (channel.finish() for channel in channels) if found), [])
    first = _LINE.search(source.text)
    drop = first is not None and first[1][-3] != ":"
    return finish("scc", name_speakers([_row(shown) for shown in said]), notes, hour=clocks[drop].hour)


def _row(shown: Shown) -> Row:
    end = None if shown.end is None else round(shown.end, 6)
    return Row(round(shown.start, 6), end, None, shown.text)


READER = Reader("scc", "Scenarist closed captions (.scc)", (".scc",), "its first line, Scenarist_SCC", _sniff, _read)

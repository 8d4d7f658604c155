"""Adobe Premiere Pro, "Export to text file": a line of two timecodes, the speaker, a paragraph, an empty
line.
 The Captions panel's export has no speaker line, the Graphics panel's has a track (``V3, 1``) in its
place; all three are read here. The layout is not documented by Adobe; it is taken from files.
"""

from __future__ import annotations

import re
from collections import Counter

from connector.transcripts.formats.names import all_names
from connector.transcripts.formats.source import Notes, Reader, Row, Source, Timeline, finish
from connector.transcripts.formats.turns import ABBREVIATION
from connector.transcripts.timecode_text import mixed_clock
from connector.transcripts.transcript import Reading

_TIMECODE = r"\d{1,4}[:;]\d{2}[:;]\d{2}[:;.]\d{2,3}"
# Matched from the line end before it on, which is several times as fast as "^".
_TIME_LINE = re.compile(rf"\n[ \t]*+({_TIMECODE})[ \t]*+[-–][ \t]*+({_TIMECODE})[ \t]*+(?=\n|\Z)")
# Meant as one, whether it can be read or not; "1990s - 2000s" is spoken.
_MEANT_AS_TIME_LINE = re.compile(
    r"\n[ \t]*+\d(?=\w*+[:;])[\w:;.]{3,20}+[ \t]*+[-–][ \t]*+\d[\w:;.]{3,20}+[ \t]*+(?=\n|\Z)"
)
_TRACK = re.compile(r"[AVC]\d{1,3}, ?\d{1,4}")
# What the program writes for nobody and for somebody, in the languages it speaks.
_WORDS_FOR_NOBODY = (
    "unknown unknownspeaker unbekannt inconnu inconnue desconocido desconocida sconosciuto desconhecido неизвестно "
    "неизвестный onbekend okänd ukjent ukendt nieznany bilinmeyen 不明 不明なスピーカー 未知 알수없음"
)
_UNKNOWN = frozenset(_WORDS_FOR_NOBODY.split())
_LABEL = re.compile(
    r"(?:speaker|sprecher|orateur|intervenant|interlocuteur|hablante|orador|locutor|interlocutor|relatore"
    r"|interlocutore|oratore|talare|spreker|диктор|говорящий|спикер|話者|スピーカー|화자|说话者|發言者|发言者"
    r"|讲话者) ?\d{1,3}",
    re.IGNORECASE,
)
_LONGEST_NAME = 60


def known_speaker(label: str) -> str | None:
    """The speaker a label names, less a colon behind it; None for the program's word for nobody, in its languages."""
    label = " ".join(label.split()).rstrip(":：").rstrip()
    return None if not label or label.lower().replace(" ", "") in _UNKNOWN else label


def is_label(line: str) -> bool:
    """Whether a line is what the program itself calls a speaker."""
    return known_speaker(line) is None or _LABEL.fullmatch(line) is not None


def _sniff(source: Source) -> float:
    match = _TIME_LINE.search("\n" + source.head)
    if match is None:
        return 0.0
    # The export begins with a time; a document that quotes one has words before it.
    return 0.95 if source.head.count("\n", 0, match.start()) < 5 else 0.6


def _read(source: Source) -> Reading:
    notes = Notes(source.text)
    lined = "\n" + source.text  # so its positions are ahead by one
    heads = list(_MEANT_AS_TIME_LINE.finditer(lined))
    matches = [_TIME_LINE.match(lined, head.start()) for head in heads]
    clock = mixed_clock((timecode for match in matches if match for timecode in match.groups()), source.fps)
    borders = [*(head.start() for head in heads), len(lined)]
    blocks = [_lines(lined[head.end() : end]) for head, end in zip(heads, borders[1:], strict=bool(heads))]
    with_speakers = _has_speaker_lines(blocks)
    names = {lines[0] for lines in blocks if len(lines) > 1} if with_speakers else set()
    timeline = Timeline(notes)
    for head, match, lines in zip(heads, matches, blocks, strict=True):
        speaker = None
        if with_speakers and lines and (len(lines) > 1 or lines[0] in names or is_label(lines[0])):
            speaker, lines = known_speaker(lines[0]), lines[1:]
        text, start, end = "\n".join(lines), None, None
        if match:
            start, end = clock.seconds(match[1]), clock.seconds(match[2])
        if start is None:
            told = "a time above 1000 hours" if match else "a time line that cannot be read"
            timeline.add_untimed(told, text, speaker, end=end, position=head.start())
            continue
        if end is not None and end < start:
            notes.add("this paragraph ends before it starts", position=head.start())
        timeline.add([Row(start, end, speaker, text)])
    if clock.note:
        notes.add(clock.note)
    return finish("premiere_text", timeline.rows, notes, hour=clock.frames.hour)


def _lines(block: str) -> list[str]:
    """The lines with words, without a track's name."""
    lines = [line for line in (line.strip() for line in block.split("\n")) if line]
    if lines and _TRACK.fullmatch(lines[0]):
        del lines[0]
    return lines


def _has_speaker_lines(blocks: list[list[str]]) -> bool:
    """Whether the blocks open with a speaker, judged over the whole file: captions may have two lines too."""
    spoken = [lines for lines in blocks if lines]
    firsts = Counter(lines[0] for lines in spoken if len(lines) > 1)
    if any(is_label(lines[0]) for lines in spoken):
        return True
    long_enough = sum(firsts.values()) + sum(1 for lines in spoken if len(lines) == 1 and lines[0] in firsts)
    if not spoken or long_enough < 0.9 * len(spoken):
        return False
    if any(len(first) > _LONGEST_NAME or _is_sentence(first) for first in firsts):
        return False
    # Few paragraphs have few names twice; then lines of captions must be written otherwise than names are.
    return len(firsts) <= max(2, long_enough // 2) or (len(firsts) <= 2 * long_enough // 3 and all_names(firsts))


def _is_sentence(line: str) -> bool:
    """Whether ``line`` ends as a sentence does, and not as ``Ann B.`` or ``Smith Jr.``."""
    return line[-1] in ".!?,;:…" and ABBREVIATION.search(line) is None


READER = Reader(
    "premiere_text",
    "Adobe Premiere text (.txt)",
    (".txt",),
    "lines of two timecodes with frames, `00:00:12:00 - 00:00:42:17`",
    _sniff,
    _read,
)

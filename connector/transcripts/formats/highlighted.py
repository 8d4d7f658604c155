"""Captions that mark the word being said: a cue for each word, which says the whole sentence and marks that word.

Written by Whisper's ``--highlight_words`` (``<u>``, https://github.com/openai/whisper ``whisper/utils.py``) and
stable-ts (``<font color=…>``). Knows nothing of what a text says.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from connector.transcripts.formats.source import Row

_MARK = re.compile(r"</?(?:u|b|i|c|font)(?:[.\s][^<>]{0,100})?>", re.IGNORECASE)
_SHARE = 0.5  # of the cues, and more, say what the one before said with another word marked
_FEWEST = 3
_GAP = 0.05  # seconds; after a longer one somebody says it again


def highlighted_once(rows: Sequence[Row]) -> list[Row]:
    """Of cues that differ in the marked word alone one, from the start of the first to the end of the last; all, where
    captions do not mark what is being said.
    """
    texts = [_MARK.sub("", row.text) if "<" in row.text else row.text for row in rows]
    moved = sum(
        before == text and one.text != other.text
        for (before, text), (one, other) in zip(pairwise(texts), pairwise(rows), strict=True)
    )
    if moved < max(_FEWEST, _SHARE * len(rows)):
        return list(rows)
    kept: list[Row] = []
    reached = -1  # where the last mark stood: one that goes back to the first word begins anew
    for row, text in zip(rows, texts, strict=True):
        mark = _MARK.search(row.text)
        place = mark.start() if mark else -1
        last = kept[-1] if kept else None
        goes_on = last and last.text == text and last.end is not None and row.start - last.end <= _GAP
        if last and goes_on and (not mark or place > reached):
            kept[-1] = last._replace(end=row.end)
            reached = max(reached, place)
        else:
            kept.append(row._replace(text=text))
            reached = place
    return kept

"""Archives larger than the corpus: its talks are held again, under other titles and in other words.

Every seventh word or so becomes another that is said in the corpus, a frequent one more often, so that words, places
and facets are spread as in as many real talks. Times, names and whatever else stands in a file stay.
"""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

CHANGED = 0.2  # of the words of three letters and more
_WORD = re.compile(r"(?<![\w'])[a-z]{3,}(?![\w'])")  # no name, no part of a time
_FRONT = re.compile(r"\A---\n.*?^---\n", re.DOTALL | re.MULTILINE)
_TITLE = re.compile(r"^title: *(['\"]?)", re.MULTILINE)
_SPEAKER = re.compile(r"[^:.!?]{1,60}: ")  # at the start of a line
_TURN = re.compile(r"turn \d+\b", re.IGNORECASE)  # before the title, or the file's name that it is made of
_KEPT = ("-->", "://", "WEBVTT")  # lines that say something else than words


def retold(files: Sequence[Path], folder: Path) -> Iterator[Path]:
    """Every talk of ``files`` anew, written to ``folder``, round after round; the same on every machine."""
    read = {file: file.read_text("utf-8-sig") for file in files}
    said = [word for text in read.values() for word in _WORD.findall(_FRONT.sub("", text))]
    turn = 1
    while said:
        turn += 1
        for file, text in read.items():
            target = folder / f"turn{turn}" / file.parent.name / f"turn {turn} {file.name}"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(in_other_words(text, said, f"{turn} {file.name}", f"Turn {turn}: "), "utf-8")
            yield target


def is_retold(title: str) -> bool:
    """Whether the talk of this title is one of those."""
    return _TURN.match(title) is not None


def in_other_words(text: str, said: Sequence[str], seed: str, title: str) -> str:
    """``text`` with words out of ``said`` in the place of some of its own, and ``title`` before its title."""
    draw = random.Random(seed)
    front = _FRONT.match(text)
    head = _TITLE.sub(rf"\g<0>{title}", front[0]) if front else ""

    def word(found: re.Match[str]) -> str:
        return draw.choice(said) if draw.random() < CHANGED else found[0]

    def line(written: str) -> str:
        if any(kept in written for kept in _KEPT):
            return written
        speaker = _SPEAKER.match(written)
        begin = speaker.end() if speaker else 0
        return written[:begin] + _WORD.sub(word, written[begin:])

    return head + "".join(map(line, text[len(front[0]) if front else 0 :].splitlines(keepends=True)))

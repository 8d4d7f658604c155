"""Words that speakers fill a pause with: um, uh, äh, euh. Which ones depends on the language.

Pure functions of one text. Knows nothing of cues.
"""

from __future__ import annotations

import re
from itertools import chain

from connector.transcripts.clean.casing import ends_sentence, shouts
from connector.transcripts.clean.speech import STOPS

_FILLERS = {
    "en": r"u(?:m+|h+m*)|erm+",
    "de": r"äh+m*|öh+m*|uhm+",
    "fr": r"euh+|heu+",
    "es": r"ehm+|eeh+",
    "": r"uh+m*|äh+m*|öhm+|euh+",  # words in no language we know of: um is one in German and in Portuguese
}
# A word of its own, with its signs; but uh huh and uh oh are answers.
_FILLER = {
    name: re.compile(rf"(?<!\S)({letters})([,.?!…-]*)(?!\S|\s+(?:huh|oh))", re.IGNORECASE)
    for name, letters in _FILLERS.items()
}
# What every text with a filler holds, in lower case and after a space.
FILLER_STARTS = {
    "en": (" um", " uh", " erm"),
    "de": (" äh", " öh", " uhm"),
    "fr": (" euh", " heu"),
    "es": (" ehm", " eeh"),
    "": (" uh", " äh", " öhm", " euh"),
}


def without_fillers(text: str, language: str) -> str:
    """``text`` without um, uh, äh, euh …; the sentence keeps its capital and its full stop."""
    start = f" {text.lower()}"
    if not any(map(start.__contains__, FILLER_STARTS.get(language, ()))):
        return text
    pattern = _FILLER[language]
    # UM is a university where the rest is small.
    small = any(filler[1].isupper() for filler in pattern.finditer(text)) and not shouts(text)
    kept: list[str] = []  # what is said between fillers, with the space before it
    position, capital = 0, False
    stopped = 0  # how much was kept when a stop was last looked for
    for filler in chain(pattern.finditer(text), [None]):
        if filler and small and filler[1].isupper():
            continue
        said = text[position : filler.start() if filler else None].rstrip()
        words = said.lstrip()
        if words:
            space = said if kept else text
            space = space[: len(space) - len(space.lstrip())]
            if capital and words.split(None, 1)[0].islower():
                words = words[0].upper() + words[1:]
            kept.append(space + words)
            capital = False
        if filler is None:
            break
        position = filler.end()
        if filler[1][0].isupper() and (not kept or ends_sentence(kept[-1])):
            capital = True
        if filler[2] in STOPS and len(kept) > stopped:
            stopped = len(kept)
            before = kept[-1].rstrip(",")
            if before[-1:].isalnum():
                kept[-1] = before + filler[2]
    return "".join(kept) + text[len(text.rstrip()) :]

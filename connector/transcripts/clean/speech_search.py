"""Which of many texts may hold fillers or stutters: a quick search over all of them, joined by ``search``.

What is found, ``speech`` looks at closely; what is not, it would leave as it is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from connector.transcripts.clean.fillers import FILLER_STARTS
from connector.transcripts.clean.search import END, matching
from connector.transcripts.clean.speech import GLUE, STUTTERED, TRAILED, plain

Letters = NDArray[np.uint8]  # a text's bytes
Places = NDArray[np.intp]  # positions in it

_BROKEN_OFF = (  # w- what, w-w-what
    re.compile(r"-(?:(?<=\w-) |(?<=\b(\w)-)(?i:\1)-|(?<=\b(\w\w)-)(?i:\2)-)"),
    re.compile(r"‐(?<=\w‐) "),
    re.compile(r"‑(?<=\w‑) "),
)
_ASCII = 127  # the last; of a letter beyond it the first byte may change with the case
_TRAILS = ("…", "..", "--", "–", "—")  # in every text with a word that trails off and is said again


class Slips(NamedTuple):
    """Which of many texts, by number, may hold a filler or a word broken off; which words, by number, may end what is
    said again in which text; and which texts may go on from the last word of the one before.
    """

    broken: set[int]
    again: dict[int, list[int]]
    onward: set[int]


class _Words(NamedTuple):
    """The words of joined texts, in lower case and without the signs after them. ``END`` is one between two texts."""

    text: bytes
    letters: Letters  # of the text
    spaces: Places  # before each word, and after the last
    first: Letters  # of each word; of an empty one the space after it
    second: Letters
    ends: Places  # the numbers of those that are ``END``


def with_slips(many: str, texts: Sequence[str], language: str, *, fillers: bool, stutters: bool) -> Slips:
    """What fillers and stutters there may be in ``texts``, joined in ``many``."""
    found = Slips(set(), {}, set())
    if not fillers and not stutters:
        return found
    words = _words(many, language)
    if fillers:
        for start in map(str.encode, FILLER_STARTS.get(language, ())):
            found.broken.update(words.ends.searchsorted(_starting(words, start)).tolist())
    if stutters:
        for pattern in _BROKEN_OFF:
            found.broken.update(matching(many, pattern))
        last, opening = words.first[words.ends - 1], words.first[words.ends + 1]
        alike = (last == opening) | ((last > _ASCII) & (opening > _ASCII))
        found.onward.update((np.flatnonzero(alike) + 1).tolist())
    if stutters and language in STUTTERED:
        stuttered, trailed, glue = STUTTERED[language], TRAILED[language], GLUE.get(language, frozenset())

        @cache  # a cue may be as long as a book, and double words as often
        def trails(number: int) -> bool:
            return any(sign in texts[number] for sign in _TRAILS)

        for number, place, said in _said_again(words, 3 if glue else 1):
            known = glue if len(said) > 1 else stuttered
            if known.issuperset(said) or (said[0] in trailed and trails(number)):
                found.again.setdefault(number, []).append(place)
    return found


def _words(many: str, language: str) -> _Words:
    # Of bytes only the letters of English have a lower case, but that is the quicker one.
    text = plain(many).lower() if language == "en" else plain(many.lower())
    letters = np.frombuffer(text, np.uint8)
    spaces = np.flatnonzero(letters == ord(" "))
    first, second = letters[spaces[:-1] + 1], letters[spaces[:-1] + 2]
    return _Words(text, letters, spaces, first, second, np.flatnonzero(first == ord(END)))


def _starting(words: _Words, start: bytes) -> Places:
    """The numbers of the words that begin with ``start``, a space and two letters or more."""
    numbers = np.flatnonzero((words.first == start[1]) & (words.second == start[2]))
    for distance in range(3, len(start)):  # behind the last word there are a space and ``END``
        numbers = numbers[words.letters[words.spaces[numbers] + distance] == start[distance]]
    return numbers


def _said_again(words: _Words, longest: int) -> Iterator[tuple[int, int, list[str]]]:
    """The words of which up to ``longest`` are said twice in a row: the number of the text they are in, that of the
    last of them in it, and the words said once.

    Works on outlines of the words: equal words have equal ones, few others do.
    """
    text, letters, spaces, first, second, ends = words
    outlines = np.empty((len(first), 4), np.uint8)
    outlines[:, 0] = first
    outlines[:, 1] = second
    outlines[:, 2] = letters[spaces[1:] - 1]
    outlines[:, 3] = spaces[1:] - spaces[:-1]
    outline = outlines.view(np.uint32)[:, 0]
    text_begins = np.concatenate(([0], ends + 1))  # with which word
    for size in range(1, longest + 1):
        same = outline[size:] == outline[:-size]
        for _ in range(size - 1):
            same = same[1:] & same[:-1]
        begins = np.flatnonzero(same)
        if not len(begins):  # as in most files that are short
            continue
        numbers = ends.searchsorted(begins)
        places = begins - text_begins[numbers] + 2 * size - 1
        starts, stops = spaces[begins] + 1, spaces[begins + 2 * size]
        for number, place, start, stop in zip(
            *(each.tolist() for each in (numbers, places, starts, stops)), strict=True
        ):
            said = text[start:stop].decode("utf-8", "surrogatepass").split(" ")
            if said[:size] == said[size:]:
                yield number, place, said[:size]

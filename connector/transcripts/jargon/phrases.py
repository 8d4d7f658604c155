"""Where words stand in a row in a text: phrases found whatever their case, white space and hyphens, in whole words.

Pure. Knows nothing of glossaries: what a phrase stands for is the caller's.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import pairwise
from typing import NamedTuple

_LETTERS = r"[\w\u0300-\u036f]+"  # a combining accent is part of its word
_WORD = re.compile(rf"{_LETTERS}(?:['’]{_LETTERS})*")
_HEAD = re.compile(_LETTERS)
_PLAIN = re.compile(r"[A-Za-z0-9]+(?: [A-Za-z0-9]+)*\Z")
_PARTED = {code: char.lower() if char.isalnum() or char == "_" else " " for code in range(128) for char in [chr(code)]}
_JOINTS = str.maketrans("‐‑’", "--'")
_ADDRESS = re.compile(r"://|@|\bwww\.|\.(?:com|org|net|io|dev|ai|co|edu|gov|eu)\b", re.IGNORECASE)
_CHUNK = re.compile(r"\S+")
# With 's these are other words; of all others 's is a possessive.
_CONTRACTED = frozenset(
    ("he", "she", "it", "that", "this", "what", "who", "how", "where", "when", "why", "there", "here", "let", "one")
)


class Phrase(NamedTuple):
    """Folded ``words``, and what stands between, before and after them (a space or a hyphen between is "").

    ``term`` is whatever the phrase stands for, a number. With ``possessive`` it is also found before ``'s``.
    """

    words: tuple[str, ...]
    gaps: tuple[str, ...] = ()
    lead: str = ""
    trail: str = ""
    term: int = 0
    possessive: bool = True

    @property
    def key(self) -> tuple[tuple[str, ...], tuple[str, ...], str, str]:
        """What two phrases share that are found at the same places."""
        return self.words, self.gaps, self.lead, self.trail

    @property
    def has_address(self) -> bool:
        """Whether it looks like a part of a web address itself (Node.io)."""
        inner = "".join(word + gap for word, gap in zip(self.words, (*self.gaps, ""), strict=True))
        return bool(_ADDRESS.search(f"{self.lead}{inner}"))


class Found(NamedTuple):
    """``phrase`` at the words ``first`` to before ``last`` of a text, at the characters ``start`` to ``end``."""

    first: int
    last: int
    start: int
    end: int
    phrase: Phrase


def is_plain(text: str) -> bool:
    """Whether ``text`` is nothing but ASCII words with a space between them."""
    return _PLAIN.match(text) is not None


def phrase_of(text: str, term: int = 0) -> Phrase | None:
    """``text`` as a phrase; None where it has no letter or digit."""
    if is_plain(text):
        words = tuple(text.lower().split(" "))
        return Phrase(words, ("",) * (len(words) - 1), term=term, possessive=words[-1] not in _CONTRACTED)
    matches = list(_WORD.finditer(text))
    if not matches:
        return None
    gaps = tuple(_joint(text[one.end() : two.start()]) for one, two in pairwise(matches))
    lead, trail = text[: matches[0].start()].strip(), text[matches[-1].end() :].strip()
    words = tuple(_fold(match[0]) for match in matches)
    possessive = not trail and words[-1] not in _CONTRACTED and not words[-1].endswith("'s")
    return Phrase(words, gaps, lead, trail, term, possessive)


def _fold(word: str) -> str:
    if word.isascii():
        return word.lower()
    return unicodedata.normalize("NFC", word.casefold()).translate(_JOINTS)


def _joint(gap: str) -> str:
    """What stands between two words, white space apart; one hyphen joins as a space does."""
    joint = "".join(gap.split()).translate(_JOINTS)
    return "" if joint == "-" and len(gap) == 1 else joint


class Words:
    """A text cut into words, once, with what is asked of their surroundings."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.keys: list[str] = []
        self.spans: list[tuple[int, int]] = []
        if text.isascii():
            for match in _WORD.finditer(text.lower()):
                self.keys.append(match[0])
                self.spans.append(match.span())
            return
        for match in _WORD.finditer(text):
            self.keys.append(_fold(match[0]))
            self.spans.append(match.span())

    def in_compound(self, start: int, end: int) -> bool:
        """Whether a hyphen ties the characters ``start`` to ``end`` to another word (``get-go``)."""
        text = self.text
        before = start > 1 and text[start - 1] in "-‐‑" and not (text[start - 2].isspace() or text[start - 2] in "-‐‑")
        after = text[end : end + 1], text[end + 1 : end + 2]
        return before or (after[0] in ("-", "‐", "‑") and bool(after[1].strip()) and after[1] not in "-‐‑")

    def in_address(self, start: int, end: int) -> bool:
        """Whether the characters ``start`` to ``end`` touch a web or mail address."""
        at = bisect_left(self._addresses, (start + 1,)) - 1
        inside = at >= 0 and self._addresses[at][1] > start
        return inside or (at + 1 < len(self._addresses) and self._addresses[at + 1][0] < end)

    @cached_property
    def _addresses(self) -> list[tuple[int, int]]:
        if not _ADDRESS.search(self.text):
            return []
        return [chunk.span() for chunk in _CHUNK.finditer(self.text) if _ADDRESS.search(chunk[0])]


class Phrases:
    """Many phrases, looked for at once: a table by the first word, so that their number costs nothing."""

    def __init__(self, phrases: Iterable[Phrase]) -> None:
        self._by_first: dict[str, list[Phrase]] = {}
        for phrase in phrases:
            self._by_first.setdefault(phrase.words[0], []).append(phrase)
        for several in self._by_first.values():
            if len(several) > 1:
                several.sort(key=lambda one: (-len(one.words), -len(one.lead + one.trail), one.key, one.term))
        self._by_head: dict[str, list[str]] = {}
        for word in self._by_first:
            self._by_head.setdefault(_head(word), []).append(word)
        self._heads = frozenset(self._by_head)
        self._needed: dict[str, list[frozenset[str]]] = {}

    def may_be_in(self, text: str) -> bool:
        """False where certainly none of them is in ``text``; quick."""
        if text.isascii():
            parts = text.translate(_PARTED).split()
        else:
            parts = _HEAD.findall(unicodedata.normalize("NFC", text.casefold()))
        if self._heads.isdisjoint(parts):
            return False
        there = frozenset(parts)
        return any(needed <= there for head in self._heads & there for needed in self._needed_after(head))

    def may_be_among(self, words: Iterable[str]) -> bool:
        """The same of folded words, quicker still."""
        return any(_head(word) in self._heads for word in words)

    def _needed_after(self, head: str) -> list[frozenset[str]]:
        """What else is in a text that has a phrase beginning with ``head``; made when it is asked for."""
        if (needed := self._needed.get(head)) is None:
            beginning = [one for first in self._by_head[head] for one in self._by_first[first]]
            needed = [frozenset(part for word in one.words for part in _HEAD.findall(word)) for one in beginning]
            self._needed[head] = needed
        return needed

    def find(self, words: Words) -> Iterator[Found]:
        """All places of all phrases, overlapping ones too: by first word, the longest first."""
        table = self._by_first
        for first, key in enumerate(words.keys):
            for phrase in table.get(key, ()):
                if found := _at(words, first, phrase):
                    yield found
            if key.endswith("'s"):
                for phrase in table.get(key[:-2], ()):
                    if len(phrase.words) == 1 and (found := _at(words, first, phrase)):
                        yield found


def _head(word: str) -> str:
    """The word as far as an apostrophe."""
    return word.partition("'")[0]


def apart(found: Iterable[Found]) -> list[Found]:
    """Of places in the order of ``Phrases.find`` those that do not overlap: the first, and there the longest."""
    chosen: list[Found] = []
    for one in found:
        if not chosen or one.first >= chosen[-1].last:
            chosen.append(one)
    return chosen


def _at(words: Words, first: int, phrase: Phrase) -> Found | None:
    """``phrase`` where it begins with the word ``first``; the possessive 's of its last word stays outside."""
    keys, spans, text = words.keys, words.spans, words.text
    last = first + len(phrase.words)
    if last > len(keys) or (last - first > 1 and tuple(keys[first : last - 1]) != phrase.words[:-1]):
        return None
    end = spans[last - 1][1]
    if keys[last - 1] != phrase.words[-1]:
        if not phrase.possessive or keys[last - 1] != phrase.words[-1] + "'s":
            return None
        end -= 2
    for number, gap in enumerate(phrase.gaps, first):
        if _joint(text[spans[number][1] : spans[number + 1][0]]) != gap:
            return None
    start = spans[first][0] - len(phrase.lead)
    if phrase.lead and (
        start < 0 or not text.startswith(phrase.lead, start) or (start and _HEAD.match(text[start - 1]))
    ):
        return None
    if phrase.trail and not text.startswith(phrase.trail, end):
        return None
    return Found(first, last, start, end + len(phrase.trail), phrase)

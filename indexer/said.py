"""A text in which some words are looked for, taken apart into all its words only where that cannot be helped.

Looking for a few words in a text is an order of magnitude quicker than telling all that it has. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Set
from functools import cached_property

from indexer.text import acronyms, spaced, spans

_LETTERS_IN_A_ROW = re.compile(" [a-z] {1,2}[a-z] ")  # as any acronym has
Token = tuple[str, int, int]  # a folded word, and where it starts and ends in the text, in characters


class Said:
    """The words of ``text``."""

    def __init__(self, text: str) -> None:
        self.text = text
        plain = spaced(text)
        # With a space before and behind, so that a place in the text is one before it here.
        self._spaced = None if plain is None else f" {plain} "

    @cached_property
    def tokens(self) -> list[Token]:
        """All of them."""
        return list(spans(self.text))

    @cached_property
    def words(self) -> list[str]:
        """All of them, folded."""
        return [word for word, _, _ in self.tokens]

    def has_any(self, words: Iterable[str]) -> bool:
        """Whether any of ``words`` may be in it; False is sure."""
        return self._spaced is None or any(f" {word} " in self._spaced for word in words)

    def of(self, words: Set[str]) -> Iterator[Token]:
        """Each that is one of ``words``."""
        if self._spaced is None:
            yield from (token for token in self.tokens if token[0] in words)
            return
        for word in words:
            wanted = f" {word} "
            at = self._spaced.find(wanted)
            while at >= 0:
                yield word, at, at + len(word)
                at = self._spaced.find(wanted, at + len(word) + 1)

    def beginning(self, prefixes: tuple[str, ...]) -> Iterator[Token]:
        """Each that begins with one of ``prefixes``."""
        if self._spaced is None or any(f" {prefix}" in self._spaced for prefix in prefixes):
            yield from (token for token in self.tokens if token[0].startswith(prefixes))

    def spelled(self, words: Set[str]) -> Iterator[Token]:
        """Each of ``words`` that is said letter by letter: U.S.A."""
        told = self._spaced
        if told is None or (_LETTERS_IN_A_ROW.search(told) and any(_begins_in_letters(word, told) for word in words)):
            yield from (token for token in acronyms(self.text) if token[0] in words)

    def whole_words(self, low: int, high: int) -> tuple[int, int] | None:
        """From where to where the whole words between two places are; None for none."""
        if (told := self._spaced) is None:
            inside = [(start, end) for _, start, end in self.tokens if start >= low and end <= high]
            return (inside[0][0], inside[-1][1]) if inside else None
        if (sign := told.find(" ", low)) < 0 or not (rest := told[sign:].lstrip()):
            return None
        start = len(told) - len(rest) - 1
        end = len(told[: told.rindex(" ", 0, high + 2)].rstrip()) - 1
        return (start, end) if start < end else None


def _begins_in_letters(word: str, spaced: str) -> bool:
    """Whether the first two letters of ``word`` are said alone anywhere."""
    return len(word) > 1 and f" {word[0]} " in spaced and f" {word[1]} " in spaced

"""What a word is, for the index, the query and the snippet alike; knows nothing of Whoosh.

A word is a run of letters and digits, or C++ and C#, folded: compatibility forms resolved, case and accents dropped
(``Müller`` and ``muller`` are one word). Chinese, Japanese and Korean are written without spaces where we would want
them: each of their characters is a word together with the one after it (``東京都``: 東京, 京都, 都), as in Lucene's
CJKBigramFilter, and the index has each alone too. So there is one word a place, and a run of them is a phrase.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import accumulate
from typing import NamedTuple

# Marks which a search does without: Latin, Greek and Cyrillic accents, Hebrew points, Arabic vowels.
_DROPPED = "\u0300-\u036f\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u064b-\u065f\u0670"
# Vowel signs of the scripts of South and Southeast Asia: no letters for Python's \w, yet inside a word.
_SIGNS = "\u0900-\u0963\u0971-\u0e3a\u0e40-\u0e4e\u0e81-\u0ece\u0f18-\u0fbc\u1000-\u1049\u1050-\u109d\u1780-\u17d3"
# Ideographs, kana (of half width too) and Hangul syllables; those that fold to one character.
_CJK = (
    "\u3005-\u3007\u3041-\u3096\u309d\u309e\u30a1-\u30fa\u30fc-\u30fe\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7a3"
    "\uf900-\ufaff\uff66-\uff9d\U00020000-\U0003134f"
)
_VOICED = "\u3099\u309a\uff9e\uff9f"  # written behind their kana, where that is of half width or taken apart
_JAMO = "[\u1100-\u1112][\u1161-\u1175][\u11a8-\u11c2]?"  # a Hangul syllable taken apart

_CODE = r"(?<![^\W_])[A-Za-z](?:\+\+|\#)(?![^\W_])"  # C++, C#
# A run, and a sign behind it where it is one letter alone: a third of the time of ``_CODE`` first.
_ASCII_WORD = re.compile(r"([a-z0-9]+(?:(?=[+#])(?<![^\W_].)(?<=[a-z])(?:\+\+|\#)(?![^\W_]))?)")
_SIGNS_TO_SPACES = "".join(sign if sign.isalnum() else " " for sign in map(chr, range(128)))
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
_BEYOND_ASCII = re.compile(rf"[^\x00-\x7f\W]|[{_DROPPED}{_SIGNS}]")  # what is of words; quotation marks are not
_WORD = rf"({_CODE}|[{_CJK}][{_VOICED}]?|{_JAMO}|(?:[^\W_{_CJK}]|[{_DROPPED}{_SIGNS}])+)"
_DROP = re.compile(f"[{_DROPPED}]+")
_PAIRED = f"[{_CJK}]"
_PAIR = f"[{_CJK}]{{2}}"
_HAS_CJK = f"[{_CJK}]|{_JAMO}"

# U.S.A., U S A, u-s-a, and of two letters what is surely meant so: U.S., U S. The m of I'm is none. What stands before
# the first letter is looked at behind it: letters with no sign after them, nearly all, are passed over quickly.
_LETTERS = re.compile(
    r"[A-Za-z](?=[. -])(?<![^\W_].)(?<!['’].)"
    r"(?:(?:(?:\. ?|[ -])[A-Za-z](?![^\W_])){2,}|\. ?[A-Za-z]|(?<=[A-Z]) [A-Z])(?![^\W_'’])"
)
_LONGEST_ACRONYM = 8  # letters: the alphabet is none


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Compiled for the first text that needs it: with all those ranges it takes milliseconds, at each start."""
    return re.compile(pattern)


@lru_cache(maxsize=1 << 16)
def fold(text: str) -> str:
    """``text`` without case, accents and compatibility forms (Unicode NFKD, case folding, NFC)."""
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFC", _DROP.sub("", unicodedata.normalize("NFKD", decomposed)))


def words(text: str) -> list[str]:
    """The folded words of ``text``, in order; a Chinese, Japanese or Korean character with the one after it."""
    if (plain := _plain(text)) is not None:
        return _ASCII_WORD.findall(plain)
    if not _compiled(_HAS_CJK).search(text):
        return [folded for word in _compiled(_WORD).findall(text) if (folded := fold(word))]
    found: list[str] = []
    last = 0
    for word, start, end in spans(text):
        # Over spaces too: a line of a caption ends wherever it is full.
        if (
            found
            and _compiled(_PAIRED).fullmatch(found[-1])
            and _compiled(_PAIRED).fullmatch(word)
            and not text[last:start].strip()
        ):
            found[-1] += word
        found.append(word)
        last = end
    return found


def spans(text: str) -> Iterator[tuple[str, int, int]]:
    """The folded words of ``text``, each character of Chinese, Japanese and Korean alone, with where each starts and
    ends in it, in characters; as many as ``words``.
    """
    plain = _plain(text)
    pieces = (
        _compiled(_WORD).split(text) if plain is None else _ASCII_WORD.split(plain)
    )  # what is between words, a word, …
    ends = list(accumulate(map(len, pieces)))
    found = zip(pieces[1::2], ends[::2], ends[1::2], strict=False)
    if plain is not None:
        return found
    return ((folded, start, end) for word, start, end in found if (folded := fold(word)))


def spaced(text: str) -> str | None:
    """``text`` in lower case with a space for each sign, as long as it is, where its words are runs of ASCII letters
    and digits alone; else None. Then a word is what stands between two spaces, and is found without a look at others.
    """
    plain = _plain(text)
    return None if plain is None or "+" in plain or "#" in plain else plain.translate(_SIGNS_TO_SPACES)


def _plain(text: str) -> str | None:
    """``text`` in lower case, as long as it is, where its words are of ASCII, other signs as ``?``; else None."""
    if text.isascii():
        return text.lower()
    beyond = "".join(_NOT_ASCII.findall(text))  # looked at alone: it is little
    return None if _BEYOND_ASCII.search(beyond) else text.encode("ascii", "replace").decode().lower()


def is_cjk(word: str) -> bool:
    """Whether ``word`` is a Chinese, Japanese or Korean character or a pair of them."""
    return len(word) <= 2 and not word.isascii() and bool(_compiled(_PAIRED).match(word))


def alone(words: Sequence[str]) -> tuple[str, ...]:
    """``words``, one a place, each pair of characters as its first."""
    return tuple(
        word[0] if len(word) == 2 and not word.isascii() and _compiled(_PAIR).fullmatch(word) else word
        for word in words
    )


def acronyms(text: str) -> Iterator[tuple[str, int, int]]:
    """The folded words that are said letter by letter in ``text``, with where each starts and ends: ``usa``."""
    for match in _LETTERS.finditer(text):
        letters = "".join(_ASCII_WORD.findall(match[0].lower()))
        if len(letters) <= _LONGEST_ACRONYM:
            yield letters, match.start(), match.end()


class Places(NamedTuple):
    """The words at the places of a text: one at each, and what else the index has there, as (place, word)."""

    words: Sequence[str]
    more: Sequence[tuple[int, str]] = ()

    def all(self) -> frozenset[str]:
        """Each word there is, wherever it stands."""
        return frozenset(self.words).union(word for _, word in self.more)


def places(text: str) -> Places:
    """The words of ``text``; what else there is are the first of a pair of characters alone, and acronyms where their
    letters begin.
    """
    at = words(text)
    more: list[tuple[int, str]] = []
    if _compiled(_HAS_CJK).search(text):
        pairs = zip(at, alone(at), strict=True)
        more = [(place, single) for place, (word, single) in enumerate(pairs) if single != word]
    if starts := {start: joined for joined, start, _ in acronyms(text)}:
        more += [(place, starts[start]) for place, (_, start, _) in enumerate(spans(text)) if start in starts]
    return Places(at, more)


def key(value: str) -> str:
    """A name (speaker, collection, tag) as it is compared: folded, with single spaces."""
    return encodable(" ".join(fold(value).split()))


def encodable(value: str) -> str:
    """``value`` with lone surrogates (an undecodable argument of a command has them) spelled out."""
    return value if value.isascii() else value.encode("utf-8", "backslashreplace").decode("utf-8")

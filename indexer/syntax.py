"""What a person types, read: words, "phrases", AND OR NOT, -word, prefix*, nearly~, and fields (``speaker:anna``).

    query  := all (OR all)*          all := part (AND? part)*
    part   := NOT part | -part | ( query ) | "phrase" | word | prefix* | nearly~ | field:value | field:"value"

Pure. Reading never fails; what makes no sense is read as plain words, of a bad filter that part alone, and said so.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from datetime import date

from indexer.query import (
    KINDS,
    MAX_CHARACTERS,
    MAX_NEAR,
    MAX_TERMS,
    All,
    Any,
    Named,
    Near,
    Node,
    Not,
    Parsed,
    Phrase,
    Prefix,
    Recorded,
    Title,
    Typed,
    Within,
    Word,
)
from indexer.text import is_cjk, spans, words

MAX_DEPTH = 20
FIELDS = {
    "speaker": "speaker",
    "title": "title",
    "in": "collection",
    "collection": "collection",
    "tag": "tag",
    "lang": "lang",
    "kind": "kind",
    "after": "after",
    "before": "before",
    "at": "at",
}


def parse(query: str) -> Parsed:
    """Reads ``query``; never raises."""
    hints = []
    if len(query) > MAX_CHARACTERS:
        query = query[:MAX_CHARACTERS]
        hints.append(f"The query is long: only its first {MAX_CHARACTERS:,} characters were searched.")
    reader = _Reader(query)
    try:
        node = reader.read()
        hints += dict.fromkeys(reader.hints)
    except _NonsenseError as problem:
        reader = _Reader("")
        reader.note(query, 0)
        plain = words(query)
        reader.left_out = len(plain[MAX_TERMS:])
        node = _all([Word((word,)) for word in plain[:MAX_TERMS]])
        hints.append(f"{problem} The query was searched as plain words.")
    if reader.left_out:
        hints.append(f"The query has many words: only the first {MAX_TERMS} were searched.")
    if reader.filters > MAX_TERMS:
        hints.append(f"The query has many filters: only the first {MAX_TERMS} were searched.")
    if reader.near > MAX_NEAR:
        hints.append(f"Only the first {MAX_NEAR} words with ~ were searched in other spellings.")
    return Parsed(node, reader.kind, tuple(hints), tuple(reader.words))


class _NonsenseError(Exception):
    """The syntax makes no sense; the message is a sentence."""


_TOKEN = re.compile(
    r"""(?P<field>\w+):"(?P<quoted>[^"]*)" | "(?P<phrase>[^"]*)" | (?P<sign>[()"]) | (?P<minus>-(?=[^\s\-)]))
      | (?P<word>[^\s()"]+)""",
    re.VERBOSE,
)
_QUOTES = str.maketrans("“”„‟«»", '""""""')
_CONTRACTED = re.compile(r"\w['’](?:d|ll|m|re|s|t|ve)(?!\w)", re.IGNORECASE)  # o'clock and rock'n'roll are not
_CLOCK = r"(\d{0,5}|\d{1,5}(?::\d{1,2}){1,2})"
_STRETCH = re.compile(f"{_CLOCK}[-–]{_CLOCK}", re.ASCII)
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$")


@dataclass
class _Reader:
    """A recursive descent over the tokens of one query."""

    query: str
    kind: str | None = None
    terms: int = 0
    near: int = 0
    left_out: int = 0
    filters: int = 0
    words: list[Typed] = field(default_factory=list)
    hints: list[str] = field(default_factory=list)
    _tokens: list[re.Match[str]] = field(default_factory=list)
    _at: int = 0

    def read(self) -> Node | None:
        self._tokens = list(_TOKEN.finditer(self.query.translate(_QUOTES)))
        node = self._query(0)
        if self._at < len(self._tokens):
            raise _NonsenseError("A bracket is closed that was never opened.")
        return node

    def _peek(self) -> str:
        return self._tokens[self._at][0] if self._at < len(self._tokens) else ""

    def _query(self, depth: int) -> Node | None:
        if depth > MAX_DEPTH:
            raise _NonsenseError("The brackets are nested too deeply.")
        parts = [self._all_of(depth)]
        while self._peek() == "OR":
            self._at += 1
            self._expect("OR")
            parts.append(self._all_of(depth))
        found = [part for part in parts if part is not None]
        return Any(tuple(found)) if len(found) > 1 else (found[0] if found else None)

    def _all_of(self, depth: int) -> Node | None:
        parts, typed = [], False
        if self._peek() in ("AND", "OR"):
            raise _NonsenseError(f"{self._peek()} stands where a word was expected.")
        while (sign := self._peek()) not in ("", ")", "OR"):
            if sign == "AND":
                self._at += 1
                self._expect("AND")
                typed = True
            part = self._part(depth)
            if part is not None:
                parts.append(part)
        return _all(parts, typed)

    def _expect(self, operator: str) -> None:
        if self._peek() in ("", ")", "AND", "OR"):
            raise _NonsenseError(f"There is nothing after {operator}.")

    def _part(self, depth: int) -> Node | None:
        match = self._tokens[self._at]
        sign = match[0]
        self._at += 1
        if depth > MAX_DEPTH:
            raise _NonsenseError("The signs are nested too deeply.")
        if sign == "NOT" or match["minus"]:
            self._expect("NOT" if sign == "NOT" else "the minus sign")
            before = len(self.words)
            part = self._part(depth + 1)
            del self.words[before:]
            return None if part is None else Not(part)
        if sign == "(":
            part = self._query(depth + 1)
            if self._peek() != ")":
                raise _NonsenseError("A bracket is opened and never closed.")
            self._at += 1
            return part
        if sign == '"':
            raise _NonsenseError("A quotation mark is opened and never closed.")
        if match["field"] is not None:
            return self._filter(match, match["field"], match["quoted"])
        if match["phrase"] is not None:
            self.note(sign, match.start(), quoted=True)
            return self._count(Phrase(tuple(words(sign)[:MAX_TERMS])))
        name, colon, value = sign.partition(":")
        if colon and name.lower() in FIELDS:
            return self._filter(match, name, value)
        self.note(sign, match.start())
        terms = tuple(words(sign))
        if terms and sign.endswith(("*", "~")) and not is_cjk(terms[-1]):  # whose runs are found within others anyway
            last = self._count(Prefix(terms[-1]) if sign.endswith("*") else self._near(terms[-1]))
            if sign.endswith("*"):
                self.words.pop()
            first = self._count(Word(terms[:-1])) if len(terms) > 1 else None  # pre-train*
            return _all([part for part in (first, last) if part is not None])
        return self._count(Word(terms[:MAX_TERMS], len(terms) > 1 and bool(_CONTRACTED.search(sign))))

    def note(self, text: str, at: int, *, quoted: bool = False) -> None:
        """Keeps the words of ``text``, which stands at that place in the query."""
        self.words += (Typed(word, at + start, at + end, quoted) for word, start, end in spans(text))

    def _near(self, word: str) -> Near | Word:
        self.near += 1
        return Near(word) if self.near <= MAX_NEAR else Word((word,))

    def _count(self, node: Word | Phrase | Title | Prefix | Near) -> Node | None:
        """``node``, unless it is of no word (punctuation) or one too many."""
        terms = 1 if isinstance(node, Prefix | Near) else len(node.terms)
        if terms == 0:
            return None
        if self.terms + terms > MAX_TERMS:
            self.left_out += 1
            return None
        self.terms += terms
        return node

    def _filter(self, match: re.Match[str], name: str, value: str) -> Node | None:
        """What stands before and behind a colon, where that makes no sense the words of it; nothing of one too many."""
        self.filters += 1
        if self.filters > MAX_TERMS:
            return None
        try:
            node = self._field(name, value)
        except _NonsenseError as problem:
            self.hints.append(f"{problem} That part was searched as words.")
        else:
            if isinstance(node, Phrase):
                self.note(match[0], match.start(), quoted=True)
            return node
        self.note(value or name, match.start() + (match[0].rindex(value) if value else 0))
        counted = (self._count(Word(tuple(words(word)[:MAX_TERMS]))) for word in (value.split() or [name]))
        return _all([word for word in counted if word is not None])

    def _field(self, name: str, value: str) -> Node | None:
        meant = FIELDS.get(name.lower())
        if meant is None:  # no field of ours, perhaps of what was said: note:"like this"
            return self._count(Phrase(tuple(words(f"{name} {value}")[:MAX_TERMS])))
        if not value.strip():
            raise _NonsenseError(f"There is nothing after {name}:.")
        if meant == "title":
            return self._count(Title(tuple(words(value)[:MAX_TERMS])))
        if meant == "kind":
            if value.lower() not in KINDS:
                raise _NonsenseError(f"kind: is one of {', '.join(KINDS)}.")
            self.kind = value.lower()
            return None
        if meant in ("after", "before"):
            day = day_of(value)
            if day is None:
                raise _NonsenseError(f"{name}: wants a day such as 2025-01-31.")
            return Recorded(after=day) if meant == "after" else Recorded(before=day)
        if meant == "at":
            return _within(value)
        return Named(meant, value)


def _all(parts: list[Node], typed: bool = False) -> Node | None:
    if len(parts) == 1 and not typed:
        return parts[0]
    return All(tuple(parts), typed) if parts else None


def day_of(value: str) -> date | None:
    """2025, 2025-01 and 2025-01-31 as the first day meant."""
    match = _DAY.match(value)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def _within(value: str) -> Within:
    """``10:00-20:00``, ``1:05:00-`` and ``-5:00``."""
    match = _STRETCH.fullmatch(value)
    start, end = (match and [_seconds(clock) for clock in match.groups()]) or (None, None)
    if match is None or not any(match.groups()) or (end is not None and end <= (start or 0.0)):
        raise _NonsenseError("at: wants a stretch of the recording such as 10:00-20:00, 1:05:00- or -5:00.")
    return Within(start or 0.0, math.inf if end is None else end)


def _seconds(clock: str) -> float | None:
    """``1:05:00``, ``65:00`` or ``3900`` in seconds; None for none."""
    parts = [int(part) for part in clock.split(":")] if clock else []
    return float(sum(part * 60**power for power, part in enumerate(reversed(parts)))) if parts else None

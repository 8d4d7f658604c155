"""What a person types, read: words, "phrases", AND OR NOT, -word, prefix*, nearly~, and fields (``speaker:anna``).

    query  := all (OR all)*          all := part (AND? part)*
    part   := NOT part | -part | ( query ) | "phrase" | word | prefix* | nearly~ | field:value | field:"value"

Pure: knows nothing of Whoosh. Reading never fails; what makes no sense is read as plain words, and said so.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from indexer.text import is_cjk, words

MAX_CHARACTERS = 1_000
MAX_TERMS = 32
MAX_DEPTH = 20
MAX_NEAR = 8  # words spelled nearly so; each is compared with all words there are
KINDS = ("segment", "sample", "transcript", "all")
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
}


@dataclass(frozen=True)
class Word:
    """One typed word; of several ``terms`` (``e-mail``) where it stands for consecutive words."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Phrase:
    terms: tuple[str, ...]


@dataclass(frozen=True)
class Prefix:
    term: str


@dataclass(frozen=True)
class Near:
    """A word, or one that is spelled nearly so: ``kubernets~``."""

    term: str


@dataclass(frozen=True)
class Title:
    """Words of the recording's title, in this order."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """A filter by the name of a ``speaker``, ``collection`` or ``tag``."""

    field: str
    value: str


@dataclass(frozen=True)
class Keyed:
    """A filter: documents that have one of ``keys`` in a field of whole values."""

    field: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class Recorded:
    """A filter by day: ``after`` with that day, ``before`` without it; ``updated``: of the last change, and of the
    recording only where none is known.
    """

    after: date | None = None
    before: date | None = None
    updated: bool = False


@dataclass(frozen=True)
class Property:
    """A filter by a property (see ``indexer.properties``): documents that have one of ``values`` of it."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    part: Node


@dataclass(frozen=True)
class All:
    """All parts. ``typed`` where the person wrote AND, and therefore means it."""

    parts: tuple[Node, ...]
    typed: bool = False


@dataclass(frozen=True)
class Any:
    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Alike:
    """What was typed, or one of the ``others`` that mean the same (see ``indexer.widen``), which score below it."""

    typed: Node
    others: tuple[Phrase, ...]


Node = Word | Phrase | Prefix | Near | Title | Named | Keyed | Recorded | Property | Not | All | Any | Alike
SCORED = (Word, Phrase, Prefix, Near, Title, Alike)


@dataclass(frozen=True)
class Parsed:
    """``node`` is None where there is nothing to look for; ``kind`` where the query names one."""

    node: Node | None
    kind: str | None = None
    hints: tuple[str, ...] = ()

    @property
    def scored(self) -> bool:
        """Whether anything is looked for, beyond filtering."""
        return any(isinstance(leaf, SCORED) for leaf in positive(self.node))


def positive(node: Node | None) -> Iterator[Node]:
    """The leaves of ``node`` that a hit may have, those under a NOT left out."""
    if isinstance(node, All | Any):
        for part in node.parts:
            yield from positive(part)
    elif node is not None and not isinstance(node, Not):
        yield node


def apart(node: Node | None) -> tuple[tuple[Node, ...], tuple[Node, ...]]:
    """What ``node`` looks for, part by part, and what it filters by, where it asks for all and nobody wrote AND.

    No parts where there is nothing to ask less of.
    """
    if isinstance(node, Alike):
        node = node.typed
    if isinstance(node, Word):
        node = All((node,))
    if not isinstance(node, All) or node.typed:
        return (), ()
    looked_for = tuple(dict.fromkeys(filter(_is_looked_for, node.parts)))
    others = tuple(part for part in node.parts if part not in looked_for)
    looked_for = tuple(dict.fromkeys(each for part in looked_for for each in _pairs(part)))
    return (looked_for, others) if len(looked_for) > 1 else ((), ())


def _pairs(node: Node) -> tuple[Node, ...]:
    """The pairs of characters of a run of Chinese, Japanese or Korean, which has no spaces to tell its words."""
    if isinstance(node, Word) and len(node.terms) > 2 and all(map(is_cjk, node.terms)):
        return tuple(Word((term,)) for term in node.terms if len(term) > 1)
    return (node,)


def _is_looked_for(node: Node) -> bool:
    """Whether ``node`` is of words alone: no filter, nothing that is left out."""
    if isinstance(node, Any | All):
        return all(map(_is_looked_for, node.parts))
    return isinstance(node, SCORED) and not isinstance(node, Title)


def unfiltered(node: Node | None) -> Node | None:
    """``node`` without its filters by title, name and day."""
    if isinstance(node, Title | Named | Keyed | Recorded | Property):
        return None
    if isinstance(node, All | Any):
        kept = tuple(part for part in map(unfiltered, node.parts) if part is not None)
        return replace(node, parts=kept) if kept else None
    return node


def parse(query: str) -> Parsed:
    """Reads ``query``; never raises."""
    hints = []
    if len(query) > MAX_CHARACTERS:
        query = query[:MAX_CHARACTERS]
        hints.append(f"The query is long: only its first {MAX_CHARACTERS:,} characters were searched.")
    reader = _Reader(query)
    try:
        node = reader.read()
    except _NonsenseError as problem:
        reader = _Reader("")
        plain = words(query)
        reader.left_out = len(plain[MAX_TERMS:])
        node = _all([Word((word,)) for word in plain[:MAX_TERMS]])
        hints.append(f"{problem} The query was searched as plain words.")
    if reader.left_out:
        hints.append(f"The query has many words: only the first {MAX_TERMS} were searched.")
    if reader.near > MAX_NEAR:
        hints.append(f"Only the first {MAX_NEAR} words with ~ were searched in other spellings.")
    return Parsed(node, reader.kind, tuple(hints))


class _NonsenseError(Exception):
    """The syntax makes no sense; the message is a sentence."""


_TOKEN = re.compile(
    r"""(?P<field>\w+):"(?P<quoted>[^"]*)" | "(?P<phrase>[^"]*)" | (?P<sign>[()"]) | (?P<minus>-(?=[^\s\-)]))
      | (?P<word>[^\s()"]+)""",
    re.VERBOSE,
)
_QUOTES = str.maketrans("“”„‟«»", '""""""')
_DAY = re.compile(r"(\d{4})(?:-(\d{1,2}))?(?:-(\d{1,2}))?$")


@dataclass
class _Reader:
    """A recursive descent over the tokens of one query."""

    query: str
    kind: str | None = None
    terms: int = 0
    near: int = 0
    left_out: int = 0
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
            part = self._part(depth + 1)
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
            return self._field(match["field"], match["quoted"])
        if match["phrase"] is not None:
            return self._count(Phrase(tuple(words(sign)[:MAX_TERMS])))
        name, colon, value = sign.partition(":")
        if colon and name.lower() in FIELDS:
            return self._field(name, value)
        terms = tuple(words(sign))
        if terms and sign.endswith(("*", "~")) and not is_cjk(terms[-1]):  # whose runs are found within others anyway
            last = self._count(Prefix(terms[-1]) if sign.endswith("*") else self._near(terms[-1]))
            first = self._count(Word(terms[:-1])) if len(terms) > 1 else None  # pre-train*
            return _all([part for part in (first, last) if part is not None])
        return self._count(Word(terms[:MAX_TERMS]))

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
            day = _day(value)
            if day is None:
                raise _NonsenseError(f"{name}: wants a day such as 2025-01-31.")
            return Recorded(after=day) if meant == "after" else Recorded(before=day)
        if meant == "lang":  # de, for de-AT too
            return Keyed("lang", (value.replace("_", "-").partition("-")[0].lower(),))
        return Named(meant, value)


def _all(parts: list[Node], typed: bool = False) -> Node | None:
    if len(parts) == 1 and not typed:
        return parts[0]
    return All(tuple(parts), typed) if parts else None


def _day(value: str) -> date | None:
    """2025, 2025-01 and 2025-01-31 as the first day meant."""
    match = _DAY.match(value)
    if match is None:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None

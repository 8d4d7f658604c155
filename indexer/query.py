"""What is looked for, as a tree: words, phrases, beginnings, filters, and how they go together. Read by
``indexer.syntax``.

Pure: knows nothing of Whoosh.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from indexer.text import is_cjk

MAX_CHARACTERS = 1_000
MAX_TERMS = 32
MAX_NEAR = 8  # words spelled nearly so; each is compared with all words there are
KINDS = ("segment", "sample", "transcript", "all")


@dataclass(frozen=True)
class Word:
    """One typed word; of several ``terms`` (``e-mail``) where it stands for consecutive words. What is ``contracted``
    (``we'll``) is not the word that its letters are together (``well``).
    """

    terms: tuple[str, ...]
    contracted: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words in a row; a pair of Chinese, Japanese or Korean characters is one."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Prefix:
    """Words that begin so: ``kubern*``."""

    term: str


@dataclass(frozen=True)
class Near:
    """A word, or one that is spelled nearly so: ``kubernets~``."""

    term: str


@dataclass(frozen=True)
class Next:
    """Words in a row at the start of what is said next; they find, and add nothing to the score. Nobody types it."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Title:
    """Words of the recording's title, in this order."""

    terms: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """A filter by the name of a ``speaker``, ``collection`` or ``tag``, or by language (``lang``)."""

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
class Within:
    """A filter by place in the recording, in seconds: moments that begin at ``start`` or later, and before ``end``."""

    start: float
    end: float


@dataclass(frozen=True)
class Property:
    """A filter by a property (see ``indexer.properties``): documents that have one of ``values`` of it."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class Not:
    """What ``part`` does not find."""

    part: Node


@dataclass(frozen=True)
class All:
    """All parts. ``typed`` where the person wrote AND, and therefore means it."""

    parts: tuple[Node, ...]
    typed: bool = False


@dataclass(frozen=True)
class Any:
    """One of the parts, or several."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Alike:
    """What was typed, or one of the ``others`` that mean the same (see ``indexer.widen``), which score below it."""

    typed: Node
    others: tuple[Phrase, ...]


Node = (
    Word
    | Phrase
    | Prefix
    | Near
    | Next
    | Title
    | Named
    | Keyed
    | Recorded
    | Within
    | Property
    | Not
    | All
    | Any
    | Alike
)
SCORED = (Word, Phrase, Prefix, Near, Title, Alike)


class Typed(NamedTuple):
    """A folded word that is looked for, from where to where it stands in the query, and whether as a part of a phrase.
    No beginning of words, and of nothing that is left out or filtered by.
    """

    word: str
    start: int
    end: int
    quoted: bool


@dataclass(frozen=True)
class Parsed:
    """``node`` is None where there is nothing to look for; ``kind`` where the query names one; ``words``: in order."""

    node: Node | None
    kind: str | None = None
    hints: tuple[str, ...] = ()
    words: tuple[Typed, ...] = ()

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
    """``node`` without its filters by title, name, day and place."""
    if isinstance(node, Title | Named | Keyed | Recorded | Within | Property):
        return None
    if isinstance(node, All | Any):
        kept = tuple(part for part in map(unfiltered, node.parts) if part is not None)
        return replace(node, parts=kept) if kept else None
    return node

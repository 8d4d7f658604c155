"""The fields of the index and how a document becomes them.

Lean on purpose: the payload is stored, and its scope where it has one; every other field exists to be found, filtered
or sorted by.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import lru_cache
from itertools import islice
from operator import itemgetter
from typing import Any

from whoosh import columns, fields, formats

from indexer import properties
from indexer.document import Document, canonical
from indexer.text import Places, key, places, spans

SCHEMA_VERSION = 6
# A segment also holds the first words of what is said next, each marked so that no single word finds them: a
# phrase that runs from one segment into the next is then `last words >first >words` in consecutive positions.
NEXT = ">"
BORDER = 8
MAX_MS = (1 << 32) - 1
_POSITIONS = formats.Positions()
Term = tuple[str, float, bytes]  # how often a document has it, and where, encoded


class Words(fields.FieldType):  # type: ignore[misc]
    """Scored words with their positions, from a text or from the words at each place of one.

    Whoosh's own way is slow, a ``Token`` object a word through a chain of generators; the posting format is
    Whoosh's ``Positions`` all the same.
    """

    def __init__(self) -> None:
        super().__init__(format=formats.Positions(), analyzer=None, scorable=True)

    def terms(self, value: str | Places) -> Sequence[Term]:
        return _of_name(value) if isinstance(value, str) else _of_places(value)


class Keys(fields.FieldType):  # type: ignore[misc]
    """Whole values that are only there or not: an id, a tag, an access token."""

    def __init__(self, *, sortable: bool = False) -> None:
        super().__init__(format=formats.Existence(), analyzer=None, sortable=sortable)

    def terms(self, value: str | Sequence[str]) -> Sequence[Term]:
        values = (value,) if isinstance(value, str) else dict.fromkeys(value)
        return [(item, 1.0, b"") for item in values]


@lru_cache(maxsize=64)  # all segments of a recording have its title, and few speakers
def _of_name(value: str) -> Sequence[Term]:
    return _of_places(places(value))


def _of_places(places: Places) -> Sequence[Term]:
    said: Iterable[tuple[int, str]] = enumerate(places.words)
    if places.more:
        said = sorted([*said, *places.more], key=itemgetter(0))
    first: dict[str, int] = {}
    again: dict[str, list[int]] = {}  # most words stand once: no list is made for them
    for place, word in said:
        if (known := first.setdefault(word, place)) != place:
            again.setdefault(word, [known]).append(place)
    found = [(word, 1.0, _encode_one(place)) for word, place in first.items() if word not in again]
    found += [(word, float(len(at)), _POSITIONS.encode(at)) for word, at in again.items()]
    return found


@lru_cache(maxsize=4096)
def _encode_one(position: int) -> bytes:
    encoded: bytes = _POSITIONS.encode([position])
    return encoded


def make_schema() -> Any:
    """The Whoosh schema; a change of it, or of the terms a document has, needs a new ``SCHEMA_VERSION``."""
    return fields.Schema(
        id=Keys(sortable=True),
        kind=Keys(),
        group=Keys(),
        collection=Keys(),
        speaker=Keys(),
        tag=Keys(),
        access=Keys(),
        lang=Keys(),  # two letters, of the recording
        recorded=Keys(),  # the day as YYYYMMDD: a range is a walk along the lexicon, one posting a document
        updated=Keys(),  # the day of the last change, where it was changed
        property=Keys(),  # see ``indexer.properties``
        title=Words(),
        text=Words(),
        who=Words(),  # the words of the speaker's name
        start=fields.COLUMN(columns.NumericColumn("I")),  # milliseconds
        cues=fields.COLUMN(columns.VarBytesColumn()),  # JSON: where each begins in the text, and when in ms
        # What facets and sorting read, shared by all segments of a recording with one speaker.
        row=fields.COLUMN(columns.RefBytesColumn()),
        payload=fields.STORED(),
        scope=fields.STORED(),  # the datasource of what is not of the index's own
    )


def row(document: Document, language: str = "") -> list[Any]:
    """[group, day, collection, speaker, tags, language, quality], as facets and sorting want them."""
    recorded = document.recorded
    day = recorded.strftime("%Y%m%d") if recorded else ""
    shared = [document.group, day, document.collection, document.speaker, list(document.tags)]
    return [*shared, language or document.language, document.quality]


@lru_cache(maxsize=1 << 14)
def decoded(value: bytes) -> Sequence[Any]:
    """What ``row`` returned, of the value of the column."""
    found: Sequence[Any] = json.loads(value.decode("utf-8", "surrogatepass"))
    return found


def to_fields(document: Document, following: Sequence[str] = (), language: str = "") -> dict[str, Any]:
    """``document`` as the arguments of Whoosh's ``add_document``; ``following``: the words said after it."""
    shared, said = row(document, language), places(document.text)
    named: dict[str, Any] = {
        "id": document.id,
        "kind": document.kind,
        "group": document.group,
        "title": document.recording,
        "text": said._replace(words=[*said.words, *(NEXT + word for word in following)]),
        "tag": [key(tag) for tag in document.tags],
        "access": sorted(document.access),
        "row": canonical(shared).encode("utf-8", "surrogatepass"),
        "property": properties.terms_of(document),
        "payload": document.canonical,
    }
    if document.scope:
        named["scope"] = document.scope
    if language:
        named["lang"] = language
    if shared[1]:
        named["recorded"] = shared[1]
    if document.updated:
        named["updated"] = document.updated.strftime("%Y%m%d")
    if document.collection:
        named["collection"] = key(document.collection)
    if document.speaker:
        named["who"] = document.speaker
        named["speaker"] = key(document.speaker)
    if document.cues:
        named["cues"] = canonical([[at, round(start * 1000)] for at, start in document.cues]).encode()
    if document.start is not None:
        named["start"] = min(max(round(document.start * 1000), 0), MAX_MS)
    return named


def document_in(stored: dict[str, Any]) -> Document:
    """The document whose stored fields these are."""
    return Document.from_json(stored["payload"], stored.get("scope", ""))


def group_fields(documents: Sequence[Document]) -> list[dict[str, Any]]:
    """The fields of all documents of one group; segments learn the words that follow them, and all the language.

    Both from documents with the same audience alone, as if there were no others: what is hidden must not be found by
    what is not, nor that it lies between. So who sees all of them finds a phrase over what is hidden from others, too.
    """
    following: dict[str, list[str]] = {}
    after: dict[frozenset[str], list[str]] = {}
    segments = [document for document in documents if document.kind == "segment"]
    for segment in sorted(segments, key=lambda one: (one.position, one.start or 0.0, one.id), reverse=True):
        said_next = following[segment.id] = after.get(segment.access, [])
        own = islice((word for word, *_ in spans(segment.text)), BORDER)
        after[segment.access] = [*own, *said_next][:BORDER]
    languages: dict[frozenset[str], str] = {}
    for document in documents:
        if document.language:
            languages.setdefault(document.access, document.language)
    return [
        to_fields(document, following.get(document.id, ()), languages.get(document.access, ""))
        for document in documents
    ]

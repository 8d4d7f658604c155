"""What a document is of, beside what is said in it: its object type, datasource, author and owner, its address, and the
properties of its own that a document of another datasource brings. Found and counted by whole values.

A term of the index is the property's name and its value as it is written; values are compared as names are, folded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from indexer.text import encodable, key

if TYPE_CHECKING:
    from indexer.document import Document
    from indexer.plan import Scope
    from indexer.postings import Numbers

SEPARATOR = "\x1f"
ADDRESS = "url"
LONGEST = 200  # characters of a value; a longer one is text, no property
MOST = 100  # values of one document
OWN = {"type", "datasource", "from", "owner", "quality", ADDRESS}  # told of every document; no property passes for one
_DIGITS = re.compile(r"\d+")


def terms_of(document: Document) -> list[str]:
    """The terms under which ``document`` is found."""
    found = [term(name, value[:LONGEST]) for name, value in _values(document)][:MOST]
    if document.url:
        found.append(address(document.url, moment=document.kind == "segment"))
    return found


def term(name: str, value: str) -> str:
    """The term of a property's value, as it is written."""
    return encodable(f"{name.lower()}{SEPARATOR}{value}")


def address(url: str, *, moment: bool) -> str:
    """The term of a document's address: its hash, of a ``moment`` without the digits that tell the time, so that all
    of a recording share one. Who looks one up compares the documents' own addresses.
    """
    shared = f"{_DIGITS.sub('', url)} moment" if moment else url
    return term(ADDRESS, blake2b(shared.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest())


def terms_with(scope: Scope, name: str, values: Iterable[str]) -> tuple[str, ...]:
    """The terms of the property ``name`` with any of ``values``, however they are written; of all documents."""
    wanted = {key(value) for value in values}
    known = scope.lexicon("property", term(name, ""))
    return tuple(found for found in known if key(found.partition(SEPARATOR)[2]) in wanted)


def counted(scope: Scope, numbers: Numbers, name: str, most: int) -> list[dict[str, Any]]:
    """How many of the documents ``numbers``, ascending, have each value of the property; the most frequent first."""
    counts: dict[str, Counter[str]] = {}
    for leaf in scope.view.leaves:
        low, high = np.searchsorted(numbers, (leaf.offset, leaf.offset + leaf.size))
        if low == high:
            continue
        has = np.zeros(leaf.size, bool)
        has[numbers[low:high] - leaf.offset] = True
        for found in leaf.terms("property", term(name, "")):
            if times := int(np.count_nonzero(has[leaf.numbers("property", found)])):
                label = found.partition(SEPARATOR)[2]
                counts.setdefault(key(label), Counter())[label] += times
    told: list[dict[str, Any]] = [
        {"value": min(of, key=lambda one: (-of[one], one)), "count": of.total()} for of in counts.values()
    ]
    return sorted(told, key=lambda one: (-one["count"], one["value"]))[:most]


def _values(document: Document) -> Iterator[tuple[str, str]]:
    """Names and values; of a document of the archive's own only what no other field of the index has."""
    payload = document.payload
    for name, written in (("type", "objectType"), ("datasource", "datasource")):
        if isinstance(value := payload.get(written), str) and value:
            yield name, value
    for name, written in (("from", "author"), ("owner", "owner")):
        person = payload.get(written)
        if isinstance(person, dict):
            yield from ((name, person[part]) for part in ("email", "name") if isinstance(person.get(part), str))
    if document.kind != "other":
        if document.quality:
            yield "quality", document.quality
        return
    for name, value in document.properties.items():
        if isinstance(name, str) and name.lower() not in OWN and SEPARATOR not in name:
            yield from ((name, one) for one in _texts(value))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield f"{value:g}" if isinstance(value, float) else str(value)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one) if not isinstance(one, list) else ()

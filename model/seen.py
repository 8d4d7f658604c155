"""What weights have learnt of the text that is held out, by the hashes their description keeps: no loss counts that.

A checkpoint knows the texts it has read by id, and so what it learnt of each. A base knows no ids, for its own were
others; it knows its texts by the few of their lines whose hashes are the least (a sketch of a set: Broder 1997, "On the
resemblance and containment of documents"), which find them again though some lines have been corrected since. This
module must not know weights or files.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from model.checkpoint import CheckpointInfo
from model.dataset import Split, hash_of
from model.text import Document

TOLD = re.compile(r"(\d{1,15}):[0-9a-f]{64}")
DIGITS = 16  # of a mark
MARKS = 8  # of a text
SHORTEST = 16  # characters of a line that is one's own; "Yes, thank you." is said everywhere


def told_of(document: Document) -> str:
    """How many characters a text has, and their SHA-256."""
    return f"{document.characters}:{hash_of(document)}"


def begins_as(document: Document, told: str) -> bool:
    """Whether the text of which ``told_of`` said that is this one, or its beginning."""
    found = TOLD.fullmatch(told)
    return found is not None and told_of(document.cut(int(found[1]))[0]) == told


def has_learnt(info: CheckpointInfo, documents: Sequence[Document], parts: Split) -> bool:
    """Whether a checkpoint has learnt from what is held out of these documents now; so also where it cannot be told.

    Whole documents are held out by their id, for ever. While there are few the end of each is: another one once the
    document has been edited, and what was held out as a whole is then learnt from.
    """
    if not info.read:
        return False
    if info.validation_split != parts.kind:
        return True
    known = info.texts_by_id
    same = (begins_as(document, known[document.id]) for document in documents if document.id in known)
    return parts.kind == "position" and not all(same)


def marks_of(documents: Iterable[Document]) -> str:
    """By what ``unseen`` finds these texts again; nobody else can read anything from it."""
    return "".join(sorted({mark for document in documents for mark in _marks(document)}))


def unseen(parts: Split, documents: Sequence[Document], *marks: str) -> Split:
    """The split without what is held out of texts with such marks: it counts no more, and is not learnt either."""
    known = {each[at : at + DIGITS] for each in marks for at in range(0, len(each), DIGITS)}
    if not known:
        return parts
    whole = {document.id: document for document in documents}  # of few documents the ends alone are held out
    return replace(parts, validation=tuple(d for d in parts.validation if not _is_among(whole[d.id], known)))


def _is_among(document: Document, known: set[str]) -> bool:
    own = _marks(document)
    return bool(own) and 2 * sum(mark in known for mark in own) >= len(own)


def _marks(document: Document) -> list[str]:
    least: list[str] = []
    for piece in document.pieces():
        lines = {" ".join(line.split()).casefold() for line in piece.splitlines()}
        hashes = {_mark(line) for line in lines if len(line) >= SHORTEST}
        least = sorted(hashes.union(least))[:MARKS]
    return least


def _mark(line: str) -> str:
    return hashlib.sha256(line.encode("utf-8", "surrogatepass")).hexdigest()[:DIGITS]

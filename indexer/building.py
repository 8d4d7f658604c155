"""One segment of the index, built in Whoosh's own files from documents, from other segments, or from both.

Documents are inverted in memory; segments are merged term by term, so that only one term of them is in memory at a
time. Whoosh's writer sorts a tuple a posting instead.
"""

from __future__ import annotations

import secrets
import struct
from collections.abc import Iterable, Iterator, Mapping
from hashlib import md5
from heapq import merge
from itertools import chain, groupby
from operator import itemgetter
from typing import Any

from whoosh import columns
from whoosh.codec.whoosh3 import LENGTHS_COLUMN, W3Codec, W3FieldWriter, W3PerDocWriter, W3Segment, _lenfield
from whoosh.reading import SegmentReader
from whoosh.system import pack_ushort
from whoosh.util.numeric import byte_to_length

from indexer.blocks import Postings, decode, encode, place_of
from indexer.terms import Terms

_STORED = "_stored"
_STORED_COLUMN = columns.PickleColumn(columns.CompressedBytesColumn(level=1))
_LENGTHS = struct.Struct("!ii")
# So many documents, or bytes of postings, are merged before the memory of what was read of the sources is given back.
_A_WHILE, _HELD = 1 << 14, 1 << 25
_NAMES = itemgetter(0)


class SegmentBuilder:
    """Builds a segment in ``storage``: ``add`` as often as need be, then ``merge``, then ``finish``."""

    def __init__(self, storage: Any, schema: Any, name: str) -> None:
        self._storage, self._schema = storage, schema
        # Whoosh draws the name of a segment from ``random``: whoever seeds that twice (a test, a training run) gets
        # the name of a living segment, and its file is overwritten.
        self._segment = W3Segment(W3Codec(), name, segid=secrets.token_hex(8))
        self._documents = _PerDocument(W3Codec(), storage, self._segment)
        # Of each field its terms, of each term number, weight and places of a document, of the next, and so on: one
        # list takes a third of the time of three.
        self._inverted: dict[str, dict[str, list[Any]]] = {}
        self._merged: list[_Merged] = []
        self.documents = 0
        self.postings = 0  # in memory

    def add(self, fields: Mapping[str, Any]) -> None:
        """Adds a document, its values by the names of the schema's fields."""
        assert not self._merged, "the documents of a source must all come before another's"
        number, writer = self.documents, self._documents
        writer.start_doc(number)
        for name in sorted(fields):
            field, value = self._schema[name], fields[name]
            length = 0.0
            if field.indexed:
                inverted = self._inverted.setdefault(name, {})
                terms = field.terms(value)
                for term, weight, places in terms:
                    length += weight
                    if (known := inverted.get(term)) is None:
                        inverted[term] = [number, weight, places]
                    else:
                        known += (number, weight, places)
                self.postings += len(terms)
            if field.stored or field.scorable:
                writer.add_field(name, field, value if field.stored else None, int(length) if field.scorable else 0)
            if field.column_type:
                writer.add_column_value(name, field.column_type, field.to_column_value(value))
        writer.finish_doc()
        self.documents += 1

    def merge(self, segment: Any, storage: Any) -> None:
        """Adds the living documents of ``segment``, which lies in ``storage``."""
        merged = _Merged(SegmentReader(storage, self._schema, segment), self.documents)
        self._merged.append(merged)
        for name, column, values in merged.columns():
            if not self._documents._has_column(name):
                self._documents._create_column(name, column)
            writer = self._documents._get_column(name)
            if name == _STORED:  # as they are, compressed
                writer = _Raw(writer._child)
            for number, value in enumerate(values, start=self.documents):
                writer.add(number, value)
                if number % _A_WHILE == 0:
                    merged.release()
        for name, length in merged.lengths():
            self._documents._fieldlengths[name] += length
        self.documents += len(merged.living)
        self._documents._doccount = self.documents

    def finish(self) -> Any:
        """Writes what is still to be written; returns Whoosh's segment, in one file."""
        self._documents.close()
        writer = W3FieldWriter(W3Codec(), self._storage, self._segment)
        file, terms = writer._postfile, _Terms(writer._tindex)
        for number, name in enumerate(sorted({*self._inverted, *(n for one in self._merged for n in one.fields)})):
            writer._fieldmap[name] = number
            released = 0
            sources: list[Iterable[tuple[bytes, Postings]]] = [one.postings(name) for one in self._merged]
            if added := self._inverted.pop(name, None):
                sources.append(_added(added))
            at = file.tell()
            prefix = pack_ushort(number)
            for term, postings in _together(sources):
                written, info = encode(postings, at)
                file.write(written)
                terms.add(prefix + term, info)
                at += len(written)
                if at > released + _HELD:
                    released = at
                    for merged in self._merged:
                        merged.release()
        writer.close()
        self._segment.set_doc_count(self.documents)
        self._segment.create_compound_file(self._storage)
        return self._segment

    def abandon(self) -> None:
        """Closes the files of a segment that will not be; whoever sweeps removes them."""
        if not self._documents.is_closed:
            self._documents._cols._temp.close()


def _added(inverted: dict[str, list[Any]]) -> Iterator[tuple[bytes, Postings]]:
    """The terms that were added of a field, as a source of ``_together``; each is given up once it is told."""
    for encoded, term in sorted((term.encode(), term) for term in inverted):
        flat = inverted.pop(term)
        yield encoded, Postings(flat[::3], flat[1::3], flat[2::3] if flat[2] else [])


def _together(sources: list[Iterable[tuple[bytes, Postings]]]) -> Iterator[tuple[bytes, Postings]]:
    """The terms of all sources, ascending, each with its postings of all of them."""
    if len(sources) == 1:
        yield from ((term, postings) for term, postings in sources[0] if postings.numbers)
        return
    for term, same in groupby(merge(*sources, key=_NAMES), key=_NAMES):
        found = [postings for _, postings in same if postings.numbers]
        if len(found) > 1:
            found.sort(key=lambda each: each.numbers[0])  # the documents of one source all come before another's
            yield term, Postings(*(list(chain.from_iterable(parts)) for parts in zip(*found, strict=True)))
        elif found:
            yield term, found[0]


class _PerDocument(W3PerDocWriter):  # type: ignore[misc]
    """Whoosh's, with what is stored compressed at the quickest level."""

    def _create_column(self, name: str, column: Any) -> None:
        super()._create_column(name, _STORED_COLUMN if name == _STORED else column)


class _Terms:
    """Adds to Whoosh's index of terms, as its ``filetables.OrderedHashWriter`` does, by one write and one hash each."""

    def __init__(self, index: Any) -> None:
        self._index = index
        self._at = index.dbfile.tell()
        self._write, self._places, self._buckets = index.dbfile.file.write, index.index, index.buckets

    def add(self, key: bytes, value: bytes) -> None:
        """Adds a key that comes after all others in order."""
        at = self._at
        self._places.append(at)
        self._write(_LENGTHS.pack(len(key), len(value)) + key + value)
        hashed = int.from_bytes(md5(key, usedforsecurity=False).digest()[-4:], "big")
        self._buckets[hashed & 255].append((hashed, at))
        self._at = at + _LENGTHS.size + len(key) + len(value)


class _Raw:
    """Adds to a column of compressed values what is compressed already."""

    def __init__(self, writer: Any) -> None:
        self._writer = writer

    def add(self, number: int, value: bytes) -> None:
        columns.VarBytesColumn.Writer.add(self._writer, number, value)


class _Merged:
    """A segment that is merged into one where its documents come from the number ``base`` on."""

    def __init__(self, reader: Any, base: int) -> None:
        self._reader = reader
        self._perdoc, self._terms = reader._perdoc, reader._terms
        self.living: list[int] = list(reader.all_doc_ids())
        self.fields = sorted(self._terms.indexed_field_names())
        self._moved = (
            None
            if len(self.living) == reader.doc_count_all()
            else dict(zip(self.living, range(base, base + len(self.living)), strict=True))
        )
        self._base = base

    def release(self) -> None:
        """Gives back the memory of what was read of its file: most of it is not read again."""
        self._terms._postfile.release()

    def columns(self) -> Iterator[tuple[str, Any, Iterator[Any]]]:
        """Name, type and the values of the living documents, for each column there is."""
        kinds = {name: field.column_type for name, field in self._reader.schema.items() if field.column_type}
        kinds |= {_lenfield(name): LENGTHS_COLUMN for name, field in self._reader.schema.items() if field.scorable}
        for name, kind in kinds.items():
            if self._perdoc.has_column(name):
                values = self._perdoc.column_reader(name, kind)
                yield name, kind, (values[number] for number in self.living)
        stored = self._perdoc.column_reader(_STORED, columns.VarBytesColumn())
        yield _STORED, None, (stored[number] for number in self.living)

    def lengths(self) -> Iterator[tuple[str, int]]:
        """The words in each scored field of the living documents, as the index rounds them."""
        for name, field in self._reader.schema.items():
            if field.scorable and self._perdoc.has_column(_lenfield(name)):
                codes = self._perdoc.column_reader(_lenfield(name), LENGTHS_COLUMN)
                yield name, sum(byte_to_length(codes[number]) for number in self.living if codes[number])

    def postings(self, name: str) -> Iterator[tuple[bytes, Postings]]:
        """The terms of a field, ascending, with their postings of living documents under the new numbers."""
        if name not in self._terms._fieldmap:
            return
        moved, base, read = self._moved, self._base, self._terms._postfile.get
        for term, info in Terms(self._reader).entries(name):
            numbers: list[int] = []
            weights: list[float] = []
            values: list[bytes] = []
            for block in decode(read(*place_of(info))):
                numbers += block.numbers
                weights += block.weights
                values += block.values
            if moved is None:
                numbers = [number + base for number in numbers]
            else:
                kept = [place for place, number in enumerate(numbers) if number in moved]
                numbers = [moved[numbers[place]] for place in kept]
                weights = [weights[place] for place in kept]
                values = [values[place] for place in kept] if values else []
            yield term, Postings(numbers, weights, values)

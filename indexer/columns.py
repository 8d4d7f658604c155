"""The columns of one segment of the index as arrays, each read in one piece: what sorting, grouping and facets look at.

A segment never changes, so what is read is kept with its posting lists.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from whoosh.columns import NumericColumn, RefBytesColumn

from indexer.leaf import Leaf
from indexer.offsets import SHARED
from indexer.postings import Numbers
from indexer.schema import document_in, row

_NOBODY: Sequence[Any] = ("", "", "", "", (), "", "")  # the shared values of what is no document


def rows(leaf: Leaf) -> tuple[Numbers, Sequence[Sequence[Any]]]:
    """For each document the place of its shared values (size,), and these, as ``indexer.schema.row`` has them."""

    def read() -> tuple[Numbers, Sequence[Sequence[Any]]]:
        column = leaf.reader.column_reader("row", SHARED, translate=False)
        codes, values = np.zeros(leaf.size, np.int64), [b""]
        if isinstance(column, RefBytesColumn.Reader):
            written = column._dbfile.get(column._basepos, leaf.size * column._itemsize)
            codes, values = np.frombuffer(written, f">u{column._itemsize}").astype(np.int64), column._uniques
        told = b"[" + b",".join(value or b"null" for value in values) + b"]"
        known: list[Sequence[Any]] = [value or _NOBODY for value in json.loads(told.decode("utf-8", "surrogatepass"))]
        # The column holds 65,535 values; of a document of the others it has none.
        others: dict[bytes, int] = {}
        for number in np.flatnonzero(codes == 0).tolist():
            stored = leaf.stored(number)
            if "id" in json.loads(stored["payload"]):
                value = row(document_in(stored))
                coded = repr(value).encode()
                if coded not in others:
                    others[coded] = len(known)
                    known.append(value)
                codes[number] = others[coded]
        return codes, known

    found: tuple[Numbers, Sequence[Sequence[Any]]] = leaf.kept(
        ("rows",), read, lambda both: leaf.size + 16 * len(both[1])
    )
    return found


def days(leaf: Leaf) -> Numbers:
    """The day each document was recorded, as YYYYMMDD, 0 where nobody knows; (size,)."""

    def read() -> Numbers:
        codes, shared = rows(leaf)
        return np.array([int(day or 0) for _, day, *_ in shared], np.int64)[codes]

    found: Numbers = leaf.kept(("days",), read)
    return found


def groups(leaf: Leaf) -> tuple[Numbers, Sequence[str]]:
    """For each document the place of its group (size,), and the groups, ascending."""

    def read() -> tuple[Numbers, Sequence[str]]:
        codes, shared = rows(leaf)
        names = sorted({group for group, *_ in shared})
        places = {name: place for place, name in enumerate(names)}
        return np.array([places[group] for group, *_ in shared], np.int64)[codes], names

    found: tuple[Numbers, Sequence[str]] = leaf.kept(("groups",), read)
    return found


def borders(leaf: Leaf) -> Numbers:
    """Where the documents of each group begin, which stand in a row, and where the last ones end; (groups + 1,)."""

    def read() -> Numbers:
        codes, _ = groups(leaf)
        return np.append(np.flatnonzero(np.append(True, codes[1:] != codes[:-1])), leaf.size)

    found: Numbers = leaf.kept(("borders",), read)
    return found


def starts(leaf: Leaf) -> Numbers:
    """When each document starts, in milliseconds, 0 where nobody knows; (size,)."""

    def read() -> Numbers:
        found = np.zeros(leaf.size, np.int64)
        column = leaf.reader.column_reader("start", translate=False)
        if isinstance(column, NumericColumn.Reader):  # those at the end may lack theirs
            written = np.frombuffer(column._dbfile.get(column._basepos, 4 * column._count), ">u4")
            found[: len(written)] = written[: leaf.size]
        return found

    found: Numbers = leaf.kept(("starts",), read)
    return found

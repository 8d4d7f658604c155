"""The errors of the index; the command line maps them to its own exit codes.

IndexProblem
├── IndexMissing     there is no index in the folder yet
├── IndexDamaged     a file of the index is torn or garbage: rebuild it
│   └── IndexOutdated   written with another schema: rebuild it
├── IndexUnsafe      others may write into the folder
└── IndexBusy        another writer holds the lock
"""

from __future__ import annotations


class IndexProblem(Exception):  # noqa: N818 (its kinds say what is the matter: missing, damaged, …)
    """Base of all errors of the index; the message is a sentence for a person."""


class IndexMissing(IndexProblem):
    """There is no index in the folder."""


class IndexDamaged(IndexProblem):
    """A file of the index cannot be read; the index is a view and can be rebuilt."""


class IndexOutdated(IndexDamaged):
    """The index was written with another version of the schema; it can be rebuilt."""


class IndexUnsafe(IndexProblem):
    """Others may write into the folder; Whoosh unpickles its table of contents, so it is not opened."""


class IndexBusy(IndexProblem):
    """Another writer holds the lock of the index."""

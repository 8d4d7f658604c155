"""The index: documents in Glean's shape, kept by Whoosh and searched.

What is named here imports without Whoosh; ``indexer.store`` (``Index``) and ``indexer.search`` (``search``,
``SearchRequest``) bring it in. Knows nothing of transcripts, of files in an inbox or of the model.
"""

from indexer.access import Asker
from indexer.document import Document
from indexer.errors import IndexBusy, IndexDamaged, IndexMissing, IndexOutdated, IndexProblem, IndexUnsafe

__all__ = [
    "Asker",
    "Document",
    "IndexBusy",
    "IndexDamaged",
    "IndexMissing",
    "IndexOutdated",
    "IndexProblem",
    "IndexUnsafe",
]

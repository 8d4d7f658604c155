"""The words of who sees little, counted in the texts themselves.

The index counts everybody's: who looks for their own among those waits for what is hidden, and can tell by the time.
"""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from indexer.postings import Numbers
from indexer.schema import document_in
from indexer.text import places

if TYPE_CHECKING:
    from indexer.leaf import Leaf
    from indexer.plan import Scope

SAID = ("segment", "other")  # kinds of documents: nobody said what the model wrote, and an outline repeats
READ = 1_000  # documents that are read at most ...
WORDS = 100_000  # ... and words of them, two tenths of a second


class Own(NamedTuple):
    """In how many of the documents that the asker may see a word is: ``said`` in texts that somebody said; ``anywhere``
    in text, title or name, of every kind of document.
    """

    said: Counter[str]
    anywhere: Counter[str]


def own_words(scope: Scope) -> Own | None:
    """None for the owner, from whom nothing is hidden, and where the asker sees many documents or long ones."""
    if scope.asker is None:
        return None
    seen = [(leaf, np.flatnonzero(scope.open(leaf))) for leaf in scope.view.leaves]
    if sum(len(numbers) for _, numbers in seen) > READ:
        return None
    if sum(float(leaf.lengths("text", numbers).sum()) for leaf, numbers in seen) > WORDS:
        return None

    def made() -> Own:
        parts = [_of(leaf, numbers) for leaf, numbers in seen]
        return Own(*(sum(counts, Counter[str]()) for counts in zip(*parts, strict=True))) if parts else _NOTHING

    return scope.view.once(("own words", scope.audience), made)


_NOTHING = Own(Counter(), Counter())


def _of(leaf: Leaf, numbers: Numbers) -> Own:
    """Of some documents of a segment, which has the same for ever."""

    def made() -> Own:
        own = Own(Counter(), Counter())
        for number in numbers.tolist():
            document = document_in(leaf.stored(number))
            text = places(document.text).all()
            own.anywhere.update(text | _words(document.recording) | _words(document.speaker or ""))
            if document.kind in SAID:
                own.said.update(text)
        return own

    found: Own = leaf.kept(("own words", numbers.tobytes()), made, lambda own: 32 * len(own.anywhere))
    return found


@lru_cache(maxsize=256)
def _words(name: str) -> frozenset[str]:
    return places(name).all()

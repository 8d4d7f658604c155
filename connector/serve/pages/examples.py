"""What the search understands, shown with words, names and days of the archive, as far as the asker sees them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice, pairwise
from typing import NamedTuple

from indexer import Document
from indexer.access import Asker
from indexer.lookup import of_group
from indexer.plan import Scope
from indexer.request import SearchResult
from indexer.similar import telling_words
from indexer.store import Index
from indexer.text import words

LONG = 5  # letters of a word that is shown as an example
READ = 200  # moments of a recording that the words are taken from
_PLAIN = re.compile(r"[\w .&'-]+")  # a name that needs no care in a query


class Example(NamedTuple):
    query: str
    finds: str


def examples(index: Index, newest: SearchResult, asker: Asker | None) -> tuple[Example, ...]:
    """Searches that find something, one for each thing there is to type; ``newest`` are the recordings shown. What they
    tell is thought out once for this commit and whoever sees the same.
    """
    with index.reading() as view:
        key = "examples", Scope(view, asker, "all").audience
        return view.once(key, lambda: (*_of_words(*_telling(index, newest, asker)), *_of_names(newest)))


def _telling(index: Index, newest: SearchResult, asker: Asker | None) -> tuple[list[Document], list[str]]:
    """What was said in the newest recording, and its most telling words."""
    documents = (hit.document for hit in newest.hits)
    groups = (one.group for one in documents if one.kind == "segment" and not one.held)
    said = [one for group in islice(groups, 1) for one in of_group(index, group, asker) if one.kind == "segment"][:READ]
    told = telling_words(index, said, asker)
    return said, [word for word in told if len(word) >= LONG and word.isalpha()]


def _of_words(said: Sequence[Document], telling: Sequence[str]) -> Iterator[Example]:
    if not telling:
        return
    first = telling[0]
    beside = next((word for word in telling[1:] if _are_together(said, first, word)), None)
    yield Example(f"{first} {beside}" if beside else first, "moments with these words, the best first")
    if phrase := _phrase(said, telling):
        yield Example(f'"{phrase}"', "exactly these words, one after the other")
    yield Example(f"{first[:-2]}*", "every word that begins so")
    if len(telling) > 1:
        yield Example(f"{first} OR {telling[1]}", "either of them; a minus before a word leaves it out")


def _of_names(newest: SearchResult) -> Iterator[Example]:
    for facet, field, finds in (
        ("speaker", "speaker", "what one person said"),
        ("collection", "in", "what is in one collection"),
        ("tag", "tag", "what has a tag"),
    ):
        named = (str(one["value"]) for one in newest.facets.get(facet, ()))
        if name := next((one for one in named if _PLAIN.fullmatch(one)), None):
            yield Example(f'{field}:"{name}"' if " " in name else f"{field}:{name}", finds)
    if months := sorted(str(one["value"]) for one in newest.facets.get("month", ())):
        yield Example(f"after:{months[-1]}", "recorded in that month or later")


def _are_together(said: Sequence[Document], first: str, second: str) -> bool:
    return any({first, second}.issubset(words(one.text)) for one in said)


def _phrase(said: Sequence[Document], telling: Sequence[str]) -> str | None:
    """Two words that stand side by side, the first of them telling."""
    for word in telling:
        for document in said:
            for first, second in pairwise(words(document.text)):
                if first == word and len(second) >= LONG and second.isalpha():
                    return f"{first} {second}"
    return None

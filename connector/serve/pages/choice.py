"""What the search page is asked, as its address tells it, and the addresses that ask a little else. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from starlette.datastructures import QueryParams

from connector.serve.fields import is_month
from connector.serve.http import LONGEST_QUERY
from connector.serve.pages.site import address
from indexer.syntax import parse

FACETS = {"speaker": "Speaker", "collection": "Collection", "month": "Recorded", "tag": "Tag", "language": "Language"}
SORTS = {"relevance": "Best first", "date": "Newest first"}
MOST_CHOSEN = 50  # values of all facets together
SAMPLES = "samples"


@dataclass(frozen=True)
class Choice:
    """A search: ``chosen`` are values of facets, as (facet, value), ``exact`` takes every word as it is spelled,
    ``samples`` looks through what the model wrote in place of what was said. ``cursor`` is where a page goes on.
    """

    query: str = ""
    chosen: tuple[tuple[str, str], ...] = ()
    sort: str = "relevance"
    exact: bool = False
    samples: bool = False
    cursor: str = ""

    @classmethod
    def read(cls, given: QueryParams) -> Choice:
        """Of whatever stands in an address; what means nothing here is passed over."""
        query = given.get("q", "").strip()[:LONGEST_QUERY].rstrip()
        chosen = dict.fromkeys(one for one in given.multi_items() if _is_value(*one))
        sort = given.get("sort", "")
        return cls(
            query=query,
            chosen=tuple(chosen)[:MOST_CHOSEN],
            sort=sort if sort in SORTS else "relevance",
            exact=given.get("exact") == "1",
            samples=given.get("tab") == SAMPLES or parse(query).kind == "sample",
            cursor=given.get("cursor", ""),
        )

    @property
    def said(self) -> Choice:
        """The same among what was said: without ``kind:`` where that asks for samples."""
        words = self.query.split()
        kept = [word for word in words if not word.lower().startswith("kind:")]
        query = " ".join(kept) if parse(self.query).kind == "sample" else self.query
        return replace(self, query=query, samples=False, cursor="")

    @property
    def asks(self) -> bool:
        """Whether there is anything to look for: a word, or a filter."""
        told = parse(self.query)
        return bool(told.node or told.kind or self.chosen)

    @property
    def address(self) -> str:
        facets = {name: self.values(name) for name in FACETS}
        return address(
            "/",
            q=self.query,
            tab=SAMPLES if self.samples else "",
            **facets,
            sort=self.sort if self.sort != "relevance" else "",
            exact="1" if self.exact else "",
            cursor=self.cursor,
        )

    def values(self, name: str) -> list[str]:
        """The values of a facet that were chosen."""
        return [value for facet, value in self.chosen if facet == name]

    def other(self, **changes: Any) -> str:
        """The address of the first page of a search that differs by ``changes``."""
        return replace(self, cursor="", **changes).address

    def toggled(self, name: str, value: str) -> str:
        """The address of the search with a value of a facet chosen, or no longer."""
        kept = tuple(self._without(name, value))
        return self.other(chosen=kept if len(kept) < len(self.chosen) else (*kept, (name, value)))

    def _without(self, name: str, value: str) -> Iterator[tuple[str, str]]:
        return (one for one in self.chosen if one != (name, value))


def _is_value(name: str, value: str) -> bool:
    return name in FACETS and bool(value) and (name != "month" or is_month(value))

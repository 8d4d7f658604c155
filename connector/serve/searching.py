"""One search as all of the client API does it: for whoever asks, grouped by recording, with the glossary's names."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

from connector.archive.embedding import embedder_of
from connector.serve.client_requests import FacetFilter
from connector.serve.fields import COUNTED, PROPERTIES, Translated, translate
from connector.serve.http import Refused
from connector.serve.service import Service, no_index
from indexer import IndexProblem
from indexer import query as typed
from indexer.access import Asker
from indexer.lookup import known_properties
from indexer.request import SearchRequest, SearchResult
from indexer.search import search
from indexer.snippet import WIDTH

if TYPE_CHECKING:
    from indexer.vectors import Embedder

MOST_RESULTS = 100  # a page
MOST_FACET_VALUES = 3_000
WIDEST = 10_000  # characters of a snippet
NARROWEST = 20
MORE = 5  # moments of a recording beside its best


@dataclass(frozen=True)
class Wanted:
    """What is searched for; ``fields`` are counted, by the names of ``connector.serve.fields``. ``size`` 0: nothing is
    shown, only counted.
    """

    query: str
    filters: tuple[typed.Node, ...] = ()
    size: int = 10
    cursor: str = ""
    width: int = WIDTH
    fields: tuple[str, ...] = ()
    facet_values: int = 10
    spelling: bool = True
    group: bool = True
    sort: str = "relevance"


@dataclass
class Searching:
    """Searches in the served archive."""

    service: Service
    _embedder: Embedder | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _loaded: bool = False

    def find(self, wanted: Wanted, asker: Asker | None) -> SearchResult:
        """The page of results, of what ``asker`` may see alone; Refused for a cursor of another search."""
        index = self.service.index(asker)
        with self.service.ledger() as ledger:
            synonyms = ledger.glossary().synonyms
        try:
            request = SearchRequest(
                query=wanted.query, kind="all", limit=min(wanted.size, MOST_RESULTS), sort=wanted.sort, asker=asker,
                facets=bool(wanted.fields), group=wanted.group, synonyms=synonyms, cursor=wanted.cursor,
                filters=wanted.filters, properties=tuple(self._counted(wanted.fields)),
                facet_values=min(wanted.facet_values, MOST_FACET_VALUES) + 1,  # one more tells that there are more
                width=width_of(wanted.width), spelling=wanted.spelling, more=MORE,
            )  # fmt: skip
        except ValueError as error:
            raise Refused(400, f"cursor: {error}", code="invalid_cursor") from error
        started = time.perf_counter()
        try:
            return search(index, request, self.embedder())
        except IndexProblem as error:
            raise no_index("the index cannot be read", error, asker, "1") from error
        finally:
            if wanted.size:  # what is only counted, beside it, is no search of anybody's
                self.service.searched.observe(time.perf_counter() - started)

    def embedder(self) -> Embedder | None:
        """The configured embedding model, loaded by the first search."""
        with self._lock:
            if not self._loaded:
                self._embedder, self._loaded = embedder_of(self.service.settings.semantic.model), True
        return self._embedder

    def translated(self, filters: Sequence[FacetFilter], asker: Asker | None, offset: int | None = 0) -> Translated:
        """``filters`` as nodes; ``offset`` is the asker's time zone's, in minutes."""
        names = {one.field_name.lower() for one in filters} - COUNTED.keys()
        custom = known_properties(self.service.index(asker), names, asker) if names else set()
        return translate(filters, self.today(offset), asker.email if asker else None, custom)

    def today(self, offset: int | None = 0) -> date:
        """The day it is, so many minutes from UTC."""
        return (datetime.fromtimestamp(self.service.now(), UTC) + timedelta(minutes=offset or 0)).date()

    def _counted(self, fields: Sequence[str]) -> list[str]:
        return [name for name in fields if name in PROPERTIES or name not in COUNTED.values()]


def width_of(wanted: int) -> int:
    """The characters of a snippet, where so many are wanted."""
    return min(max(wanted, NARROWEST), WIDEST)


def of_datasources(*named: str | None) -> tuple[typed.Node, ...]:
    """What is of these datasources alone; of all where none is named."""
    names = tuple(name for name in named if name)
    return (typed.Property("datasource", names),) if names else ()

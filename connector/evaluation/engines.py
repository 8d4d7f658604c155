"""The engines that are asked: this product's search, SQLite's FTS5, and Tantivy where it is installed.

The peers are set up as their documentation does for prose: English stemming, BM25, any of the words, the title and the
speaker weighted as ours. Each returns ids, the best first.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from typing import Protocol

from connector.evaluation.known_items import KnownItem, Moment
from indexer.search import SearchRequest, search
from indexer.store import Index
from indexer.vectors import Embedder
from indexer.widen import Synonyms

SHOWN = 10  # hits of an answer
_WEIGHT = 0.6  # of the title and the speaker against the text


class Engine(Protocol):
    """Something that finds moments."""

    name: str

    def find(self, item: KnownItem) -> list[str]:
        """The ids of the first ten moments for a query."""


class Ours:
    """The index of the archive, as ``connector search`` asks it."""

    def __init__(self, index: Index, synonyms: Synonyms = (), embedder: Embedder | None = None) -> None:
        self._index, self._synonyms, self._embedder = index, synonyms, embedder
        self.name = "connector, by meaning too" if embedder else "connector"

    def find(self, item: KnownItem) -> list[str]:
        who = (item.speaker,) if item.speaker else ()
        request = SearchRequest(item.query, limit=SHOWN, speakers=who, facets=False, synonyms=self._synonyms)
        return [hit.id for hit in search(self._index, request, self._embedder).hits]


class Everything:
    """All kinds of documents asked together; those of ``kinds`` take their places among the hits."""

    def __init__(self, index: Index, synonyms: Synonyms, name: str, kinds: Sequence[str] = ("segment",)) -> None:
        self._index, self._synonyms, self._kinds = index, synonyms, kinds
        self.name = f"connector, {name}"

    def find(self, item: KnownItem) -> list[str]:
        who = (item.speaker,) if item.speaker else ()
        request = SearchRequest(
            item.query, kind="all", limit=5 * SHOWN, speakers=who, facets=False, synonyms=self._synonyms
        )
        return [hit.id for hit in search(self._index, request).hits if hit.kind in self._kinds][:SHOWN]


class Fts5:
    """https://www.sqlite.org/fts5.html: the porter tokenizer and its own bm25()."""

    name = "FTS5"

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._db = sqlite3.connect(":memory:")
        self._db.execute(
            "CREATE VIRTUAL TABLE moments USING fts5(id UNINDEXED, title, speaker, text, tokenize='porter unicode61')"
        )
        rows = ((one.id, one.title, one.speaker, one.text) for one in moments)
        self._db.executemany("INSERT INTO moments VALUES (?, ?, ?, ?)", rows)

    def find(self, item: KnownItem) -> list[str]:
        typed = " OR ".join(f'"{word}"' for word in re.findall(r"\w+", item.query))
        if item.speaker:
            who = " ".join(re.findall(r"\w+", item.speaker))
            typed = f'({typed}) AND speaker : "{who}"'
        query = "SELECT id FROM moments WHERE moments MATCH ? ORDER BY bm25(moments, 0, ?, ?, 1) LIMIT ?"
        return [row[0] for row in self._db.execute(query, (typed, _WEIGHT, _WEIGHT, SHOWN))]


class Tantivy:
    """https://github.com/quickwit-oss/tantivy-py: the English stemmer, its own query parser. ImportError without it."""

    name = "Tantivy"

    def __init__(self, moments: Sequence[Moment]) -> None:
        import tantivy

        builder = tantivy.SchemaBuilder()
        builder.add_text_field("id", stored=True, tokenizer_name="raw")
        for name in ("title", "speaker", "text"):
            builder.add_text_field(name, tokenizer_name="en_stem")
        self._index = tantivy.Index(builder.build())
        writer = self._index.writer()
        for one in moments:
            writer.add_document(tantivy.Document(id=one.id, title=one.title, speaker=one.speaker, text=one.text))
        writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def find(self, item: KnownItem) -> list[str]:
        typed = " ".join(re.findall(r"\w+", item.query))
        if item.speaker:
            who = " ".join(re.findall(r"\w+", item.speaker))
            typed = f'+({typed}) +speaker:"{who}"'
        query = self._index.parse_query(
            typed, ["text", "title", "speaker"], field_boosts={"title": _WEIGHT, "speaker": _WEIGHT}
        )
        return [self._searcher.doc(address)["id"][0] for _, address in self._searcher.search(query, SHOWN).hits]


def peers(moments: Sequence[Moment]) -> list[Engine]:
    """The peers that can be asked here."""
    found: list[Engine] = [Fts5(moments)]
    with suppress(ImportError):
        found.append(Tantivy(moments))
    return found

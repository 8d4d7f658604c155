"""An evaluation from end to end: moments out of an index, queries, the engines asked, the measures."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

from connector.evaluation.engines import Engine, Everything, Ours, peers
from connector.evaluation.known_items import KnownItems, Moment
from connector.evaluation.measures import Measures, measure
from connector.evaluation.mishearing import Mishearing
from indexer import Document
from indexer.store import Index
from indexer.vectors import Embedder, complete
from indexer.widen import Synonyms

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """What one engine reached for one kind of query, with a ``share`` of the words misheard."""

    kind: str
    engine: str
    share: float
    measures: Measures


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be evaluated; ``shares`` are of words misheard, 0 for none."""

    kinds: Sequence[str]
    count: int
    seed: int
    shares: Sequence[float]
    with_peers: bool


def evaluate(
    index: Index, synonyms: Synonyms, wish: Wish, tell: Tell, embedder: Embedder | None = None
) -> Iterator[Row]:
    """The rows of an evaluation of ``index``, as they are done, with an ``embedder`` by meaning too. The index is read,
    and never written to.
    """
    tell("reading the moments …")
    documents = list(index.documents("segment"))
    moments = [Moment(one.id, one.recording, one.speaker or "", one.text) for one in documents]
    items = KnownItems(moments, synonyms, wish.seed)
    for share in wish.shares:
        if not share:
            yield from _rows(_ours(index, synonyms, embedder), moments, items, wish, 0.0, tell)
            if index.counts()["sample"]:
                yield from _with_and_without_samples(index, synonyms, items, wish, tell)
            continue
        tell(f"indexing {len(moments):,} moments with {share:.0%} of their words misheard …")
        mishearing = Mishearing(moments, wish.seed)
        misheard = [mishearing(moment, share) for moment in moments]
        with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "index", "") as other:
            other.rewrite(_groups(documents, misheard), 1, "")
            if embedder:
                complete(other, embedder)
            yield from _rows(_ours(other, synonyms, embedder), misheard, items, wish, share, tell)


def _ours(index: Index, synonyms: Synonyms, embedder: Embedder | None) -> list[Engine]:
    return [Ours(index, synonyms), *([Ours(index, synonyms, embedder)] if embedder else [])]


def _rows(
    engines: list[Engine],
    moments: Sequence[Moment],
    items: KnownItems,
    wish: Wish,
    share: float,
    tell: Tell,
) -> Iterator[Row]:
    if wish.with_peers:
        tell("indexing the moments with the peers …")
        engines += peers(moments)
    for kind in wish.kinds:
        asked = items.of(kind, wish.count)
        for engine in engines:
            yield Row(kind, engine.name, share, measure(engine, asked))


def _with_and_without_samples(
    index: Index, synonyms: Synonyms, items: KnownItems, wish: Wish, tell: Tell
) -> Iterator[Row]:
    """The same questions to ``index`` with its samples among the hits and left out of them, and to one without any."""
    tell("indexing everything but the samples …")
    others = sorted((one for one in index.documents() if one.kind != "sample"), key=lambda one: one.group)
    with tempfile.TemporaryDirectory() as folder, Index.create(Path(folder) / "index", "") as bare:
        bare.rewrite(((group, list(each)) for group, each in groupby(others, key=lambda one: one.group)), 1, "")
        engines: list[Engine] = [
            Everything(bare, synonyms, "no samples in the index"),
            Everything(index, synonyms, "samples left out of the hits", kinds=("segment",)),
            Everything(index, synonyms, "samples among the moments", kinds=("segment", "sample")),
        ]
        for kind in wish.kinds:
            asked = items.of(kind, wish.count)
            for engine in engines:
                yield Row(kind, engine.name, 0.0, measure(engine, asked))


def _groups(documents: Sequence[Document], moments: Sequence[Moment]) -> Iterator[tuple[str, list[Document]]]:
    """The documents with the words of ``moments``, recording by recording."""
    pairs = zip(documents, moments, strict=True)
    for group, some in groupby(pairs, key=lambda pair: pair[0].group):
        yield group, [Document(one.payload | {"body": _body(one, moment.text)}) for one, moment in some]


def _body(document: Document, text: str) -> dict[str, Any]:
    return {**document.payload["body"], "textContent": text}


def as_json(row: Row) -> dict[str, Any]:
    """The row as plain values."""
    found = row.measures
    return {
        "kind": row.kind,
        "engine": row.engine,
        "misheard": row.share,
        "queries": found.queries,
        "mrr@10": round(found.mrr, 4) if found.queries else None,
        "recall@10": round(found.recall, 4) if found.queries else None,
        "ndcg@10": round(found.ndcg, 4) if found.queries else None,
        "ms": round(found.ms, 2) if found.queries else None,
    }

"""The engines that the search is timed beside, on the same documents: Whoosh as it comes, SQLite FTS5, Tantivy.

Each answers a query of a class with the payloads (an id is in each) of the first ten hits, best first, as they are
stored; None where it has no such query.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import tantivy
from whoosh import index as whoosh_index
from whoosh import query as whoosh
from whoosh.fields import DATETIME, ID, KEYWORD, NUMERIC, STORED, TEXT, Schema

from indexer import Document

TOP = 10
FACETS, AS_TYPED = "facets of a common word", "words as typed"
GROUPED, MERGED = "recordings of a common word", "neighbours of a common word as one"
KIND, SNIPPETS = "word and kind", "common word with snippets"
WORDS = ("rare word", "middle word", "common word", "OR of 2", "OR of 5", "AND of 2", "AND of 3")
WHOLE = tuple(f"{kind}, the whole answer" for kind in WORDS)
OURS_ALONE = (FACETS, AS_TYPED, GROUPED, MERGED, *WHOLE)
Answer = list[Any] | None


@dataclass(frozen=True)
class Asked:
    """A query of a class: its words, or a speaker, the days from and to, or the place in a recording, in seconds."""

    kind: str
    words: tuple[str, ...] = ()
    speaker: str = ""
    days: tuple[date, date] | None = None
    place: tuple[int, int] | None = None


class Whoosh:
    """With the field types its documentation gives for such fields, and its own Term, And, Or, Phrase and ranges."""

    name = "Whoosh"

    def __init__(self, folder: Path, documents: Iterable[Document] | None) -> None:
        if documents is not None:
            folder.mkdir()
            schema = Schema(
                id=ID(unique=True), kind=ID, title=TEXT, text=TEXT, speaker=KEYWORD(commas=True),
                recorded=DATETIME(sortable=True), start=NUMERIC(float), payload=STORED,
            )  # fmt: skip
            writer = whoosh_index.create_in(folder, schema).writer(limitmb=512)
            for one in documents:
                day = {"recorded": datetime.combine(one.recorded, time())} if one.recorded else {}
                writer.add_document(
                    id=one.id, kind=one.kind, title=one.recording, text=one.text, speaker=one.speaker or "",
                    start=one.start or 0.0, payload=one.canonical, **day,
                )  # fmt: skip
            writer.commit()
        self._searcher = whoosh_index.open_dir(folder).searcher()

    def find(self, asked: Asked) -> Answer:
        query = self._query(asked)
        if query is None:
            return None
        more = {"sortedby": "recorded", "reverse": True} if asked.kind == "sorted by date" else {}
        hits = self._searcher.search(query, limit=TOP, **more)
        if asked.kind == SNIPPETS:
            return [(hit["payload"], hit.highlights("text", text=_text(hit["payload"]))) for hit in hits]
        return [hit["payload"] for hit in hits]

    def _query(self, asked: Asked) -> Any:
        if asked.kind in OURS_ALONE:
            return None
        terms = [whoosh.Term("text", word) for word in asked.words]
        if asked.kind.startswith(("rare", "middle", "common", "sorted")):
            return terms[0]
        if asked.kind.startswith("OR"):
            return whoosh.Or(terms)
        if asked.kind.startswith("AND"):
            return whoosh.And(terms)
        if asked.kind == "phrase":
            return whoosh.Phrase("text", list(asked.words))
        if asked.kind == "prefix":
            return whoosh.Prefix("text", asked.words[0])
        if asked.kind == "fuzzy":
            return whoosh.FuzzyTerm("text", asked.words[0], maxdist=1, prefixlength=1)
        if asked.kind == "word and speaker":
            return whoosh.And([terms[0], whoosh.Term("speaker", asked.speaker)])
        if asked.kind == KIND:
            return whoosh.And([terms[0], whoosh.Term("kind", "segment")])
        if asked.kind == "word and dates" and asked.days:
            low, high = (datetime.combine(day, time()) for day in asked.days)
            return whoosh.And([terms[0], whoosh.DateRange("recorded", low, high)])
        if asked.kind == "word and place" and asked.place:
            return whoosh.And([terms[0], whoosh.NumericRange("start", *asked.place, endexcl=True)])
        return None

    def close(self) -> None:
        self._searcher.close()


class Fts5:
    name = "FTS5"

    def __init__(self, folder: Path, documents: Iterable[Document] | None) -> None:
        self._db = sqlite3.connect(folder.with_suffix(".db"))
        if documents is not None:
            self._db.execute("CREATE VIRTUAL TABLE d USING fts5(title, text, speaker UNINDEXED, day UNINDEXED,"
                             " kind UNINDEXED, start UNINDEXED, payload UNINDEXED, tokenize='unicode61')")  # fmt: skip
            rows = (
                (one.recording, one.text, one.speaker, _day(one), one.kind, one.start or 0, one.canonical)
                for one in documents
            )
            self._db.executemany("INSERT INTO d VALUES (?, ?, ?, ?, ?, ?, ?)", rows)
            self._db.commit()

    def find(self, asked: Asked) -> Answer:
        if asked.kind in ("fuzzy", *OURS_ALONE):
            return None
        words = [f'"{word}"' for word in asked.words]
        match, where = " ".join(words), ""
        more: list[Any] = []
        if asked.kind.startswith("OR"):
            match = " OR ".join(words)
        elif asked.kind == "phrase":
            match = f'"{" ".join(asked.words)}"'
        elif asked.kind == "prefix":
            match = f"{words[0]} *"
        elif asked.kind == "word and speaker":
            where, more = "AND speaker = ?", [asked.speaker]
        elif asked.kind == KIND:
            where = "AND kind = 'segment'"
        elif asked.kind == "word and dates" and asked.days:
            where, more = "AND day >= ? AND day < ?", [day.isoformat() for day in asked.days]
        elif asked.kind == "word and place" and asked.place:
            where, more = "AND start >= ? AND start < ?", list(asked.place)
        order = "day DESC" if asked.kind == "sorted by date" else "rank"
        shown = "payload, snippet(d, 1, '<b>', '</b>', '…', 32)" if asked.kind == SNIPPETS else "payload"
        query = f"SELECT {shown} FROM d WHERE d MATCH ? {where} ORDER BY {order} LIMIT {TOP}"
        return list(self._db.execute(query, (f"text : ({match})", *more)))

    def close(self) -> None:
        self._db.close()


class Tantivy:
    name = "Tantivy"

    def __init__(self, folder: Path, documents: Iterable[Document] | None) -> None:
        builder = tantivy.SchemaBuilder()
        builder.add_text_field("title")
        builder.add_text_field("text")
        builder.add_text_field("speaker", tokenizer_name="raw")
        builder.add_text_field("kind", tokenizer_name="raw")
        builder.add_integer_field("day", indexed=True, fast=True)
        builder.add_integer_field("start", indexed=True, fast=True)
        builder.add_text_field("payload", stored=True, tokenizer_name="raw", index_option="basic")
        self._schema = builder.build()
        folder.mkdir(exist_ok=True)
        self._index = tantivy.Index(self._schema, path=str(folder))
        if documents is not None:
            writer = self._index.writer()
            for one in documents:
                told = tantivy.Document(
                    title=one.recording, text=one.text, speaker=one.speaker or "", day=_number(one.recorded),
                    start=int(one.start or 0), kind=one.kind, payload=one.canonical[:60_000],
                )  # fmt: skip
                writer.add_document(told)
            writer.commit()
        self._index.reload()
        self._searcher = self._index.searcher()

    def find(self, asked: Asked) -> Answer:
        query = self._query(asked)
        if query is None:
            return None
        more = {"order_by_field": "day"} if asked.kind == "sorted by date" else {}
        hits = self._searcher.search(query, TOP, **more).hits
        found = [self._searcher.doc(address)["payload"][0] for _, address in hits]
        if asked.kind == SNIPPETS:
            cut = tantivy.SnippetGenerator.create(self._searcher, query, self._schema, "text")
            return [
                (payload, cut.snippet_from_doc(tantivy.Document(text=_text(payload))).to_html()) for payload in found
            ]
        return found

    def _query(self, asked: Asked) -> Any:
        if asked.kind in OURS_ALONE:
            return None
        q, must, should = tantivy.Query, tantivy.Occur.Must, tantivy.Occur.Should
        terms = [q.term_query(self._schema, "text", word) for word in asked.words]
        if asked.kind.startswith(("rare", "middle", "common", "sorted")):
            return terms[0]
        if asked.kind.startswith(("OR", "AND")):
            return q.boolean_query([(must if asked.kind.startswith("AND") else should, term) for term in terms])
        if asked.kind == "phrase":
            return q.phrase_query(self._schema, "text", list(asked.words))
        if asked.kind == "prefix":
            return q.regex_query(self._schema, "text", f"{asked.words[0]}.*")
        if asked.kind == "fuzzy":
            return q.fuzzy_term_query(self._schema, "text", asked.words[0], distance=1)
        if asked.kind == "word and speaker":
            who = q.term_query(self._schema, "speaker", asked.speaker)
            return q.boolean_query([(must, terms[0]), (must, who)])
        if asked.kind == KIND:
            return q.boolean_query([(must, terms[0]), (must, q.term_query(self._schema, "kind", "segment"))])
        if asked.kind == "word and dates" and asked.days:
            days = q.range_query(self._schema, "day", tantivy.FieldType.Integer, *map(_number, asked.days))
            return q.boolean_query([(must, terms[0]), (must, days)])
        if asked.kind == "word and place" and asked.place:
            place = q.range_query(self._schema, "start", tantivy.FieldType.Integer, *asked.place, include_upper=False)
            return q.boolean_query([(must, terms[0]), (must, place)])
        return None

    def close(self) -> None:
        """Nothing is held open that matters."""


PEERS: tuple[Callable[[Path, Iterable[Document] | None], Any], ...] = (Whoosh, Fts5, Tantivy)


def _text(payload: str) -> str:
    text: str = json.loads(payload)["body"]["textContent"]
    return text


def _day(document: Document) -> str:
    return document.recorded.isoformat() if document.recorded else ""


def _number(day: date | None) -> int:
    return int(day.strftime("%Y%m%d")) if day else 0


def copies(documents: Sequence[Document], count: int) -> Iterator[Document]:
    """``count`` documents, made one after another: those there are, and copies under other ids."""
    for at in range(count):
        number, place = divmod(at, len(documents))
        one = documents[place]
        payload = json.loads(one.canonical)
        payload["id"] = f"{payload['id']}x{number}"
        payload["containerDatasourceId"] = f"{one.group}x{number}"
        yield Document(payload, one.cues)

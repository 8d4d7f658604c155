"""An archive with what somebody may not see, and the same without it, give them the same answers to everything: hits,
scores, totals, facets, hints, other spellings, completions, neighbours, to the last sign.

What is hidden is made to be mistaken for what is seen: forms and misspellings of its words, names, tags and values.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from indexer import Asker, Document, own
from indexer.lookup import by_url, kinds_seen, known_properties
from indexer.occurrences import occurrences
from indexer.request import SearchRequest
from indexer.search import search
from indexer.similar import similar
from indexer.store import Index
from indexer.suggest import suggest
from tests.indexer.support import OPEN, sample, segment, transcript

ANN = Asker("ann@example.com", frozenset({"garden"}))
GARDEN, BOARD = {"allowedGroups": ["garden"]}, {"allowedGroups": ["board"]}
Group = tuple[str, list[Document]]


def talk(group: str, title: str, speaker: str, language: str, allowed: dict[str, Any], *texts: str) -> Group:
    more: dict[str, Any] = {"permissions": allowed, "tags": [title.split()[0].lower()]}
    whole = transcript(group, title, customProperties=[{"name": "language", "value": language}], **more)
    collection = title.split()[-1]
    said = (
        segment(group, at, text, speaker=speaker, title=title, collection=collection, **more)
        for at, text in enumerate(texts)
    )
    return group, [whole, *said]


def note(ident: str, title: str, text: str, status: str, allowed: dict[str, Any]) -> Group:
    payload = {
        "id": ident, "datasource": "wiki", "objectType": "Note", "title": title, "viewURL": "https://wiki.example/1",
        "body": {"mimeType": "text/plain", "textContent": text}, "permissions": allowed,
        "customProperties": [{"name": "status", "value": status}, {"name": ident, "value": "yes"}],
    }  # fmt: skip
    document = Document(payload, scope="wiki")
    return document.group, [document]


ANYBODY = {"allowAnonymousAccess": True}
SEEN = [
    talk("t1", "Compost for everybody", "Anna Maier", "en", OPEN, "the compost heap is warm", "we turned it in spring"),
    talk(
        "t2",
        "Bread of the garden",
        "Bob Lee",
        "de",
        GARDEN,
        "our Bread and the heap of flour",
        "an e-mail on bread chanter",
    ),
    talk(
        "t3", "Quartz", "anna maier", "en", OPEN, "the data base of quartz", "twenty five heaps of it", "do not study"
    ),
    ("c1", [sample("c1", 0, "a compost of gibberish heaps")]),
    note("n1", "Heap notes", "compost and quartz", "open", ANYBODY),
]
HIDDEN = [
    talk("t0", "Composts of the boards", "Anna Meier", "fr", BOARD, "composts heeps of quarz", "studies of breads"),
    talk("t15", "Merger", "Anna", "nl", BOARD, *["the merger of the compst heap in the database"] * 30),
    ("c0", [sample("c0", 0, "secret gibberisch composte heap", permissions=BOARD)]),
    note("n0", "Heaps note", "compost email 25 don't", "Open", BOARD),
    talk("t4", "Compost", "Bob Lea", "en", BOARD, "spring turned warmer", "it's an email, and 25 of them"),
]
QUERIES = (
    "compost", "heap", "heaps warm", "compst", "heeps quartz", "quarz", '"compost heap"', "comp*", "spring~", "merger",
    "compost -quartz", "merger OR bread", "study", "breads", "database", "email", "25", "don't", "warm flour quartz",
    "speaker:anna", "speaker:meier heap", "speaker:annna", "in:everybody compost", "in:boards", "in:bords compost",
    "tag:compost", "tag:composts heap", "lang:fr", "lang:french compost", "lang:de bread", "title:compost",
    "chantait bread", "after:2025-01-01 heap", "at:0-0:30 heap", "heap of bread in the garden",
)  # fmt: skip
BEGUN = ("co", "he", "heap ", "the co", "compost h", "m", "me", "an", "speaker:an", "speaker:", "compst", "boa", "25 h")


def expect(texts: Sequence[str]) -> list[float]:
    """A network that finds each text as likely as its sum says."""
    return [-float(zlib.crc32(text.encode()) % 50) for text in texts]


def answers(index: Index) -> Iterator[str]:
    def told(value: Any, **more: Any) -> str:
        return json.dumps(value | {"took_ms": 0} | more, sort_keys=True)

    for number, query in enumerate(QUERIES):
        everything = number % 2 == 0
        wanted = SearchRequest(
            query, "all" if everything else "segment", 3, asker=ANN, group=everything, explain=True,
            properties=("type", "status"), synonyms=(("compost", "mould"),),
        )  # fmt: skip
        found = search(index, wanted)
        yield told(found.to_json(full=True), corrected=found.corrected)
    yield told(occurrences(index, "t1", SearchRequest("compst heeps", asker=ANN)).to_json())
    for number, query in enumerate(BEGUN):
        yield told(suggest(index, query, ANN, 5, expect if number % 2 else None).to_json())
    for group, documents in SEEN:
        like = SearchRequest("", "all", asker=ANN, group=True)
        yield told(similar(index, documents, like, apart=group).to_json(full=True))
    yield told(dict(kinds_seen(index, ANN)))
    yield told({one: found.id for one, found in by_url(index, ["https://wiki.example/1"], ANN).items()})
    yield told({"known": sorted(known_properties(index, ["status", "n0", "n1"], ANN))})


@pytest.mark.parametrize("read", [own.READ, 0], ids=["who sees little", "who sees much"])
def test_what_is_hidden_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: int) -> None:
    monkeypatch.setattr(own, "READ", read)
    among = [one for pair in zip(HIDDEN, SEEN, strict=True) for one in pair]
    with (
        Index.create(tmp_path / "with", "f", among) as index,
        Index.create(tmp_path / "without", "f", SEEN) as without,
    ):
        assert search(index, SearchRequest("merger")).total == 30  # the owner's
        assert list(answers(index)) == list(answers(without))

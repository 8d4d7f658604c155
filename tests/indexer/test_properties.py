"""What a document is of, beside what is said in it: found, counted and completed as far as the asker may see it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from indexer import Asker, Document, own
from indexer import query as typed
from indexer.lookup import by_id, by_url, known_properties, of_group
from indexer.request import SearchRequest
from indexer.search import search
from indexer.store import Index
from indexer.suggest import suggest
from tests.indexer.support import recording

ANN, BOB = Asker("ann@example.com", frozenset({"staff"})), Asker("bob@example.com")


def page(ident: str, text: str, **more: Any) -> Document:
    """A document of a datasource that is not the index's own."""
    payload = {
        "datasource": "wiki",
        "objectType": "Page",
        "id": ident,
        "title": f"Page {ident}",
        "viewURL": f"https://wiki.example/{ident}",
        "body": {"mimeType": "text/plain", "textContent": text},
        "permissions": {"allowAnonymousAccess": True},
    }
    return Document(payload | more, scope="wiki")


@pytest.fixture
def filled(index: Index) -> Index:
    team = [{"name": "Team", "value": ["Blue", "green"]}, {"name": "size", "value": 3}, {"name": "open", "value": True}]
    team += [{"name": "Type", "value": "Policy"}, {"name": "from", "value": "ceo@example.com"}]
    team += [{"name": "datasource\x1fhr", "value": "x"}]
    pages = [
        page("p1", "about herons", customProperties=team, author={"email": "Eve@example.com"}, updatedAt=1_735_776_000),
        page("p2", "about herons", createdAt=1_735_689_600, updatedAt=1_740_000_000),
        page("p3", "about hidden herons", permissions={"allowedGroups": ["staff"]}, customProperties=[
            {"name": "secret", "value": "yes"}]),
    ]  # fmt: skip
    groups = [recording("t1", "herons in the garden", "nothing of it", createdAt=1_735_689_600)]
    # A group of the wiki means nothing to the archive's own people: that it is hidden here is from everybody.
    index.write([*groups, *((one.group, [one]) for one in pages)], generation=1)
    return index


def ids(index: Index, *filters: typed.Node, asker: Asker | None = None) -> set[str]:
    request = SearchRequest("herons", kind="all", filters=filters, asker=asker, limit=100)
    return {hit.id for hit in search(index, request).hits}


P1, P2, P3, MOMENT = "wiki/Page/p1", "wiki/Page/p2", "wiki/Page/p3", "t10000"


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (typed.Property("type", ("page",)), {P1, P2, P3}),
        (typed.Property("datasource", ("transcripts", "nothing")), {MOMENT}),
        (typed.Property("team", ("BLUE",)), {P1}),
        (typed.Property("size", ("3",)), {P1}),
        (typed.Property("open", ("True",)), set()),
        (typed.Property("from", ("eve@example.com",)), {P1}),
        (typed.Property("from", ("ceo@example.com",)), set()),
        (typed.Property("type", ("Policy",)), set()),
        (typed.Not(typed.Property("type", ("Page",))), {MOMENT}),
        (typed.Recorded(date(2025, 1, 2), date(2025, 1, 3), updated=True), {P1}),
        (typed.Recorded(date(2025, 1, 1), date(2025, 1, 2), updated=True), {MOMENT}),
        (typed.Recorded(date(2025, 1, 1), date(2025, 1, 2)), {MOMENT, P2}),
    ],
)
def test_filters(filled: Index, node: typed.Node, expected: set[str]) -> None:
    assert ids(filled, node) == expected
    assert ids(filled, node, asker=BOB) == expected - {P3}


def test_values_are_counted_in_what_the_asker_sees(filled: Index) -> None:
    def counted(asker: Asker | None) -> dict[str, list[tuple[str, int]]]:
        request = SearchRequest("herons", kind="all", properties=("type", "secret"), asker=asker)
        facets = search(filled, request).facets
        return {name: [(one["value"], one["count"]) for one in facets[name]] for name in request.properties}

    assert counted(None) == {"type": [("Page", 3), ("TranscriptSegment", 1)], "secret": [("yes", 1)]}
    assert counted(BOB) == {"type": [("Page", 2), ("TranscriptSegment", 1)], "secret": []}
    assert known_properties(filled, {"secret", "team"}, BOB) == {"team"}


def test_documents_are_looked_up_by_id_and_address(filled: Index) -> None:
    wanted = ["https://v.example/t1", "https://v.example/t1?t=20", "https://wiki.example/p3", "https://v.example/t2"]
    assert {url: one.id for url, one in by_url(filled, wanted, None).items()} == {
        "https://v.example/t1": "t1",
        "https://v.example/t1?t=20": "t10001",
        "https://wiki.example/p3": P3,
    }
    assert by_url(filled, wanted, BOB).keys() == set(wanted[:2])
    assert by_id(filled, [P1, P3, "nothing"], BOB).keys() == {P1}
    assert by_id(filled, [], None) == {}
    assert [one.id for one in of_group(filled, "t1", BOB)] == ["t1", "t10000", "t10001"]


def test_completions_with_filters_are_not_kept(filled: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own, "READ", 0)  # else who sees little is told by their own words
    with filled.reading() as view:
        for name in ("wiki", *map(str, range(20))):
            found = suggest(filled, "her", None, 10, filters=[typed.Property("datasource", (name,))])
            assert [one.text for one in found.suggestions] == (["herons"] if name == "wiki" else [])
        assert "said in" not in {key[0] for key in view._told}
        assert suggest(filled, "her", BOB, 10).suggestions[0].text == "herons"
        assert "said in" in {key[0] for key in view._told}
        assert not suggest(filled, "her" + " her" * typed.MAX_CHARACTERS, None, 10).suggestions

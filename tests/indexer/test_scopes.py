"""Documents of several datasources in one index: ids, groups and rights of each are its own; pages lose their tags."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer import Asker, Document, access
from indexer.access import Membership
from indexer.markup import plain
from indexer.search import SearchRequest, search
from indexer.store import Index
from tests.indexer.support import OPEN, recording, segment

MEMBERS = {"allowAllDatasourceUsersAccess": True}


def note(ident: str, text: str, scope: str = "wiki", **more: Any) -> Document:
    body = {"mimeType": "text/plain", "textContent": text}
    return Document({"id": ident, "objectType": "Note", "body": body, "permissions": MEMBERS} | more, scope=scope)


def test_ids_and_groups_name_their_datasource() -> None:
    one = note("Ab1", "x", containerDatasourceId="folder")
    assert (one.id, one.group, one.kind) == ("wiki/Note/ab1", "wiki/Note/ab1", "other")
    moment = Document(segment("T1", 0, "x").payload, scope="other")
    assert (moment.group, moment.transcript_id) == ("other:/t1", "other:/t1")
    assert moment.id.startswith("other/TranscriptSegment/t1")
    recording_of = Document({"id": "Note/x", "objectType": "Transcript"}, scope="wiki")
    assert recording_of.group != note("x", "").group


def test_one_id_in_many_datasources(tmp_path: Path) -> None:
    twins = [note("same", "a marmot", scope) for scope in ("one", "two")]
    with Index.create(tmp_path / "index", "f", [(twin.group, [twin]) for twin in twins]) as index:
        index.write([recording("same", "a marmot")], 1)
        found = search(index, SearchRequest("marmot", kind="all")).hits
        assert {hit.document.scope for hit in found} == {"", "one", "two"}
        assert index.get("two/Note/same") == twins[1] and twins[1] != twins[0]
        index.write([("one/Note/same", [])], 2)
        assert index.get("one/Note/same") is None and index.get("two/Note/same") is not None


@pytest.mark.parametrize(
    ("permissions", "scope", "asker", "sees"),
    [
        (MEMBERS, "wiki", Asker("a@x"), False),
        (MEMBERS, "wiki", Asker("a@x", elsewhere=(Membership("wiki"),)), True),
        (MEMBERS, "wiki", Asker("a@x", elsewhere=(Membership("wik"), Membership("wikia"))), False),
        (MEMBERS, "", Asker("a@x", member=False, elsewhere=(Membership("wiki"),)), False),
        ({"allowedUsers": [{"email": "a@x"}]}, "wiki", Asker("a@x"), False),
        ({"allowedUsers": [{"email": "A@x"}]}, "wiki", Asker("a@x", elsewhere=(Membership("wiki"),)), True),
        ({"allowedUsers": [{"datasourceUserId": "7"}]}, "wiki", Asker("a@x", elsewhere=(Membership("wiki"),)), False),
        (
            {"allowedUsers": [{"datasourceUserId": "7"}]},
            "wiki",
            Asker("a@x", elsewhere=(Membership("wiki", user_id="7"),)),
            True,
        ),
        ({"allowedGroups": ["g"]}, "wiki", Asker("a@x", frozenset({"g", "wiki:g", "@wiki:g"})), False),
        ({"allowedGroups": ["g"]}, "", Asker("a@x", elsewhere=(Membership("wiki", frozenset("g")),)), False),
        ({"allowAnonymousAccess": True}, "wiki", Asker("a@x", member=False), True),
        ({"allowedUsers": [{"email": "straße@x"}]}, "", Asker("strasse@x"), False),
    ],
)
def test_rights_are_of_one_datasource(permissions: dict[str, Any], scope: str, asker: Asker, sees: bool) -> None:
    opened = access.tokens(permissions, scope)
    assert bool(opened & asker.tokens() or any(map(asker.opens, opened))) == sees


@given(st.lists(st.text(max_size=4), max_size=3), st.lists(st.text(max_size=4), max_size=3), st.sampled_from(["", "a"]))
def test_intersections_are_of_one_datasource(required: list[str], mine: list[str], scope: str) -> None:
    tokens = access.tokens({"allowedGroupIntersections": [{"requiredGroups": required}]}, scope)
    here, there = Asker("a@x", frozenset(mine)), Asker("a@x", elsewhere=(Membership("a", frozenset(mine)),))
    inside = bool(required) and set(required) <= set(mine)
    assert any(map(here.opens, tokens)) == (inside and not scope)
    assert any(map(there.opens, tokens)) == (inside and bool(scope))


def test_what_is_hidden_lends_no_words_to_its_neighbours(tmp_path: Path) -> None:
    said = [
        segment("t1", 0, "we open the"),
        segment("t1", 1, "vault tonight", permissions={"allowedGroups": ["board"]}),
    ]
    bob = Asker("bob@x")
    with Index.create(tmp_path / "index", "f", [("t1", said)]) as index:
        assert search(index, SearchRequest('"the vault"', asker=bob, spelling=False)).total == 0
        assert search(index, SearchRequest('"open the"', asker=bob)).total == 1


def test_what_is_hidden_between_two_moments_is_as_if_it_were_not_there(tmp_path: Path) -> None:
    """Found over the border, ranked, and shown as one answer as without it."""
    board = {"permissions": {"allowedGroups": ["board"]}}
    said = [
        segment("t1", 0, "we open the vault"),
        segment("t1", 1, "whose combination is this", **board),
        segment("t1", 2, "tonight the vault stays open"),
        segment("t1", 3, "and the key stays with me"),
        segment("t1", 4, "of the board", **board),
    ]
    seen = [one for one in said if one.permissions == OPEN]
    told = []
    for name, documents in (("with", said), ("without", seen)):
        with Index.create(tmp_path / name, "f", [("t1", documents)]) as index:
            for query in ("vault", '"vault tonight"', "stays open key", "vault key"):
                asked = [SearchRequest(query, asker=Asker("bob@x"), merge=merge, kind="all") for merge in (False, True)]
                told += [search(index, one).to_json(full=True) | {"took_ms": 0} for one in asked]
    assert told[: len(told) // 2] == told[len(told) // 2 :]
    assert told[1]["hits"][0]["passage"]["segments"] == ("t10000", "t10002")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One<br>two</p><p>th<b>re</b>e &amp; four</p>", "One\ntwo\nthree & four"),
        ("<style>p {}</style><script>alert(1)</script>said", "said"),
        ("a < b and <unknown attr>c</unknown>", "a < b and\nc"),
        ("<ul><li>x\ny</li><li>z</li></ul>", "x y\nz"),
        ("<script>never ends", ""),
        ("", ""),
    ],
)
def test_pages_are_read_as_people_read_them(html: str, text: str) -> None:
    assert plain(html) == text
    page = note("p", "", body={"mimeType": "text/html", "textContent": html})
    assert page.text == text


@given(
    st.text()
    | st.lists(st.sampled_from(["<", ">", "a", "</", "<p", "<!--", "&", ";", "<script", "]]>", '"'])).map("".join)
)
def test_no_page_fails(html: str) -> None:
    assert "\n\n" not in plain(html)

"""GET /suggest through a real server: as one types, for whoever asks."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from connector.archive.ledger import Ledger
from connector.serve.http import LONGEST_QUERY
from tests.checkpoints import put_checkpoint
from tests.serve.archive import ANN, BOB, make_archive
from tests.serve.support import Served, serving_home
from tests.support import until


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_home(make_archive(tmp_path_factory.mktemp("suggest") / "home"), "owner") as running:
        yield running


@pytest.fixture(scope="module")
def client(server: Served) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=server.address, headers={"Authorization": "Bearer owner"}) as made:
        yield made


def suggested(client: httpx.Client, query: str, email: str = "", **more: str) -> list[dict[str, str]]:
    headers = {"X-Glean-ActAs": email} if email else {}
    answer = client.get("/suggest", params={"q": query, **more}, headers=headers)
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["query"] == query and set(told) == {"query", "did_you_mean", "suggestions"}
    return list(told["suggestions"])


def test_a_long_query_is_cut(client: httpx.Client) -> None:
    answer = client.get("/suggest", params={"q": "compost " * 5_000})
    assert (answer.status_code, len(answer.json()["query"])) == (200, LONGEST_QUERY)


def test_every_kind_says_what_it_is(client: httpx.Client) -> None:
    found = suggested(client, "comp")
    assert found[0]["text"] == "compost" and found[0]["kind"] == "word"
    (title,) = [one for one in found if one["kind"] == "title"]
    assert title["text"] == "Compost for everybody" and title["url"] == "https://youtu.be/abc"
    assert {one["kind"] for one in found} == {"word", "continuation", "title"}
    (name,) = suggested(client, "speaker:ros")
    assert name["query"] == 'speaker:"Rosa Luz"'
    assert suggested(client, "the compost h")[0] | {"score": 0} == {
        "text": "the compost heap", "query": "the compost heap", "kind": "continuation", "told": "phrase", "score": 0,
    }  # fmt: skip


def test_how_likely_each_is_is_told_the_owner_alone(client: httpx.Client) -> None:
    assert {"score" in one for one in suggested(client, "comp")} == {True}
    for query in ("comp", "compost ", "speaker:ros"):
        assert {"score" in one for one in suggested(client, query, ANN)} == {False}


def test_what_was_meant(client: httpx.Client) -> None:
    assert client.get("/suggest?q=compsot h").json()["did_you_mean"] == "compost h"
    assert client.get("/suggest?q=").json() == {"query": "", "did_you_mean": None, "suggestions": []}


def test_nothing_of_what_may_not_be_seen(client: httpx.Client) -> None:
    assert suggested(client, "gol", ANN)[0]["text"] == "golden"
    for query in ("gol", "golden ", "the gol", "zygo", "zygomorphic c", "spad", "bo", "gloden", "zygomrphic"):
        told = client.get("/suggest", params={"q": query}, headers={"X-Glean-ActAs": BOB}).json()
        new = {word for one in told["suggestions"] for word in one["text"].split()} - set(query.split())
        assert not [word for word in new if word.startswith(("gold", "zygo", "spade", "board"))], query
        assert told["did_you_mean"] is None or not {"golden", "zygomorphic"} & set(told["did_you_mean"].split())


@pytest.mark.parametrize("limit", ["0", "51", "x", "-1", "1.5", "1" * 5000, "²"])
def test_a_limit_that_is_none(client: httpx.Client, limit: str) -> None:
    assert client.get("/suggest", params={"q": "comp", "limit": limit}).status_code == 400
    assert len(suggested(client, "co", limit="1")) == 1


def test_who_is_nobody_is_told_nothing(server: Served) -> None:
    assert httpx.get(f"{server.address}/suggest?q=comp").status_code == 401


def test_the_network_puts_in_order_what_there_is(server: Served, client: httpx.Client) -> None:
    """What it expects changes places and adds nothing; a checkpoint that comes while the server runs is followed."""

    def told(email: str = "") -> dict[str, str]:
        return {one["text"]: one.get("score", "") for one in suggested(client, "compost heap ", email)}

    before, bobs = told(), told(BOB)
    assert "expected" not in {one["kind"] for one in suggested(client, "shed t", BOB)}
    with Ledger.open(server.service.settings.ledger_file) as ledger:
        put_checkpoint(ledger, server.service.settings, [])

    until(lambda: told() != before, "the network is asked")
    assert told().keys() == before.keys() and told(BOB).keys() == bobs.keys() != set()
    until(lambda: suggested(client, "shed t", BOB)[0]["kind"] == "expected", "what it alone lifts is marked")
    assert suggested(client, "shed t", BOB)[0]["text"].split()[0] == "shed"

"""Who is let in, for whom they may ask, and what no request can do, be it ever so hostile."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request

from connector import config as configuration
from connector.errors import ConfigError, NotSetUpError
from connector.serve.http import MAX_BODY, MAX_QUESTION, Refused, parse, route
from connector.serve.limits import Limits
from connector.serve.running import serving
from connector.serve.security import demand_own_page
from connector.serve.service import Service
from connector.serve.tokens import Person, Tokens, hash_of, load_tokens, new_token
from tests.serve.archive import ANN, BOB, make_archive
from tests.serve.support import Served, serving_home
from tests.support import WAIT, make_home

TOKEN = "the-administrator's"
INDEX, SEARCH = "/api/index/v1/indexdocument", "/rest/api/v1/search"


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Served, str]]:
    """A server with tokens, and the one of bob."""
    home = make_archive(tmp_path_factory.mktemp("guarded") / "home")
    token = new_token(home / "tokens.yaml", BOB)
    with serving_home(home, TOKEN) as server:
        yield server, token


@pytest.fixture(scope="module")
def client(guarded: tuple[Served, str]) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=guarded[0].address) as made:
        yield made


def bearer(token: str, **more: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} | more


def titles(client: httpx.Client, query: str, headers: dict[str, str]) -> list[str]:
    answer = client.post(SEARCH, json={"query": query, "pageSize": 100}, headers=headers)
    assert answer.status_code == 200, answer.text
    return sorted({one["title"].partition(" (")[0] for one in answer.json()["results"]})


class TestTokens:
    @pytest.mark.parametrize(
        "headers",
        [{}, {"Authorization": "Bearer"}, bearer("wrong"), {"Authorization": f"Basic {TOKEN}"}, bearer(hash_of(TOKEN))],
    )
    def test_without_a_valid_one_nothing_is_answered(self, client: httpx.Client, headers: dict[str, str]) -> None:
        for path in (SEARCH, INDEX, "/nowhere", "/api/search/filters"):
            answer = client.post(path, json={"query": "compost"}, headers=headers)
            assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
        assert client.get("/healthz", headers=headers).status_code == 200

    @pytest.mark.parametrize("host", ["x/healthz?", "x/readyz#", "x/healthz", "x/healthz/../"])
    def test_which_path_is_asked_for_is_not_the_host_headers_to_say(self, client: httpx.Client, host: str) -> None:
        for path in (SEARCH, INDEX):
            assert client.post(path, json={"query": "compost"}, headers={"Host": host}).status_code == 401

    def test_a_request_that_passed_no_guard_is_not_answered(self) -> None:
        async def asked() -> None:
            app = Starlette(routes=[route("/all", lambda _: "everything", "GET")])
            async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
                await client.get("/all")

        with pytest.raises(AttributeError, match="administrator"):
            asyncio.run(asked())

    def test_the_administrator_sees_all_and_acts_for_anybody(self, client: httpx.Client) -> None:
        assert len(titles(client, "compost", bearer(TOKEN))) == 3
        for email, seen in ((ANN, 2), (BOB, 1), ("nobody@example.com", 0)):
            assert len(titles(client, "compost", bearer(TOKEN) | {"X-Glean-ActAs": email})) == seen
        wrong = client.post(SEARCH, json={"query": "x"}, headers=bearer(TOKEN) | {"X-Glean-ActAs": "nobody"})
        assert wrong.status_code == 400

    @pytest.mark.parametrize("names", [[""], [ANN, BOB], [BOB, BOB], ["", ANN], [ANN, ""]])
    def test_who_acts_for_somebody_names_them_once(
        self, client: httpx.Client, guarded: tuple[Served, str], names: list[str]
    ) -> None:
        for token in (TOKEN, guarded[1]):
            headers = [("Authorization", f"Bearer {token}"), *(("X-Glean-ActAs", name) for name in names)]
            assert client.post(SEARCH, json={"query": "compost"}, headers=headers).status_code == 400

    def test_a_person_is_themselves_alone(self, client: httpx.Client, guarded: tuple[Served, str]) -> None:
        own = bearer(guarded[1])
        assert titles(client, "compost", own) == ["Compost for everybody"]
        assert titles(client, "compost", own | {"X-Glean-ActAs": BOB.upper()}) == ["Compost for everybody"]
        for path in (SEARCH, INDEX):
            answer = client.post(path, json={"query": "compost"}, headers=own | {"X-Glean-ActAs": ANN})
            assert answer.status_code == 403
        assert client.post(INDEX, json={}, headers=own).status_code == 403  # which is the administrator's

    def test_a_new_one_counts_at_once_and_takes_the_place_of_the_old(
        self, client: httpx.Client, guarded: tuple[Served, str]
    ) -> None:
        file = guarded[0].home / "tokens.yaml"
        first, second = (new_token(file, ANN) for _ in range(2))
        assert client.post(SEARCH, json={"query": "x"}, headers=bearer(first)).status_code == 401
        assert len(titles(client, "compost", bearer(second))) == 2
        file.write_text(file.read_text().replace("ann@", "ann "))
        assert client.post(SEARCH, json={"query": "x"}, headers=bearer(TOKEN)).status_code == 503  # closed, not open
        new = file.read_text().replace("ann ", "ann@")
        file.unlink()
        file.write_text(new)

    def test_are_told_apart_in_full(self) -> None:
        tokens = Tokens(hash_of("a"), ((ANN, hash_of("b")),))
        assert (tokens.person("a"), tokens.person("b"), tokens.person("ab")) == (Person(None), Person(ANN), None)
        assert not Tokens() and Tokens(None, ((ANN, hash_of("b")),))

    @pytest.mark.parametrize("text", ["ann: x", f"{ANN}: secret", f"{ANN}: 12", "- a"])
    def test_a_file_that_is_wrong_is_said_to_be(self, tmp_path: Path, text: str) -> None:
        (tmp_path / "tokens.yaml").write_text(text)
        with pytest.raises(ConfigError):
            load_tokens(tmp_path / "tokens.yaml")


def test_who_takes_the_last_token_back_lets_nobody_in(home: Path) -> None:
    config = configuration.load(home / "config.yaml")
    file = config.settings.tokens_file
    token = new_token(file, BOB)
    service = Service(config.settings, config.identity_file)
    with serving(service, "127.0.0.1", 0) as address, httpx.Client(base_url=address) as client:

        def let_in(headers: dict[str, str]) -> bool:
            return client.post(INDEX, json={}, headers=headers).status_code != 401

        assert (let_in(bearer(token)), let_in({})) == (True, False)
        file.write_text("# nobody\n")
        assert (let_in(bearer(token)), let_in({})) == (False, False)
        file.unlink()
        assert (let_in(bearer(token)), let_in({})) == (False, False)
        assert let_in(bearer(new_token(file, BOB)))


VALUES = [{"value": "b"}] * 501
HOSTILE = [
    b"{", b"nothing", b"[" * 100_000, b'{"a":' * 50_000, b'{"query": NaN}', b'{"query": 1e999}', b'{"a": 1, "a": 2}',
    b'{"query": "\xff"}', b'{"query": "\\ud800"}', b"\xef\xbb\xbf{}", b'{"query": ' + b"9" * 5_000 + b"}", b"\x00",
    b'{"query": "a\nb"}', b"{'query': 1}",
]  # fmt: skip


class TestHostile:
    @pytest.mark.parametrize("body", HOSTILE, ids=range(len(HOSTILE)))
    def test_bodies_are_refused_in_words(self, client: httpx.Client, body: bytes) -> None:
        for path, kind in ((SEARCH, "application/problem+json"), (INDEX, "text/plain")):
            answer = client.post(path, content=body, headers=bearer(TOKEN))
            assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (400, kind)
        with pytest.raises(Refused):
            parse(body)

    @pytest.mark.parametrize(
        "body",
        [
            [], 7, None, "text", {}, {"document": 7}, {"document": {}}, {"document": {"datasource": "x"}},
            {"document": {"datasource": "x", "id": "a", "customProperties": [{"name": "a", "value": True}]}},
            {"document": {"datasource": "x", "id": "a"}, "version": 1 << 70},
            {"document": {"datasource": "x", "id": "a", "createdAt": "17"}},
            {"document": {"datasource": "x", "id": "a", "permissions": {"allowAnonymousAccess": "false"}}},
        ],
    )  # fmt: skip
    def test_values_of_another_kind_are_refused_in_words(self, client: httpx.Client, body: object) -> None:
        answer = client.post(INDEX, json=body, headers=bearer(TOKEN))
        assert (answer.status_code, answer.headers["content-type"]) == (400, "text/plain; charset=utf-8")

    def test_large_bodies_are_not_read_to_their_end(self, client: httpx.Client) -> None:
        def endless() -> Iterator[bytes]:
            for _ in range(2 * (MAX_BODY >> 16)):
                yield b" " * (1 << 16)

        for content in (endless(), b" " * (MAX_BODY + 1)):
            try:
                answer = client.post(SEARCH, content=content, headers=bearer(TOKEN))
            except httpx.WriteError:  # closed while we were still writing
                continue
            assert answer.status_code == 413

    @pytest.mark.parametrize(
        "body",
        [
            {"query": "x", "requestOptions": {"datasourcesFilter": [0] * 300_000}},
            {"query": "x", "requestOptions": {"defaultFacets": ["soil"] * 51}},
            {"query": "x", "requestOptions": {"datasourcesFilter": ["soil"] * 101}},
            {"query": "x", "requestOptions": {"facetFilters": [{"fieldName": 0}] * 30_000}},
            {"query": "", "requestOptions": {"facetFilters": [{"fieldName": "a", "values": VALUES}] * 2}},
        ],
    )  # fmt: skip
    def test_long_lists_are_refused_in_few_words(self, client: httpx.Client, body: object) -> None:
        answer = client.post(SEARCH, json=body, headers=bearer(TOKEN))
        assert answer.status_code == 400 and len(answer.content) < 2_000
        assert 1 <= len(answer.json()["errors"]) <= 10

    def test_values_of_all_filters_are_counted_together(self, client: httpx.Client) -> None:
        one = [{"fieldName": "a", "values": [{"value": "b"}] * 1_000}]
        for filters, status in ((one, 200), (one + one, 400)):
            asked = {"filterSets": [{"filters": filters[:1]}] * len(filters)}
            answer = client.post("/rest/api/v1/getdocumentsbyfacets", json=asked, headers=bearer(TOKEN))
            assert answer.status_code == status
        plain = {"query": "x", "filters": [{"field": f"a{at}", "values": ["b"] * 501} for at in range(2)]}
        assert client.post("/api/search", json=plain, headers=bearer(TOKEN)).status_code == 400

    def test_documents_may_be_larger_than_questions(self, client: httpx.Client, guarded: tuple[Served, str]) -> None:
        body = json.dumps({"query": "x" * MAX_QUESTION})
        for path, token, status in ((INDEX, TOKEN, 400), (INDEX, guarded[1], 413), (SEARCH, TOKEN, 413)):
            try:
                answer = client.post(path, content=body, headers=bearer(token))
            except httpx.WriteError:  # closed while we were still writing
                continue
            assert answer.status_code == status

    def test_no_token_is_logged(self, client: httpx.Client, caplog: pytest.LogCaptureFixture) -> None:
        client.post(SEARCH, json={"query": "x"}, headers=bearer(TOKEN))
        client.post(SEARCH, json={"query": "x"}, headers=bearer("another"))
        assert TOKEN not in caplog.text and "another" not in caplog.text


@pytest.fixture(scope="module")
def trusting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[httpx.Client]:
    """A server without tokens, for this machine alone."""
    with (
        serving_home(make_home(tmp_path_factory.mktemp("trusting") / "home"), limits=Limits(lambda: 0.0)) as server,
        httpx.Client(base_url=server.address) as made,
    ):
        yield made


class TestWithoutTokens:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            ({}, 200),
            ({"Host": "localhost:1"}, 200),
            ({"Host": "[::1]:80"}, 200),
            ({"Host": "attacker.example.com"}, 403),
            ({"Host": "attacker.example.com:8765"}, 403),
            ({"Host": "127.0.0.1.attacker.example.com"}, 403),
            ({"Host": "localhost@attacker.example.com"}, 403),
            ({"Host": "[::1"}, 403),
            ({"Host": ""}, 403),
            ({"Origin": "http://localhost:8765"}, 200),
            ({"Origin": "https://attacker.example.com"}, 403),
            ({"Origin": "null"}, 403),
            ({"Sec-Fetch-Site": "cross-site"}, 403),
            ({"Sec-Fetch-Site": "same-origin"}, 200),
        ],
    )
    def test_pages_of_others_are_shut_out(self, trusting: httpx.Client, headers: dict[str, str], status: int) -> None:
        answer = trusting.get("/api/search/filters", headers=headers)
        assert (answer.status_code == 403) == (status == 403), answer.text

    @pytest.mark.parametrize("path", [INDEX, SEARCH, "/api/search", "/mcp", "/rescan"])
    def test_a_page_of_another_port_here_sends_nothing(self, trusting: httpx.Client, path: str) -> None:
        body = b'{"query": "compost"}'
        for headers in (
            {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "same-site"},
            {"Origin": "http://[::1]:1"},
        ):
            answer = trusting.post(path, content=body, headers=headers | {"Content-Type": "text/plain"})
            assert (answer.status_code, "only a page of this server" in answer.text) == (403, True)
        own = {"Origin": str(trusting.base_url).rstrip("/"), "Sec-Fetch-Site": "same-origin"}
        for headers in ({}, own):
            assert trusting.post(path, content=body, headers=headers).status_code != 403

    def test_as_many_are_let_in_as_glean_does(self, trusting: httpx.Client) -> None:
        answers = [trusting.post("/rest/api/v1/autocomplete", json={"query": "a"}) for _ in range(11)]
        assert [answer.status_code for answer in answers] == [200] * 10 + [429]
        assert answers[-1].headers["retry-after"] == "1"


@pytest.mark.parametrize("name", ["client", "server"])
@pytest.mark.parametrize(("end", "let_in"), [(("127.0.0.1", 5), True), (("192.0.2.7", 5), False), (None, False)])
def test_without_tokens_both_ends_are_this_machine(name: str, end: tuple[str, int] | None, let_in: bool) -> None:
    ends = {"client": ("127.0.0.1", 5), "server": ("127.0.0.1", 80)} | {name: end}
    request = Request({"type": "http", "headers": [(b"host", b"localhost")], **ends})
    if let_in:
        demand_own_page(request)
    else:
        with pytest.raises(Refused):
            demand_own_page(request)


def half_sent(address: str) -> socket.socket:
    """A connection whose request never ends. The server's "100 Continue" says that it waits for the body."""
    host, _, port = address.removeprefix("http://").rpartition(":")
    sending = socket.create_connection((host, int(port)), timeout=WAIT)
    head = f"POST {SEARCH} HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99\r\nExpect: 100-continue\r\n\r\n"
    sending.sendall(head.encode())
    assert sending.recv(1_000).startswith(b"HTTP/1.1 100 ")
    sending.sendall(b'{"query"')
    return sending


def test_a_slow_body_is_waited_for_so_long(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.serve.http.BODY_WAIT", 0.05)
    config = configuration.load(home / "config.yaml")
    service = Service(config.settings, config.identity_file)
    with serving(service, "127.0.0.1", 0) as address, half_sent(address) as sending:
        assert sending.recv(1_000).startswith(b"HTTP/1.1 408 ")


def test_a_slow_body_keeps_no_server_from_stopping(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("connector.serve.running.STOP_WAIT", 0)
    config = configuration.load(home / "config.yaml")
    with ExitStack() as stack:
        with serving(Service(config.settings, config.identity_file), "127.0.0.1", 0) as address:
            sending = stack.enter_context(half_sent(address))
        assert sending.recv(1_000).startswith(b"HTTP/1.1 503 ")
    assert "Traceback" not in caplog.text


def test_an_address_that_is_taken_or_none_is_said(home: Path) -> None:
    config = configuration.load(home / "config.yaml")
    service = Service(config.settings, config.identity_file)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        for host, port, told in (
            ("127.0.0.1", taken.getsockname()[1], "Address already in use"),
            ("no such host", 0, "no address to serve on"),
            ("my..host", 0, "no address to serve on: no host has such a name"),
            ("0.0.0.0", 0, "there are no tokens"),
        ):
            with pytest.raises(NotSetUpError, match=told), serving(service, host, port):
                pass


def test_json_is_read_as_it_is_written() -> None:
    value = {"query": "é 東京 🌳 \\u0041", "n": [1, -2.5, None, True]}
    assert parse(json.dumps(value).encode()) == parse(json.dumps(value, ensure_ascii=False).encode()) == value

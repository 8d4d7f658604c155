"""The frame of all pages: who is let in, by what, and what a browser is told it may do there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from connector.serve.pages.session import COOKIE, own_path
from connector.serve.tokens import new_token
from tests.serve.archive import ANN
from tests.serve.support import Served, serving_home
from tests.support import make_home

ADMINISTRATOR = "the administrator's own token"
HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.fixture(scope="module")
def open_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_home(make_home(tmp_path_factory.mktemp("open") / "home")) as served:
        yield served


@pytest.fixture(scope="module")
def closed_home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_home(make_home(tmp_path_factory.mktemp("closed") / "home"), ADMINISTRATOR) as served:
        yield served


def browser(served: Served) -> httpx.Client:
    return httpx.Client(base_url=served.address, headers=HTML)


@contextmanager
def signed_in(served: Served, token: str) -> Iterator[httpx.Client]:
    with browser(served) as client:
        answer = client.post("/sign-in", data={"token": token, "next": "/nowhere"})
        assert (answer.status_code, answer.headers["location"]) == (303, "/nowhere")
        yield client


def test_a_page_that_is_not_there_is_told_in_the_frame(open_home: Served) -> None:
    with browser(open_home) as client:
        answer = client.get("/nowhere<script>")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "there is no such path here" in answer.text
    assert "<script>" not in answer.text.replace('<script src="', "")
    assert 'name="q"' in answer.text


def test_the_policy_lets_nothing_run_that_is_not_ours(open_home: Served) -> None:
    with browser(open_home) as client:
        answer = client.get("/nowhere")
    policy = dict(part.split(" ", 1) for part in answer.headers["content-security-policy"].split("; "))
    assert policy["default-src"] == policy["frame-src"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert (
        policy["img-src"]
        == policy["script-src"]
        == policy["style-src"]
        == policy["connect-src"]
        == policy["form-action"]
        == "'self'"
    )
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert "style=" not in answer.text and "onclick" not in answer.text


def test_our_files_are_for_anybody_and_kept(closed_home: Served) -> None:
    with browser(closed_home) as client:
        found = client.get("/static/site.css")
        assert (found.status_code, found.headers["x-content-type-options"]) == (200, "nosniff")
        assert "immutable" in found.headers["cache-control"]
        for path in ("/static/%2e%2e/site.py", "/static/..%2fsite.py", "/static/nothing.css"):
            assert client.get(path).status_code == 404


def test_who_is_not_known_signs_in_and_goes_where_they_wanted(closed_home: Served) -> None:
    with browser(closed_home) as client:
        sent = client.get("/transcript/abc?t=12")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Ftranscript%2Fabc%3Ft%3D12")
        assert 'value="/transcript/abc?t=12"' in client.get(sent.headers["location"]).text
        wrong = client.post("/sign-in", data={"token": "guessed", "next": "/"})
        assert (wrong.status_code, COOKIE in wrong.headers.get("set-cookie", "")) == (401, False)
        assert "no token of anybody" in wrong.text


def test_a_token_signs_in_until_it_is_taken_back(closed_home: Served) -> None:
    token = new_token(closed_home.service.settings.tokens_file, ANN)
    with signed_in(closed_home, token) as client:
        shown = client.get("/nowhere")
        assert (shown.status_code, ANN in shown.text, "/sources" in shown.text) == (404, True, False)
        new_token(closed_home.service.settings.tokens_file, ANN)
        assert client.get("/nowhere").status_code == 303


def test_signing_out(closed_home: Served) -> None:
    with signed_in(closed_home, ADMINISTRATOR) as client:
        assert "/sources" in client.get("/nowhere").text
        left = client.post("/sign-out")
        assert (left.status_code, left.headers["clear-site-data"]) == (303, '"cache"')
        assert client.get("/nowhere").status_code == 303


def test_a_browser_keeps_nothing_that_it_shows_after_signing_out(closed_home: Served) -> None:
    with signed_in(closed_home, ADMINISTRATOR) as client:
        for path in ("/", "/sources", "/nowhere", "/suggest?q=x"):
            told = client.get(path).headers
            assert "no-store" in told["cache-control"] and told["x-content-type-options"] == "nosniff", path


def test_the_cookie_is_hidden_from_scripts_and_from_programs_paths(closed_home: Served) -> None:
    with browser(closed_home) as client:
        told = client.post("/sign-in", data={"token": ADMINISTRATOR}).headers["set-cookie"].lower()
        assert "httponly" in told and "samesite=lax" in told
        client.cookies.set(COOKIE, ADMINISTRATOR)
        assert client.post("/rest/api/v1/search", json={"query": "x"}).status_code == 401
        assert client.post("/api/index/v1/getdatasourceconfig", json={}).status_code == 401


def test_the_cookie_is_no_token_and_a_token_no_cookie(closed_home: Served) -> None:
    with signed_in(closed_home, ADMINISTRATOR) as client:
        (cookie,) = client.cookies.jar
        assert client.get("/sources").status_code == 200 and ADMINISTRATOR not in (cookie.value or "")
        given = httpx.get(f"{closed_home.address}/sources", headers={"Authorization": f"Bearer {cookie.value}"})
        assert given.status_code == 401
    for value in (ADMINISTRATOR, "\xe9", "0" * 64):
        with browser(closed_home) as client:
            answer = client.get("/sources", headers={"cookie": f"{COOKIE}={value}".encode("latin-1")})
            assert answer.status_code == 303, value


@pytest.mark.parametrize(("scheme", "secure"), [("https", True), ("http", False)])
def test_the_cookie_goes_by_https_alone_where_it_came_so(closed_home: Served, scheme: str, secure: bool) -> None:
    with browser(closed_home) as client:  # through a proxy of this machine
        for path, told in (("/sign-in", {"token": ADMINISTRATOR}), ("/sign-out", {})):
            answer = client.post(path, data=told, headers={"x-forwarded-proto": scheme})
            assert ("; secure" in answer.headers["set-cookie"].lower()) is secure


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:1"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "null"},
    ],
)
def test_pages_of_others_send_no_forms(closed_home: Served, headers: dict[str, str]) -> None:
    with signed_in(closed_home, ADMINISTRATOR) as client:
        assert client.post("/sign-out", headers=headers).status_code == 403
        own = {"origin": closed_home.address, "sec-fetch-site": "same-origin"}
        assert client.post("/sign-out", headers=own).status_code == 303


def test_a_link_of_another_site_is_followed_but_not_read(open_home: Served) -> None:
    followed = {"sec-fetch-site": "cross-site", "sec-fetch-mode": "navigate", "sec-fetch-dest": "document"}
    with browser(open_home) as client:
        assert client.get("/nowhere", headers=followed).status_code == 404
        for other in ({"sec-fetch-mode": "cors"}, {"sec-fetch-dest": "iframe"}, {"sec-fetch-dest": "script"}):
            assert client.get("/nowhere", headers=followed | other).status_code == 403
        assert client.get("/api/search/filters", headers=followed).status_code == 403


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil",
        "javascript:alert(1)",
        "",
        "/\n/evil",
        "x",
    ],
)
def test_nobody_is_sent_elsewhere(wanted: str) -> None:
    assert own_path(wanted) == "/"


def test_without_tokens_there_is_nothing_to_sign_in_to(open_home: Served) -> None:
    with browser(open_home) as client:
        assert client.get("/sign-in").headers["location"] == "/"

"""Signing in and out in a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Watched, accessible, arrived
from tests.serve.support import Served, serving_home
from tests.support import make_home

TOKEN = "the administrator's own token"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home: Path = make_home(tmp_path_factory.mktemp("closed") / "home")
    with serving_home(home, TOKEN) as served:
        yield served


def test_signs_in_with_a_token_and_out_again(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/nowhere?x=1")
    accessible(page)
    page.get_by_label("Your token").fill("guessed")
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("alert")).to_contain_text("no token of anybody")
    accessible(page)
    page.get_by_label("Your token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page).to_have_url(f"{served.address}/nowhere?x=1")
    arrived(page)
    page.keyboard.press("/")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()


def test_a_page_that_looks_again_leads_to_where_one_signs_in(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/sign-in?next=/status")
    page.get_by_label("Your token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Status")).to_be_visible()
    arrived(page)
    page.context.clear_cookies()
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page).to_have_url(f"{served.address}/sign-in?next=%2Fstatus")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_without_script_in_both_schemes_and_on_a_phone(watched: Watched, served: Served, scheme: str) -> None:
    page = watched(java_script_enabled=False, color_scheme=scheme, viewport={"width": 360, "height": 740})
    page.goto(f"{served.address}/nowhere")
    page.get_by_label("Your token").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Not found")).to_be_visible()
    assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth")

"""A real browser on the pages: every test fails where a page asks another host, breaks its own policy, or has an error
of its script, and `accessible` holds a page against axe-core's rules.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, Request, sync_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}

Watched = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium as the system has it; `make test-browser` installs it where it can."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    assert found, f"none of {', '.join(NAMES)} is installed: make test-browser"
    with sync_playwright() as playwright:
        # Without its sandbox, which root cannot have: the pages shown here are our own.
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def watched(browser: Browser) -> Iterator[Watched]:
    """Makes a page with the options of Playwright's contexts (``color_scheme``, ``viewport``, ``java_script_enabled``,
    …); what it must not do fails the test at its end. ``may_ask``: hosts whose frames it may show.
    """
    contexts, wrong = [], []

    def make(*, may_ask: tuple[str, ...] = (), **options: Any) -> Page:
        context = browser.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)

        def requested(request: Request) -> None:
            parts = urlsplit(request.url)
            if parts.scheme in ("http", "https") and parts.hostname not in ("127.0.0.1", "localhost", *may_ask):
                wrong.append(f"asked another host: {request.url}")

        page = context.new_page()
        page.on("request", requested)
        page.on("pageerror", lambda error: wrong.append(f"error in a script: {error}"))
        # Chromium tells a broken policy on the console alone; that an answer was 4xx is told there too, and may be.
        page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not wrong


@pytest.fixture
def page(watched: Watched) -> Page:
    """A page as most people have it."""
    return watched(viewport={"width": 1280, "height": 900})


def accessible(page: Page) -> None:
    """Fails where axe-core finds a violation of WCAG 2.2 A and AA, or of its own good practice."""
    found = Axe().run(page, options=RULES).response["violations"]
    told = [f"{one['id']}: {one['help']}: {[node['html'][:200] for node in one['nodes']]}" for one in found]
    assert not told, "\n".join(told)


def arrived(page: Page) -> None:
    """After a click that led to another page: waits until its scripts, which are deferred, hear keys and events."""
    page.wait_for_load_state()

"""The pictures of the README, taken anew: make screenshots

The three talks of the demo, taken in, served and shown in the browser that tests of the pages use.
"""

from __future__ import annotations

import shutil
import tempfile
from importlib import resources
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.browser.conftest import NAMES
from tests.support import connector, make_home, serving_process

FOLDER = Path(__file__).with_name("pictures")
SIZE = {"width": 1200, "height": 760}
SHOTS = {
    "search": ("/?q=water", "light"),
    "sources": ("/sources", "light"),
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as work, sync_playwright() as playwright:
        home = make_home(Path(work) / "archive")
        with resources.as_file(resources.files("connector.examples").joinpath("talks")) as talks:
            shutil.copytree(talks, home / "inbox", dirs_exist_ok=True)
        connector(home, "ingest", "inbox")
        found = next(filter(None, map(shutil.which, NAMES)))
        browser = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        with serving_process(home) as address:
            for name, (path, scheme) in SHOTS.items():
                page = browser.new_context(viewport=SIZE, color_scheme=scheme).new_page()  # type: ignore[arg-type]
                page.goto(address + path)
                page.screenshot(path=FOLDER / f"{name}.png")
            page = browser.new_context(viewport=SIZE, color_scheme="dark", reduced_motion="reduce").new_page()
            page.goto(f"{address}/?q=water")
            page.locator("a[href^='/transcript/']").first.click()
            page.wait_for_load_state()
            page.evaluate("scrollTo(0, 0)")
            page.screenshot(path=FOLDER / "recording.png")
        browser.close()


if __name__ == "__main__":
    main()

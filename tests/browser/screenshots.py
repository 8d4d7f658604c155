"""The pictures of the README, taken anew: make screenshots

The three talks of the demo, one with its recording, taken in, learned from, served, and shown in the browser that tests
of the pages use. The folder has always the same name, since pages tell it.
"""

from __future__ import annotations

import shutil
import tempfile
import wave
from importlib import resources
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.conftest import NAMES
from tests.support import connector, found, make_home, serving_process

FOLDER = Path(__file__).with_name("pictures")
HOME = Path(tempfile.gettempdir()) / "transcripts"
SIZE = {"width": 1200, "height": 760}
TALK = "how-a-bridge-is-inspected"
SHOTS = {
    "search": ("/?q=water", "light"),
    "sources": ("/sources", "light"),
    "model": ("/model", "light"),
    "status": ("/status", "dark"),
    "recording": ("", "dark"),  # of what is found first
}


def main() -> None:
    FOLDER.mkdir(exist_ok=True)
    shutil.rmtree(HOME, ignore_errors=True)
    try:
        home = archive()
        recording = found(home, "water title:bridge")[0]
        at = f"/transcript/{recording['transcript_id']}?t={int(recording['start'])}&q=water"
        name = next(filter(None, map(shutil.which, NAMES)))
        with sync_playwright() as playwright, serving_process(home) as address:
            browser = playwright.chromium.launch(executable_path=name, args=["--no-sandbox"])
            for shot, (path, scheme) in SHOTS.items():
                page = opened(browser, address + (path or at), scheme)
                page.screenshot(path=FOLDER / f"{shot}.png")
            browser.close()
    finally:
        shutil.rmtree(HOME, ignore_errors=True)


def archive() -> Path:
    """The talks, taken in and learned from."""
    home = make_home(HOME, train="{auto: false, budget: 20}")
    with resources.as_file(resources.files("connector.examples").joinpath("talks")) as talks:
        shutil.copytree(talks, home / "inbox", dirs_exist_ok=True)
    with wave.open(str(home / "inbox" / "roads" / f"{TALK}.wav"), "wb") as file:
        file.setparams((1, 1, 4000, 0, "NONE", ""))
        file.writeframes(bytes([128]) * 4000 * 120)
    connector(home, "ingest", "inbox")
    connector(home, "train")
    return home


def opened(browser: Browser, address: str, scheme: str) -> Page:
    """The page as it looks once a browser has it, and the server is warm."""
    context = browser.new_context(viewport=SIZE, color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
    page = context.new_page()
    for _ in range(2):
        page.goto(address, wait_until="networkidle")
    page.evaluate("scrollTo(0, 0)")
    return page


if __name__ == "__main__":
    main()

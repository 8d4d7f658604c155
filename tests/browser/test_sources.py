"""Sources, model and status in a real browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Page, Route, expect

from connector.archive.writer import DAEMON
from tests.browser.conftest import Watched, accessible
from tests.checkpoints import put_checkpoint
from tests.pages.model import IDENT, add_checkpoint
from tests.pages.test_sources import HOSTILE, LOOP
from tests.serve.support import Served, serving_home
from tests.support import connector, make_home, talk

# Files dropped on the page, as the browser hands them over.
DROP = """(files) => {
  const carried = new DataTransfer();
  for (const [name, text] of files) carried.items.add(new File([text], name, { type: "text/plain" }));
  const where = document.getElementById("drop");
  for (const kind of ["dragenter", "dragover", "drop"]) {
    where.dispatchEvent(new DragEvent(kind, { dataTransfer: carried, bubbles: true, cancelable: true }));
  }
}"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_home(tmp_path_factory.mktemp("sources") / "home")
    inbox = home / "inbox"
    (inbox / "loop.srt").write_text(LOOP)
    (inbox / "broken.srt").write_text("1\n00:00:01,000 --> nothing\n")
    (inbox / f"{HOSTILE}.srt").write_text(talk("zebra"))
    (inbox / "bread.srt").write_text(talk("sourdough bread"))
    connector(home, "ingest", "inbox", code=5)  # for one of them is broken
    with serving_home(home) as served:
        with served.service.ledger() as ledger:
            add_checkpoint(ledger, served.service.settings)
        yield served


def test_what_is_dropped_on_the_page_is_found(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/sources")
    page.get_by_label("Collection").fill("birds")
    page.evaluate(DROP, [("owls.srt", talk("barn owls"))])
    sent = page.locator("#sent > li")
    expect(sent).to_contain_text("searchable")
    expect(sent).to_contain_text("birds/owls.srt")
    page.evaluate(DROP, [("loop2.srt", LOOP.replace("thank", "bless"))])
    expect(sent.nth(1)).to_contain_text("in doubt")
    page.evaluate(DROP, [(".hidden.srt", "x")])
    expect(sent.nth(2)).to_contain_text("hidden file")
    accessible(page)
    sent.first.get_by_label("Link").fill("https://youtu.be/dQw4w9WgXcQ")
    sent.first.get_by_role("button", name="Write it down").click()
    expect(page.locator(".done")).to_contain_text("Written into its sidecar")
    assert "dQw4w9WgXcQ" in (served.home / "inbox" / "birds" / "owls.meta.yaml").read_text()


def test_what_belongs_together_is_sent_together(page: Page, served: Served) -> None:
    requests = []
    page.on("request", lambda one: requests.append(one.url) if one.url.endswith("/sources/upload") else None)
    page.goto(f"{served.address}/sources")
    page.get_by_label("Collection").fill("plans")
    plan = ("Plan_en.srt", talk("planners")), ("other.srt", talk("others")), ("plan.meta.yaml", "title: The plan\n")
    page.evaluate(DROP, plan)
    sent = page.locator("#sent > li")
    expect(sent).to_have_count(3)
    expect(sent.filter(has_text="searchable")).to_have_count(1)
    expect(sent.filter(has_text="write the name with the same capitals")).to_have_count(1)
    assert len(requests) == 2 and [one.name for one in (served.home / "inbox" / "plans").iterdir()] == ["other.srt"]
    page.evaluate(DROP, [("a.srt", talk("apples")), ("b.srt", talk("bears")), ("_folder.yaml", "tags: [fruit\n")])
    expect(sent.filter(has_text="left out, for _folder.yaml was refused")).to_have_count(2)
    assert len(requests) == 3


def test_without_script_files_are_sent_by_the_form(watched: Watched, served: Served, tmp_path: Path) -> None:
    (tmp_path / "tawny.srt").write_text(talk("tawny owls"))
    (tmp_path / "tawny.meta.yaml").write_text("title: Tawny owls\n")
    page = watched(java_script_enabled=False)
    page.goto(f"{served.address}/sources")
    page.get_by_label("Choose files").set_input_files([tmp_path / "tawny.meta.yaml", tmp_path / "tawny.srt"])
    page.get_by_role("button", name="Add them").click()
    expect(page.get_by_role("link", name="Tawny owls")).to_be_visible()
    page.get_by_role("link", name="Tawny owls").click()
    expect(page.get_by_role("heading", name="Tawny owls")).to_be_visible()


def test_decides_with_one_click(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/sources?state=held")
    page.get_by_role("button", name="Reject Loop").first.click()
    expect(page.locator(".done")).to_contain_text("Rejected")
    page.goto(f"{served.address}/sources?state=rejected")
    page.get_by_role("button", name="after all").click()
    expect(page.locator(".done")).to_contain_text("Approved")


def test_a_mended_file_is_read_again(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/sources")
    page.get_by_role("navigation", name="Which files").get_by_role("link", name="Not read").click()
    item = page.locator('.source[data-path="broken.srt"]')
    expect(item).to_contain_text("broken.srt:2: the file has no spoken text with a usable time")
    page.get_by_role("button", name="Read broken.srt again").click()
    expect(page.locator("#became > li")).to_have_attribute("data-state", "not read")
    (served.home / "inbox" / "broken.srt").write_text(talk("mended owls"))
    page.get_by_role("button", name="Read broken.srt again").click()
    expect(page.locator(".done")).to_have_text("Read again.")
    expect(page.locator('.source[data-path="broken.srt"]')).to_have_attribute("data-state", "searchable")


def test_the_model_tells_what_became_of_it_and_of_each_checkpoint(page: Page, served: Served) -> None:
    with served.service.ledger() as ledger:
        other = put_checkpoint(ledger, served.service.settings, [])
    page.goto(f"{served.address}/model?checkpoint={IDENT}")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("memorised Checkpoint 9")
    expect(page.locator(".verdict")).to_contain_text("What to do.")
    expect(page.locator(".curve svg").first).to_be_visible()
    expect(page.locator(".sample").nth(1)).to_contain_text("a sample")
    expect(page.locator(".sample").nth(1)).to_contain_text("generated temperature 0.8, seed 1337")
    chosen = page.get_by_role("region", name="All checkpoints").locator(".chosen")
    expect(chosen).to_contain_text("memorised")
    page.get_by_role("region", name="All checkpoints").locator(f"a[href$={other}]").click()
    expect(page.get_by_role("heading", name="Checkpoint 1")).to_be_visible()
    expect(page.get_by_text("It has no report")).to_be_visible()


def test_a_training_is_followed_as_it_goes_on(page: Page, served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a daemon would write, by hand: how far it is, is a matter of time."""
    monkeypatch.setattr("connector.archive.status.holder_of", lambda _: {"command": DAEMON, "pid": 1})

    def far(fraction: float) -> None:
        text = f"step {fraction * 200:.0f}"
        with served.service.ledger() as ledger:
            ledger.set_state(
                "daemon", {"doing": "training", "waiting": 0, "training": {"fraction": fraction, "text": text}}
            )

    far(0.25)
    page.clock.install()
    page.goto(f"{served.address}/model")
    bar = page.get_by_role("progressbar", name="How far the training is")
    expect(bar).to_have_attribute("value", "0.25")
    expect(page.get_by_label("Follow the training")).to_be_checked()
    far(0.5)
    page.clock.run_for(60_000)
    expect(bar).to_have_attribute("value", "0.5")
    expect(page.locator("#training")).to_contain_text("under way: step 100")
    page.get_by_label("Follow the training").uncheck()
    far(0.75)
    page.clock.run_for(60_000)
    expect(bar).to_have_attribute("value", "0.5")
    accessible(page)


@pytest.mark.parametrize(("scheme", "width"), [("light", 1600), ("dark", 320)])
@pytest.mark.parametrize(
    "path", ["/sources?state=unlinked", "/model", f"/model?checkpoint={IDENT}", "/status", "/nowhere"]
)
def test_looks_as_it_should(watched: Watched, served: Served, scheme: str, width: int, path: str) -> None:
    page = watched(color_scheme=scheme, viewport={"width": width, "height": 800})
    page.goto(served.address + path)
    accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def test_the_status_keeps_itself_up_to_date(page: Page, served: Served) -> None:
    page.clock.install()
    page.goto(f"{served.address}/status")
    page.get_by_text("Files that could not be read").click()
    page.locator("#running").evaluate("e => { e.firstElementChild.mine = true; }")
    (served.home / "inbox" / "late.srt").write_text("1\n00:00:02,000 --> nothing\n")
    connector(served.home, "ingest", "inbox/late.srt", code=5)
    page.get_by_role("heading", name="Status").click()
    page.clock.run_for(6_000)
    expect(page.locator("#lists")).to_contain_text("late.srt:2")
    expect(page.locator("#lists details").first).to_have_attribute("open", "")
    assert page.locator("#running").evaluate("e => e.firstElementChild.mine") is True  # what did not change stays
    page.route("**/status", lambda route: route.fulfill(status=503, body="<main><p>The ledger is busy.</p></main>"))
    page.clock.run_for(60_000)
    expect(page.locator("#lost")).to_contain_text("The server answered 503: The ledger is busy.")
    page.get_by_label("Keep this up to date").uncheck()
    accessible(page)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.clock.run_for(60_000)
    assert not asked


def test_what_is_under_way_is_asked_about_together_and_ever_less(page: Page, served: Served) -> None:
    """With a server that never gets to it: the real one is too quick."""
    rows = [f'<li class="source" data-path="{n}.srt" data-state="under way">x</li>' for n in range(120)]

    def became(names: list[str]) -> str:
        return f'<ol id="became">{"".join(rows[int(name.removesuffix(".srt"))] for name in names)}</ol>'

    asked: list[list[str]] = []

    def answer(route: Route) -> None:
        names = parse_qs(urlsplit(route.request.url).query)["name"]
        asked.append(names)
        route.fulfill(body=became(names), content_type="text/html")

    page.route("**/sources/became?*", answer)
    page.route("**/sources/upload", lambda route: route.fulfill(body=became([f"{n}.srt" for n in range(120)])))
    page.clock.install()
    page.goto(f"{served.address}/sources")
    page.evaluate(DROP, [("many.srt", "x")])
    expect(page.locator("#sent > li")).to_have_count(120)
    for wait, looks in ((2_100, 1), (4_100, 2), (8_100, 3)):
        with page.expect_response("**/sources/became?*"):
            page.clock.run_for(wait)
        assert len(asked) == looks
    assert {len(names) for names in asked} == {50} and len({name for names in asked for name in names}) == 120
    rows[7] = rows[7].replace("under way", "searchable")
    for _ in range(2):  # by turns: it is among the second fifty
        with page.expect_response("**/sources/became?*"):
            page.clock.run_for(60_000)
    expect(page.locator('[data-path="7.srt"]')).to_have_attribute("data-state", "searchable")

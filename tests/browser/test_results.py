"""What is clicked on the page of results, with script, on an archive as a person has it; and pages of an empty one."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import Watched, accessible
from tests.pages.test_sources import LOOP
from tests.serve.archive import make_archive
from tests.serve.support import Served, serving_home
from tests.support import connector, make_home, srt, talk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_archive(tmp_path_factory.mktemp("results") / "home")
    inbox = home / "inbox"
    (inbox / "loop.srt").write_text(LOOP)
    said = [f"Am Teich ist es still, sagt der {who}, und der Kompost ist warm." for who in ("Frosch", "Aal", "Hund")]
    (inbox / "teich.srt").write_text(srt(said))
    (inbox / "teich.meta.yaml").write_text("title: Teich\nlanguage: de\ntags: [water]\n")
    for number in range(12):
        (inbox / f"talk{number}.srt").write_text(talk(f"marigolds and number{number}"))
    (home / "jargon.yaml").write_text("compost heap: {aliases: [muck], definition: What rots in the garden}\n")
    connector(home, "ingest", "inbox")
    connector(home, "jargon", "apply")
    with serving_home(home) as running:
        yield running


def heading(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


@pytest.mark.parametrize(
    ("facet", "value", "chosen"),
    [
        ("Collection", "garden", "collection=garden"),
        ("Recorded", "January 2025", "month=2025-01"),
        ("Tag", "soil", "tag=soil"),
        ("Language", "German", "language=de"),
    ],
)
def test_facets_are_chosen_and_taken_out(page: Page, served: Served, facet: str, value: str, chosen: str) -> None:
    page.goto(f"{served.address}/?q=compost+OR+kompost+OR+teich")
    before = heading(page).inner_text()
    filters = page.get_by_role("complementary", name="Filters").get_by_role("region", name=facet)
    filters.get_by_role("link", name=value).click()
    expect(page).to_have_url(re.compile(re.escape(chosen)))
    expect(heading(page)).not_to_have_text(before)
    expect(page.locator(".result")).to_have_count(1)
    page.get_by_role("link", name=f"Take out {facet}: {value}").click()
    expect(heading(page)).to_have_text(before)


def test_a_result_tells_what_it_is_and_how_well_it_was_heard(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=compost+walnut")
    result = page.locator(".result").first
    for told in ("2025-01-14", "garden", "soil", "quality high"):
        expect(result.locator(".facts")).to_contain_text(told)
    expect(result.locator(".moment").first).to_contain_text("Rosa Luz:")
    expect(result.locator(".out").first).to_have_text(re.compile("youtu.be"))
    page.goto(f"{served.address}/?q=thank")
    expect(page.locator(".result").first).to_contain_text("in doubt: held for review")
    expect(page.locator(".moment").first).to_contain_text("badly heard")


def test_another_spelling_is_taken_or_refused(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=sourdogh")
    expect(page.locator(".meant")).to_contain_text("Showing results for sourdough")
    page.get_by_role("link", name="as it is").click()
    expect(heading(page)).to_contain_text("Nothing found")
    page.locator(".meant").get_by_role("link", name="sourdough").click()
    expect(page).to_have_url(re.compile(r"/\?q=sourdough(&|$)"))
    expect(page.locator(".result .title")).to_have_text(["Bread"])


def test_a_word_of_the_house_is_told_with_what_it_means(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=muck")
    term = page.get_by_role("complementary", name="What compost heap means here")
    expect(term).to_contain_text("What rots in the garden")
    expect(term).to_contain_text("Also called muck")
    expect(page.locator(".result mark").first).to_have_text(re.compile("compost"))


def test_more_and_back_to_the_first(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=marigolds")
    first = page.locator(".result .title").all_inner_texts()
    page.get_by_role("link", name="More", exact=True).click()
    expect(page.locator(".result")).to_have_count(2)
    assert not set(first) & set(page.locator(".result .title").all_inner_texts())
    page.get_by_role("link", name="Back to the first").click()
    expect(page.locator(".result .title")).to_have_text(first)


def test_what_is_like_a_recording_is_opened(page: Page, served: Served) -> None:
    page.goto(f"{served.address}/?q=compost+walnut")
    page.locator(".result .clock").first.click()
    page.get_by_role("link", name="Moments like this one").click()
    expect(heading(page)).to_contain_text("Moments like Compost for everybody at")
    page.get_by_role("link", name="moments like the whole recording").or_(page.locator(".result .title")).first.click()
    page.locator(".result .title").first.click()
    expect(page.locator("#said")).to_contain_text("compost")


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 320)])
def test_empty_pages_lead_on_and_are_accessible(
    watched: Watched, tmp_path_factory: pytest.TempPathFactory, scheme: str, width: int
) -> None:
    with serving_home(make_home(tmp_path_factory.mktemp("empty") / "home")) as empty:
        page = watched(color_scheme=scheme, viewport={"width": width, "height": 800}, reduced_motion="reduce")
        for path in ("/", "/sources", "/sources?state=held", "/sources?state=failed", "/model", "/status", "/?q=water"):
            page.goto(empty.address + path)
            accessible(page)
            assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), path
        page.get_by_role("link", name="Add a transcript, or the example talks").click()
        page.get_by_role("button", name="Add the example talks").click()
        expect(page.locator("#became > li[data-state=searchable]")).to_have_count(3)
        page.get_by_role("link", name="Search", exact=True).last.click()
        expect(page.locator(".newest .title")).to_have_count(3)
        page.locator(".examples a").first.click()
        expect(page.locator(".result mark").first).to_be_visible()

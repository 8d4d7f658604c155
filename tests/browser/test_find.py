"""The search page in a browser: by keyboard, with completions, without script, on a phone, in both schemes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from connector.archive.ledger import Ledger
from indexer.suggest import NAMES
from tests.browser.conftest import Watched, accessible
from tests.checkpoints import put_checkpoint
from tests.pages.finding import CHECKPOINT, EVIL, SAMPLE, searched
from tests.serve.support import Served
from tests.support import until

WIDE = {"width": 1280, "height": 900}
PHONE = {"width": 360, "height": 740}
PAGES = {
    "start": "/",
    "results": "/?q=compost",
    "chosen": "/?q=compost&speaker=Rosa+Luz&collection=garden",
    "hostile": "/?q=rhubarb",
    "respelled": "/?q=sourdogh",
    "jargon": "/?q=muck",
    "nothing": "/?q=xylophonist",
    "samples": "/?q=quagga&tab=samples",
    "sample": f"/sample/{SAMPLE}",
    "checkpoint": f"/model?checkpoint={CHECKPOINT}",
    "unknown": "/transcript/nothing",
    "refused": "/?q=compost&cursor=nonsense",
}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with searched(tmp_path_factory.mktemp("find") / "home") as running:
        yield running


def results(page: Page) -> Locator:
    return page.locator(".result .title")


@pytest.mark.parametrize(("scheme", "size"), [("light", WIDE), ("dark", PHONE)])
def test_every_state_is_accessible_and_fits(
    watched: Watched, served: Served, scheme: str, size: dict[str, int]
) -> None:
    page = watched(color_scheme=scheme, viewport=size, reduced_motion="reduce")
    compost = page.request.get(f"{served.address}/?q=compost+heap+shed").text()
    similar = f"{re.findall('/transcript/[a-z0-9]+', compost)[0]}/similar"
    for path in (*PAGES.values(), similar, f"{similar}?t=31"):
        page.goto(served.address + path)
        assert page.locator("html").evaluate("e => e.scrollWidth <= e.clientWidth"), path
        for details in page.locator("details").all():
            details.evaluate("e => { e.open = true }")
        accessible(page)


class TestKeys:
    def test_from_the_box_to_a_result_and_into_it(self, page: Page, served: Served) -> None:
        page.goto(f"{served.address}/?q=compost")
        box = page.get_by_role("combobox", name="Search what was said")
        page.keyboard.press("/")
        expect(box).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(results(page).first).to_be_focused()
        page.keyboard.press("ArrowDown")
        expect(results(page).nth(1)).to_be_focused()
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowUp")
        expect(box).to_be_focused()
        page.keyboard.press("ArrowDown")
        wanted = results(page).first.get_attribute("href")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{served.address}{wanted}")
        assert wanted and re.fullmatch(r"/transcript/\w+\?t=\d+&q=compost", wanted)

    def test_arrows_leave_other_fields_and_the_text_alone(self, page: Page, served: Served) -> None:
        page.goto(f"{served.address}/?q=compost")
        page.locator(".facets summary, .facets a").first.focus()
        page.keyboard.press("ArrowDown")
        expect(page.locator(".facets summary, .facets a").first).to_be_focused()

    def test_sidewards_to_the_moments_of_a_result(self, page: Page, served: Served) -> None:
        page.goto(f"{served.address}/?q=compost&collection=garden")
        clocks = page.locator(".result").first.locator("a.clock:visible")
        results(page).first.focus()
        for key, wanted in (
            ("ArrowRight", clocks.first), ("ArrowRight", clocks.nth(1)), ("ArrowLeft", clocks.first),
            ("ArrowLeft", results(page).first), ("ArrowLeft", results(page).first),
        ):  # fmt: skip
            page.keyboard.press(key)
            expect(wanted).to_be_focused()
        clocks.nth(2).focus()
        page.keyboard.press("ArrowRight")
        expect(clocks.nth(2)).to_be_focused()  # what is folded in is passed over

    def test_are_there_on_every_page(self, page: Page, served: Served) -> None:
        compost = page.request.get(f"{served.address}/?q=compost+heap+shed").text()
        recording = re.findall("/transcript/[a-z0-9]+", compost)[0]
        every = (
            recording,
            f"{recording}/similar?t=31",
            f"/sample/{SAMPLE}",
            "/sources",
            "/model",
            "/status",
            "/nowhere",
        )
        for path in every:
            page.goto(served.address + path)
            page.keyboard.press("/")
            expect(page.locator("#q")).to_be_focused()
            page.keyboard.type("?")
            expect(page.locator("#q")).to_have_value("?")
            expect(page.get_by_role("dialog", name="Keys")).to_be_hidden()
            page.locator("#q").blur()
            page.keyboard.press("?")
            expect(page.get_by_role("dialog", name="Keys")).to_be_visible()

    def test_lead_through_what_is_like_a_recording(self, page: Page, served: Served) -> None:
        compost = page.request.get(f"{served.address}/?q=compost+heap+shed").text()
        page.goto(served.address + re.findall("/transcript/[a-z0-9]+", compost)[0] + "/similar")
        page.keyboard.press("ArrowDown")
        expect(results(page).first).to_be_focused()
        wanted = results(page).first.get_attribute("href")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{served.address}{wanted}")

    def test_are_told_and_can_be_switched_off(self, page: Page, served: Served) -> None:
        page.goto(f"{served.address}/?q=compost")
        page.keyboard.press("?")
        dialog = page.get_by_role("dialog", name="Keys")
        expect(dialog).to_be_visible()
        accessible(page)
        dialog.get_by_label("Keys of one character").uncheck()
        page.keyboard.press("Escape")
        expect(dialog).to_be_hidden()
        for _ in range(2):
            page.keyboard.press("?")
            page.keyboard.press("/")
            expect(dialog).to_be_hidden()
            expect(page.get_by_role("combobox")).not_to_be_focused()
            page.reload()
        page.get_by_role("button", name="Keys").click()
        expect(dialog.get_by_label("Keys of one character")).not_to_be_checked()
        dialog.get_by_role("button", name="Close").click()
        expect(dialog).to_be_hidden()

    def test_the_first_page_waits_for_words(self, page: Page, served: Served) -> None:
        page.goto(served.address)
        expect(page.get_by_role("combobox")).to_be_focused()
        page.keyboard.type("sourdough")
        page.keyboard.press("Enter")
        expect(page).to_have_url(f"{served.address}/?q=sourdough")
        expect(results(page)).to_have_text(["Bread"])


class Suggestions:
    """Stands in for the server's completions: answers what a test says, when it says so."""

    def __init__(self, page: Page) -> None:
        self.asked: list[str] = []
        self.held: dict[str, Route] = {}
        self.answers: dict[str, Any] = {}
        page.route("**/suggest?*", self._answer)

    def _answer(self, route: Route) -> None:
        query = route.request.url.partition("?q=")[2].replace("+", " ")
        self.asked.append(query)
        self.held[query] = route
        if query in self.answers:
            self.give(query)

    def give(self, query: str) -> None:
        route = self.held.pop(query)
        route.fulfill(status=200, content_type="application/json", body=json.dumps(self.answers[query]))


def told(*suggestions: tuple[str, ...], did_you_mean: str | None = None) -> dict[str, Any]:
    """As the server tells them, which gives the words beside each."""
    names = ("text", "kind", "query", "id", "url")
    found = [dict(zip(names, one, strict=False)) for one in suggestions]
    return {
        "query": "",
        "did_you_mean": did_you_mean,
        "suggestions": [one | {"told": NAMES.get(one["kind"], one["kind"])} for one in found],
    }


class TestCompletions:
    @pytest.fixture
    def suggestions(self, page: Page, served: Served) -> Suggestions:
        made = Suggestions(page)
        page.goto(served.address)
        return made

    @pytest.fixture
    def box(self, page: Page) -> Locator:
        return page.get_by_role("combobox")

    def options(self, page: Page) -> Locator:
        return page.get_by_role("option")

    def test_are_shown_by_kind_and_taken_by_keyboard(self, page: Page, suggestions: Suggestions, box: Locator) -> None:
        suggestions.answers["sour"] = told(
            ("sourdough", "word"),
            ("sour bread and", "continuation"),
            ("Jo Hill", "speaker", 'speaker:"Jo Hill"'),
            ("Bread", "title", "title:Bread", "abc", "https://youtu.be/x"),
            ("sour cream", "expected"),
            did_you_mean="source",
        )
        box.press_sequentially("sour")
        expect(self.options(page)).to_have_text(
            ["source did you mean", "sourdough word", "sour bread and phrase",
             "Jo Hill speaker", "Bread recording", "sour cream model expects"]
        )  # fmt: skip
        accessible(page)
        expect(box).to_have_attribute("aria-expanded", "true")
        expect(page.locator(".find [aria-live]")).to_have_text("6 completions")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("ArrowDown")
        chosen = self.options(page).nth(1)
        expect(chosen).to_have_attribute("aria-selected", "true")
        assert box.get_attribute("aria-activedescendant") == chosen.get_attribute("id")
        expect(box).to_be_focused()
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/\?q=sourdough$"))

    def test_the_arrows_go_round_and_escape_closes(self, page: Page, suggestions: Suggestions, box: Locator) -> None:
        suggestions.answers["so"] = told(("soil", "word"), ("some", "word"))
        box.press_sequentially("so")
        expect(self.options(page)).to_have_count(2)
        page.keyboard.press("ArrowUp")
        expect(self.options(page).nth(1)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("ArrowDown")
        assert box.get_attribute("aria-activedescendant") is None  # in the box again
        page.keyboard.press("Escape")
        expect(page.get_by_role("listbox")).to_be_hidden()
        expect(box).to_have_value("so")
        expect(box).to_have_attribute("aria-expanded", "false")
        page.keyboard.press("Enter")
        expect(page).to_have_url(re.compile(r"/\?q=so$"))

    def test_an_answer_to_what_was_typed_before_is_dropped(
        self, page: Page, suggestions: Suggestions, box: Locator
    ) -> None:
        page.clock.install(time=0)
        page.reload()
        page.clock.pause_at(3_600)  # from now on it runs only where it is told to
        suggestions.answers["compo"] = told(("compost", "word"))
        box.press_sequentially("comp")
        with page.expect_request("**/suggest?q=comp"):
            page.clock.run_for(200)
        box.press_sequentially("o")  # the answer comes before the next question
        suggestions.answers["comp"] = told(("comparison", "word"))
        with page.expect_response("**/suggest?q=comp"):
            suggestions.give("comp")
        expect(self.options(page)).to_have_count(0)
        page.clock.run_for(200)
        expect(self.options(page)).to_have_text(["compost word"])

    @pytest.mark.usefixtures("suggestions")
    def test_a_question_takes_back_the_one_before(self, page: Page, box: Locator) -> None:
        page.clock.install(time=0)
        page.reload()
        page.clock.pause_at(3_600)  # from now on it runs only where it is told to
        box.press_sequentially("comp")
        with page.expect_request("**/suggest?q=comp"):
            page.clock.run_for(200)
        box.press_sequentially("o")
        with page.expect_event("requestfailed") as failed:
            page.clock.run_for(200)
        assert failed.value.url.endswith("?q=comp")

    def test_letters_in_a_row_are_one_question(self, page: Page, suggestions: Suggestions, box: Locator) -> None:
        suggestions.answers["compost"] = told(("compost heap", "word"))
        box.press_sequentially("compost")
        expect(self.options(page)).to_have_count(1)
        assert len(suggestions.asked) < len("compost") - 1

    def test_texts_are_hostile(self, page: Page, suggestions: Suggestions, box: Locator) -> None:
        suggestions.answers["ev"] = told(
            (EVIL, "title", EVIL, "wiki/Note/a", "javascript:alert(1)"),
            ('"><img src=x onerror=alert(1)>', "word"),
            ("x", "<b>odd</b>"),
        )
        box.press_sequentially("ev")
        expect(self.options(page).first).to_contain_text(EVIL)
        assert page.locator("#completions img, #completions script").count() == 0
        self.options(page).first.click()  # no address of the web: searched for
        expect(page).to_have_url(re.compile(r"/\?q=%3Cscript%3E"))
        expect(page.get_by_role("combobox")).to_have_value(EVIL)

    @pytest.mark.parametrize(
        ("chosen", "leads"),
        [
            (("Bread", "title", "title:Bread", "abc", "https://youtu.be/x"), r"/transcript/abc$"),
            (("Note", "title", "title:Note", "wiki/Note/a", "/elsewhere"), r"/elsewhere$"),
            (("Jo Hill", "speaker", 'speaker:"Jo Hill"'), r"/\?q=speaker%3A%22Jo\+Hill%22$"),
        ],
    )
    def test_what_is_clicked_opens_or_is_searched(
        self, page: Page, suggestions: Suggestions, box: Locator, chosen: tuple[str, ...], leads: str
    ) -> None:
        suggestions.answers["br"] = told(chosen)
        box.press_sequentially("br")
        self.options(page).first.click()
        expect(page).to_have_url(re.compile(leads))

    @pytest.mark.parametrize("body", ["[]", "no JSON", '{"suggestions": [null, {"text": 3}]}', "null"])
    def test_an_answer_that_is_none_leaves_the_box_alone(self, page: Page, served: Served, body: str) -> None:
        page.route("**/suggest?*", lambda route: route.fulfill(status=200, body=body))
        page.goto(served.address)
        box = page.get_by_role("combobox")
        with page.expect_response("**/suggest?*"):
            box.press_sequentially("compost")
        expect(page.get_by_role("listbox")).to_be_hidden()
        page.keyboard.press("Enter")
        expect(results(page).first).to_be_visible()


def test_from_the_first_letters_to_the_second_it_was_said(page: Page, served: Served) -> None:
    """With the completions of the server itself."""
    page.goto(served.address)
    page.get_by_role("combobox").press_sequentially("walnu")
    expect(page.get_by_role("option").first).to_have_text("walnut word")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.locator(".moment mark").first).to_have_text("walnut")
    page.locator(".result .clock").first.click()
    expect(page).to_have_url(re.compile(r"/transcript/\w+\?t=91&q=walnut$"))
    expect(page.get_by_role("heading", level=1)).to_have_text("Compost for everybody")
    expect(page.get_by_role("main").locator("mark").first).to_have_text("walnut")


def test_a_word_that_the_model_expects_is_marked(page: Page, served: Served) -> None:
    settings = served.service.settings
    with Ledger.open(settings.ledger_file) as ledger:
        put_checkpoint(ledger, settings, [])
    asked = f"{served.address}/suggest?q=shed+t"
    until(lambda: '"expected"' in page.request.get(asked).text(), "the network is loaded")
    page.goto(served.address)
    page.get_by_role("combobox").press_sequentially("shed t")
    expect(page.get_by_role("option").first).to_have_text(re.compile("^shed t.* model expects$"))
    page.get_by_role("option").first.click()
    expect(page).to_have_url(re.compile(r"/\?q=shed\+t\w+$"))


class TestWithoutScript:
    def test_all_of_the_search(self, watched: Watched, served: Served) -> None:
        page = watched(java_script_enabled=False, viewport=PHONE)
        page.goto(served.address)
        page.get_by_label("Search what was said").fill("compost")
        page.get_by_role("button", name="Search").click()
        expect(results(page).first).to_have_text("Compost for everybody")
        page.get_by_role("link", name="Filters").click()
        page.locator(".facets").get_by_role("link", name="Rosa Luz").click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("2 moments in 1 recording")
        page.get_by_role("link", name="Take out Speaker: Rosa Luz").click()
        page.get_by_role("link", name="Newest first").click()
        page.get_by_role("link", name="Generated samples").click()
        expect(page.get_by_text("Nobody said this.")).to_be_visible()
        results(page).first.click()
        expect(page.get_by_role("heading", level=1)).to_contain_text("Generated sample")
        expect(page.get_by_role("button", name="Keys")).to_be_hidden()

    def test_the_rest_of_the_moments_unfolds(self, watched: Watched, served: Served) -> None:
        page = watched(java_script_enabled=False)
        page.goto(f"{served.address}/?q=compost&collection=garden")
        expect(page.locator(".moment:visible")).to_have_count(3)
        page.get_by_text("1 more moment").click()
        expect(page.locator(".moment:visible")).to_have_count(4)

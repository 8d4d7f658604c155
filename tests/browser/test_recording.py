"""A recording's page in a real browser: player and words follow each other."""

from __future__ import annotations

import re
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from tests.browser.conftest import Watched, accessible
from tests.pages.test_sources import LOOP
from tests.serve.support import Served, serving_home
from tests.support import connector, make_home, srt, talk, until

SECONDS = 240
HOSTILE = "'\"><img src=x onerror=alert(1)>" + "ALongWordWithoutSpaces" * 8

# YouTube's and Vimeo's players as far as they are spoken to: the messages of their own scripts, from both sides.
YOUTUBE = """<body>YouTube<script>
let at = Number(new URLSearchParams(location.search).get("start")), asked = false;
const tell = (value) => parent.postMessage(JSON.stringify(value), "*");
addEventListener("message", (event) => {
  const said = JSON.parse(event.data);
  if (said.event === "listening") {
    asked = true;
    tell({event: "onReady"});
    tell({event: "infoDelivery", info: {currentTime: at}});
  }
  if (said.func === "seekTo") { at = said.args[0]; document.title = "at " + at; }
  if (said.func === "playVideo") setTimeout(() => tell({event: "infoDelivery", info: {currentTime: at + 8}}), 100);
});
</script>"""
VIMEO = """<body>Vimeo<script>
let at = 0, asked = false;
addEventListener("message", (event) => {
  const said = JSON.parse(event.data);
  const tell = (value) => event.source.postMessage(value, "*");
  if (said.method === "addEventListener") { asked = true; tell({event: "ready"}); }
  if (said.method === "setCurrentTime") at = said.value;
  if (said.method === "play" && asked) tell({event: "timeupdate", data: {seconds: at + 8}});
});
</script>"""
OTHER = """<body><script>
parent.postMessage(JSON.stringify({event: "infoDelivery", info: {currentTime: 99}}), "*");
document.body.append(location.search);
</script>"""


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_home(tmp_path_factory.mktemp("recording") / "home")
    inbox = home / "inbox"
    said = [
        f"{'Jo Hill' if n % 2 else 'Rosa Luz'}: The heap number {n} is turned <i>twice</i> a year." for n in range(60)
    ]
    (inbox / "garden").mkdir()
    (inbox / "garden" / "heap.srt").write_text(srt(said))
    (inbox / "garden" / "heap.meta.yaml").write_text("title: The heap\nrecorded: 2025-01-14\ntags: [soil]\n")
    with wave.open(str(inbox / "garden" / "heap.wav"), "wb") as file:
        file.setparams((1, 1, 4000, 0, "NONE", ""))
        file.writeframes(bytes([128]) * 4000 * SECONDS)
    late = [f"{'Jo Hill' if n % 2 else 'Rosa Luz'}: The pond number {n} is deep and quiet." for n in range(9)]
    (inbox / "late.srt").write_text(srt(late, start=1.6))
    (inbox / "late.wav").write_bytes((inbox / "garden" / "heap.wav").read_bytes())
    for name, url in (
        ("tube", "https://youtu.be/dQw4w9WgXcQ"),
        ("vimeo", "https://vimeo.com/76979871"),
        ("loom", "https://www.loom.com/share/0281766fa2d04bb788eaf19e65135184"),
        ("plain", "https://videos.example.com/watch/1"),
    ):
        (inbox / f"{name}.srt").write_text(talk(name, 60))
        (inbox / f"{name}.meta.yaml").write_text(f"url: {url}\n")
    (inbox / "loop.srt").write_text(LOOP)
    (inbox / "hostile.srt").write_text(srt([f"{HOSTILE} said the pond."] * 3))
    (inbox / "hostile.meta.yaml").write_text(f"title: '{HOSTILE.replace(chr(39), chr(39) * 2)}'\nspeakers: {{}}\n")
    connector(home, "ingest", "inbox")
    with serving_home(home) as served:
        yield served


def address(served: Served, title: str) -> str:
    with served.service.ledger() as ledger:
        rows = (ledger.transcript(one) for one in ledger.transcript_ids())
        return next(f"{served.address}/transcript/{row.id}" for row in rows if row and row.metadata.title == title)


def answer(page: Page, host: str, html: str) -> None:
    """Whatever is asked of ``host`` is answered with ``html``; nothing leaves this machine."""

    def fulfil(route: Route) -> None:
        route.fulfill(body=html, content_type="text/html")

    page.route(f"https://{host}/**", fulfil)


def playable(page: Page) -> None:
    """Once the player knows how long the recording is; the page's policy has Playwright's own waiting fail."""
    until(lambda: page.locator("#screen").evaluate("e => e.readyState") > 0, "the recording can be played")


def test_a_file_of_ours_leads_what_is_said_and_is_led_by_it(page: Page, served: Served) -> None:
    page.goto(f"{address(served, 'The heap')}?t=42")
    here = page.locator("#said > [aria-current]")
    expect(here).to_contain_text("heap number 10")
    expect(here).to_be_in_viewport()
    media = page.locator("#screen")
    playable(page)
    assert round(media.evaluate("e => e.currentTime")) == 42
    page.get_by_text("heap number 12 is").click()
    until(lambda: media.evaluate("e => e.currentTime") >= 49, "the player is led to the line")
    assert page.url.endswith("?t=49")
    expect(here).to_contain_text("heap number 12")
    media.evaluate("e => { e.pause(); e.currentTime = 201.5; }")  # as the player's own bar does
    expect(here).to_contain_text("heap number 50")
    expect(here).to_be_in_viewport()
    expect(page.locator("#now")).to_have_text("3:21")
    accessible(page)


def test_a_link_to_a_moment_stays_there_until_it_is_played(page: Page, served: Served) -> None:
    page.goto(f"{address(served, 'Late')}?t=21")  # whole seconds: the line begins 0.6 s later
    here = page.locator("#said > [aria-current]")
    playable(page)
    until(lambda: page.locator("#screen").evaluate("e => e.currentTime") == 21, "the player is there")
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    expect(here).to_contain_text("pond number 5")
    expect(page.locator(".line.now")).to_contain_text("pond number 5")
    page.locator("#screen").evaluate("e => { e.currentTime = 18; }")
    expect(here).to_contain_text("pond number 4")


def test_keys_lead_from_line_to_line(page: Page, served: Served) -> None:
    page.goto(f"{address(served, 'The heap')}?t=42")
    playable(page)
    media = page.locator("#screen")
    media.evaluate("e => { e.play = () => Promise.resolve(); }")  # or it would go on by itself
    now = page.locator(".line.now")
    expect(now).to_contain_text("heap number 10 is")
    for key, number in (("n", 11), ("n", 12), ("p", 11)):
        page.keyboard.press(key)
        expect(now).to_contain_text(f"heap number {number} is")
    assert media.evaluate("e => e.currentTime") == 45 and page.url.endswith("?t=45")
    expect(now).to_be_in_viewport()
    page.get_by_label("Search inside").press("n")
    assert page.get_by_label("Search inside").input_value() == "n"
    expect(now).to_contain_text("heap number 11 is")


@pytest.mark.parametrize("title", ["Plain", "Loop"])  # one whose host has no player here, one without a video
def test_without_a_player_a_line_and_the_keys_lead_the_links(page: Page, served: Served, title: str) -> None:
    page.goto(address(served, title))
    assert not page.locator("#player").count()
    paragraph = page.locator("#said > li").nth(1)
    first, second = (paragraph.locator(".line").nth(at).get_attribute("data-at") or "" for at in (0, 1))
    now = page.locator(".line.now")
    paragraph.locator(".line").first.click(position={"x": 5, "y": 5})
    expect(now).to_have_attribute("data-at", first)
    page.keyboard.press("n")
    expect(now).to_have_attribute("data-at", second)
    at = int(float(second))
    assert page.url == f"{address(served, title)}?t={at}"
    for link in ("#page-link", *(["#video-link"] if title == "Plain" else [])):
        expect(page.locator(link)).to_have_attribute("href", re.compile(rf"[?&]t={at}$"))
    page.keyboard.press("p")
    expect(now).to_have_attribute("data-at", first)


def test_who_scrolls_by_hand_reads_on(page: Page, served: Served) -> None:
    page.goto(address(served, "The heap"))
    playable(page)
    page.locator("#said").hover()
    page.mouse.wheel(0, 300)
    expect(page.get_by_label("Follow what is played")).not_to_be_checked()
    page.locator("#screen").evaluate("e => { e.currentTime = 225; }")
    here = page.locator("#said > [aria-current]")
    expect(here).to_contain_text("heap number 56")
    expect(here).not_to_be_in_viewport()
    page.get_by_label("Follow what is played").check()
    expect(here).to_be_in_viewport()


def test_search_inside_keeps_the_player(page: Page, served: Served) -> None:
    page.goto(address(served, "The heap"))
    page.locator("#screen").evaluate("e => { e.mine = true; }")
    page.get_by_label("Search inside").fill("number 33")
    page.keyboard.press("Enter")
    expect(page.locator("#count[role=status]")).to_contain_text("33” 1 time")
    assert page.locator("#times li").count() == 60 and not page.locator("[aria-live] li, [role=status] li").count()
    assert page.locator("#screen").evaluate("e => e.mine") is True
    assert "q=number+33" in page.url
    expect(page.locator("#said mark", has_text="33")).to_have_count(1)
    page.locator("#times a.time").last.click()
    expect(page.locator("#said > [aria-current]")).to_be_in_viewport()
    accessible(page)


def test_links_are_copied(watched: Watched, served: Served) -> None:
    page = watched(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{address(served, 'Plain')}?t=20")
    page.get_by_text("part 9,").click(position={"x": 5, "y": 5})
    page.locator("#said a.time").nth(2).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.locator("#copied")).to_have_text("Copied.")
    copied = page.evaluate("navigator.clipboard.readText()")
    at = copied.rpartition("=")[2]
    assert copied == f"{address(served, 'Plain')}?t={at}" and int(at) > 0
    page.get_by_role("button", name="Copy video link").click()
    video = f"https://videos.example.com/watch/1?t={at}"
    until(lambda: page.evaluate("navigator.clipboard.readText()") == video, "the link of the video is copied")


@pytest.mark.parametrize(
    ("title", "host", "player"),
    [("Tube", "www.youtube-nocookie.com", YOUTUBE), ("Vimeo", "player.vimeo.com", VIMEO)],
)
def test_players_of_others_are_spoken_to(watched: Watched, served: Served, title: str, host: str, player: str) -> None:
    page = watched(may_ask=(host,))
    answer(page, host, player)
    page.goto(f"{address(served, title)}?t=20")
    page.frame_locator("#screen").locator("body").wait_for()
    screen = next(frame for frame in page.frames if host in frame.url)
    until(lambda: screen.evaluate("asked"), "the player is asked to tell where it is")
    page.locator("#said a.time").nth(5).click()
    at = float(page.locator("#said a.time").nth(5).get_attribute("data-seek") or "")
    until(lambda: screen.evaluate("at") == at, "the player is led to the line")
    # the player says that it plays on, eight seconds later
    expect(page.locator("#said > [aria-current]")).to_have_text(
        page.locator("#said > li").nth(6).inner_text(), use_inner_text=True
    )
    assert "20" in screen.url


def test_a_player_that_says_nothing_is_opened_anew_at_the_moment(watched: Watched, served: Served) -> None:
    page = watched(may_ask=("www.loom.com",))
    answer(page, "www.loom.com", OTHER)
    page.goto(f"{address(served, 'Loom')}?t=20")
    expect(page.frame_locator("#screen").locator("body")).to_contain_text("?t=20")
    link = page.locator("#said a.time").nth(3)
    link.click()
    at = int(float(link.get_attribute("data-seek") or ""))
    expect(page.frame_locator("#screen").locator("body")).to_contain_text(f"?t={at}")
    expect(page.get_by_label("Follow what is played")).to_be_hidden()
    expect(page.locator("#now")).not_to_have_text("1:39")  # what other frames say is not listened to


@pytest.mark.parametrize(("scheme", "width"), [("light", 1600), ("dark", 320)])
@pytest.mark.parametrize("title", ["Loop", HOSTILE])
def test_looks_as_it_should(watched: Watched, served: Served, scheme: str, width: int, title: str) -> None:
    page = watched(color_scheme=scheme, viewport={"width": width, "height": 800})
    for path in ("?t=9&q=pond", "/similar?t=9"):
        page.goto(address(served, title) + path)
        accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), path


def test_without_script_links_lead_to_the_moment(watched: Watched, served: Served) -> None:
    page = watched(java_script_enabled=False)
    page.goto(address(served, "The heap"))
    page.get_by_role("link", name="3:21").click()
    expect(page).to_have_url(re.compile(r"\?t=201#here$"))
    expect(page.locator("#here")).to_contain_text("heap number 50")
    expect(page.locator("#here")).to_be_in_viewport()
    page.get_by_label("Search inside").fill("number 33")
    page.get_by_role("button", name="Find").click()
    expect(page.locator("#times")).to_contain_text("33” 1 time")
    expect(page.get_by_role("button", name="Copy link")).to_be_hidden()


def test_a_held_transcript_is_approved_with_one_click(page: Page, served: Served) -> None:
    page.goto(address(served, "Loop"))
    page.get_by_role("button", name="Approve").click()
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    expect(page.get_by_role("heading", name="Loop")).to_be_visible()


@pytest.mark.parametrize(
    ("label", "name", "holds"),
    [
        ("VTT", "The heap.vtt", "<v Rosa Luz>The heap number 0 is turned"),
        ("text", "The heap.txt", "Rosa Luz: The heap number 0 is turned"),
        ("JSON", "The heap.json", '"The heap"'),
    ],
)
def test_other_files_come_down_too(
    page: Page, served: Served, tmp_path: Path, label: str, name: str, holds: str
) -> None:
    page.goto(address(served, "The heap"))
    with page.expect_download() as coming:
        page.locator(".downloads").get_by_role("link", name=re.compile(label, re.IGNORECASE)).click()
    assert coming.value.suggested_filename == name
    coming.value.save_as(tmp_path / "x")
    assert holds in (tmp_path / "x").read_text()


# Two seconds of film, as the browser itself makes it.
FILM = """async () => {
  const canvas = Object.assign(document.createElement("canvas"), { width: 32, height: 18 });
  const draw = canvas.getContext("2d");
  const recorder = new MediaRecorder(canvas.captureStream(10), { mimeType: "video/webm" });
  const parts = [];
  recorder.ondataavailable = (event) => parts.push(event.data);
  const stopped = new Promise((done) => { recorder.onstop = done; });
  recorder.start();
  for (let step = 0; step < 20; step++) {
    draw.fillStyle = step % 2 ? "green" : "black";
    draw.fillRect(0, 0, 32, 18);
    await new Promise((done) => setTimeout(done, 50));
  }
  recorder.stop();
  await stopped;
  return [...new Uint8Array(await new Blob(parts).arrayBuffer())];
}"""


def test_a_video_of_ours_is_played_with_what_is_said_as_captions(page: Page, served: Served) -> None:
    page.goto(served.address)
    (served.home / "inbox" / "film.webm").write_bytes(bytes(page.evaluate(FILM)))
    (served.home / "inbox" / "film.srt").write_text(talk("films"))
    connector(served.home, "ingest", "inbox/film.srt")
    page.goto(f"{address(served, 'Film')}?t=0")
    playable(page)
    screen = page.locator("video#screen")
    assert screen.evaluate("e => e.videoWidth") == 32
    until(lambda: screen.evaluate("e => e.textTracks[0].cues?.length") == 6, "what is said is there as captions")
    assert "films, part 0" in screen.evaluate("e => e.textTracks[0].cues[0].text")
    accessible(page)


def test_files_come_down_under_their_names(page: Page, served: Served, tmp_path: Path) -> None:
    page.goto(address(served, "The heap"))
    with page.expect_download() as coming:
        page.get_by_role("link", name="SRT").click()
    assert coming.value.suggested_filename == "The heap.srt"
    coming.value.save_as(tmp_path / "x.srt")
    assert "Rosa Luz: The heap number 0 is turned" in (tmp_path / "x.srt").read_text()

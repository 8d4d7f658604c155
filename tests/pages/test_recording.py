"""A recording's page, over HTTP: what it shows to whom, its moment, its player, its files."""

from __future__ import annotations

import json
import wave
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connector.serve.pages import recording
from connector.serve.pages.paragraphs import excerpt
from connector.serve.pages.recording import MOST_TIMES, disposition, local_media, moment
from connector.serve.tokens import new_token
from connector.transcripts import formats
from connector.transcripts.writing import KINDS
from tests.pages.finding import EVIL, demand_harmless
from tests.pages.test_frame import ADMINISTRATOR, browser, signed_in
from tests.serve.archive import ANN, BOB, HEAPS, make_archive
from tests.serve.support import Served, serving_home
from tests.support import connector, srt

HOSTILE = "'\"><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_archive(tmp_path_factory.mktemp("recording") / "home")
    inbox = home / "inbox"
    with wave.open(str(inbox / "bread.wav"), "wb") as file:
        file.setparams((1, 1, 8000, 0, "NONE", ""))
        file.writeframes(bytes(range(256)) * 40)
    (inbox / "loop.srt").write_text(srt(["thank you thank you thank you thank you"] * 40))
    (inbox / "thanks.srt").write_text(srt([f"thank you all, part {n}" for n in range(MOST_TIMES + 5)]))
    (inbox / "thanks.meta.yaml").write_text("url: http://10.0.0.1:8080/x.mp4\n")
    (inbox / "teich.srt").write_text(
        srt([f"Am Teich ist es still, sagt der {who}." for who in ("Frosch", "Aal", "Hund")])
    )
    (inbox / "teich.mp4").write_bytes(b"as if")
    (inbox / "teich.meta.yaml").write_text("title: Teich\nlanguage: de-AT\n")
    (inbox / "timeless.srt").write_text(
        f"1\n00:00:01,000 --> 00:00:01,000\n{' figyard '.join(['and so on, '] * 300)}\n"
    )
    (inbox / "hostile.srt").write_text(srt(["<script>alert(1)</script> & so on, said the pond."] * 3))
    (inbox / "hostile.meta.yaml").write_text(
        f"title: {json.dumps(HOSTILE)}\nspeakers: {{}}\ntags: [{json.dumps(HOSTILE)}]\nurl: https://example.com/x?a=1&b=2\n"
    )
    connector(home, "ingest", "inbox")
    with serving_home(home, ADMINISTRATOR) as served:
        yield served


def ident(served: Served, title: str) -> str:
    with served.service.ledger() as ledger:
        return next(one for one in ledger.transcript_ids() if ledger.transcript(one).metadata.title == title)  # type: ignore[union-attr]


def test_the_link_of_a_document_opens_the_page_at_its_moment(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Bread")
    found = owner.get(f"/transcript/{name}?t=21")
    assert found.status_code == 200
    assert "Bread</h1>" in found.text and "2024-06-01" in found.text
    here = found.text.partition('id="here"')[2].partition("</li>")[0]
    assert "part 5," in here and 'data-at="21.0"' in here
    assert f'href="/transcript/{name}?t=' in here


def test_a_person_sees_what_they_may_and_is_told_the_same_of_what_is_hidden_and_what_is_not_there(
    served: Served,
) -> None:
    spade, board = ident(served, "The golden spade"), ident(served, "Board")
    for person, may in ((ANN, True), (BOB, False)):
        with signed_in(served, new_token(served.service.settings.tokens_file, person)) as client:
            unknown = client.get("/transcript/t0000000000000000000").text
            for tail in ("", "/media", "/similar", "/download.srt"):
                told = client.get(f"/transcript/{board}{tail}")
                assert told.status_code == 404
                assert told.text.replace(f"/transcript/{board}{tail}", "") == unknown.replace(
                    "/transcript/t0000000000000000000", ""
                )
            assert client.get(f"/transcript/{spade}").status_code == (200 if may else 404)


def test_what_is_in_doubt_says_so_and_why_to_its_owner_alone(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Loop")
    told = owner.get(f"/transcript/{name}").text
    assert "same words over and over" in told and 'value="approve"' in told
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        told = client.get(f"/transcript/{name}").text
    assert "in doubt" in told and "same words over and over" not in told and 'value="approve"' not in told


def test_its_owner_is_told_its_file_and_writes_down_its_link(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Loop")
    page = f"/transcript/{name}"
    assert "<code>loop.srt</code>" in owner.get(page).text and 'action="/sources/describe"' in owner.get(page).text
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        assert "loop.srt" not in client.get(page).text
    form = {"name": "loop.srt", "url": "https://vimeo.com/76979871", "next": page}
    told = owner.post("/sources/describe", data=form)
    assert told.headers["location"] == page
    told = owner.get(page)
    assert 'src="https://player.vimeo.com/video/76979871?dnt=1#t=0s"' in told.text
    assert "frame-src https://player.vimeo.com;" in told.headers["content-security-policy"]
    assert told.headers["referrer-policy"] == "strict-origin-when-cross-origin"


def test_titles_words_and_tags_are_text(served: Served, owner: httpx.Client) -> None:
    name = ident(served, HOSTILE)
    for path in (f"/transcript/{name}?q=pond", f"/transcript/{name}?said=1&q={HOSTILE}", f"/transcript/{name}/similar"):
        told = owner.get(path).text
        assert "<img src=x" not in told and "<script>alert" not in told
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; so on" in owner.get(f"/transcript/{name}").text


def test_what_is_found_is_marked_in_every_paragraph_of_one_moment(served: Served, owner: httpx.Client) -> None:
    page = f"/transcript/{ident(served, 'Timeless')}?q=figyard"
    for path in (page, f"{page}&said=1"):
        said = owner.get(path).text.partition('<ol id="said">')[2].partition("</ol>")[0]
        assert said.count("<li") > 1 and said.count("<mark>figyard</mark>") == 299


def test_a_link_that_no_player_is_known_for_stays_a_link(served: Served, owner: httpx.Client) -> None:
    with_video, without = ident(served, "Compost for everybody"), ident(served, HOSTILE)
    told = owner.get(f"/transcript/{with_video}?t=31")
    # https://youtu.be/abc is too short to be a video's; the plain link stays
    assert "<iframe" not in told.text and "frame-src 'none'" in told.headers["content-security-policy"]
    assert 'href="https://youtu.be/abc?t=31"' in told.text
    assert 'href="https://example.com/x?a=1&amp;b=2&amp;t=0"' in owner.get(f"/transcript/{without}").text


def test_a_file_beside_the_transcript_is_played_in_ranges(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Bread")
    assert f'<audio id="screen" src="/transcript/{name}/media#t=21"' in owner.get(f"/transcript/{name}?t=21").text
    whole = owner.get(f"/transcript/{name}/media")
    assert (whole.status_code, whole.headers["content-type"]) == (200, "audio/wav")
    assert (
        whole.headers["x-content-type-options"] == "nosniff" and "sandbox" in whole.headers["content-security-policy"]
    )
    assert whole.headers["content-disposition"] == "inline; filename=\"Bread.wav\"; filename*=UTF-8''Bread.wav"
    part = owner.get(f"/transcript/{name}/media", headers={"range": "bytes=100-199"})
    assert (part.status_code, part.content) == (206, whole.content[100:200])
    assert part.headers["content-range"] == f"bytes 100-199/{len(whole.content)}"
    assert owner.get(f"/transcript/{name}/media", headers={"range": "bytes=999999-"}).status_code == 416
    assert owner.head(f"/transcript/{name}/media").headers["accept-ranges"] == "bytes"
    assert owner.get(f"/transcript/{ident(served, 'Loop')}/media").status_code == 404


def test_words_in_another_language_say_so(served: Served, owner: httpx.Client) -> None:
    told = owner.get(f"/transcript/{ident(served, 'Teich')}?q=teich").text
    assert '<h1 dir="auto" lang="de">Teich</h1>' in told and "language German" in told
    assert (told.count('<p dir="auto" lang="de">'), told.count('<span dir="auto" lang="de">')) == (1, 3)
    found = owner.get("/?q=teich").text
    assert '<h2 lang="de"><a' in found and '<span lang="de">Am <mark>Teich</mark>' in found
    assert '<bdi lang="de">Teich</bdi>' in owner.get(f"/transcript/{ident(served, 'Teich')}/similar").text
    assert " lang=" not in owner.get(f"/transcript/{ident(served, 'Bread')}").text.partition("<head>")[2]


def test_a_video_of_ours_has_captions(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Teich")
    captions = f'<track kind="captions" src="/transcript/{name}/download.vtt" label="What is said" default></video>'
    assert captions in owner.get(f"/transcript/{name}").text
    assert "<track" not in owner.get(f"/transcript/{ident(served, 'Thanks')}").text


def test_a_file_elsewhere_is_asked_for_once_it_is_played(served: Served, owner: httpx.Client) -> None:
    told = owner.get(f"/transcript/{ident(served, 'Thanks')}?t=3")
    assert 'src="http://10.0.0.1:8080/x.mp4#t=3" controls playsinline preload="none"' in told.text
    assert "media-src 'self' http://10.0.0.1:8080;" in told.headers["content-security-policy"]
    assert 'preload="metadata"' in owner.get(f"/transcript/{ident(served, 'Bread')}").text


def test_media_is_of_the_inbox_alone(served: Served, tmp_path: Path) -> None:
    settings = served.service.settings
    secret = tmp_path / "secret.mp4"
    secret.write_bytes(b"x")
    (settings.inbox / "link.mp4").symlink_to(secret)
    (settings.inbox / "loop.mp3").symlink_to(settings.inbox / "loop.mp3")
    for key in (
        "link.mp4",
        str(secret),
        "../secret.mp4",
        "loop.mp3",
        "bread.srt",
        "gone.mp4",
        "garden",
        "a\0b.mp4",
        None,
    ):
        assert local_media(settings, key) is None, key
    assert local_media(settings, "bread.wav") == settings.inbox.resolve() / "bread.wav"


def test_search_inside_marks_what_is_said_and_when(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Compost for everybody")
    told = owner.get(f"/transcript/{name}?q=heaps").text
    assert "3 times" in told and told.count("<mark>heap</mark>") == 6  # in the list, and in what is said
    assert f'data-seek="31.0" href="/transcript/{name}?t=31&amp;q=heaps#here"' in told
    both = owner.get(f"/transcript/{name}?q=compost+heap").text.partition("</section>")[0]
    assert (
        both.count('<li><a class="time"') == 3 and "The <mark>compost</mark> <mark>heap</mark> behind the shed" in both
    )
    nothing = owner.get(f"/transcript/{name}?q=zygomorphic").text
    assert "Nobody says that here" in nothing and 'href="/?q=zygomorphic"' in nothing


def test_of_very_many_times_the_first_are_shown(
    served: Served, owner: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    monkeypatch.setattr(recording, "excerpt", lambda text, marks: made.append(text) or excerpt(text, marks))
    told = owner.get(f"/transcript/{ident(served, 'Thanks')}?q=thank").text
    times = told.partition('id="times"')[2].partition("</section>")[0]
    assert times.count("<li>") == MOST_TIMES == len(made) and "and in 5 more lines" in times
    assert f"“thank” {MOST_TIMES + 5} times" in times and told.count("<mark>thank</mark>") == 2 * MOST_TIMES + 5


def test_what_was_said_is_shown_as_the_file_has_it(served: Served, owner: httpx.Client) -> None:
    name = ident(served, "Loop")
    assert "thank you thank you thank you thank you" in owner.get(f"/transcript/{name}?said=1").text


@pytest.mark.parametrize("kind", list(KINDS))
def test_files_to_take_along_are_read_back(served: Served, owner: httpx.Client, kind: str) -> None:
    name = ident(served, "Compost for everybody")
    told = owner.get(f"/transcript/{name}/download.{kind}")
    assert told.headers["content-disposition"].startswith(f'attachment; filename="Compost for everybody.{kind}"')
    reading = formats.read(told.content, f"x.{kind}")
    assert [cue.speaker for cue in reading.cues] == ["Jo Hill", "Rosa Luz", "Jo Hill", "Rosa Luz"]
    assert [int(cue.start) for cue in reading.cues] == [1, 31, 61, 91]
    assert "walnut tree 🌳" in reading.cues[3].text


def test_there_are_no_files_of_other_kinds(served: Served, owner: httpx.Client) -> None:
    told = owner.get(f"/transcript/{ident(served, 'Bread')}/download.exe")
    assert (told.status_code, "srt, vtt, txt, json" in told.text) == (404, True)


def test_moments_like_one(served: Served, owner: httpx.Client) -> None:
    told = owner.get(f"/transcript/{ident(served, 'Compost for everybody')}/similar").text
    assert "The golden spade" in told and f"/transcript/{ident(served, 'The golden spade')}?t=" in told
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        told = client.get(f"/transcript/{ident(served, 'Compost for everybody')}/similar").text
    assert "The golden spade" not in told and "zygomorphic" not in told


def test_what_is_like_one_is_linked_to_the_web_alone_and_marked_where_it_is_in_doubt(
    served: Served, owner: httpx.Client
) -> None:
    note = {
        "datasource": "wiki", "objectType": "TranscriptSegment", "id": "b", "title": "A note",
        "viewURL": "javascript:alert(1)",
        "body": {"mimeType": "text/plain", "textContent": " ".join((*HEAPS, EVIL))},
        "permissions": {"allowAnonymousAccess": True},
    }  # fmt: skip
    with httpx.Client(headers={"Authorization": f"Bearer {ADMINISTRATOR}"}) as http:
        told = {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": ".*"}
        for path, body in (("adddatasource", told), ("indexdocument", {"document": note})):
            http.post(f"{served.address}/api/index/v1/{path}", json=body).raise_for_status()
    page = owner.get(f"/transcript/{ident(served, 'Compost for everybody')}/similar").text
    assert "A note" in page and "javascript" not in page and "<mark>heap</mark>" in page
    demand_harmless(page)
    assert "in doubt" not in page
    assert "in doubt: held for review" in owner.get(f"/transcript/{ident(served, 'Thanks')}/similar").text


def test_who_is_not_known_signs_in_before_any_recording(served: Served) -> None:
    with browser(served) as client:
        sent = client.get("/transcript/x?t=1")
        assert (sent.status_code, sent.headers["location"]) == (303, "/sign-in?next=%2Ftranscript%2Fx%3Ft%3D1")


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("754", 754.0), ("754s", 754.0), ("12.5", 12.5), ("1:02:03", 3723.0), ("0:12", 12.0), ("", None), ("nan", None),
     ("-3", None), ("1e9", None), ("99999999999", None), ("<script>", None)],
)  # fmt: skip
def test_moments_of_an_address(text: str, seconds: float | None) -> None:
    assert moment(text) == seconds


@pytest.mark.parametrize(
    ("name", "plain", "full"),
    [
        ("a.srt", "a.srt", "a.srt"),
        ("../../etc/passwd.srt", "etc passwd.srt", "etc%20passwd.srt"),
        ('x"\r\nset-cookie: y.txt', "x set-cookie y.txt", "x%20set-cookie%20y.txt"),
        ("Grüße 🌳.vtt", "Gr__e _.vtt", "Gr%C3%BC%C3%9Fe%20%F0%9F%8C%B3.vtt"),
        ("...srt", "transcript.srt", "transcript.srt"),
    ],
)
def test_names_of_files(name: str, plain: str, full: str) -> None:
    assert disposition("attachment", name) == f"attachment; filename=\"{plain}\"; filename*=UTF-8''{full}"

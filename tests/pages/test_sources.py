"""The page of what came in, over HTTP: decisions, uploads, links written down."""

from __future__ import annotations

import os
import re
import socket
import unicodedata
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from types import SimpleNamespace

import httpx
import pytest

from connector.serve.pages import sources
from connector.serve.tokens import new_token
from connector.yaml_file import load_mapping
from tests.pages.test_frame import ADMINISTRATOR, browser, signed_in
from tests.serve.archive import BOB
from tests.serve.support import Served, serving_home
from tests.support import connector, found, make_home, srt, talk

LOOP = srt(["thank you thank you thank you thank you"] * 40)
HOSTILE = "'\"><img src=x onerror=alert(1)>"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_home(tmp_path_factory.mktemp("sources") / "home", ingest="{settle: 0.1, rescan: 1, max_megabytes: 1}")
    inbox = home / "inbox"
    (inbox / "loop.srt").write_text(LOOP)
    (inbox / "broken.srt").write_text("1\n00:00:01,000 --> nothing\n")
    (inbox / f"{HOSTILE}.srt".replace("/", "")).write_text(talk("zebra"))
    (home.parent / "outside").mkdir()
    (inbox / "link").symlink_to(home.parent / "outside")
    (inbox / "bread.srt").write_text(talk("sourdough bread"))
    (inbox / "bread.meta.yaml").write_text("# mine\ntags: [food]\n")
    connector(home, "ingest", "inbox", code=5)  # for one of them is broken
    with serving_home(home, ADMINISTRATOR) as served:
        yield served


def states(text: str) -> dict[str, str]:
    """The files of a page, and what it says became of each."""
    told = re.findall(r'<li class="source" data-path="([^"]*)" data-state="([^"]*)"', text)
    return {unescape(path): state for path, state in told}


def form_name(text: str) -> str:
    """The name that the first form of a list sends."""
    return unescape(re.findall(r'name="name" value="([^"]*)"', text)[0])


def send(client: httpx.Client, *files: tuple[str, bytes | str], collection: str = "") -> httpx.Response:
    sent = [("files", (name, text if isinstance(text, bytes) else text.encode())) for name, text in files]
    return client.post("/sources/upload", data={"collection": collection}, files=sent)


def test_lists_what_came_in_and_why_it_is_held_or_was_not_read(owner: httpx.Client) -> None:
    page = owner.get("/sources").text
    expected = {
        "loop.srt": "in doubt", "broken.srt": "not read", f"{HOSTILE}.srt": "searchable", "bread.srt": "searchable",
    }  # fmt: skip
    assert expected.items() <= states(page).items()
    assert "same words over and over" in page
    assert "broken.srt:2: the file has no spoken text with a usable time" in page and "export it again" in page
    assert "<img src=x" not in page
    assert "loop.srt" in states(owner.get("/sources?state=held").text)
    failed = states(owner.get("/sources?state=failed").text)
    assert "broken.srt" in failed and set(failed.values()) == {"not read"}
    assert states(owner.get("/sources?state=aside").text) == {}
    assert states(owner.get("/sources?state=<b>&page=x").text) == states(page)


def test_pages_of_many(owner: httpx.Client, monkeypatch: pytest.MonkeyPatch) -> None:
    every = list(states(owner.get("/sources").text))
    monkeypatch.setattr(sources, "A_PAGE", 3)
    pages = [list(states(owner.get(f"/sources?page={page + 1}").text)) for page in range(-(-len(every) // 3))]
    assert [path for page in pages for path in page] == every
    assert list(states(owner.get("/sources?page=9999").text)) == pages[-1]


def test_approves_and_rejects_as_the_commands_do(served: Served, owner: httpx.Client) -> None:
    told = send(owner, ("mine.srt", LOOP.replace("thank", "praise")), collection="decided")
    ident = form_name(told.text)
    page = f"/transcript/{ident}"
    told = owner.post("/sources/decide", data={"decision": "approve", "name": ident, "next": page})
    assert (told.status_code, told.headers["location"]) == (303, page)
    assert found(served.home, "praise")[0]["held"] is False
    told = owner.post("/sources/decide", data={"decision": "reject", "name": ident, "next": page})
    assert told.headers["location"] == "/sources?done=reject"
    assert "Rejected: it is found no more" in owner.get(told.headers["location"]).text
    assert owner.get(page).status_code == 404 and not found(served.home, "praise")
    rejected = owner.get("/sources?state=rejected").text
    assert states(rejected) == {"decided/mine.srt": "rejected"}
    told = owner.post("/sources/decide", data={"decision": "approve", "name": form_name(rejected)})
    assert told.status_code == 303 and found(served.home, "praise")


def test_decides_about_the_words_that_the_page_showed(served: Served, owner: httpx.Client) -> None:
    ident = form_name(send(owner, ("seen.srt", LOOP.replace("thank", "greet")), collection="seen").text)
    shown = re.findall(r'name="words" value="(\w+)"', owner.get(f"/transcript/{ident}").text)
    assert shown and set(shown) <= set(re.findall(r'name="words" value="(\w+)"', owner.get("/sources?state=held").text))
    form = {"decision": "reject", "name": ident}
    told = owner.post("/sources/decide", data=form | {"words": "0" * 64})
    assert told.status_code == 400 and "other words or speakers by now" in told.text
    assert owner.post("/sources/decide", data=form | {"words": shown[0]}).status_code == 303
    assert not found(served.home, "greet")


@pytest.mark.parametrize("form", [{"decision": "forget", "name": "x"}, {"decision": "approve", "name": "nobody"}, {}])
def test_a_decision_that_cannot_be_is_refused(owner: httpx.Client, form: dict[str, str]) -> None:
    assert owner.post("/sources/decide", data=form).status_code == 400


def test_is_for_the_administrator_and_for_forms_of_our_own_pages(served: Served, owner: httpx.Client) -> None:
    forms = {
        "/sources/decide": {"decision": "reject", "name": "loop.srt"},
        "/sources/describe": {"name": "bread.srt", "title": "x"},
        "/sources/again": {"name": "broken.srt"},
    }
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        for path in ("/sources", "/sources/became?name=bread.srt"):
            assert client.get(path).status_code == 403
        for path, form in forms.items():
            assert client.post(path, data=form).status_code == 403
        assert send(client, ("talk.srt", talk("owls"))).status_code == 403
    for path, form in forms.items():
        for headers in ({"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}):
            assert owner.post(path, data=form, headers=headers).status_code == 403
    file = [("files", ("talk.srt", talk("owls").encode()))]
    evil = owner.post("/sources/upload", files=file, headers={"origin": "https://evil.example"})
    assert evil.status_code == 403
    with browser(served) as client:
        assert send(client, ("talk.srt", talk("owls"))).status_code in (303, 401)
    assert sorted(one.name for one in (served.home / "inbox").iterdir() if "talk" in one.name) == []


def test_what_is_sent_is_found_at_once(served: Served, owner: httpx.Client) -> None:
    told = send(
        owner,
        ("owls.srt", talk("barn owls")),
        ("loop.srt", LOOP.replace("thank", "bless")),
        ("x.pdf", b"%PDF-1.4\0"),
        collection="birds / night",
    )
    assert told.status_code == 200
    assert states(told.text) == {
        "birds/night/owls.srt": "searchable", "birds/night/loop.srt": "in doubt", "birds/night/x.pdf": "not read",
    }  # fmt: skip
    hit = found(served.home, "barn owls")[0]
    assert hit["collection"] == "birds/night" and f"/transcript/{hit['transcript_id']}" in told.text
    assert states(owner.get("/sources/became?name=birds/night/owls.srt&name=none.srt").text) == {
        "birds/night/owls.srt": "searchable", "none.srt": "not there",
    }  # fmt: skip


def test_nothing_is_written_over(served: Served, owner: httpx.Client) -> None:
    inbox = served.home / "inbox"
    text, other = talk("snowy"), talk("tawny")
    assert "there already" not in send(owner, ("owls.srt", text)).text
    assert "It was there already, the same to the letter." in send(owner, ("owls.srt", text)).text
    told = send(owner, ("owls.srt", other))
    assert states(told.text) == {"owls-2.srt": "searchable"} and "Another file is called owls.srt" in told.text
    assert ((inbox / "owls.srt").read_text(), (inbox / "owls-2.srt").read_text()) == (text, other)
    told = send(owner, ("bread.meta.yaml", "title: Other\n"))
    assert "refused" in states(told.text).values() and "tags: [food]" in (inbox / "bread.meta.yaml").read_text()


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../evil.srt", "evil.srt"),
        ("C:\\talks\\evil.srt", "evil.srt"),
        ("/etc/evil.srt", "evil.srt"),
        ("e\u202evil\u200b <b>.srt", "evil _b_.srt"),
        ("e\u0301vil.srt", "évil.srt"),
        ("Ü" * 300 + ".srt", "Ü" * 88 + ".srt"),
    ],
)
def test_names_are_made_safe(served: Served, owner: httpx.Client, sent: str, kept: str) -> None:
    assert states(send(owner, (sent, talk(kept[-9:-4]))).text) == {kept: "searchable"}
    assert (served.home / "inbox" / kept).is_file()


@pytest.mark.parametrize("sent", [".hidden.srt", "..", "/", "\u202e", "dir/.hidden"])
def test_names_that_hide_or_are_none_are_refused(served: Served, owner: httpx.Client, sent: str) -> None:
    before = sorted((served.home / "inbox").rglob("*"))
    assert list(states(send(owner, (sent, talk("barn owls"))).text).values()) == ["refused"]
    assert sorted((served.home / "inbox").rglob("*")) == before


@pytest.mark.parametrize("collection", ["../out", ".git", "a/../../out", "a/.b", "x" * 300, "link", "a\nb"])
def test_collections_elsewhere_are_refused(served: Served, owner: httpx.Client, collection: str) -> None:
    before = sorted(served.home.parent.rglob("*"))
    assert send(owner, ("owls.srt", talk("barn owls")), collection=collection).status_code == 400
    assert sorted(served.home.parent.rglob("*")) == before


def test_what_is_too_large_is_told_and_not_kept(served: Served, owner: httpx.Client) -> None:
    told = send(owner, ("big.srt", b"x" * (2 << 20)), ("small.srt", talk("small")), ("video.mp4", b"x" * (2 << 20)))
    assert list(states(told.text).values()) == ["refused", "searchable", "kept"]
    assert "larger than the 1 MB that are read of a transcript" in told.text
    assert not (served.home / "inbox" / "big.srt").exists()
    assert not [one for one in (served.home / "inbox").iterdir() if one.name.startswith(".")]


def test_a_recording_and_a_sidecar_belong_to_their_transcript(served: Served, owner: httpx.Client) -> None:
    said = "title: Owls at night\npermissions: {allowedUsers: [ann@example.com]}\n"
    files = [("night.mp3", b"not really"), ("night.srt", talk("nightjars")), ("night.meta.yaml", said)]
    told = send(owner, *files)
    assert states(told.text) == {"night.mp3": "kept", "night.srt": "searchable", "night.meta.yaml": "kept"}
    assert "It is the recording of Owls at night." in told.text
    ident = found(served.home, "nightjars")[0]["transcript_id"]
    assert owner.get(f"/transcript/{ident}/media").content == b"not really"
    wrong = send(owner, ("day.meta.yaml", "titel: Owls by day\n"), ("links.csv", "datei,link\n"))
    assert states(wrong.text) == {"day.meta.yaml": "refused", "links.csv": "refused"}
    assert "links.csv:1: unknown column" in wrong.text and not (served.home / "inbox" / "links.csv").exists()
    wrong = send(owner, ("day.meta.yaml", "titel: Owls by day\n"), ("day.srt", talk("dawn")))
    assert set(states(wrong.text).values()) == {"refused"}
    assert "day.meta.yaml:1: unknown key `titel`; did you mean `title`?" in wrong.text
    later = send(owner, ("bread.wav", b"later"))
    assert "It is the recording of Bread." in later.text
    ident = found(served.home, "sourdough")[0]["transcript_id"]
    assert owner.get(f"/transcript/{ident}/media").content == b"later"


def test_an_upload_is_open_to_nobody_that_its_sidecar_does_not_name(served: Served, owner: httpx.Client) -> None:
    closed = "permissions: {allowedUsers: [ann@example.com]}\n"
    send(owner, ("tulk.srt", talk("tulips")))
    told = send(owner, ("tulk.srt", talk("secret bulbs")), ("tulk.meta.yaml", closed))
    assert set(states(told.text).values()) == {"refused"} and "rename all of it" in told.text
    assert not found(served.home, "secret bulbs") and found(served.home, "tulips")
    told = send(owner, ("tulk.meta.yaml", closed))
    assert "It describes the transcript it is named after." in told.text
    told = send(owner, ("tulk.srt", talk("secret bulbs")))
    assert set(states(told.text).values()) == {"refused"} and "tulk.meta.yaml would not go for this one" in told.text


def test_a_sidecar_that_describes_nothing_says_so(served: Served, owner: httpx.Client) -> None:
    assert "It describes nothing yet" in send(owner, ("orphan.meta.yaml", "title: Orphan\n")).text
    assert "in small letters" in send(owner, ("x.META.YAML", "title: X\n")).text
    named = unicodedata.normalize("NFD", "Café au lait.srt")  # as a Mac may have written it
    (served.home / "inbox" / named).write_text(talk("espresso"))
    connector(served.home, "ingest", f"inbox/{named}")
    told = send(owner, ("Café au lait.meta.yaml", "title: Coffee\n"))
    assert "It describes the transcript" in told.text and found(served.home, "espresso")[0]["title"].startswith(
        "Coffee"
    )


def test_the_collection_comes_before_the_files(owner: httpx.Client) -> None:
    parts = ('name="files"; filename="lost.srt"', talk("lost")), ('name="collection"', "birds")
    body = "".join(f"--x\r\nContent-Disposition: form-data; {head}\r\n\r\n{text}\r\n" for head, text in parts)
    headers = {"content-type": "multipart/form-data; boundary=x"}
    told = owner.post("/sources/upload", content=f"{body}--x--\r\n".encode(), headers=headers)
    assert told.status_code == 400 and "it must come before the files" in told.text
    assert "lost.srt" not in states(owner.get("/sources").text)


def test_a_disk_that_fills_while_a_file_arrives(
    served: Served, owner: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    free = iter([1 << 40, 1 << 40])
    monkeypatch.setattr("shutil.disk_usage", lambda _: SimpleNamespace(free=next(free, 0)))
    told = send(owner, ("long.mp4", b"x" * (4 << 20)))
    assert told.status_code == 507 and not list((served.home / "inbox").glob("*long*"))


def test_an_inbox_that_is_not_there_is_told(tmp_path: Path) -> None:
    with serving_home(make_home(tmp_path / "home")) as served, browser(served) as client:
        (served.home / "inbox").rename(tmp_path / "elsewhere")
        told = send(client, ("talk.srt", talk("owls")))
        assert told.status_code == 507 and "nothing can be written into the inbox: No such file" in told.text
        many = [(f"field{number}", (None, b"x")) for number in range(200)]
        assert client.post("/sources/upload", files=many).status_code in (413, 507)
        (tmp_path / "elsewhere").rename(served.home / "inbox")
        assert client.post("/sources/upload", files=many).status_code == 413


def test_what_breaks_off_leaves_nothing(served: Served, owner: httpx.Client) -> None:
    head = b'--x\r\nContent-Disposition: form-data; name="files"; filename="half.srt"\r\n\r\n1\n00:00'
    for body in (head, head + b"\r\n--x", b"no form", b""):
        told = owner.post("/sources/upload", content=body, headers={"content-type": "multipart/form-data; boundary=x"})
        assert told.status_code == 400
    assert owner.post("/sources/upload", content=b"{}", headers={"content-type": "application/json"}).status_code == 400
    assert "No file was chosen" in owner.post("/sources/upload", files=[("files", ("", b""))]).text
    assert not [one for one in (served.home / "inbox").iterdir() if "half" in one.name or one.name.startswith(".")]


def test_a_link_is_written_into_the_sidecar(served: Served, owner: httpx.Client) -> None:
    assert "bread.srt" in states(owner.get("/sources?state=unlinked").text)
    form = {
        "name": "bread.srt",
        "url": "https://youtu.be/dQw4w9WgXcQ",
        "title": "",
        "recorded": "2025-01-14",
        "state": "unlinked",
    }
    told = owner.post("/sources/describe", data=form)
    assert (told.status_code, told.headers["location"]) == (303, "/sources?state=unlinked&done=describe")
    sidecar = served.home / "inbox" / "bread.meta.yaml"
    assert load_mapping(sidecar) == {"tags": ["food"], "url": form["url"], "recorded": "2025-01-14"}
    assert sidecar.read_text().startswith("# mine\n")
    assert found(served.home, "sourdough")[0]["url"].startswith("https://youtu.be/dQw4w9WgXcQ?t=")
    assert "bread.srt" not in states(owner.get("/sources?state=unlinked").text)


@pytest.mark.parametrize(
    "form",
    [
        {"name": "bread.srt", "url": "javascript:alert(1)"},
        {"name": "bread.srt"},
        {"name": "../config.yaml", "title": "x"},
        {"name": "none.srt", "title": "x"},
    ],
)
def test_nothing_else_is_written(served: Served, owner: httpx.Client, form: dict[str, str]) -> None:
    inbox = served.home / "inbox"
    before = sorted(inbox.iterdir()), (inbox / "bread.meta.yaml").read_text()
    assert owner.post("/sources/describe", data=form).status_code == 400
    assert (sorted(inbox.iterdir()), (inbox / "bread.meta.yaml").read_text()) == before


NAMES = {
    b" edge.srt": "tulips",
    b"edge.srt": "daffodils",
    b"two\nlines.srt": "lilacs",
    b"na\xefve.srt": "orchids",
    b"100%25.srt": "irises",
}


def test_files_of_any_name_are_described_and_read_as_they_are_called(tmp_path: Path) -> None:
    home = make_home(tmp_path / "home")
    inbox = home / "inbox"
    for name, said in NAMES.items():
        (inbox / os.fsdecode(name)).write_text(talk(said))
    (inbox / os.fsdecode(b"na\xefve.mp3")).write_bytes(b"not really")
    (inbox / os.fsdecode(b"caf\xe9")).mkdir()
    connector(home, "ingest", "inbox")
    with serving_home(home) as served, browser(served) as client:
        page = client.get("/sources?state=unlinked")
        assert page.status_code == 200
        coded = [unescape(one) for one in re.findall(r'name="name" value="([^"]*)"', page.text)]
        assert len(coded) == len(NAMES) and not any("\n" in one or one != one.strip() for one in coded)
        for number, name in enumerate(coded):
            told = client.post("/sources/describe", data={"name": name, "title": f"Title {number}"})
            assert told.status_code == 303, told.text
        sidecars = {one.name for one in inbox.glob("*.meta.yaml")}
        assert sidecars == {os.fsdecode(name[:-4]) + ".meta.yaml" for name in NAMES}, "each beside its own"
        titles = {said: found(home, said)[0]["title"].partition(" (")[0] for said in NAMES.values()}
        assert len(set(titles.values())) == len(NAMES) and all(one.startswith("Title ") for one in titles.values())
        assert client.get(f"/transcript/{found(home, 'orchids')[0]['transcript_id']}/media").content == b"not really"


def test_what_still_cannot_be_read_is_told_so(served: Served, owner: httpx.Client) -> None:
    (served.home / "inbox" / "muddle.srt").write_text("1\n00:00:01,000 --> nothing\n")
    connector(served.home, "ingest", "inbox/muddle.srt", code=5)
    for path, more in (("again", {}), ("describe", {"title": "Muddle"})):
        told = owner.post(f"/sources/{path}", data={"name": "muddle.srt", **more})
        assert states(told.text) == {"muddle.srt": "not read"} and "no spoken text" in told.text
    (served.home / "inbox" / "muddle.srt").unlink()
    told = owner.post("/sources/again", data={"name": "muddle.srt"})
    assert told.status_code == 200 and list(states(told.text)) == ["muddle.srt"]


def test_a_form_is_small_and_has_no_files(served: Served, owner: httpx.Client) -> None:
    for path in ("/sign-in", "/sources/decide"):
        assert owner.post(path, data={"token": "x" * (2 << 20)}).status_code == 413
        assert owner.post(path, content=iter([b"token=", b"x" * (2 << 20)])).status_code == 413
        assert owner.post(path, files=[("token", ("x", b"x"))]).status_code == 400
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        assert client.post("/sources/decide", data={"name": "x" * (2 << 20)}).status_code == 403


def test_a_form_that_stops_is_given_up(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connector.serve.http.BODY_WAIT", 0.05)
    host, _, port = served.address.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), 10) as door:
        door.sendall(b"POST /sign-in HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\nAccept: text/html\r\n\r\ntoken=")
        assert door.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_mended_file_is_read_again(served: Served, owner: httpx.Client) -> None:
    (served.home / "inbox" / "broken.srt").write_text(talk("mended owls"))
    assert owner.post("/sources/again", data={"name": "broken.srt", "state": "failed"}).status_code == 303
    assert found(served.home, "mended owls")


def test_where_nobody_takes_in_what_came_it_is_told_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving_home(make_home(tmp_path / "home")) as served, browser(served) as client:
        for module in ("connector.archive.requests", "connector.serve.pages.sources"):
            monkeypatch.setattr(f"{module}.holder_of", lambda _: None)
        monkeypatch.setattr("connector.archive.ledger.Ledger.intent", lambda *_: ("waiting", None))
        monkeypatch.setattr("connector.archive.ledger.Ledger.add_intent", lambda *_: 0)  # its own server would hear it
        told = send(client, ("late.srt", talk("latecomers")))
        assert states(told.text) == {"late.srt": "waiting"} and "start <code>connector run</code>" in told.text
        assert "is being taken in" not in told.text
        told = client.get("/sources/became?name=late.srt&name=../config.yaml")
        assert states(told.text) == {"late.srt": "waiting", "../config.yaml": "not there"}
        told = client.post("/sources/decide", data={"decision": "reject", "name": "x"})
        assert told.status_code == 503 and "Start `connector run`" in told.text


def test_an_empty_archive_teaches(tmp_path: Path) -> None:
    with serving_home(make_home(tmp_path / "home")) as served, browser(served) as client:
        page = client.get("/sources").text
        assert "Nothing has come in yet" in page and str(served.home / "inbox") in page
        assert "<code>connector serve</code> takes in what is added on this page" in page
        assert "make demo" not in page and 'action="/sources/examples"' in page
        searched, status = client.get("/?q=compost").text, client.get("/status").text
        assert "There is nothing to search yet" in searched and 'href="/sources">Add a transcript' in searched
        assert "No document has" not in searched and "speaker:name" not in searched
        assert "Nothing has come in yet" in status and "All that came in is found" not in status
        told = states(client.post("/sources/examples").text)
        assert list(told.values()).count("searchable") == 3 and set(told.values()) == {"searchable", "kept"}
        assert found(served.home, "rubber band") and "Nothing has come in" not in client.get("/status").text
        desk = served.home / "inbox" / "support" / "_folder.yaml"
        desk.write_text("# mine\n")
        assert client.post("/sources/examples").status_code == 200 and desk.read_text() == "# mine\n"
        assert "What may help" in client.get("/?q=zzqqx").text

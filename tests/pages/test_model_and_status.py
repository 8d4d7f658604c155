"""The pages of the model and of the status, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from connector.archive.status import status
from connector.serve.pages import status_page
from connector.serve.pages.status_page import needs
from connector.serve.tokens import new_token
from model.page import figures
from model.report_files import DATA, folder_of
from tests.pages.model import IDENT, add_checkpoint
from tests.pages.test_frame import ADMINISTRATOR, browser, signed_in
from tests.serve.archive import BOB
from tests.serve.support import Served, serving_home
from tests.support import connector, make_home, srt, talk


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    home = make_home(tmp_path_factory.mktemp("status") / "home")
    inbox = home / "inbox"
    (inbox / "loop.srt").write_text(srt(["thank you thank you thank you thank you"] * 40))
    (inbox / "broken.srt").write_text("1\n00:00:01,000 --> nothing\n")
    (inbox / "bread.srt").write_text(talk("sourdough bread"))
    (inbox / "slip<b>.meta.yaml").write_text("title: x\n")
    connector(home, "ingest", "inbox", code=5)  # for one of them is broken
    with serving_home(home, ADMINISTRATOR) as served:
        yield served


def text_of(html: str) -> str:
    return " ".join(re.sub(r"<[^>]*>", " ", html).split())


def test_are_for_the_administrator(served: Served) -> None:
    with signed_in(served, new_token(served.service.settings.tokens_file, BOB)) as client:
        assert [client.get(path).status_code for path in ("/model", "/status")] == [403, 403]


def test_before_it_has_learned_the_page_says_how_it_begins(tmp_path: Path) -> None:
    with serving_home(make_home(tmp_path / "home")) as served, browser(served) as client:
        told = client.get("/model").text
        assert "It has learned nothing yet" in told and "<code>connector train</code>" in told
        told = client.get("/status").text
        assert "Nothing has come in yet" in told and "None yet." in told and "No checkpoint yet." in told


def test_a_model_is_shown_with_its_report_curves_and_samples(served: Served, owner: httpx.Client) -> None:
    with served.service.ledger() as ledger:
        report = add_checkpoint(ledger, served.service.settings)
        add_checkpoint(ledger, served.service.settings, "c00000a00000000ff", 10)
    page = owner.get("/model").text
    told = text_of(page)
    assert report.judgement.what_to_do in told.replace("&#39;", "'")
    assert all(name in told for name, _ in figures(report))
    assert page.count("<svg") == 2 and 'class="line-validation"' in page
    assert "<img" not in page.partition("<main")[2] and "<script>alert" not in page
    assert "style=" not in page and "<style" not in page
    assert f'href="/sample/c00000a00000000ff{1:05d}"' in page
    older = owner.get(f"/model?checkpoint={IDENT}").text
    assert "Checkpoint 9" in older and f'<a href="/model?checkpoint={IDENT}" aria-current="true">9</a>' in older
    assert owner.get("/model?checkpoint=none").status_code == 404
    damaged = folder_of(served.service.settings.model_folder, IDENT) / DATA
    damaged.write_text("{")
    assert "The next training writes a new one" in owner.get(f"/model?checkpoint={IDENT}").text
    damaged.unlink()
    assert "It has no report" in owner.get(f"/model?checkpoint={IDENT}").text


def test_the_status_says_what_the_command_says_and_what_needs_a_decision(served: Served, owner: httpx.Client) -> None:
    page = owner.get("/status").text
    told = text_of(page)
    assert "serving This server holds the archive" in told
    for link, words in (
        ("/sources?state=held", "1 transcript in doubt: approve or reject"),
        ("/sources?state=failed", "1 file could not be read"),
        ("/sources?state=unlinked", "2 transcripts without a video link"),
    ):
        assert re.search(rf'<a href="{re.escape(link)}">{words}', page), words
    assert "1 description of files that are not there" in told and "slip&lt;b&gt;.meta.yaml: there is no tran" in page
    assert "recordings 2" in told and "broken.srt:2: the file has no spoken text" in told
    assert re.findall(r'id="(\w+)"[^>]* data-live', page) == ["running", "needs", "figures", "lists"]


def test_how_far_long_work_is_shows_with_rate_and_time_left(
    served: Served, owner: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = status(served.service.settings)
    told["daemon"] = {"doing": "doing what was asked: rebuild", "progress": [3, 10], "seconds": 1.5, "training": None}
    place = {"server": "https://x-be.glean.com", "datasource": "talks", "at": "now"}
    told["push"]["under_way"] = place | {"done": 50, "total": 200, "seconds": 10.0}
    monkeypatch.setattr(status_page, "status", lambda _: told)
    shown = text_of(owner.get("/status").text)
    assert "doing what was asked: rebuild" in shown and "3 of 10, 2.0/s, 4 s left" in shown
    assert "A push to https://x-be.glean.com (talks) is under way: 50 of 200, 5.0/s, 30 s left." in shown
    assert "Nothing was pushed" not in shown
    told["push"] |= {"under_way": None, "unfinished": told["push"]["under_way"]}
    shown = text_of(owner.get("/status").text)
    assert "was stopped after 50 of 200: the next one goes on." in shown and "Nothing was pushed" not in shown


def test_what_matters_most_stands_first(served: Served) -> None:
    told = status(served.service.settings)
    told["push"]["failed"] = {"at": "now", "reason": "no network"}
    told["index"]["problem"] = "behind the ledger"
    told["training"] = "failed: no memory"
    words = [need.words for need in needs(told, kept=False)]
    assert words[:4] == [
        "Nobody takes in new files: start connector run.",
        "The index is behind the ledger",
        "The push to Glean failed at now: no network",
        "The training failed: no memory",
    ]

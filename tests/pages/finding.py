"""An archive whose pages are looked at: recordings for all and for some, samples, a glossary, what others pushed, and
texts, names and links as somebody would write them who means harm.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from html.parser import HTMLParser
from pathlib import Path

import httpx
import yaml

from connector import config as configuration
from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow, SampleRow
from tests.serve.archive import make_archive
from tests.serve.support import Served, serving_home
from tests.support import connector, srt

HTML = {"accept": "text/html"}
CHECKPOINT = "c0000011234567890"
HIDDEN_CHECKPOINT = "c0000021234567890"
SAMPLE = f"{CHECKPOINT}00000"
HIDDEN_SAMPLE = f"{HIDDEN_CHECKPOINT}00000"
EVIL = '<script>alert("x")</script>'
LONG = "Donaudampfschifffahrtsgesellschaft" * 8
JARGON = f"compost heap: {{aliases: [muck], definition: 'What rots in the garden {EVIL}'}}\n"


def make_hostile(home: Path) -> None:
    """A transcript whose every word means harm, and one that is in doubt."""
    folder = home / "inbox" / "evil"
    folder.mkdir()
    (folder / "x.srt").write_text(
        srt([f'{EVIL}: rhubarb <img src=x onerror="alert(1)"> & {LONG} part {n}' for n in range(4)])
    )
    told = {
        "title": f'{EVIL} "quoted" {LONG} \u202e gnp.exe',
        "url": "https://evil.example/watch?a=1&b='onclick=alert(1)",
        "tags": [EVIL, "' onclick=alert(1) x='"],
        "collection": '"><svg onload=alert(1)>',
        "recorded": "2025-02-03",
    }
    (folder / "x.meta.yaml").write_text(yaml.safe_dump(told, allow_unicode=True))


def add_samples(home: Path) -> None:
    """Samples of a model that read what is open, and of one that read all."""
    settings = configuration.load(home / "config.yaml").settings
    with Ledger.open(settings.ledger_file) as ledger:
        (open_one,), (doubted,) = (
            [i for i in ledger.transcript_ids() if title in ledger.transcript(i).metadata_json]  # type: ignore[union-attr]
            for title in ('"Compost for everybody"', "gnp.exe")
        )
        for ident, number, everybody in ((CHECKPOINT, 1, True), (HIDDEN_CHECKPOINT, 2, False)):
            ledger.add_checkpoint(CheckpointRow(ident, number, "corpus", [open_one], {}, everybody))
            text = f"the compost heap is a quagga {EVIL}\nand so it was."
            sources = [f"{open_one}0000001000000", f"{open_one}9999999999000", f"{doubted}0000001000000"]
            ledger.put_samples(ident, [SampleRow(ident, 0, "Beside the pond", 1337, 0.8, 40, text, sources)])


def make_searched(folder: Path) -> Path:
    home = make_archive(folder)
    make_hostile(home)
    (home / "jargon.yaml").write_text(JARGON)
    connector(home, "ingest", "inbox")
    connector(home, "jargon", "apply")
    add_samples(home)
    return home


def push_notes(served: Served, headers: dict[str, str]) -> None:
    """Two notes of another datasource, the link of one of them no web address, and what its model wrote."""
    pushed = [
        ("Article", "a", "https://wiki.example.com/a", "An okapi in the compost, note a."),
        ("Article", "b", "javascript:alert(1)", "An okapi in the compost, note b."),
        ("TranscriptSample", "c", "https://wiki.example.com/c", "The numbat goes on and on."),
    ]
    with httpx.Client(base_url=f"{served.address}/api/index/v1", headers=headers) as http:

        def post(path: str, body: object) -> None:
            http.post(path, json=body).raise_for_status()

        post("/adddatasource", {"name": "wiki", "datasourceCategory": "PUBLISHED_CONTENT", "urlRegex": ".*"})
        for kind, ident, url, text in pushed:
            document = {
                "datasource": "wiki",
                "objectType": kind,
                "id": ident,
                "title": f"Note {ident}",
                "viewURL": url,
                "body": {"mimeType": "text/plain", "textContent": text},
                "permissions": {"allowAnonymousAccess": True},
            }
            post("/indexdocument", {"document": document})


class _Elements(HTMLParser):
    """Every element that a browser would make of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def demand_harmless(page: str) -> None:
    """Fails where what came from outside became an element, or an attribute that runs."""
    reader = _Elements()
    reader.feed(page)
    assert len(reader.found) > 20
    for tag, attributes in reader.found:
        assert tag not in ("svg", "iframe", "object", "style")
        assert not [name for name in attributes if name.startswith("on") or name == "style"], attributes
        if tag in ("script", "img"):
            assert (attributes["src"] or "").startswith("/static/"), attributes


@contextmanager
def searched(folder: Path, token: str = "") -> Iterator[Served]:
    """It is served; with a ``token`` to those who have one."""
    with serving_home(make_searched(folder), token) as served:
        push_notes(served, {"Authorization": f"Bearer {token}"} if token else {})
        yield served

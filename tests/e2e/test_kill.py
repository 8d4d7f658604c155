"""kill -9 at any moment, start again: every dropped file is indexed exactly once, nothing twice, nothing missing."""

from __future__ import annotations

import random
import time
from collections import Counter
from pathlib import Path

from connector import config as configuration
from connector.archive.groups import all_documents
from connector.archive.ledger import Ledger
from indexer.store import Index
from tests.support import DaemonProcess, connector, connector_json, make_home, run, talk

KILLS = 50
SEED = 20


def test_fifty_kills(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    draw = random.Random(SEED)
    versions: dict[str, str] = {}
    for kill in range(KILLS):
        for number in range(draw.randint(1, 6)):
            name = f"{draw.randint(0, 5)}/kill{kill}n{number}.srt"
            versions[name] = _drop(home, name, f"kill{kill}n{number}", draw)
        if versions and draw.random() < 0.5:  # an edit of something that is there
            name = draw.choice(sorted(versions))
            versions[name] = _drop(home, name, f"edit{kill}", draw)
        running = DaemonProcess(home)
        time.sleep(draw.uniform(0.15, 1.4))  # from the imports to well after the last commit
        running.kill()
    log = (home / "daemon.txt").read_text()
    assert "Traceback" not in log, log

    assert run(home, "run", "--once").returncode == 0
    before = connector_json(home, "status")
    assert before["sources"] == {"indexed": len(versions)}
    assert before["transcripts"] == {"accepted": len(versions)}
    assert before["index"]["current"]
    _check(home, versions)

    running = DaemonProcess(home)  # killed once more while idle: the status is the same
    running.says("watching")
    running.kill()
    after = connector_json(home, "status")
    assert {**after, "daemon": None} == {**before, "daemon": None}
    documents = _documents(home)
    connector(home, "rebuild")
    assert _documents(home) == documents


def _drop(home: Path, name: str, words: str, draw: random.Random) -> str:
    file = home / "inbox" / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(talk(words, count=draw.randint(2, 60)))
    return words


def _documents(home: Path) -> list[str]:
    settings = configuration.load(home / "config.yaml").settings
    with Index.open(settings.index_folder) as index:
        return sorted(document.canonical for document in index.documents())


def _check(home: Path, versions: dict[str, str]) -> None:
    """The index holds what the ledger says and no more; each file's newest words are there, once."""
    settings = configuration.load(home / "config.yaml").settings
    with Ledger.open(settings.ledger_file) as ledger, Index.open(settings.index_folder) as index:
        truth = [document for _, documents in all_documents(ledger, settings) for document in documents]
        shown = list(index.documents())
        assert Counter(document.canonical for document in shown) == Counter(document.canonical for document in truth)
        assert max(Counter(document.id for document in shown).values()) == 1
        first_lines = Counter(
            document.text for document in shown if document.kind == "segment" and document.position == 0
        )
        for words in versions.values():
            assert sum(count for text, count in first_lines.items() if f"About {words}," in text) == 1, words

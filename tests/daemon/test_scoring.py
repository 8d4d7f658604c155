"""The language model in the quality gate, by real processes: asked once a transcript is searchable, kept, told."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue

import pytest

from connector import config as configuration
from connector.archive.judging import asked_model
from connector.archive.ledger import Ledger
from connector.archive.writer import Archive, writing
from connector.daemon.inbox import Inbox
from connector.daemon.pipeline import ingest
from connector.daemon.training import SCORE, Training
from model.base import is_base
from tests import support
from tests.support import connector, connector_json, daemon, environment, found, run, talk, until

WAIT = 60.0  # seconds until a child that loads torch must have said something


def make_home(folder: Path, **sections: str) -> Path:
    """A configured folder in which the language model is asked."""
    return support.make_home(folder, **({"quality": "{}"} | sections))


def noisy(name: str, count: int = 40) -> str:
    """A talk with a number after every third word: what counts words sees nothing, a reader does."""
    draw = random.Random(name)
    lines = []
    for line in talk(name, count).splitlines():
        if line[:1].isalpha():
            words = line.split()
            words[::3] = [f"{word} {draw.randrange(10**5)}" for word in words[::3]]
            line = " ".join(words)
        lines.append(line)
    return "\n".join(lines) + "\n"


def drop(home: Path, **files: str) -> None:
    for name, text in files.items():
        (home / "inbox" / f"{name}.srt").write_text(text)


def verdicts(home: Path) -> dict[str, int]:
    return dict(connector_json(home, "status")["transcripts"])


def once(home: Path) -> str:
    done = run(home, "run", "--once")
    assert done.returncode == 0, done.stderr
    return done.stderr


def configure(home: Path, **quality: object) -> None:
    make_home(home, quality=json.dumps(quality))


@pytest.fixture(scope="module")
def weighed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with a talk, one full of numbers that the model holds, and one too short to be asked about."""
    home = make_home(tmp_path_factory.mktemp("weighed"))
    drop(home, bread=talk("bread", 40), marzipan=noisy("marzipan"), short=talk("short", 3))
    connector(home, "ingest", "inbox")
    before = {hit["id"]: hit["text"] for hit in found(home, "marzipan")}
    assert verdicts(home) == {"accepted": 3}, "nothing else minds it"
    log = once(home)
    assert "arzipan: held" in log
    hits = found(home, "marzipan")
    assert hits and all(hit["held"] for hit in hits)
    assert {hit["id"]: hit["text"] for hit in hits} == before, "no text is touched"
    return home


@pytest.fixture
def copy(weighed: Path, tmp_path: Path) -> Path:
    target = tmp_path / "copy"
    subprocess.run(["cp", "-a", str(weighed), str(target)], check=True)
    return target


def held(home: Path) -> dict[str, object]:
    (one,) = connector_json(home, "review", "list")["held"]
    return dict(one)


class TestHeld:
    def test_is_told_with_its_reason_and_does_not_leave(self, weighed: Path) -> None:
        assert verdicts(weighed) == {"accepted": 2, "held": 1}
        one = held(weighed)
        assert one["grade"] == "low" and "the language model finds it unlike speech" in one["reasons"][0]
        shown = connector(weighed, "review", "show", one["id"])
        assert "bits a character" in shown and one["reasons"][0] in shown
        assert not any(hit["held"] for hit in found(weighed, "bread"))
        connector(weighed, "export", "--out", "pages")
        exported = (weighed / "pages" / "documents.ndjson").read_text()
        assert "marzipan" not in exported and "bread" in exported

    def test_the_model_has_read_no_document_and_is_kept_by_its_id(self, weighed: Path) -> None:
        with Ledger.open(weighed / "data" / "ledger.db") as ledger:
            rows = ledger._db.execute("SELECT DISTINCT model FROM plausibility").fetchall()
        (model,) = (row["model"] for row in rows)
        assert model == asked_model() and is_base(model)

    def test_is_not_learned(self, copy: Path) -> None:
        make_home(copy, train="{auto: false, budget: 600, threads: 1}", sample="{count: 0}")
        drop(copy, nougat=noisy("nougat"), roads=talk("roads", 60))
        connector(copy, "ingest", "inbox")
        assert verdicts(copy) == {"accepted": 4, "held": 1}
        learned = run(copy, "train", "--seconds", "1", "--json")
        read = json.loads(learned.stdout)["checkpoint"]["read"]
        assert "at most 1 s" in learned.stderr
        assert verdicts(copy) == {"accepted": 3, "held": 2}, "a training begins with what was not asked about yet"
        doubtful = {one["id"] for one in connector_json(copy, "review", "list")["held"]}
        assert len(read) == 3 and not doubtful & set(read)
        assert connector_json(copy, "status")["checkpoint"], "and is not revoked for it"
        once(copy)
        assert verdicts(copy) == {"accepted": 3, "held": 2}

    def test_nothing_is_asked_twice(self, copy: Path) -> None:
        log = copy / "data" / "log" / "scoring.log"
        log.unlink()
        once(copy)
        connector(copy, "ingest", "inbox")
        assert verdicts(copy) == {"accepted": 2, "held": 1}, "the same bytes read again are held as before"
        once(copy)
        assert not log.exists()


class TestPeople:
    def test_what_is_approved_is_not_overturned_and_new_bytes_are_asked_about_anew(self, copy: Path) -> None:
        connector(copy, "review", "approve", str(held(copy)["id"]))
        connector(copy, "ingest", "inbox")
        configure(copy, bits_a_character=2.5)  # another limit is another question
        once(copy)
        assert verdicts(copy) == {"accepted": 3}
        assert not any(hit["held"] for hit in found(copy, "marzipan"))
        drop(copy, marzipan=noisy("marzipan").replace("marzipan", "nougat"))
        once(copy)
        assert verdicts(copy) == {"accepted": 2, "held": 1}

    def test_rejected_stays_away(self, copy: Path) -> None:
        connector(copy, "review", "reject", str(held(copy)["id"]))
        once(copy)
        assert verdicts(copy) == {"accepted": 2} and not found(copy, "marzipan")


class TestLimit:
    def test_a_higher_one_frees_what_was_held(self, copy: Path) -> None:
        configure(copy, bits_a_character=9)
        assert "no longer held" in once(copy)
        assert verdicts(copy) == {"accepted": 3}

    def test_without_one_nobody_is_asked(self, copy: Path) -> None:
        configure(copy, bits_a_character=None)
        drop(copy, nougat=noisy("nougat"))
        assert "not asked any more" in once(copy)
        assert verdicts(copy) == {"accepted": 4}
        assert found(copy, "marzipan") and not any(hit["held"] for hit in found(copy, "marzipan"))

    def test_one_file_is_asked_about_by_hand(self, tmp_path: Path) -> None:
        (tmp_path / "marzipan.srt").write_text(noisy("marzipan"))
        assert connector_json(tmp_path, "quality", "marzipan.srt")["verdict"] == "accepted"
        told = connector_json(tmp_path, "quality", "marzipan.srt", "--bits")
        assert told["verdict"] == "held" and told["scores"]["bits_a_character"] > 3


def test_the_daemon_asks_in_a_quiet_moment_and_never_loads_torch(tmp_path: Path) -> None:
    home = make_home(tmp_path, train="{auto: false, debounce: 0.5}")
    with daemon(home) as running:
        drop(home, marzipan=noisy("marzipan"))
        until(lambda: found(home, "marzipan"), "searchable before anybody is asked")
        running.says("held, by what the language model thinks of it", seconds=WAIT)
        until(lambda: found(home, "marzipan")[0]["held"], "the index follows")
        assert "libtorch" not in Path(f"/proc/{running.process.pid}/maps").read_text()
        assert running.stop() == 0
    assert "Traceback" not in running.log


def test_taking_in_does_not_import_torch() -> None:
    modules = "connector.daemon.pipeline, connector.daemon.worker, connector.daemon.training, connector.cli.quality"
    code = f"import sys, {modules}; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], env=environment()).returncode == 0


class Asking:
    """A training's parent in this process, its child a real one."""

    def __init__(self, archive: Archive, home: Path) -> None:
        self.said: list[str] = []
        self.bell: SimpleQueue[None] = SimpleQueue()
        self.training = Training(archive, home / "config.yaml", self.said.append, lambda: self.bell.put(None))

    def until(self, event: str) -> None:
        """Acts on what the child tells up to an ``event``."""
        while True:
            self.bell.get(timeout=WAIT)
            if event in [message["event"] for message in self.training.poll()]:
                return


@pytest.fixture
def several(tmp_path: Path) -> Path:
    home = make_home(tmp_path / "several")
    drop(home, **{f"talk{number}": noisy(f"subject{number}", 120) for number in range(6)})
    connector(home, "ingest", "inbox")
    return home


def test_a_child_that_is_killed_loses_nothing(several: Path) -> None:
    settings = configuration.load(several / "config.yaml").settings
    with writing(settings, "test", lambda _: None) as archive:
        asking = Asking(archive, several)
        assert asking.training.due(train=False) == SCORE
        asking.training.start(SCORE, {})
        asking.until("weighed")
        assert asking.training._child is not None
        asking.training._child.kill()
        asking.until("ended")
        kept = archive.ledger.counts()["transcripts"].get("held", 0)
        assert 1 <= kept < 6
        assert asking.training.due(train=False) is None, "not at once again"
        assert "ended with code -9" in asking.said[-1]
        assert archive.ledger.get_state("training_failed") is None, "it was no training"
    once(several)
    assert verdicts(several) == {"held": 6}


def test_what_is_asked_makes_way_for_what_a_person_wants(several: Path) -> None:
    settings = configuration.load(several / "config.yaml").settings
    with writing(settings, "test", lambda _: None) as archive:
        asking = Asking(archive, several)
        asking.training.start(SCORE, {})
        asking.until("weighed")
        asking.training.start("train", {})
        assert asking.training.running and not asking.training.scoring
        asking.until("ended")
        assert "nothing left to learn from" in " ".join(asking.said)
        assert archive.ledger.counts()["transcripts"] == {"held": 6}
        assert asking.training.due() is None


def test_a_new_version_has_no_score_and_a_late_one_is_not_its(archive: Archive) -> None:
    def put(text: str) -> str:
        (archive.settings.inbox / "a.srt").write_text(text)
        inbox = Inbox(archive.settings)
        source = inbox.find(archive.settings.inbox / "a.srt")
        assert source is not None
        return ingest(source, inbox, archive.ledger, archive.settings).transcript_id or ""

    ledger, by = archive.ledger, {"model": "base-x", "threshold": 3.0}
    ident = put(talk("bread", 40))
    first = ledger.transcript(ident)
    assert first is not None and ledger.unweighed(**by) == [ident]
    bad = {"bits": 4.0, "load": 2.0, "unlike": 0.0, "doubts": []}
    fine = {"bits": 2.0, "load": 0.0, "unlike": 0.0, "doubts": []}
    generation = ledger.generation()
    assert ledger.put_weighed(ident, first.cues_hash, fine, **by) is None
    assert ledger.generation() == generation, "no document is derived anew for a good score"
    assert ledger.unweighed(**by) == [] and ledger.unweighed("base-y", 3.0) == [ident]
    assert ledger.put_weighed(ident, first.cues_hash, bad, **by) == "held"
    assert ledger.generation() > generation
    put(talk("rye", 40))
    second = ledger.transcript(ident)
    assert second is not None and second.verdict == "accepted" and "bits_a_character" not in second.judgement["scores"]
    assert ledger.put_weighed(ident, first.cues_hash, bad, **by) is None, "said of other words"
    assert ledger.unweighed(**by) == [ident]
    assert ledger.put_weighed("t0", "x", bad, **by) is None

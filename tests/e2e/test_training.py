"""The model beside the daemon: trains, continues, survives being stopped, obeys permissions and forgetting."""

from __future__ import annotations

import json
import random
import re
import shutil
import signal
import sqlite3
import subprocess
from pathlib import Path

import pytest

from tests.support import CONNECTOR, connector, connector_json, daemon, environment, found, make_home, run, srt, until

WORDS = re.findall(
    r"\w+",
    "the water in the drain is what we look at first because a bridge that stays dry stays young and nobody has to"
    " close the road for a week when the rubber under it still moves in summer and the chalk on the steel has a date",
)


# Words in random order are what the quality gate holds; here they are to be learned.
NONSENSE = "{word_order: null, bits_a_character: null}"


def lecture(seed: int, lines: int = 200) -> str:
    """A long talk of common words in random order: enough to train on."""
    draw = random.Random(seed)
    return srt([" ".join(draw.choices(WORDS, k=12)).capitalize() + "." for _ in range(lines)])


def drop(home: Path, name: str, seed: int) -> None:
    (home / "inbox" / name).parent.mkdir(parents=True, exist_ok=True)
    (home / "inbox" / name).write_text(lecture(seed))


def checkpoints(home: Path) -> list[str]:
    return sorted(path.name for path in (home / "data" / "model" / "checkpoints").glob("c*"))


def test_the_daemon_trains_samples_and_continues(tmp_path: Path) -> None:
    home = make_home(
        tmp_path,
        quality=NONSENSE,
        train="{debounce: 0.5, budget: 5, save_every: 1, threads: 1}",
        sample="{count: 3, length: 60}",
    )
    drop(home, "a.srt", 1)
    with daemon(home) as running:
        drop(home, "b.srt", 2)
        running.says("checkpoint 1")
        samples = until(lambda: found(home, "kind:sample", kind="sample"), "samples are found where asked for")
        assert all(sample["generated"] and sample["title"].startswith("Generated") for sample in samples)
        assert not any(hit["generated"] for hit in found(home, "the"))
        assert running.log.count("training on") == 1, "a batch of files makes one training"
        assert "from the base" in running.log
        maps = Path(f"/proc/{running.process.pid}/maps")
        assert "libtorch" not in maps.read_text(), "the daemon itself does not load torch"

        drop(home, "c.srt", 3)
        running.says("training on 3 transcripts")
        running.says("training: Continues c000001")
        running.says("checkpoint 2")
        assert "continued from c000001" in running.log

        drop(home, "d.srt", 4)
        running.says("training on 4 transcripts")
        running.says("training:  ", times=running.log.count("training:  ") + 1)
        assert running.stop() == 0
    assert "goes on there the next time" in running.log
    assert len(checkpoints(home)) == 2

    with daemon(home) as running:
        running.says("of an unfinished training")
        running.says("checkpoint 3")
        running.kill()
    status = connector_json(home, "status")
    assert status["checkpoint"]["number"] == 3 and status["checkpoint"]["transcripts_read"] == 4


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one checkpoint that read two open transcripts; a third is for the staff. Copied by the tests."""
    home = make_home(
        tmp_path_factory.mktemp("trained"),
        quality=NONSENSE,
        train="{auto: false, budget: 1, save_every: 1, threads: 1}",
        sample="{count: 2, length: 40}",
    )
    drop(home, "a.srt", 1)
    drop(home, "b.srt", 2)
    drop(home, "staff/c.srt", 3)
    (home / "inbox" / "staff" / "_folder.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
    connector(home, "ingest", "inbox")
    report = connector_json(home, "train")
    closed = found(home, "the", collection="staff")[0]["transcript_id"]
    assert closed not in report["checkpoint"]["read"] and len(report["checkpoint"]["read"]) == 2
    return home


@pytest.fixture
def copy(trained: Path, tmp_path: Path) -> Path:
    shutil.copytree(trained, tmp_path / "copy")
    return tmp_path / "copy"


def samples(home: Path) -> int:
    return len(found(home, "kind:sample", kind="sample"))


class TestPermissions:
    def test_samples_of_open_transcripts_are_everyones(self, trained: Path) -> None:
        result = connector_json(trained, "search", "kind:sample", "--kind", "sample", "--as", "ann@example.com")
        assert result["total"] == samples(trained) > 0

    def test_a_transcript_that_closes_takes_its_model_along(self, copy: Path) -> None:
        (copy / "inbox" / "a.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        connector(copy, "ingest", "inbox")
        assert samples(copy) == 0 and checkpoints(copy) == []

    def test_closing_the_default_closes_samples_in_every_view_at_once(self, copy: Path) -> None:
        config = copy / "config.yaml"
        config.write_text(config.read_text() + "permissions: {allowAllDatasourceUsersAccess: false}\n")
        connector(copy, "export")  # no writer has run since
        exported = (copy / "data" / "export" / "documents.ndjson").read_text()
        assert "TranscriptSample" not in exported and '"allowAllDatasourceUsersAccess":true' not in exported
        asked = run(copy, "search", "the", "--as", "ann@example.com")
        assert asked.returncode == 3 and "config.yaml has changed" in asked.stderr
        connector(copy, "rebuild")
        assert connector_json(copy, "search", "the", "--kind", "all", "--as", "ann@example.com")["total"] == 0
        assert samples(copy) == 0 and checkpoints(copy) == []

    def test_a_model_that_read_everything_is_its_owners_alone(self, copy: Path) -> None:
        config = copy / "config.yaml"
        config.write_text(config.read_text().replace("train: {auto: false", "train: {auto: false, train_on: all"))
        assert len(connector_json(copy, "train", "--fresh")["checkpoint"]["read"]) == 3
        assert samples(copy) > 0
        owner_only = [hit for hit in found(copy, "kind:sample", kind="sample") if hit["id"].startswith("c000002")]
        assert owner_only
        for hit in connector_json(copy, "search", "kind:sample", "--kind", "sample", "--as", "ann@example.com")["hits"]:
            assert not hit["id"].startswith("c000002")
        connector(copy, "export")
        assert "c000002" not in (copy / "data" / "export" / "documents.ndjson").read_text()


def test_forget_revokes_what_read_it_at_once(copy: Path) -> None:
    ident = found(copy, "the", collection="staff")[0]["transcript_id"]
    assert connector_json(copy, "forget", ident, "--yes")["revoked_checkpoints"] == []
    assert samples(copy) > 0
    read = connector_json(copy, "status")["checkpoint"]["id"]
    ident = found(copy, "the")[0]["transcript_id"]
    assert connector_json(copy, "forget", ident, "--yes")["revoked_checkpoints"] == [read]
    assert samples(copy) == 0 and checkpoints(copy) == []


def test_a_rejected_version_takes_its_models_weights_along_though_an_older_one_is_shown(copy: Path) -> None:
    (copy / "inbox" / "a2.srt").write_text(lecture(1).replace("bridge", "viaduct", 20))
    connector(copy, "ingest", "inbox")
    ident = found(copy, "viaduct")[0]["transcript_id"]
    connector(copy, "train")
    assert len(checkpoints(copy)) == 2
    connector(copy, "review", "reject", ident)
    assert not found(copy, "viaduct") and found(copy, "bridge")[0]["transcript_id"] == ident
    assert checkpoints(copy) == []


def test_an_archive_is_learned_in_byte_pairs_and_forgotten_with_them(copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(
        config.read_text().replace("train: {auto: false, budget: 1", "train: {auto: false, tokenizer: bpe, budget: 3")
    )
    done = run(copy, "train")
    assert done.returncode == 0, done.stderr
    assert "c000001" in done.stderr and "reads characters, not bpe" in done.stderr and "byte-pair tokens" in done.stderr
    assert connector_json(copy, "status")["checkpoint"]["number"] == 2
    assert any(hit["id"].startswith("c000002") for hit in found(copy, "kind:sample", kind="sample"))
    told = connector_json(copy, "report")
    assert told["tokenizer"] == "bpe" and told["characters_per_token"] > 2 and told["sampled"]["known"] > 0
    again = run(copy, "train")
    assert again.returncode == 0 and "Continues c000002" in again.stderr
    ident = found(copy, "the")[0]["transcript_id"]
    connector(copy, "forget", ident, "--yes")
    assert samples(copy) == 0 and checkpoints(copy) == []
    assert not any(path.is_file() for path in (copy / "data" / "model").rglob("*"))


def test_a_daemon_stopped_while_the_child_starts_trains_the_next_time(copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("train: {auto: false", "train: {auto: true, debounce: 0"))
    drop(copy, "d.srt", 9)
    with daemon(copy) as running:
        until(lambda: list((copy / "data" / "log").glob("training.log")), "the child was started")
        assert running.stop() == 0
    with daemon(copy) as running:
        running.says("checkpoint 2")


def test_requests_for_the_model_while_it_trains_are_answered(copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("{auto: false, budget: 1", "{auto: true, debounce: 0, budget: 20"))
    drop(copy, "d.srt", 9)
    with daemon(copy) as running:
        running.says("training on 3")
        for command in ("train", "sample"):
            done = run(copy, command)
            assert done.returncode == 5 and "under way" in done.stderr
        assert run(copy, "forget", "t00000000000000000000", "--yes").returncode == 5
        assert "under way" in connector_json(copy, "status")["training"], "the training goes on"
        ident = found(copy, "the")[0]["transcript_id"]
        connector(copy, "forget", ident, "--yes")
        assert checkpoints(copy) == []


def test_a_training_that_reads_what_is_closed_meanwhile_is_given_up(copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("{auto: false, budget: 1", "{auto: true, debounce: 0, budget: 15"))
    drop(copy, "d.srt", 9)
    drop(copy, "e.srt", 10)
    with daemon(copy) as running:
        running.says("training on 4")
        (copy / "inbox" / "d.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        running.says("the training is given up")
        running.says("training on 3")
        assert "training failed" not in running.log and len(checkpoints(copy)) == 1, "nothing it read is closed"
        (copy / "inbox" / "a.meta.yaml").write_text("permissions: {allowedGroups: [staff]}\n")
        running.says("is discarded: it has read what may not be read any more")


def test_a_failed_training_leaves_everything_as_it_was(copy: Path) -> None:
    before = connector_json(copy, "status")
    (copy / "data" / "model" / "run").write_text("a file where a folder should be")
    done = run(copy, "train")
    assert done.returncode == 5 and "Traceback" not in done.stderr
    after = connector_json(copy, "status")
    for part in ("documents", "checkpoint", "sources", "index"):
        assert after[part] == before[part]
    assert after["training"].startswith("failed")


def test_a_damaged_checkpoint_is_passed_over_by_name(copy: Path) -> None:
    newest = connector_json(copy, "train")["checkpoint"]["id"]
    weights = copy / "data" / "model" / "checkpoints" / newest / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-100])
    done = run(copy, "sample", "--count", "1", "--seed", "99", "--json")
    assert f"passed over: {newest} is damaged" in done.stderr
    (drawn,) = json.loads(done.stdout)["samples"]
    assert drawn["checkpoint_id"].startswith("c000001") and drawn["seed"] == 99, "what was drawn, of what it was drawn"
    done = run(copy, "train")
    assert done.returncode == 0 and newest in done.stderr and "Continues c000001" in done.stderr


def test_sample_by_hand(copy: Path) -> None:
    first = connector_json(copy, "sample", "--count", "4", "--seed", "5", "--prompt", "The water")["samples"]
    assert [sample["prompt"] for sample in first] == ["The water"] * 4
    assert [sample["seed"] for sample in first] == [5, 6, 7, 8]
    again = connector_json(copy, "sample", "--count", "4", "--seed", "5", "--prompt", "The water")["samples"]
    assert again == first
    assert len(connector_json(copy, "search", "kind:sample", "--limit", "50")["hits"]) == 4


def test_samples_begin_with_words_of_what_was_read_alone(copy: Path) -> None:
    """What came since may be closed, or forgotten, and the checkpoint would not go with it."""
    for number in range(3):
        (copy / "inbox" / f"new{number}.srt").write_text(srt([f"Zebraproject {word}." for word in WORDS]))
    connector(copy, "ingest", "inbox")
    drawn = connector_json(copy, "sample", "--count", "12", "--length", "5")
    assert len(drawn["samples"]) == 12
    assert not any("Zebraproject" in sample["prompt"] for sample in drawn["samples"])
    assert not found(copy, "zebraproject", kind="sample")


LONG = ("sample", "--count", "200", "--length", "20000", "--no-stop")


def at_work(pid: int) -> int:
    """The child of a command, which heeds SIGTERM in its own way by now."""

    def heeds() -> list[int]:
        children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
        caught = [re.search(r"SigCgt:\s*(\w+)", Path(f"/proc/{child}/status").read_text()) for child in children]
        return [
            c for c, bits in zip(children, caught, strict=True) if bits and int(bits[1], 16) >> signal.SIGTERM - 1 & 1
        ]

    return int(until(heeds, "the child is at work")[0])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_sampling_that_is_stopped_ends_at_once_and_says_that_nothing_was_drawn(copy: Path, number: int) -> None:
    asked = subprocess.Popen([*CONNECTOR, *LONG], cwd=copy, env=environment(), stderr=subprocess.PIPE, text=True)
    child = at_work(asked.pid)
    asked.send_signal(number)
    told = asked.communicate(timeout=20)[1]
    assert asked.returncode == 128 + number and "stopped: nothing was drawn" in told
    until(lambda: not Path(f"/proc/{child}").exists(), "the child is gone")


def test_the_child_of_a_sampling_that_is_killed_ends(copy: Path) -> None:
    asked = subprocess.Popen([*CONNECTOR, *LONG], cwd=copy, env=environment(), stderr=subprocess.PIPE)
    child = at_work(asked.pid)
    asked.kill()
    asked.communicate()
    until(lambda: not Path(f"/proc/{child}").exists(), "the child is gone")


def test_a_training_that_is_stopped_while_it_draws_keeps_its_checkpoint(copy: Path) -> None:
    config = copy / "config.yaml"
    config.write_text(config.read_text().replace("{count: 2, length: 40}", "{count: 200, length: 20000, stop: false}"))
    asked = subprocess.Popen([*CONNECTOR, "train"], cwd=copy, env=environment(), stderr=subprocess.PIPE, text=True)
    assert asked.stderr is not None
    next(line for line in asked.stderr if "report: " in line)
    asked.send_signal(signal.SIGINT)
    asked.communicate(timeout=25)
    assert asked.returncode == 0 and connector_json(copy, "status")["checkpoint"]["number"] == 2


def test_reports_forget_the_samples_that_the_ledger_has_no_more(copy: Path) -> None:
    """As those of an older ledger that begin with words their checkpoint has not read."""
    (page,) = copy.glob("data/model/checkpoints/*/report.html")
    prompt = connector_json(copy, "sample", "--count", "1")["samples"][0]["prompt"]
    assert prompt in page.read_text()
    with sqlite3.connect(copy / "data" / "ledger.db") as db:
        db.execute("INSERT OR REPLACE INTO state VALUES ('purge', 'true')")
    db.close()
    connector(copy, "rebuild")
    assert prompt in page.read_text(), "what it holds stays"
    with sqlite3.connect(copy / "data" / "ledger.db") as db:
        db.execute("DELETE FROM samples")
        db.execute("INSERT OR REPLACE INTO state VALUES ('purge', 'true')")
    db.close()
    connector(copy, "rebuild")
    assert prompt not in page.read_text() and prompt not in page.with_name("report.json").read_text()


def test_nothing_to_learn_from(home: Path) -> None:
    done = run(home, "train")
    assert done.returncode == 5 and "nothing the model may read" in done.stderr
    done = run(home, "sample")
    assert done.returncode == 5

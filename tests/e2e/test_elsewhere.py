"""The model trained elsewhere: what it may read goes out in one file, and its checkpoint comes back."""

from __future__ import annotations

import json
import shutil
import stat
from pathlib import Path

import pytest

from model.checkpoint import load_newest, publish
from tests.e2e.test_training import NONSENSE, lecture
from tests.support import connector, connector_json, daemon, found, make_home, run, until

TRAINING = ("--text", "archive.jsonl", "--preset", "cpu", "--steps", "3")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of two open talks and one that is Ann's; exported, and trained elsewhere."""
    home = make_home(
        tmp_path_factory.mktemp("archive"),
        quality=NONSENSE,
        train="{auto: false, budget: 2, threads: 1}",
        sample="{count: 2, length: 40}",
    )
    for number, name in enumerate(("a", "b", "secret")):
        (home / "inbox" / f"{name}.srt").write_text(lecture(number))
    (home / "inbox" / "secret.meta.yaml").write_text("permissions: {allowedUsers: [ann@example.com]}\n")
    connector(home, "run", "--once")
    (home / "exported.json").write_text(connector(home, "model", "export", "archive.jsonl", "--json"))
    (home / "trained.json").write_text(connector(home, "train", *TRAINING, "--json"))
    return home


@pytest.fixture
def home(trained: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return Path(shutil.copytree(trained, tmp_path / "home"))


def test_there_and_back(home: Path) -> None:
    told = json.loads((home / "exported.json").read_text())
    file = home / "archive.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert told["transcripts"] == 2 == len(lines) - 1, "what not everyone may see stays here"
    assert told["characters"] == sum(len(line["text"]) for line in lines[1:])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600

    trained = json.loads((home / "trained.json").read_text())
    assert trained["model"] == "archive.model" and trained["steps"] == 3
    taken = connector_json(home, "model", "import", "archive.model")
    assert taken["checkpoint"]["number"] == 1
    assert sorted(taken["checkpoint"]["read"]) == sorted(line["id"] for line in lines[1:])
    assert len(taken["samples"]) == 2 and found(home, "kind:sample", kind="sample")
    assert "taken over from archive.model" in connector(home, "status")
    assert "stopped early" in connector(home, "report")

    (home / "inbox" / "c.srt").write_text(lecture(9))
    connector(home, "ingest", "inbox/c.srt")
    connector(home, "train")
    newest = connector_json(home, "report")
    assert newest["continued_from"] == taken["checkpoint"]["id"], "a later training goes on with it, whatever its shape"
    assert newest["parameters"] == trained["parameters"]


def test_the_daemon_takes_it_over(home: Path) -> None:
    with daemon(home) as running:
        assert "the daemon takes it over" in connector(home, "model", "import", "archive.model")
        running.says("taken over from archive.model")
        until(lambda: found(home, "kind:sample", kind="sample"), "its samples are found")


def test_what_read_anything_else_stays_out(home: Path) -> None:
    (home / "inbox" / "b.meta.yaml").write_text("permissions: {allowedUsers: [ann@example.com]}\n")
    connector(home, "run", "--once")
    refused = run(home, "model", "import", "archive.model")
    assert refused.returncode == 5 and "that the model may not read here" in refused.stderr
    assert connector_json(home, "status")["checkpoint"] is None
    assert run(home, "model", "import", "nowhere").returncode == 5


def test_what_comes_from_outside_is_not_believed(home: Path) -> None:
    """A report that cannot be read costs the report; weights that are no numbers, or read otherwise, stay out."""
    (home / "archive.model" / "report.json").write_text('{"judgement": {"verdict": "great"}}')
    taken = connector_json(home, "model", "import", "archive.model")["checkpoint"]
    assert 0 < taken["report"]["validation_loss"] < 10

    loaded = load_newest(home / "archive.model")
    assert loaded is not None
    info = loaded.info
    spoilt = {name: weights * float("nan") for name, weights in loaded.weights.items()}
    kept = {"gpt": info.gpt, "vocabulary": info.vocabulary, "steps": 1, "train_loss": 0.1, "validation_loss": 0.1}
    kept |= {"validation_split": info.validation_split, "validation_manifest": "", "read": info.read}
    kept |= {"texts": info.texts_by_id}
    publish(home / "spoilt", spoilt, parent=None, origin_characters=1, created="", **kept)
    refused = run(home, "model", "import", "spoilt")
    assert refused.returncode == 5 and "import failed" in refused.stderr
    told = connector_json(home, "status")
    assert told["checkpoint"]["id"] == taken["id"], "what was there is there"
    assert "failed" not in connector(home, "status"), "and no training has failed"

    connector(home, "train", *TRAINING, "--tokenizer", "bpe", "--into", "pairs")
    refused = run(home, "model", "import", "pairs")
    assert refused.returncode == 5 and "reads bpe, trainings here characters" in refused.stderr


def test_no_worse_than_the_archives_own(home: Path) -> None:
    connector(home, "train")
    refused = run(home, "model", "import", "archive.model")
    assert refused.returncode == 5 and "is as good or better" in refused.stderr


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ("", ":1: not what `connector model export`"),
        ("[1]\n", ":1: not what"),
        ('{"format":"connector corpus","version":2,"transcripts":1}\n', ":1: not what"),
        ('{"format":"connector corpus","version":1,"transcripts":2}\n{"id":"a","text":"b"}\n', "ends after 1 of 2"),
        ('{"format":"connector corpus","version":1,"transcripts":1}\n{"id":"a"}\n', ":2: not"),
        ('{"format":"connector corpus","version":1}\n', ":1: not what"),
        ('{"format":"connector corpus","version":1,"transcripts":1}\n{"id":"\\ud800","text":"b"}\n', ":2: not"),
        ('{"format":"connector corpus","version":1,"transcripts":1}\n' + "[" * 100_000, ":2: not"),
    ],
)
def test_a_file_that_is_no_export_is_refused_by_its_line(tmp_path: Path, content: str, told: str) -> None:
    (tmp_path / "archive.jsonl").write_text(content)
    refused = run(tmp_path, "train", *TRAINING)
    assert refused.returncode == 5 and told in refused.stderr, refused.stderr


def test_nothing_to_export(tmp_path: Path) -> None:
    home = make_home(tmp_path)
    connector(home, "run", "--once")
    refused = run(home, "model", "export", "archive.jsonl")
    assert (
        refused.returncode == 5
        and "nothing the model may read" in refused.stderr
        and not (home / "archive.jsonl").exists()
    )
    assert run(home, "model", "export", "archive.txt").returncode == 5

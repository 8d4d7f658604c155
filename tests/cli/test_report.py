"""connector report: what became of a training; its page; that it goes when its checkpoint goes; and tracking."""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

import pytest

from connector.daemon.tracking import MISSING, tracked
from model.outcome import Progress
from tests.support import connector, connector_json, found, make_home, run, talk

# A wandb that writes down what it is told; as the real one, it wants an account unless it is offline.
STUB = """
import json, os, pathlib

class Error(Exception): pass

class Run:
    def __init__(self, file): self.file, self.summary = file, self
    def write(self, **what):
        with open(self.file, "a") as file: file.write(json.dumps(what) + "\\n")
    def log(self, values, step): self.write(step=step, values=values)
    def update(self, values): self.write(summary=values)
    def finish(self): self.write(finished=True)

def init(project, dir, mode, config, settings):
    mode = mode or os.environ.get("WANDB_MODE", "online")
    if mode != "offline": raise Error("No API key configured.")
    run = Run(pathlib.Path(dir) / "told.jsonl")
    run.write(project=project, mode=mode, config=config, settings=settings)
    return run
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive with one checkpoint, of the base, tracked by the stub without an account. Copied by who changes it."""
    home = make_home(
        tmp_path_factory.mktemp("report"),
        train="{auto: false, budget: 2, save_every: 1, threads: 1, tracking: wandb}",
        sample="{count: 2, length: 60}",
    )
    (home / "site").mkdir()
    (home / "site" / "wandb.py").write_text(STUB)
    for name in ("alpha", "beta"):
        (home / "inbox" / f"{name}.srt").write_text(talk(name, count=60))
    connector(home, "ingest", "inbox")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(home / "site"))
        patch.delenv("WANDB_MODE", raising=False)
        done = run(home, "train")
    assert done.returncode == 0, done.stderr
    (home / "told.txt").write_text(done.stderr)
    return home


def pages(home: Path) -> list[Path]:
    return sorted((home / "data" / "model").rglob("report.*"))


class TestReport:
    def test_for_people(self, trained: Path) -> None:
        printed = connector(trained, "report")
        verdict = connector_json(trained, "report")["judgement"]["verdict"]
        assert printed.startswith(f"{verdict}  (c000001") and "What to do: " in printed
        for name in ("bits a character", "gap", "longest run copied", "vocabulary", "characters/s", "report.html"):
            assert name in printed

    def test_status_says_the_same_as_the_report(self, trained: Path) -> None:
        value = connector_json(trained, "report")
        model = connector_json(trained, "status")["checkpoint"]
        told = f"{value['judgement']['why']} {value['judgement']['what_to_do']}"
        assert model["report"]["explanation"] == told and model["report"]["judgement"] == value["judgement"]
        assert told in (trained / "told.txt").read_text() and model["report"]["training"] == []
        assert value["training"] and value["validation"] and value["checkpoint"] == model["id"]
        assert value["sampled"]["count"] == 2

    def test_of_a_checkpoint_by_the_beginning_of_its_id(self, trained: Path, tmp_path: Path) -> None:
        ident = connector_json(trained, "report")["checkpoint"]
        value = connector_json(trained, "report", ident[:8], "--html", str(tmp_path / "copy.html"))
        assert value["page"] == str(tmp_path / "copy.html")
        assert "<svg" in (tmp_path / "copy.html").read_text() and ident in (tmp_path / "copy.html").read_text()
        folder = str(trained / "data" / "model" / "checkpoints" / ident)
        assert connector_json(trained, "report", folder)["checkpoint"] == ident

    def test_of_none(self, trained: Path, home: Path) -> None:
        done = run(trained, "report", "c9")
        assert done.returncode == 5 and "There are: c000001" in done.stderr
        done = run(home, "report")
        assert done.returncode == 3 and "no checkpoint yet" in done.stderr

    def test_one_that_is_damaged_or_of_an_earlier_version(self, trained: Path, tmp_path: Path) -> None:
        home = tmp_path / "copy"
        shutil.copytree(trained, home)
        data, page = sorted(pages(home), reverse=True)
        data.write_text("{")
        assert run(home, "report").returncode == 5
        data.unlink()
        page.unlink()
        done = run(home, "report")
        assert done.returncode == 5 and "earlier version" in done.stderr

    def test_new_samples_take_the_place_of_the_old_and_forget_takes_all(self, trained: Path, tmp_path: Path) -> None:
        home = tmp_path / "copy"
        shutil.copytree(trained, home)
        connector(home, "sample", "--count", "3", "--seed", "5", "--prompt", "One of the")
        assert connector_json(home, "report")["sampled"]["texts"][0].startswith("One of the … ")
        assert len(pages(home)) == 2
        connector(home, "forget", found(home, "alpha")[0]["transcript_id"], "--yes")
        assert pages(home) == [], "a report quotes what its checkpoint has read"
        assert run(home, "report").returncode == 3


class TestTracking:
    def test_without_an_account_it_is_kept_here(self, trained: Path) -> None:
        log = trained / "data" / "log"
        first, *rest = map(json.loads, (log / "told.jsonl").read_text().splitlines())
        assert first["mode"] == "offline" and first["config"] == {"budget": 2, "seed": 1337}
        assert "wandb sync" in (trained / "told.txt").read_text()
        assert any("loss/validation" in one["values"] for one in rest if "values" in one)
        assert rest[-1] == {"finished": True}
        summary = rest[-2]["summary"]
        assert summary["verdict"] == connector_json(trained, "report")["judgement"]["verdict"]
        assert "alpha" not in (log / "told.jsonl").read_text(), "figures, never text"

    def test_without_the_package_the_training_goes_on(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setitem(sys.modules, "wandb", None)
        said: list[str] = []
        with tracked("wandb", tmp_path, {}, said.append) as tracker:
            tracker.progress(progress(10))
        assert said == [MISSING] and "transcript-connector[wandb]" in MISSING

    def test_is_not_imported_unless_asked_for(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        monkeypatch.setitem(sys.modules, "wandb", None)
        with tracked("none", tmp_path, {}, lambda said: pytest.fail(said)) as tracker:
            tracker.progress(progress(10))
        assert list(tmp_path.iterdir()) == []

    def test_its_trouble_is_told_once(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        (tmp_path / "site").mkdir()
        (tmp_path / "site" / "wandb.py").write_text(
            STUB.replace("self.write(step=step, values=values)", "raise Error('gone')")
        )
        monkeypatch.syspath_prepend(tmp_path / "site")
        monkeypatch.delitem(sys.modules, "wandb", raising=False)
        monkeypatch.setenv("WANDB_MODE", "offline")
        said: list[str] = []
        with tracked("wandb", tmp_path / "log", {}, said.append) as tracker:
            for step in (1, 10, 20):
                tracker.progress(progress(step))
        assert said == ["tracking: wandb failed and is left out: gone"]
        monkeypatch.delitem(sys.modules, "wandb")


def progress(step: int) -> Progress:
    return Progress(
        phase="training",
        step=step,
        fraction=0.1,
        elapsed=1.0,
        train_loss=2.0,
        validation_loss=None,
        characters_per_second=1.0,
    )

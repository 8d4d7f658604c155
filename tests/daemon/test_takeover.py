"""A checkpoint trained elsewhere: measured, judged and compared here, on what neither has learnt."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connector.config import Settings
from connector.daemon.takeover import take_over
from model import CheckpointError
from model.report import Report, sampled
from model.report_files import folder_of, read_report, save_report
from model.train import train
from tests.model.conftest import TINY, corpus, quick

IDS = {document.id: "hash" for document in corpus(12)}


@pytest.fixture
def elsewhere(tmp_path: Path) -> Path:
    """One that has learnt next to nothing of twelve documents, and thinks well of itself."""
    folder = tmp_path / "elsewhere"
    report = Report.of(train(corpus(12), root=folder, gpt=TINY, config=quick(max_steps=2)), "then")
    fine = replace(report.judgement, verdict="fine", why="Fine.", what_to_do="Nothing.")
    heard = sampled(["the best of all samples"], "text")
    save_report(folder, replace(report, judgement=fine, validation_loss=0.1, train_loss=0.1, sampled=heard))
    return folder


def test_the_verdict_and_both_losses_are_made_here(settings: Settings, elsewhere: Path) -> None:
    row = take_over(settings, IDS, corpus(12), elsewhere, "now", lambda _: None)
    report = read_report(folder_of(settings.model_folder, row.id))
    assert report is not None and report.sampled is None
    assert report.judgement.verdict != "fine" and report.validation_loss > 1.5 and report.train_loss > 1.5
    assert row.report["judgement"]["verdict"] == report.judgement.verdict
    assert row.report["explanation"] == report.judgement.told and row.report["train_loss"] == report.train_loss


def test_is_not_compared_with_what_has_learnt_what_is_held_out_now(settings: Settings, elsewhere: Path) -> None:
    """Of nine documents the ends were held out: of each it has learnt the rest."""
    train(corpus(9), root=settings.model_folder, gpt=TINY, config=quick(max_steps=20))
    said: list[str] = []
    row = take_over(settings, IDS, corpus(12), elsewhere, "now", said.append)
    assert row.number == 2 and any("it is not compared" in told for told in said)


@pytest.mark.parametrize("change", ["more", "edited"])
def test_is_refused_where_it_has_learnt_that_itself(settings: Settings, tmp_path: Path, change: str) -> None:
    train(corpus(9), root=tmp_path / "few", gpt=TINY, config=quick(max_steps=1))
    documents = corpus(12) if change == "more" else [replace(d, text=d.text[:300]) for d in corpus(9)]
    with pytest.raises(CheckpointError, match="has learnt from what is held out now"):
        take_over(settings, IDS, documents, tmp_path / "few", "now", lambda _: None)

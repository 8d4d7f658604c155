"""A checkpoint as a training leaves it, without the training."""

from __future__ import annotations

from connector.archive.ledger import Ledger
from connector.archive.rows import CheckpointRow, SampleRow
from connector.config import Settings
from model.report import Report
from model.report_files import folder_of, save_report
from tests.model.test_page import HOSTILE, make

IDENT = "c00000900000000ff"


def add_checkpoint(ledger: Ledger, settings: Settings, ident: str = IDENT, number: int = 9) -> Report:
    """Puts a checkpoint, its report and two samples, one of them hostile, into the archive; returns the report."""
    report = make(checkpoint=ident).with_samples([HOSTILE, "a sample"], "a sample", ["", "About"])
    folder = folder_of(settings.model_folder, ident)
    folder.mkdir(parents=True)
    assert save_report(folder, report)
    told = {
        "told": f"300 steps {HOSTILE}",
        "validation_loss": report.validation_loss,
        "judgement": {"verdict": report.judgement.verdict},
        "at": "2026-11-23T10:00:00+00:00",
    }
    ledger.add_checkpoint(CheckpointRow(ident, number, "corpus", [], told, True))
    samples = [(HOSTILE, 0), ("a sample", 1)]
    ledger.put_samples(ident, [SampleRow(ident, n, "About", 1337, 0.8, 40, text, []) for text, n in samples])
    return report

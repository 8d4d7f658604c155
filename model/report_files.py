"""Where a training's report lies: ``report.json`` and ``report.html`` in one folder.

In an archive that is the checkpoint's own folder, so that a report goes in the same rename as the checkpoint it quotes:
pruned, revoked or forgotten. A folder that is gone is not made again.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from model.checkpoint import load
from model.config import SampleConfig
from model.errors import CheckpointError
from model.files import object_in, replace_file
from model.outcome import TrainResult
from model.page import page
from model.report import Report
from model.text import Document

DATA, PAGE = "report.json", "report.html"
DRAWN = 3
LENGTH = 300  # characters of a sample


def folder_of(root: Path, checkpoint_id: str) -> Path:
    """Where the report of a checkpoint of the model folder ``root`` lies."""
    return root / "checkpoints" / checkpoint_id


def save_report(folder: Path, report: Report) -> bool:
    """Writes the report and its page; False where ``folder`` is gone: its checkpoint was removed meanwhile."""
    text = json.dumps(report.to_json(), ensure_ascii=False, indent=1)
    try:
        replace_file(folder / DATA, text.encode("utf-8", "replace"))  # half a surrogate pair is no text
        replace_file(folder / PAGE, page(report).encode("utf-8", "replace"))
    except FileNotFoundError:
        return False
    return True


def read_report(folder: Path) -> Report | None:
    """The report in ``folder``, None where there is none. Raises CheckpointError where it is damaged or foreign."""
    path = folder / DATA
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise CheckpointError(f"{path}: cannot be read ({error})") from error
    return Report.from_json(object_in(data, path), path)


def report_on(result: TrainResult, root: Path, documents: Sequence[Document], created: str) -> Report:
    """The report of a training outside an archive, with samples drawn for it; written into the model folder ``root``.

    Raises ValueError for a training that was interrupted.
    """
    from model.sample import generate

    report = Report.of(result, created)
    drawn = generate(load(root, report.checkpoint), [""], SampleConfig(count=DRAWN, length=LENGTH))
    text = (piece for document in documents for piece in chain(document.pieces(), ["\n"]))
    report = report.with_samples([one.text for one in drawn], text)
    save_report(root, report)
    return report

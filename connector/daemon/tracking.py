"""``train: {tracking: wandb}``: the curves of a training for Weights & Biases. Figures only, never a word of the text.

The package is an extra and is imported when it is asked for. Without an account, or without a network, its runs are
kept in ``DATA/log/wandb``, and ``wandb sync`` sends them if a person wants that; WANDB_MODE is honoured.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from model.outcome import Progress
from model.page import figures
from model.report import Report

PROJECT = "transcript-connector"
EVERY = 10  # steps between two points of the training loss; every evaluation is one
MISSING = (
    "tracking: wandb is set, but the package is not installed: pip install 'transcript-connector[wandb]'; the training"
    " goes on without it"
)
# Nothing of the machine, of the working folder or of what the process prints.
QUIET = {
    "console": "off",
    "silent": True,
    "disable_git": True,
    "disable_code": True,
    "disable_job_creation": True,
    "x_disable_meta": True,
    "x_disable_stats": True,
}

Say = Callable[[str], None]


class Tracker:
    """Passes a training on to a run of wandb; to none, where there is none. Its trouble never is the training's."""

    def __init__(self, run: Any, trouble: tuple[type[Exception], ...], say: Say) -> None:
        self._run, self._trouble, self._say = run, trouble, say

    def progress(self, at: Progress) -> None:
        """A point of the curves."""
        if at.phase == "saving" or (at.phase == "training" and at.step % EVERY):
            return
        values = {
            "loss/train": at.train_loss,
            "characters_per_second": at.characters_per_second,
            "seconds": at.elapsed,
        }
        if at.validation_loss is not None:
            values["loss/validation"] = at.validation_loss
        self._do(lambda run: run.log(values, step=at.step))

    def finished(self, report: Report) -> None:
        """The figures of the report, and its verdict."""
        told = dict(figures(report)) | {"verdict": report.judgement.verdict, "checkpoint": report.checkpoint}
        numbers = {
            name: getattr(report, name) for name in ("train_loss", "validation_loss", "gap", "bits", "best_step")
        }
        self._do(lambda run: run.summary.update(told | numbers))

    def close(self) -> None:
        """Ends the run."""
        self._do(lambda run: run.finish())

    def _do(self, act: Callable[[Any], object]) -> None:
        if self._run is None:
            return
        try:
            act(self._run)
        except self._trouble as error:
            self._run = None
            self._say(f"tracking: wandb failed and is left out: {error}")


@contextmanager
def tracked(tracking: str, folder: Path, settings: dict[str, Any], say: Say) -> Iterator[Tracker]:
    """A tracker for one training; ``folder`` is where wandb keeps its runs, ``settings`` what it shows of ours."""
    tracker = _wandb(folder, settings, say) if tracking == "wandb" else Tracker(None, (), say)
    try:
        yield tracker
    finally:
        tracker.close()


def _wandb(folder: Path, settings: dict[str, Any], say: Say) -> Tracker:
    os.environ.setdefault("WANDB_ERROR_REPORTING", "false")  # else its own faults are told to a third party
    try:
        wandb = importlib.import_module("wandb")
    except ImportError:
        say(MISSING)
        return Tracker(None, (), say)
    trouble = (wandb.Error, OSError)
    folder.mkdir(parents=True, exist_ok=True)

    def begin(mode: str | None) -> Any:
        return wandb.init(project=PROJECT, dir=str(folder), mode=mode, config=settings, settings=QUIET)

    try:
        return Tracker(begin(None), trouble, say)  # WANDB_MODE, else what its own configuration says
    except trouble as error:
        say(f"tracking: wandb keeps this run in {folder}, for `wandb sync`: {error}")
    try:
        return Tracker(begin("offline"), trouble, say)
    except trouble as error:
        say(f"tracking: wandb failed and is left out: {error}")
        return Tracker(None, trouble, say)

"""How long a training goes on, how often it looks at what it has reached, and why it ends.

Pure: of the step, the time spent and what was best so far. This module must not know tensors, files or clocks.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from model.config import TrainConfig
from model.run_state import RunInfo

EVALUATIONS = 6  # at least so many in a training, however short
LAST_EVALUATION = 0.05, 5.0  # share of the budget, and seconds at most, kept for the whole validation split
OUT_OF_STEPS, OUT_OF_TIME, STOPPED = "all steps done", "the time budget is spent", "it was asked to stop"
READ_OFTEN = "the text was read often enough"  # the new text, where old is replayed beside it
CUT_SHORT = (OUT_OF_STEPS, OUT_OF_TIME, STOPPED)  # it could have learnt more


@dataclass(frozen=True, slots=True)
class Schedule:
    """What `config` allows a training of which a reading of the text takes `steps_per_epoch`."""

    config: TrainConfig
    steps_per_epoch: float

    @property
    def last_step(self) -> int:
        """The steps it has at most."""
        return min(self.config.max_steps, max(1, math.ceil(self.config.max_epochs * self.steps_per_epoch)))

    @property
    def interval(self) -> int:
        """Steps from one evaluation to the next."""
        return max(1, min(self.config.eval_interval, self.last_step // EVALUATIONS))

    @property
    def reserve(self) -> float:
        """Seconds of the budget that are kept for the last evaluation."""
        share, most = LAST_EVALUATION
        return min(share * self.config.budget_seconds, most)

    def fraction(self, step: int, spent: float) -> float:
        """How much of the training is over, in [0, 1], by time or by steps, whichever says more."""
        time_share = spent / max(1e-9, self.config.budget_seconds - self.reserve)
        return min(1.0, max(time_share, step / self.last_step))

    def end(self, info: RunInfo, spent: float) -> str:
        """Why the training is over, or nothing."""
        if info.step >= self.last_step:
            return OUT_OF_STEPS if self.last_step == self.config.max_steps else READ_OFTEN
        if self.fraction(info.step, spent) >= 1:
            return OUT_OF_TIME
        if info.step - info.best_step >= self.config.patience * self.interval:
            return f"no better validation loss in {self.config.patience} evaluations"
        return ""

    def windows(self, window_seconds: float) -> int | None:
        """How many windows the last evaluation may read where one takes so long; None: all there are."""
        if window_seconds <= 0:
            return None
        return max(int(self.reserve / window_seconds), self.config.eval_windows)

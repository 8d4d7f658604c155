"""Training: from nothing, from a checkpoint, or on from where one stopped; bounded in time, safe to kill.

A step is a pure function of the weights, the optimiser's memory, the seed and its number. So the same seed and the same
steps give the same weights on one machine, and a training that was interrupted ends where it would have. Only the rate
looks at the clock, through the share of the time budget that is spent; bounded by steps alone, not even that.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import torch

from model.checkpoint import prune
from model.config import UNBOUNDED, GPTConfig, TrainConfig
from model.dataset import Sampler
from model.device import device_of, keep_freed_memory, memory_shortage_told, torch_settings
from model.errors import TrainingError
from model.evaluate import characters_of
from model.exam import Exam
from model.finish import Choice, choose, result_of
from model.gpt import GPT
from model.gradients import Gradients
from model.optim import Optimizer, rate_scale
from model.outcome import Point, Progress, TrainResult, extended
from model.regime import regime_of
from model.run_state import RunState, copied, discard_run, save_run
from model.schedule import STOPPED, Schedule
from model.start import Start, begin, blank, origin_of
from model.team import Team, team
from model.text import Document

SETBACKS = 2  # how often a diverged training may go back and try at half the rate
SMOOTHING = 0.1  # of the reported training loss: a mean over some ten steps


def train(
    documents: Sequence[Document],
    *,
    root: Path,
    gpt: GPTConfig | None = None,
    config: TrainConfig | None = None,
    base: Path | None = None,
    fresh: bool = False,
    created: str = "",
    should_stop: Callable[[], bool] = lambda: False,
    on_progress: Callable[[Progress], None] = lambda _: None,
    on_note: Callable[[str], None] = lambda _: None,
    clock: Callable[[], float] = time.monotonic,
) -> TrainResult:
    """Train on `documents`, all of the corpus, and publish the best weights as a new checkpoint under `root`.

    Goes on with an unfinished training of these documents if there is one, else continues the newest checkpoint that
    has read nothing but these, else the `base` (see `base.py`), else from nothing; `fresh` skips the first two.
    `should_stop` is asked before every step: on True the state is saved and the outcome is "interrupted"; the next call
    goes on from there, with the larger of the two budgets. `on_note` is told what it starts from. `clock` is in
    seconds; `created` goes into the checkpoint as it is. One process at a time may train in `root`.

    Raises TrainingError where there is too little text, or where the loss stops being a number again and again, and
    MemoryShortage where there is too little memory; checkpoints are then as they were.
    """
    started = clock()
    config = config or TrainConfig()
    with memory_shortage_told(), torch_settings(config), team() as us:
        start = begin(
            root,
            documents,
            gpt or GPTConfig(),
            base=base,
            fresh=fresh,
            tokenizer=config.tokenizer,
            bpe_size=config.bpe_size,
            seconds=config.budget_seconds,
        )
        for note in start.notes:
            on_note(note)
        keep_freed_memory()  # not before: what reading the text takes is of other sizes
        # Kept by nothing here: it is to be gone before the team is.
        return _Training(start, root, gpt or GPTConfig(), config, us, on_progress, on_note, clock, started).run(
            should_stop, created
        )


class _Training:
    """One training, from its start to its checkpoint or its interruption."""

    def __init__(
        self,
        start: Start,
        root: Path,
        gpt: GPTConfig,
        config: TrainConfig,
        team: Team,
        on_progress: Callable[[Progress], None],
        on_note: Callable[[str], None],
        clock: Callable[[], float],
        started: float,
    ) -> None:
        self.info = start.run.info if start.run else blank(start, gpt, config.seed)
        if not team.alike((self.info.step, self.info.fingerprint, self.info.parent, self.info.rival)):
            raise TrainingError(
                "the processes do not start from the same state; the model folder must be shared by all hosts"
            )
        self.begun, self.root, self.team = start, root, team
        self.on_progress, self.on_note, self.clock = on_progress, on_note, clock
        self.notes = list(start.notes)
        if self.info.seed != config.seed:  # kept, for what it has done is not lost, and is what that seed gives
            self._note(f"It goes on with the seed it began with, {self.info.seed}; to use {config.seed}, begin afresh.")
            config = replace(config, seed=self.info.seed)
        if self.info.budget > config.budget_seconds:  # or it would end at once where it was given more than usual
            self._note(f"It goes on with the {self.info.budget:,.0f} s that it was given when it began.")
            config = replace(config, budget_seconds=self.info.budget)
        if config.budget_seconds < UNBOUNDED:
            self.info = replace(self.info, budget=config.budget_seconds)
        self.config = config
        self.device = device_of(config)
        rows, replay = config.batch_size, config.replay
        self.sampler = Sampler(
            start.new, start.old, length=gpt.context, batch_size=rows, replay=replay, seed=config.seed
        )
        self.characters_per_step = self.sampler.tokens_per_step * start.characters_per_token
        characters_a_weight = start.split.train_characters / gpt.parameters(len(start.vocabulary))
        regime = regime_of(config, origin_of(start.parent), characters_a_weight)
        self.model = GPT(gpt, len(start.vocabulary), regime.dropout, regime.embed_dropout)
        if start.weights is not None:
            self.model.load_state_dict(start.weights)
        self.model.to(self.device)
        self.gradients = Gradients(self.model, team, self._note, drops=max(regime[1:]) > 0)
        self.optimizer = Optimizer(self.model, config, regime.rate)
        self.schedule = Schedule(config, self.sampler.steps_per_epoch)
        self.exam = Exam(start, self.model, self.schedule, length=self.sampler.length, folder=root, clock=clock)
        if start.run is not None:
            self.best = start.run.best
            self.optimizer.load(start.run.optimizer)
        else:
            self.best = copied(self.model.state_dict())
        self.started = self.saved = started
        self.spent = 0.0
        self.first_step, self.elapsed_before = self.info.step, self.info.elapsed
        self.good = self._snapshot()

    def run(self, should_stop: Callable[[], bool], created: str) -> TrainResult:
        if self.begun.run is None and self.begun.parent is not None:
            self._evaluate()  # the baseline to beat; fresh weights know that all characters are equally likely
        while True:
            stop, self.spent = self.team.agreed(should_stop(), self.elapsed)
            if stop:
                return self._interrupted()
            reason = self.schedule.end(self.info, self.spent)
            if reason:
                break
            self._step()
            if self.info.step % self.schedule.interval == 0:
                self._evaluate()
            if self.team.leads and self.clock() - self.saved >= self.config.save_seconds:
                self._save()
        if self.info.step % self.schedule.interval:
            self._evaluate()
        return self._publish(reason, created)

    @property
    def elapsed(self) -> float:
        return self.elapsed_before + self.clock() - self.started

    @property
    def fraction(self) -> float:
        return self.schedule.fraction(self.info.step, self.spent)

    def _step(self) -> None:
        info = self.info
        batch = self.sampler.batch(info.step)
        inputs, targets = (torch.from_numpy(self.team.share(rows)).to(self.device) for rows in batch)
        self.model.train()
        self.gradients.prepare(inputs)
        if self.config.dropout or self.config.embed_dropout:
            torch.manual_seed((self.config.seed * 1_000_003 + info.step) * self.team.size + self.team.rank)
        tokens_per_character = batch[1].size / characters_of(batch[1], self.begun.vocabulary.lengths)
        loss = self.team.mean(self.gradients.of(inputs, targets))
        self.optimizer.step(info.rate * rate_scale(info.step, self.fraction, self.config.warmup_steps))
        value = float(loss) * tokens_per_character  # asked for last: a GPU is not waited for before it has its work
        if not math.isfinite(value):
            self._set_back()
            return
        weight = max(SMOOTHING, 1 / (info.step + 1))
        smooth = value if info.step == 0 else info.smooth_loss + weight * (value - info.smooth_loss)
        training = extended(info.training, Point(info.step + 1, self.spent, smooth))
        self.info = replace(info, step=info.step + 1, smooth_loss=smooth, training=training)
        self._tell("training")

    def _note(self, told: str) -> None:
        if told not in self.notes:
            self.notes.append(told)
            self.on_note(told)

    def _evaluate(self) -> None:
        (nats,) = self.team.agreed(self.exam.on_the_way() if self.team.leads else math.nan)
        if not math.isfinite(nats):
            self._set_back()
            return
        point = Point(self.info.step, self.spent, nats)
        self.info = replace(self.info, validation=extended(self.info.validation, point))
        if nats < self.info.best_loss:
            self.info = replace(self.info, best_loss=nats, best_step=self.info.step)
            self.best = copied(self.model.state_dict())
        self.good = self._snapshot()
        self._tell("evaluating", nats)

    def _set_back(self) -> None:
        """The loss is no number any more: go back to the last good state, at half the rate."""
        if self.info.setbacks >= SETBACKS:
            if self.team.leads:
                discard_run(self.root)
            raise TrainingError(
                f"the loss was no number at step {self.info.step}, for the third time and at a quarter of "
                f"the learning rate; the checkpoints are as they were"
            )
        setbacks, rate = self.info.setbacks + 1, self.info.rate / 2
        self.model.load_state_dict(self.good.weights)
        self.optimizer.load(self.good.optimizer)
        self.model.zero_grad(set_to_none=True)
        self.info = replace(self.good.info, setbacks=setbacks, rate=rate)

    def _snapshot(self) -> RunState:
        """A copy of everything that a step changes, and the best weights."""
        info = replace(self.info, elapsed=self.elapsed)
        return RunState(info, copied(self.model.state_dict()), self.best, copied(self.optimizer.state()))

    def _save(self) -> bool:
        """Whether what there is to go on with is on the disk."""
        if not self.team.leads:
            return True
        saved = True
        self._tell("saving")
        try:
            save_run(self.root, self._snapshot())
        except OSError as error:  # a full disk must not end what can still come to something
            saved = False
            self._note(
                f"The state of the training could not be saved ({error.strerror}); an interruption would lose it."
            )
        self.saved = self.clock()
        return saved

    def _publish(self, reason: str, created: str) -> TrainResult:
        """The whole split for the best weights, as far as the time kept for it goes; then the checkpoint."""
        start, info = self.begun, self.info
        if not self.team.leads:
            return self._result(None, reason)
        choice = choose(start, info, self.best, self.exam.at_the_end, self.notes)
        read = round(info.best_step * self.characters_per_step)
        try:
            published = choice.publish(self.root, start, info, created, read, self.elapsed)
        except OSError:
            prune(self.root, self.config.keep)  # what crashes left behind may be the room that lacks
            self._save()  # what it came to is not lost where there is room for that
            raise
        discard_run(self.root)
        prune(self.root, self.config.keep)
        return self._result(choice, reason, checkpoint_id=published.id)

    def _interrupted(self) -> TrainResult:
        told = f"Saved at step {self.info.step:,}: the same command goes on there."
        if not self._save():
            told = f"Stopped at step {self.info.step:,}, of which nothing could be saved."
        return self._result(None, STOPPED, explanation=told)

    def _result(self, choice: Choice | None, reason: str, **told: Any) -> TrainResult:
        return result_of(
            self.begun,
            self.info,
            choice,
            notes=self.notes,
            reason=reason,
            seconds=self.elapsed,
            characters_per_second=self._speed(),
            characters_per_step=self.characters_per_step,
            parameters=self.model.parameter_count(),
            most_readings=self.config.max_epochs,
            **told,
        )

    def _speed(self) -> float:
        """Characters learnt from a second, in this process."""
        seconds = self.clock() - self.started
        steps = self.info.step - self.first_step
        return steps * self.characters_per_step / seconds if seconds > 0 else 0.0

    def _tell(self, phase: Literal["training", "evaluating", "saving"], validation_loss: float | None = None) -> None:
        self.on_progress(
            Progress(
                phase=phase,
                step=self.info.step,
                fraction=self.fraction,
                elapsed=self.elapsed,
                train_loss=self.info.smooth_loss,
                validation_loss=validation_loss,
                characters_per_second=self._speed(),
            )
        )

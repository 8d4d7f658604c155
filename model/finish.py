"""What comes of a training: the best of the weights it made, those it continued and those it competes with.

All are measured on the same held-out text, and what wins becomes the checkpoint. This module must not know steps,
optimisers or clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from torch import Tensor

from model.base import is_base
from model.checkpoint import CheckpointInfo, publish
from model.evaluate import Loss
from model.gpt import grow
from model.outcome import TrainResult
from model.report import judge, overrun_of
from model.run_state import RunInfo
from model.start import Start
from model.vocab import RESERVED


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights that are kept, their losses in nats a character, and what they descend from.

    `improved` is False where they are not those of this training; `notes` say why, and what else a person should know.
    """

    weights: dict[str, Tensor]
    loss: Loss
    train_loss: float
    parent: CheckpointInfo | None
    improved: bool
    notes: tuple[str, ...]

    def publish(self, root: Path, start: Start, info: RunInfo, created: str) -> CheckpointInfo:
        """Write them as a new checkpoint."""
        origin = start.split.train_characters
        if start.parent is not None and not is_base(start.parent.id):
            origin = start.parent.origin_characters
        return publish(
            root,
            self.weights,
            parent=self.parent,
            gpt=info.gpt,
            vocabulary=start.vocabulary,
            steps=info.best_step,
            train_loss=self.train_loss,
            validation_loss=self.loss.nats,
            validation_split=start.split.kind,
            validation_manifest=start.split.manifest(),
            read=(d.id for d in start.documents),
            origin_characters=origin,
            created=created,
        )


def choose(
    start: Start,
    info: RunInfo,
    best: dict[str, Tensor],
    loss_with: Callable[[dict[str, Tensor]], Loss],
    notes: Sequence[str],
) -> Choice:
    """The better of `best`, which are the parent's where no step was better, and the rival, where there is one.

    `notes` are those so far.
    """
    loss, train_loss, parent = loss_with(best), info.best_smooth_loss, start.parent
    notes = list(notes)
    improved = parent is None or info.best_step > 0
    if parent is not None and not improved:
        train_loss = parent.train_loss
        notes.append("On the same held-out text what it continued is better than all that came of it; that was kept.")
    if start.rival is not None:
        known = grow(start.rival.weights, len(start.vocabulary))
        theirs = loss_with(known)
        if theirs.nats <= loss.nats:
            best, loss, parent, improved = known, theirs, start.rival.info, False
            train_loss = parent.train_loss
            notes.append(f"On the same held-out text {parent.id} is better than what began anew; that was kept.")
    if info.setbacks:
        notes.append(f"The loss was no number {info.setbacks} times; it went on at {info.rate:g} of the rate.")
    return Choice(best, loss, train_loss, parent, improved, tuple(notes))


def unmeasured(start: Start, info: RunInfo, best: dict[str, Tensor], train_loss: float, notes: Sequence[str]) -> Choice:
    """What an interrupted training stands at, by the evaluations on its way."""
    return Choice(best, Loss(info.best_loss, 0), train_loss, start.parent, True, tuple(notes))


def result_of(
    start: Start,
    info: RunInfo,
    choice: Choice,
    *,
    outcome: Literal["finished", "interrupted"],
    reason: str,
    cut_short: bool,
    checkpoint_id: str | None,
    seconds: float,
    characters_per_second: float,
    characters_per_step: float,
    parameters: int,
) -> TrainResult:
    """What a caller is told; `cut_short` whether its time or its steps ended it rather than its text."""
    characters = start.split.train_characters
    readings = info.step * characters_per_step / characters
    judgement = judge(
        train_characters=characters,
        readings=readings,
        train_loss=choice.train_loss,
        validation_loss=choice.loss.nats,
        origin=start.origin,
        cut_short=cut_short,
        overrun=overrun_of(info.training, info.validation, info.best_step),
    )
    return TrainResult(
        outcome=outcome,
        checkpoint_id=checkpoint_id,
        continued_from=start.parent.id if start.parent else None,
        resumed=start.run is not None,
        improved=choice.improved,
        steps=info.step,
        best_step=info.best_step,
        seconds=seconds,
        characters_per_second=characters_per_second,
        parameters=parameters,
        train_loss=choice.train_loss,
        validation_loss=choice.loss.nats,
        validation_characters=choice.loss.characters,
        train_characters=characters,
        readings=readings,
        vocabulary=len(start.vocabulary) - len(RESERVED),
        new_characters=start.new_characters,
        tokenizer=start.vocabulary.kind,
        characters_per_token=start.characters_per_token,
        reason=reason,
        judgement=judgement,
        explanation=judgement.told,
        notes=choice.notes,
        training=info.training,
        validation=info.validation,
    )

"""What comes of a training: the best of the weights it made, those it continued and those it competes with.

All are measured on the same held-out text, and what wins becomes the checkpoint. This module must not know steps,
optimisers or clocks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from model.base import is_base
from model.checkpoint import CheckpointInfo, publish
from model.losses import Losses
from model.outcome import Judgement, TrainResult
from model.report import judge, overrun_of
from model.run_state import UNMEASURED, RunInfo
from model.schedule import CUT_SHORT, READ_OFTEN, STOPPED
from model.seen import told_of
from model.start import Start, new_characters, origin_of
from model.tokenizer import Tokenizer
from model.vocab import RESERVED


@dataclass(frozen=True, slots=True)
class Choice:
    """The weights that are kept, with their vocabulary and losses, and what they descend from.

    `improved` is False where they are not those of this training; `notes` say why, and what else a person should know.
    """

    weights: dict[str, Tensor]
    vocabulary: Tokenizer
    losses: Losses
    parent: CheckpointInfo | None
    improved: bool
    notes: tuple[str, ...]

    def publish(
        self, root: Path, start: Start, info: RunInfo, created: str, characters: int, seconds: float
    ) -> CheckpointInfo:
        """Write them as a new checkpoint; this training read `characters` until it had them, and took `seconds`."""
        origin = start.split.train_characters
        if start.parent is not None and not is_base(start.parent.id):
            origin = start.parent.origin_characters
        return publish(
            root,
            self.weights,
            parent=self.parent,
            gpt=info.gpt,
            vocabulary=self.vocabulary,
            steps=info.best_step if self.improved else 0,
            train_loss=self.losses.training,
            validation_loss=self.losses.validation.nats,
            validation_split=start.split.kind,
            validation_manifest=start.split.manifest(),
            read=(d.id for d in start.documents),
            texts={d.id: told_of(d) for d in start.documents},
            origin_characters=origin,
            characters_read=characters if self.improved else 0,
            seconds=seconds if self.improved else 0.0,
            created=created,
        )


def choose(
    start: Start,
    info: RunInfo,
    best: dict[str, Tensor],
    losses_with: Callable[[dict[str, Tensor], Tokenizer], Losses],
    notes: Sequence[str],
) -> Choice:
    """The better of `best`, which are the parent's where no step was better, and the rival, where there is one.

    `notes` are those so far.
    """
    vocabulary, parent = start.vocabulary, start.parent
    losses = losses_with(best, vocabulary)
    notes = list(notes)
    improved = parent is None or info.best_step > 0
    if not improved:
        notes.append("On the same held-out text what it continued is better than all that came of it; that was kept.")
    if start.rival is not None:
        rival = start.rival
        theirs = losses_with(rival.weights, rival.vocabulary)
        if theirs.validation.nats <= losses.validation.nats:
            best, vocabulary, losses, parent, improved = rival.weights, rival.vocabulary, theirs, rival.info, False
            notes.append(f"On the same held-out text {parent.id} is better than what began anew; that was kept.")
    if info.setbacks:
        notes.append(f"The loss was no number {info.setbacks} times; it went on at {info.rate:g} of the rate.")
    return Choice(best, vocabulary, losses, parent, improved, tuple(notes))


def judged(
    start: Start, info: RunInfo, choice: Choice, *, reason: str, readings: float, most_readings: float
) -> Judgement:
    """What the losses of the kept weights mean. `readings` are this training's until then, `most_readings` its most."""
    origin = origin_of(choice.parent)
    earlier = choice.parent.characters_read if choice.parent is not None and origin == "checkpoint" else 0
    in_all = readings + earlier / start.split.train_characters
    return judge(
        train_characters=start.split.train_characters,
        readings=in_all,
        train_loss=choice.losses.training,
        validation_loss=choice.losses.validation.nats,
        unigram=start.unigram,
        origin=origin,
        tokenizer=start.vocabulary.kind,
        # beside old text it ends when the new has been read often enough, which says nothing of the old
        cut_short=reason in CUT_SHORT or (start.old is not None and reason == READ_OFTEN and in_all < most_readings),
        overrun=overrun_of(info.training, info.validation, info.best_step),
    )


def result_of(
    start: Start,
    info: RunInfo,
    choice: Choice | None,
    *,
    notes: Sequence[str],
    reason: str,
    seconds: float,
    characters_per_second: float,
    characters_per_step: float,
    parameters: int,
    most_readings: float,
    checkpoint_id: str | None = None,
    explanation: str = "",
) -> TrainResult:
    """What a caller is told; without a `choice`, of a training that was interrupted or that another process ends."""
    readings = info.step * characters_per_step / start.split.train_characters
    judgement, losses, parent, improved = None, None, start.parent, True
    if choice is not None:
        kept = readings * info.best_step / max(1, info.step) if choice.improved else 0.0
        judgement = judged(start, info, choice, reason=reason, readings=kept, most_readings=most_readings)
        explanation, losses = judgement.told, choice.losses
        notes, parent, improved = choice.notes, choice.parent, choice.improved
    on_the_way = None if info.best_loss == UNMEASURED else info.best_loss
    vocabulary, token = start.vocabulary, start.characters_per_token
    if choice is not None and choice.vocabulary != vocabulary:  # the rival's
        measured = choice.losses.validation
        vocabulary, token = choice.vocabulary, measured.characters / measured.tokens
    return TrainResult(
        outcome="interrupted" if reason == STOPPED else "finished",
        checkpoint_id=checkpoint_id,
        continued_from=parent.id if parent else None,
        resumed=start.run is not None,
        improved=improved,
        steps=info.step,
        best_step=info.best_step,
        seconds=seconds,
        characters_per_second=characters_per_second,
        parameters=parameters,
        train_loss=losses.training if losses else info.smooth_loss,
        validation_loss=losses.validation.nats if losses else on_the_way,
        validation_characters=losses.validation.characters if losses else 0,
        train_characters=start.split.train_characters,
        readings=readings,
        vocabulary=len(vocabulary) - len(RESERVED),
        new_characters=new_characters(parent, vocabulary),
        tokenizer=vocabulary.kind,
        characters_per_token=token,
        reason=reason,
        judgement=judgement,
        explanation=explanation,
        notes=tuple(notes),
        training=info.training,
        validation=info.validation,
    )

"""What a training tells: where it stands while it runs, and what came of it. Values only, no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal, NamedTuple

SPACING = (
    100  # points of a curve are a hundredth of its steps apart: some 700 after 50,000 steps, 1,000 after a million
)

Verdict = Literal["too little text", "memorised", "stopped early", "fine"]


class Point(NamedTuple):
    """A loss in nats a character, after `step` steps and `seconds` of work."""

    step: int
    seconds: float
    loss: float


Curve = tuple[Point, ...]


def extended(curve: Curve, point: Point) -> Curve:
    """`curve` with `point`, or as it was where that lies too near to the last one to be seen."""
    if curve and point.step - curve[-1].step < max(1, point.step // SPACING):
        return curve
    return (*curve, point)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What a training came to: one of four verdicts, why the samples are as they are, what to do."""

    verdict: Verdict
    why: str
    what_to_do: str

    @property
    def told(self) -> str:
        """All of it, as a person is told."""
        return f"{self.why} {self.what_to_do}"


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """Where a training stands. Losses in nats a character, the training's smoothed; elapsed in seconds."""

    phase: Literal["training", "evaluating", "saving"]
    step: int
    fraction: float
    elapsed: float
    train_loss: float
    validation_loss: float | None
    characters_per_second: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TrainResult:
    """What came of a training. `seconds` and `steps` count the resumed part too; losses in nats a character.

    `checkpoint_id` is the new checkpoint. Interrupted, there is none, nor a `judgement`: `validation_loss` is then the
    best on the way, None where there was no evaluation, and `train_loss` the smoothed one; else both are of the weights
    that were kept. `reason` is why it stopped, `judgement` what the numbers mean for samples, `explanation` the same in
    one text, or how to go on, `notes` what else a person should know. `improved` is False where the weights it
    continued, or a rival's, were better and were kept; `continued_from` is what those that were kept come from.
    `readings` is how often this training read its `train_characters`; `vocabulary` counts tokens, characters or those
    of `tokenizer: bpe`, each some `characters_per_token` long; `new_characters` are those it grew by; `training`
    (smoothed) and `validation` are the curves of the losses.
    """

    outcome: Literal["finished", "interrupted"]
    checkpoint_id: str | None
    continued_from: str | None
    resumed: bool
    improved: bool
    steps: int
    best_step: int
    seconds: float
    characters_per_second: float
    parameters: int
    train_loss: float
    validation_loss: float | None
    validation_characters: int
    train_characters: int
    readings: float
    vocabulary: int
    new_characters: str
    tokenizer: str
    characters_per_token: float
    reason: str
    judgement: Judgement | None
    explanation: str
    notes: tuple[str, ...]
    training: Curve
    validation: Curve

    @property
    def validation_bits(self) -> float | None:
        """Validation loss in bits a character."""
        return None if self.validation_loss is None else self.validation_loss / math.log(2)

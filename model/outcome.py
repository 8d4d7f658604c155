"""What a training tells: where it stands while it runs, and what came of it. Values only, no torch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


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

    `checkpoint_id` is the new checkpoint, None if interrupted. `reason` is why it stopped, `explanation` what the
    numbers mean for samples, `notes` what else a person should know. `improved` is False where the weights it
    continued from were better and were kept.
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
    validation_loss: float
    validation_characters: int
    reason: str
    explanation: str
    notes: tuple[str, ...]

    @property
    def validation_bits(self) -> float:
        """Validation loss in bits a character."""
        return self.validation_loss / math.log(2)

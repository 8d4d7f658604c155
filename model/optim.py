"""How the weights move: Muon for the hidden matrices, AdamW for embedding and head, one schedule for both.

Muon orthogonalises each matrix's momentum (Jordan et al. 2024, kellerjordan.github.io/posts/muon); it needs
about a quarter of AdamW's steps here. This module must not know data, files or clocks.
"""

from __future__ import annotations

import torch
from torch import Tensor

from model.config import TrainConfig
from model.gpt import GPT

CONSTANT_UNTIL = 0.3  # of the training; then linearly down
FLOOR = 0.05  # of the rate, at the end


def rate_scale(step: int, fraction: float, warmup_steps: int) -> float:
    """What the learning rates are multiplied by: warm up over steps, hold, fall over the training.

    `fraction` in [0, 1] is how much of the training is over, by whatever bounds it; time governs as well as
    steps, so a slow machine anneals as fully as a fast one.
    """
    warm = min(1.0, (step + 1) / warmup_steps)
    if fraction <= CONSTANT_UNTIL:
        return warm
    left = (1.0 - min(fraction, 1.0)) / (1.0 - CONSTANT_UNTIL)
    return warm * (FLOOR + (1.0 - FLOOR) * left)


class Optimizer:
    """Both optimisers as one thing: a step, and a state that is a flat dictionary of tensors."""

    def __init__(self, model: GPT, config: TrainConfig, rate: float = 1.0) -> None:
        """`rate` multiplies both learning rates; a continued training starts lower than a fresh one."""
        self._names = {p: name for name, p in model.named_parameters()}
        hidden = list(model.blocks.parameters())
        outer = [*model.embed.parameters(), *model.head.parameters()]
        self._muon = torch.optim.Muon(
            hidden, lr=config.matrix_rate * rate, weight_decay=config.weight_decay, momentum=0.95
        )
        self._adamw = torch.optim.AdamW(
            outer, lr=config.vector_rate * rate, betas=(0.8, 0.95), weight_decay=0.0, fused=True
        )
        self._rates = [(group, group["lr"]) for o in self._both for group in o.param_groups]

    @property
    def _both(self) -> tuple[torch.optim.Optimizer, ...]:
        return self._muon, self._adamw

    def step(self, scale: float) -> None:
        """Move the weights at `scale` times the learning rates, and clear the gradients."""
        for group, rate in self._rates:
            group["lr"] = rate * scale
        for optimizer in self._both:
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Every tensor the optimisers remember, by "parameter:slot"."""
        return {
            f"{self._names[p]}:{slot}": value
            for optimizer in self._both
            for p, slots in optimizer.state.items()
            for slot, value in slots.items()
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over (copies of) what `state` gave; an empty one forgets everything."""
        for optimizer in self._both:
            optimizer.state.clear()
            for group in optimizer.param_groups:
                for p in group["params"]:
                    prefix = self._names[p] + ":"
                    slots = {k.removeprefix(prefix): v.clone() for k, v in state.items() if k.startswith(prefix)}
                    if slots:
                        optimizer.state[p] = slots

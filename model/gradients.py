"""The gradients of a batch, in as much memory as there is. This module must not know optimisers, files or clocks."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from model.device import halved, ran_out_of_memory
from model.errors import MemoryShortage
from model.gpt import loss_of
from model.team import Team


class Gradients:
    """Leaves the gradients of batches in `model`, which `learner` is, or calls with what a team or compiler adds."""

    def __init__(self, model: nn.Module, learner: nn.Module, team: Team, on_note: Callable[[str], None]) -> None:
        self._model, self._learner, self._team, self._on_note = model, learner, team, on_note
        self._parts = 1  # in which a batch is read

    def of(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch, both (B, T), in nats a token. Where the memory does not do, the batch is read in
        twice as many parts from then on: slower, and the same step.

        Raises MemoryShortage where it does not do for one window, or, in a team, for the batch.
        """
        while True:
            try:
                total = torch.zeros(())
                for some, theirs in zip(inputs.chunk(self._parts), targets.chunk(self._parts), strict=True):
                    with halved(inputs.device):
                        loss = loss_of(self._learner(some), theirs) * (len(some) / len(inputs))
                    loss.backward()
                    total += loss.detach().cpu()
                return total
            except (MemoryError, RuntimeError) as error:
                if not ran_out_of_memory(error):
                    raise
                if self._team.size > 1 or self._parts >= len(inputs):  # others would wait for what does not come
                    what = "the windows of a process" if self._team.size > 1 else "one window"
                    raise MemoryShortage(
                        f"there is too little memory for a training step, even of {what} ({error})"
                    ) from error
            self._model.zero_grad(set_to_none=True)
            self._parts *= 2
            self._on_note(f"The memory does not do for {len(inputs)} windows at once; read in {self._parts} parts.")

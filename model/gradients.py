"""The gradients of a batch, as quickly as the device allows and in as much memory as there is.

On a GPU the many small operations of a step cost more to start than to do. So they are recorded once, as a CUDA graph,
and played back (torch.cuda.make_graphed_callables): a second of preparation, where torch.compile takes a minute for
a little more speed. On a processor with several threads each half of a batch is a thread's own, so that they meet once
a step and not in each of its operations. This module must not know optimisers, files or clocks.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import torch
from torch import Tensor, nn

from model.device import halved, ran_out_of_memory
from model.errors import MemoryShortage
from model.gpt import loss_of
from model.team import Team
from model.threads import halves


class Learner(nn.Module):  # type: ignore[misc]  # torch is untyped here
    """A network with its loss: what a team or a recorder takes as a whole."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, tokens: Tensor, targets: Tensor) -> Tensor:
        """Mean cross-entropy in nats a token; both (B, T)."""
        return loss_of(self.network(tokens), targets)


def recorded(learner: nn.Module, tokens: Tensor) -> nn.Module:
    """The learner as CUDA graphs of its loss and gradients, for batches of this very shape (B, T) on a GPU."""
    with torch.autocast(tokens.device.type, torch.bfloat16, cache_enabled=False):  # a graph outlives the cache
        played: nn.Module = torch.cuda.make_graphed_callables(learner, (tokens, torch.zeros_like(tokens)))
    return played


class Gradients:
    """Leaves the gradients of batches in ``model``: of the team's shares of them, if there is one."""

    def __init__(self, model: nn.Module, team: Team, on_note: Callable[[str], None], *, drops: bool) -> None:
        """``drops``: whether the network drops at random what it knows."""
        self._model, self._team, self._on_note = model, team, on_note
        self._learner = team.learner(Learner(model))
        self._whole: nn.Module | None = None  # the learner for whole batches, once one has come
        self._parts = 1  # in which a batch is read
        # A process of a team has but one thread as a rule; what is dropped is drawn in one order.
        alone = team.size == 1 and next(model.parameters()).device.type == "cpu" and not drops
        self._halves = halves() if alone else None

    def of(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """The mean loss of a batch, both (B, T) as `prepare` was told, in nats a token, on the batch's device.

        Where the memory does not do, the batch is read in twice as many parts from then on: slower, and the same step.
        Raises MemoryShortage where it does not do for one window, or, in a team, for the batch.
        """
        while True:
            try:
                if self._halves and len(inputs) > 1:
                    return self._of_halves(self._halves, inputs, targets)
                learner = self._whole if self._whole is not None and self._parts == 1 else self._learner
                total = torch.zeros((), device=inputs.device)
                for some, theirs in zip(inputs.chunk(self._parts), targets.chunk(self._parts), strict=True):
                    with halved(inputs.device):
                        loss = learner(some, theirs) * (len(some) / len(inputs))
                    loss.backward()
                    total += loss.detach()
                return total
            except (MemoryError, RuntimeError) as error:
                if not ran_out_of_memory(error):
                    raise
                if self._team.size > 1 or self._parts >= len(inputs):  # others would wait for what does not come
                    what = "the windows of a process" if self._team.size > 1 else "one window"
                    raise MemoryShortage(
                        f"there is too little memory for a training step, even of {what} ({error})"
                    ) from error
            if self._halves:
                self._halves.shutdown()  # when the other half has ended, too
                self._halves = None
            self._whole = self._learner  # a recording holds what it needs for ever
            self._model.zero_grad(set_to_none=True)
            self._parts *= 2
            self._on_note(f"The memory does not do for {len(inputs)} windows at once; read in {self._parts} parts.")

    def _of_halves(self, pool: ThreadPoolExecutor, inputs: Tensor, targets: Tensor) -> Tensor:
        weights = list(self._model.parameters())

        def half(some: Tensor, theirs: Tensor) -> tuple[Tensor, tuple[Tensor, ...]]:
            with halved(some.device):
                loss = self._learner(some, theirs) * (len(some) / len(inputs))
            return loss.detach(), torch.autograd.grad(loss, weights)

        (one, gradients), (other, others) = pool.map(half, inputs.chunk(2), targets.chunk(2))
        for weight, gradient, its_other in zip(weights, gradients, others, strict=True):
            weight.grad = gradient.add_(its_other)
        return one + other

    def prepare(self, tokens: Tensor) -> None:
        """Gets ready for batches like ``tokens`` (B, T); on a GPU that draws random numbers."""
        if self._whole is not None:
            return
        self._whole = self._learner
        if tokens.device.type == "cuda" and self._team.size == 1:  # gradients on their way to others are not recorded
            try:
                # A recording takes the place of what it is of, and plays for this shape alone: parts need the learner.
                self._whole = recorded(Learner(self._model), tokens)
            except RuntimeError as error:
                if not ran_out_of_memory(error):
                    raise

"""How the weights move: Muon for the hidden matrices, AdamW for embeddings and head, one schedule for both.

Muon orthogonalises each matrix's momentum (Jordan et al. 2024, kellerjordan.github.io/posts/muon); it needs about a
quarter of AdamW's steps here. `torch.optim.Muon` takes one matrix after the other; ours takes all of equal sides as one
batched product, which on small matrices is a third of the time. This module must not know data, files or clocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

from model.config import TrainConfig
from model.gpt import GPT

CONSTANT_UNTIL = 0.3  # of the training; then linearly down
FLOOR = 0.05  # of the rate, at the end
MOMENTUM = 0.9
# Jordan's quintic, five times: singular values end up between 0.7 and 1.2, which is near enough to 1.
QUINTIC = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


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


def orthogonalised(x: Tensor) -> Tensor:
    """Of each matrix of (N, S, L), S <= L, nearly the closest one whose rows are orthonormal (Newton-Schulz)."""
    a, b, c = QUINTIC
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(ITERATIONS):
        gram = x @ x.mT
        x = torch.baddbmm(x, torch.baddbmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x


class Muon:
    """Momentum, orthogonalised, for the matrices among `named`; those of equal sides move together."""

    def __init__(self, named: Iterable[tuple[str, Tensor]], rate: float, weight_decay: float) -> None:
        self._rate, self._decay = rate, weight_decay
        self._groups: dict[tuple[int, ...], list[tuple[str, Tensor]]] = defaultdict(list)
        for name, p in named:
            self._groups[tuple(sorted(p.shape))].append((name, p))
        self._momenta = {
            sides: torch.zeros(len(group), *sides, device=group[0][1].device) for sides, group in self._groups.items()
        }

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, scale: float) -> None:
        """Move the matrices at `scale` times the rate; clears their gradients."""
        rate = self._rate * scale
        for sides, group in self._groups.items():
            gradient = torch.stack([_lying(p.grad) for _, p in group])
            momentum = self._momenta[sides].lerp_(gradient, 1 - MOMENTUM)
            moves = orthogonalised(gradient.lerp_(momentum, MOMENTUM))  # Nesterov's look ahead
            for (_, p), move in zip(group, moves, strict=True):
                rows, columns = p.shape
                p.mul_(1 - rate * self._decay)
                p.sub_(move if rows <= columns else move.mT, alpha=rate * max(1.0, rows / columns) ** 0.5)
                p.grad = None

    def state(self) -> dict[str, Tensor]:
        """The momentum of each matrix, by name, its short side first."""
        return {
            name: momentum
            for sides, group in self._groups.items()
            for (name, _), momentum in zip(group, self._momenta[sides], strict=True)
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over copies of what `state` gave; what it lacks is forgotten."""
        for name, momentum in self.state().items():
            momentum.copy_(state[name]) if name in state else momentum.zero_()


class Optimizer:
    """Both optimisers as one thing: a step, and a state that is a flat dictionary of tensors."""

    def __init__(self, model: GPT, config: TrainConfig, rate: float = 1.0) -> None:
        """`rate` multiplies both learning rates; a continued training starts lower than a fresh one."""
        hidden = dict(model.blocks.named_parameters(prefix="blocks"))
        self._outer = {p: name for name, p in model.named_parameters() if name not in hidden}
        self._muon = Muon(hidden.items(), config.matrix_rate * rate, config.weight_decay)
        self._rate = config.vector_rate * rate
        self._adamw = torch.optim.AdamW(list(self._outer), lr=self._rate, betas=(0.8, 0.95), weight_decay=0, fused=True)

    def step(self, scale: float) -> None:
        """Move the weights at `scale` times the learning rates, and clear the gradients."""
        self._muon.step(scale)
        self._adamw.param_groups[0]["lr"] = self._rate * scale
        self._adamw.step()
        self._adamw.zero_grad(set_to_none=True)

    def state(self) -> dict[str, Tensor]:
        """Every tensor the optimisers remember, by "parameter:slot"."""
        adamw = {
            f"{self._outer[p]}:{slot}": value for p, slots in self._adamw.state.items() for slot, value in slots.items()
        }
        return adamw | {f"{name}:momentum": momentum for name, momentum in self._muon.state().items()}

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over (copies of) what `state` gave; an empty one forgets everything."""
        momenta = {name.removesuffix(":momentum"): value for name, value in state.items() if name.endswith(":momentum")}
        self._muon.load(momenta)
        self._adamw.state.clear()
        for p, name in self._outer.items():
            slots = {
                k.removeprefix(f"{name}:"): v.to(p.device, copy=True)
                for k, v in state.items()
                if k.startswith(f"{name}:")
            }
            if slots:
                self._adamw.state[p] = slots


def _lying(matrix: Tensor | None) -> Tensor:
    """The matrix with its short side first."""
    assert matrix is not None
    return matrix if matrix.size(0) <= matrix.size(1) else matrix.mT

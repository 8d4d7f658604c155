"""How the weights move: Muon for the hidden matrices, Adam for embeddings and head, one schedule for both.

Muon orthogonalises each matrix's momentum (Jordan et al. 2024, kellerjordan.github.io/posts/muon); it needs about a
quarter of AdamW's steps here. `torch.optim` has both; ours takes all matrices of equal sides as one batched product,
and starts at once: the first optimiser of torch.optim imports torch's compiler, a second or two of a training of ten.
This module must not know data, files or clocks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import torch
from torch import Tensor

from model.config import TrainConfig
from model.device import precision_of
from model.gpt import GPT

CONSTANT_UNTIL = 0.3  # of the training; then linearly down
FLOOR = 0.05  # of the rate, at the end
MOMENTUM = 0.9
BETAS, EPSILON = (0.8, 0.95), 1e-8
STEPS = "steps"
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


def orthogonalised(x: Tensor, precision: torch.dtype = torch.float32) -> Tensor:
    """Of each matrix of (N, S, L), S <= L, nearly the closest one whose rows are orthonormal (Newton-Schulz).

    In ``precision``; half of it does, since the iteration mends its own errors.
    """
    a, b, c = QUINTIC
    x = (x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)).to(precision)
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
            ahead = gradient.lerp_(momentum, MOMENTUM)  # as Nesterov
            moves = orthogonalised(ahead, precision_of(ahead.device))
            for (_, p), move in zip(group, moves, strict=True):
                rows, columns = p.shape
                p.mul_(1 - rate * self._decay)
                p.sub_(move if rows <= columns else move.mT, alpha=rate * max(1.0, rows / columns) ** 0.5)
                p.grad = None

    def state(self) -> dict[str, Tensor]:
        """The momentum of each matrix, by name, its short side first."""
        return {
            f"{name}:momentum": momentum
            for sides, group in self._groups.items()
            for (name, _), momentum in zip(group, self._momenta[sides], strict=True)
        }

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over copies of what `state` gave; what it lacks is forgotten."""
        for name, momentum in self.state().items():
            momentum.copy_(state[name]) if name in state else momentum.zero_()


class Adam:
    """Adam (Kingma and Ba 2015, arXiv 1412.6980) for the tensors of `named`."""

    def __init__(self, named: Iterable[tuple[str, Tensor]], rate: float) -> None:
        self._rate, self._named, self._steps = rate, dict(named), 0
        self._means = {name: torch.zeros_like(p) for name, p in self._named.items()}
        self._squares = {name: torch.zeros_like(p) for name, p in self._named.items()}

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, scale: float) -> None:
        """Move the tensors at `scale` times the rate; clears their gradients."""
        self._steps += 1
        (fast, slow), steps = BETAS, self._steps
        for name, p in self._named.items():
            assert p.grad is not None
            mean = self._means[name].lerp_(p.grad, 1 - fast)
            square = self._squares[name].mul_(slow).addcmul_(p.grad, p.grad, value=1 - slow)
            deviation = (square / (1 - slow**steps)).sqrt_().add_(EPSILON)
            p.addcdiv_(mean, deviation, value=-self._rate * scale / (1 - fast**steps))
            p.grad = None

    def state(self) -> dict[str, Tensor]:
        """Both moments of each tensor, by name, and how many steps they are of."""
        means = {f"{name}:mean": mean for name, mean in self._means.items()}
        squares = {f"{name}:square": square for name, square in self._squares.items()}
        return means | squares | {STEPS: torch.tensor(self._steps)}

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over copies of what `state` gave; what it lacks is forgotten."""
        self._steps = int(state[STEPS]) if STEPS in state else 0
        for name, own in self.state().items():
            if name != STEPS:
                own.copy_(state[name]) if name in state else own.zero_()


class Optimizer:
    """Both optimisers as one thing: a step, and a state that is a flat dictionary of tensors."""

    def __init__(self, model: GPT, config: TrainConfig, rate: float = 1.0) -> None:
        """`rate` multiplies both learning rates; a continued training starts lower than a fresh one."""
        hidden = dict(model.blocks.named_parameters(prefix="blocks"))
        outer = {name: p for name, p in model.named_parameters() if name not in hidden}
        self._muon = Muon(hidden.items(), config.matrix_rate * rate, config.weight_decay)
        self._adam = Adam(outer.items(), config.vector_rate * rate)

    def step(self, scale: float) -> None:
        """Move the weights at `scale` times the learning rates, and clear the gradients."""
        self._muon.step(scale)
        self._adam.step(scale)

    def state(self) -> dict[str, Tensor]:
        """Every tensor the optimisers remember, by "parameter:slot"."""
        return self._muon.state() | self._adam.state()

    def load(self, state: dict[str, Tensor]) -> None:
        """Take over (copies of) what `state` gave; an empty one forgets everything."""
        self._muon.load(state)
        self._adam.load(state)


def _lying(matrix: Tensor | None) -> Tensor:
    """The matrix with its short side first."""
    assert matrix is not None
    return matrix if matrix.size(0) <= matrix.size(1) else matrix.mT

"""Three functions of the network with their derivatives written out: torch's own, put together of many small
operations, take a quarter of a training step on a processor (NOTES.md).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

EPSILON = 1e-6  # the least length that is divided by


class RMSNorm(torch.autograd.Function):  # type: ignore[misc]  # torch is untyped here
    """Root-mean-square norm over the last dimension (Zhang and Sennrich 2019, arXiv 1910.07467)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        length = torch.linalg.vector_norm(x, dim=-1, keepdim=True)
        scale = length.clamp_(min=EPSILON).reciprocal_().mul_(x.size(-1) ** 0.5)  # (…, 1)
        y = x * scale
        ctx.save_for_backward(y, scale)
        return y

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        y, scale = ctx.saved_tensors
        along = torch.linalg.vecdot(gradient, y).unsqueeze(-1) / y.size(-1)  # what would only change the length
        return torch.addcmul(gradient, y, along, value=-1).mul_(scale)


class SquaredReLU(torch.autograd.Function):  # type: ignore[misc]
    """max(x, 0) squared (So et al. 2021, arXiv 2109.08668)."""

    @staticmethod
    def forward(ctx: Any, x: Tensor) -> Tensor:
        h = x.relu()
        ctx.save_for_backward(h)
        return h.square()

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        (h,) = ctx.saved_tensors
        return gradient.mul(h).mul_(2)


class Rotation(torch.autograd.Function):  # type: ignore[misc]
    """Turns (…, T, H, D) by each position's angles (T, 1, 2, D / 2); the first half of D pairs with the second."""

    @staticmethod
    def forward(ctx: Any, x: Tensor, table: Tensor) -> Tensor:
        ctx.save_for_backward(table)
        return _turned(x, table, 1)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        (table,) = ctx.saved_tensors
        return _turned(gradient, table, -1), None  # a rotation's derivative is the way back


def _turned(x: Tensor, table: Tensor, direction: int) -> Tensor:
    cos, sin = table.unbind(-2)  # (T, 1, D/2) each
    if x.device.type != "cpu":  # each pass over the memory counts there
        whole, signed = torch.cat((cos, cos), dim=-1), torch.cat((sin, -sin), dim=-1)
        return torch.addcmul(x * whole, x.roll(x.size(-1) // 2, dims=-1), signed, value=direction)
    a, b = x.chunk(2, dim=-1)
    turned = torch.empty_like(x, memory_format=torch.contiguous_format)
    first, second = turned.chunk(2, dim=-1)
    torch.mul(a, cos, out=first).addcmul_(b, sin, value=direction)
    torch.mul(b, cos, out=second).addcmul_(a, sin, value=-direction)
    return turned

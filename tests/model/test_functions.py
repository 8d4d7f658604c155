"""The derivatives written out are those torch would have found."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F  # noqa: N812

from model.functions import RMSNorm, Rotation, SquaredReLU
from model.gpt import rotary_table

TABLE = rotary_table(3, 8).double()


def as_complex_numbers(x: torch.Tensor) -> torch.Tensor:
    """A rotation (T, H, D) as the product with e^(-i angle), position by position."""
    cos, sin = TABLE.unbind(-2)
    turned = torch.complex(*x.chunk(2, dim=-1)) * torch.complex(cos, -sin)
    return torch.cat((turned.real, turned.imag), dim=-1)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (RMSNorm.apply, lambda x: F.rms_norm(x, (x.size(-1),))),
        (SquaredReLU.apply, lambda x: F.relu(x).square()),
        (lambda x: Rotation.apply(x, TABLE), as_complex_numbers),
    ],
)
def test_values_and_derivatives_are_torchs(
    ours: Callable[[torch.Tensor], torch.Tensor], theirs: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    torch.manual_seed(1)
    x = torch.randn(3, 5, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(3, 5, 8, dtype=torch.float64)
    ((ours(x) * weight).sum()).backward()
    found, x.grad = x.grad, None
    ((theirs(x) * weight).sum()).backward()
    torch.testing.assert_close(ours(x), theirs(x))
    torch.testing.assert_close(found, x.grad)
    assert torch.autograd.gradcheck(ours, (x,))


def test_a_vector_of_nothing_stays_nothing() -> None:
    x = torch.zeros(2, 4, requires_grad=True)
    y = RMSNorm.apply(x)
    y.sum().backward()
    assert not y.any() and torch.isfinite(x.grad).all()

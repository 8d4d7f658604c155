"""Whether what was read from disk is what it should be: a description's fields, and weights beside their network.

A checksum says that a file is as it was written, not by whom: a later version, another program or a hand may have
sealed it. This module must not know what the fields mean; it imports torch only inside the function that looks at
weights.
"""

from __future__ import annotations

import sys
from dataclasses import fields, is_dataclass
from pathlib import Path
from types import NoneType
from typing import TYPE_CHECKING, Any, Literal, TypeVar, get_args, get_origin, get_type_hints

from model.config import GPTConfig
from model.errors import CheckpointError

if TYPE_CHECKING:
    from _typeshed import DataclassInstance
    from torch import Tensor

Made = TypeVar("Made", bound="DataclassInstance")

LARGEST = 2**64 - 1  # the largest seed that torch takes; no count comes near it


def made_of(kind: type[Made], value: dict[str, Any], **made: Any) -> Made:
    """A dataclass of a JSON object's values; `made` are those of its fields that JSON has no kind for.

    Whole numbers are in [0, LARGEST], others finite and not negative, as all counts, losses and seconds are; True is
    no number. Keys that `kind` does not have are passed over, in objects within it refused. Raises ValueError naming
    the field, TypeError where one is missing.
    """
    hints = get_type_hints(kind)
    given = {f.name: value[f.name] for f in fields(kind) if f.name in value and f.name not in made}
    return kind(**{name: _as(hints[name], each, name) for name, each in given.items()}, **made)


def _as(kind: Any, value: Any, name: str) -> Any:
    within = get_args(kind)
    if kind is int and type(value) is int and 0 <= value <= LARGEST:
        return value
    if kind is float and type(value) in (int, float) and 0 <= value <= sys.float_info.max:  # NaN is in no range
        return float(value)
    if (kind is str and isinstance(value, str)) or (kind is NoneType and value is None):
        return value
    if get_origin(kind) is Literal and value in within:
        return value
    if get_origin(kind) is tuple and isinstance(value, list):  # tuple[X, ...]
        return tuple(_as(within[0], each, name) for each in value)
    if NoneType in within:  # X | None
        return None if value is None else _as(within[0], value, name)
    if hasattr(kind, "_fields") and isinstance(value, list) and len(value) == len(kind._fields):  # a NamedTuple
        return kind(*(_as(each, one, name) for each, one in zip(get_type_hints(kind).values(), value, strict=True)))
    names = {f.name for f in fields(kind)} if isinstance(kind, type) and is_dataclass(kind) else set()
    if names and isinstance(value, dict) and value.keys() <= names:
        return made_of(kind, value)
    raise ValueError(f"{name} is not what it should be")  # without the value: it may be of any length


def check_weights(gpt: GPTConfig, vocabulary: int, weights: dict[str, Tensor], path: Path) -> None:
    """Raises CheckpointError naming `path` unless these are the weights of that network, numbers all.

    `vocabulary` counts tokens. Sizes are compared before the network is built: what a description claims may be larger
    than any memory, what a file holds has been read.
    """
    import torch

    from model.gpt import GPT

    held, wanted = sum(tensor.numel() for tensor in weights.values()), gpt.parameters(vocabulary)
    if held != wanted:
        raise CheckpointError(f"{path}: not the weights of this network ({held:,} of them, it has {wanted:,})")
    try:
        GPT(gpt, vocabulary).load_state_dict(weights)
        broken = [name for name, tensor in weights.items() if not torch.isfinite(tensor).all()]
    except RuntimeError as error:  # torch's word for names or shapes that do not fit
        raise CheckpointError(f"{path}: not the weights of this network ({error})") from error
    if broken:
        raise CheckpointError(f"{path}: {broken[0]} holds what is no number; the file is damaged")
